"""The library's transport on aiohttp: many requests at once over connections that are kept, and none made twice.

aiohttp's own errors stay in here: many of them quote the address, and the address holds the token.
"""

import asyncio
import errno
import functools
import io
import json
import ssl
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx
from aiohttp import (
    ClientError,
    ClientHttpProxyError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    FormData,
    InvalidURL,
    NonHttpUrlClientError,
    TCPConnector,
)
from aiohttp.connector import Connection
from pydantic import BaseModel, ValidationError
from pydantic_core import to_json
from telegram.error import NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.channels.telegram.faults import FloodWait, NeverSent, TooLarge
from bot.domain.files import LARGEST

LONGEST_ANSWER = 16 * 1024 * 1024
"""Bytes of the longest answer that is read; a hundred of the longest updates there can be are shorter."""

_PAUSE_UNSAID = 5.0
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_PROXIES = {"http", "https"}


class _Told(BaseModel):
    retry_after: float


class _Flood(BaseModel):
    parameters: _Told


class _Connector(TCPConnector):
    """Connects, and says of all that goes wrong until there is a connection that nothing was sent."""

    async def connect(self, *given: Any, **named: Any) -> Connection:  # noqa: ANN401  # handed on as they are
        try:
            return await super().connect(*given, **named)
        except TimeoutError as error:
            trouble = NeverSent(_named(error, "no connection in time"))
        except ClientHttpProxyError as error:
            trouble = NeverSent(_named(error, f"{error.status}"))
        except (ClientError, OSError) as error:
            trouble = NeverSent(_named(error, error.strerror if isinstance(error, OSError) else None))
        except asyncio.CancelledError:  # who waits for a connection when the connector closes is cancelled by it
            task = asyncio.current_task()
            if not self.closed or (task and task.cancelling()):
                raise
            trouble = NeverSent("the channel is stopped")
        raise trouble


