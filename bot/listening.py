"""How the web server listens: headers in time, streams ended first, a refusal said as one sentence."""

import asyncio
import signal
import socket
from collections.abc import Callable
from types import FrameType

import h11
import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.h11_impl import H11Protocol

_GRACE_SECONDS = 10
_HEADER_SECONDS = 15
_MOST_HEADERS = 64 * 1024


class TimedHeaders(H11Protocol):
    """HTTP/1.1 whose headers must come within :data:`_HEADER_SECONDS`: uvicorn itself would wait for ever."""

    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]  # as uvicorn narrows it
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Wait on while a request's headers have begun and not ended."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._wait_no_more()
        elif self._waiting is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._wait_no_more()
        super().connection_lost(exc)

    def _wait(self) -> None:
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
                http=TimedHeaders,  # httptools, uvicorn's other one, takes headers of any length
                h11_max_incomplete_event_size=_MOST_HEADERS,
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
        """Start, and stop at once when the site refused."""
        await super().startup(sockets)
        if getattr(self._site.state, "refusal", None):
            self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop politely, and at once when asked twice; unlike uvicorn's own, it then exits with 0."""
        del frame
        self._before_exit()
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        self.should_exit = True
