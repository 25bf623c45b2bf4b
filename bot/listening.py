"""How the web server listens: headers in time and of some length, streams ended first, a refusal as one sentence."""

import asyncio
import signal
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from bot.garbage import spare_what_stands

_GRACE_SECONDS = 10
_HEADER_SECONDS = 15
_MOST_HEADERS = 64 * 1024
_PIECE = 16 * 1024
_MOST_AHEAD = 32
_TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class GuardedHttp(HttpToolsProtocol):
    """HTTP/1.1 that does not wait for ever and does not read for ever; uvicorn's own does both.

    Once anything has come of a request, its headers must be there within :data:`_HEADER_SECONDS`. The parser never
    holds more than :data:`_MOST_HEADERS` bytes, be they headers or what stands around the chunks of a body. Who sends
    requests in a row without waiting for answers may be ahead by :data:`_MOST_AHEAD`.
    """

    _waiting: asyncio.TimerHandle | None = None
    _held = 0
    """Bytes given to the parser since it last handed something over, less one piece at most."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  # as uvicorn narrows it
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Parse what came, and wait unless somebody is being answered."""
        for start in range(0, len(data), _PIECE):
            piece = data[start : start + _PIECE]
            self._held += len(piece)
            super().data_received(piece)
            if self.transport.is_closing():
                return
            if self._held > _MOST_HEADERS - _PIECE or len(self.pipeline) > _MOST_AHEAD:
                self._refuse()
                return
        if not self._is_answering():
            self._wait()
        elif self._waiting:
            self._wait_no_more()

    def on_headers_complete(self) -> None:
        """Note that the parser has handed over what it held, and let what may follow the body go nowhere."""
        self._held = 0
        super().on_headers_complete()
        self.headers = []  # the scope keeps the list it has; trailers would be added to it after everybody has read it
        if self.parser and self.parser.should_upgrade():
            self.cycle.keep_alive = False  # the parser reads no further, to whatever the request asked to upgrade

    def on_body(self, body: bytes) -> None:
        """Note the same."""
        self._held = 0
        super().on_body(body)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._wait_no_more()
        super().connection_lost(exc)

    def _is_answering(self) -> bool:
        return bool(self.cycle) and not self.cycle.response_complete

    def _refuse(self) -> None:
        if not self._is_answering():
            self.transport.write(_TOO_LONG)
        self.transport.close()

    def _wait(self) -> None:
        if not self._waiting:
            self._waiting = self.loop.call_later(_HEADER_SECONDS, self.transport.close)

    def _wait_no_more(self) -> None:
        if self._waiting:
            self._waiting.cancel()
            self._waiting = None


class Server(uvicorn.Server):
    """Uvicorn, which first ends the open streams when it is told to stop: else it would wait for them."""

    def __init__(self, site: FastAPI, *, host: str, port: int, before_exit: Callable[[], None]) -> None:
        """Serve ``site``; ``before_exit`` is called on SIGTERM and SIGINT."""
        super().__init__(
            uvicorn.Config(
                site,
                host=host,
                port=port,
                access_log=False,
                log_level="warning",
                server_header=False,
                timeout_graceful_shutdown=_GRACE_SECONDS,
                http=GuardedHttp,
                ws="none",
            )
        )
        self._site = site
        self._before_exit = before_exit

    def listen(self) -> None:
        """Serve until told to stop; raise the :class:`SettingsError` with which the site refused to start."""
        self.run()
        refusal = getattr(self._site.state, "refusal", None)
        if refusal:
            raise refusal

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and stop at once when the site refused; what stands by then is looked through for garbage no more."""
        await super().startup(sockets)
        spare_what_stands()
        if getattr(self._site.state, "refusal", None):
            self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop politely, and at once when asked twice; unlike uvicorn's own, it then exits with 0."""
        del frame
        self._before_exit()
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        self.should_exit = True