class Transport(BaseRequest):
    """Makes requests to one server, each of them once."""

    def __init__(self, server: str, *, connections: int, timeout: float) -> None:
        """Talk to ``server`` over so many connections at most; nothing is opened before it is needed.

        ``timeout`` is the seconds until there is a connection, and again those an answer may take.
        """
        self._server = server
        self._connections = connections
        self._waits = ClientTimeout(connect=timeout / 2, sock_read=timeout)
        self._session: ClientSession | None = None
        self._is_shut = False

    @property
    def read_timeout(self) -> float | None:
        """Seconds an answer may take, unless a request says otherwise."""
        return self._waits.sock_read

    async def initialize(self) -> None:
        """Make ready for requests, also after :meth:`shutdown`."""
        self._is_shut = False

    async def shutdown(self) -> None:
        """Let all connections go."""
        self._is_shut = True
        session, self._session = self._session, None
        if session:
            await session.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: object = BaseRequest.DEFAULT_NONE,
        *_waits: object,
        **_more_waits: object,
    ) -> tuple[int, bytes]:
        """Make one request and return the status and the bytes that came.

        An answer that is longer than any may be is an error. Of a file, which is what is got without data, one byte
        more than the largest that is taken is read at most. Waits other than for the answer are those of the transport.
        """
        longest = LONGEST_ANSWER if method == "POST" else LARGEST
        try:
            status, payload = await self._exchange(url, method, request_data, self._patience(read_timeout), longest)
        except (InvalidURL, NonHttpUrlClientError) as error:
            trouble = NeverSent(_named(error, "no address of a server"))
        except TimeoutError:
            trouble = TimedOut()
        except (ClientError, OSError) as error:
            trouble = NetworkError(_named(error, errno.errorcode.get(getattr(error, "errno", None) or 0)))
        else:
            if method == "POST" and len(payload) > longest:
                raise NetworkError("the answer is too long")
            return _judged(status, payload)
        raise trouble

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Read an answer; unlike the library's own way, one that is no JSON is not logged."""
        try:
            return json.loads(payload.decode(errors="replace"))
        except (ValueError, RecursionError):
            trouble = TelegramError("Invalid server response")
        raise trouble

    async def _exchange(
        self, url: str, method: str, data: RequestData | None, waits: ClientTimeout, longest: int
    ) -> tuple[int, bytes]:
        session = self._session or self._opened()
        body, headers = _encoded(data) if data else (None, None)
        async with session.request(
            method, url, data=body, headers=headers, timeout=waits, allow_redirects=False
        ) as answer:
            return answer.status, await _read(answer, longest)

    def _opened(self) -> ClientSession:
        if self._is_shut:
            raise NeverSent("the channel is stopped")
        self._session = ClientSession(
            connector=_Connector(limit=self._connections, ssl=certificates()),
            proxy=_proxy(self._server),
            timeout=self._waits,
            headers={"User-Agent": self.USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity"},
            cookie_jar=DummyCookieJar(),
            auto_decompress=False,  # or a short answer could become a long one
        )
        return self._session

    def _patience(self, seconds: object) -> ClientTimeout:
        if not isinstance(seconds, int | float) or seconds == self._waits.sock_read:
            return self._waits
        return ClientTimeout(connect=self._waits.connect, sock_read=seconds)


@functools.cache
def certificates() -> ssl.SSLContext:
    """Read the trusted certificates once: it takes longer than all else a channel does at start."""
    return httpx.create_ssl_context()


def _proxy(server: str) -> str | None:
    """Return the proxy that the environment names for a server."""
    try:
        where = urlsplit(server)
    except ValueError:
        return None
    named = getproxies()
    proxy = named.get(where.scheme) or named.get("all")
    if not proxy or proxy_bypass(where.netloc):
        return None
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    kind = proxy.partition("://")[0]
    if kind not in _PROXIES:
        raise NeverSent(f"a proxy of a kind that cannot be used: {kind}")
    return proxy


def _encoded(data: RequestData) -> tuple[bytes | FormData, Mapping[str, str] | None]:
    fields = {name: _written(value) for name, value in data.parameters.items()}
    if not data.contains_files:
        return _form(fields), _FORM
    form = FormData(fields, quote_fields=False)
    for name, (file_name, content, media_type) in data.multipart_data.items():
        readable = io.BytesIO(content) if isinstance(content, bytes) else content
        printable = "".join(letter if letter.isprintable() else "_" for letter in file_name)
        form.add_field(name, readable, filename=printable, content_type=media_type)
    return form, None


def _written(value: object) -> str:
    return value if isinstance(value, str) else to_json(value).decode()


def _form(fields: Mapping[str, str]) -> bytes:
    """Write a form with every byte escaped, which is as long for Chinese and a tenth of the work of ``urlencode``."""
    return "&".join(
        f"{name}=%{value.encode(errors='replace').hex('%')}" if value else f"{name}=" for name, value in fields.items()
    ).encode()


async def _read(answer: ClientResponse, longest: int) -> bytes:
    """Read an answer, or one byte more than the longest."""
    pieces: list[bytes] = []
    size = 0
    while size <= longest and (piece := await answer.content.readany()):
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)[: longest + 1]


def _judged(status: int, payload: bytes) -> tuple[int, bytes]:
    """Return an answer the library can read: what a gateway writes for people would become part of its errors."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:  # the library's RetryAfter warns of its own future when it is made
        raise FloodWait(_pause(payload))
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        raise TooLarge
    is_bad = status >= HTTPStatus.MULTIPLE_CHOICES
    return status, b"{}" if is_bad and not payload.startswith((b"{", b"[")) else payload


def _pause(payload: bytes) -> float:
    try:
        return _Flood.model_validate_json(payload).parameters.retry_after
    except ValidationError:
        return _PAUSE_UNSAID


def _named(error: Exception, more: str | None) -> str:
    return f"{type(error).__name__}: {more}" if more else type(error).__name__
