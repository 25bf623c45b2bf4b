"""The Bot API as calls of plain data over python-telegram-bot's transport; the token stays in here."""

import asyncio
import functools
import logging
import ssl
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ValidationError
from telegram import Bot
from telegram.error import TelegramError
from telegram.request import HTTPXRequest

from bot.channels.telegram.faults import FloodWait

_CONNECTIONS = 32
_PAUSE_UNSAID = 5.0
_QUIET_LOGGERS = {"httpx": logging.WARNING, "httpcore": logging.WARNING, "telegram": logging.INFO}


class _Told(BaseModel):
    retry_after: float


class _Flood(BaseModel):
    parameters: _Told


class _Transport(HTTPXRequest):
    """The library's transport, but for 429: its ``RetryAfter`` warns of its own future whenever one is made."""

    async def do_request(self, *given: Any, **named: Any) -> tuple[int, bytes]:  # noqa: ANN401  # handed on as they are
        """Make one request; raise :class:`FloodWait` when it came too fast."""
        code, payload = await super().do_request(*given, **named)
        if code == HTTPStatus.TOO_MANY_REQUESTS:
            raise FloodWait(_pause(payload))
        return code, payload


class _Bot(Bot):
    """Opens ``_post``, the one place where the library takes and gives plain data.

    Its typed methods parse results into objects, and one malformed update among a hundred would lose the other
    ninety-nine.
    """

    __slots__ = ()

    async def raw(self, method: str, arguments: dict[str, Any], patience: float) -> object:
        """Call a method and return its result as it came."""
        return await self._post(method, arguments, read_timeout=patience)


class Api:
    """Calls methods by name with plain arguments and gives plain results, unparsed."""

    def __init__(self, token: str, *, url: str, timeout: float) -> None:
        """Talk to the Bot API server at ``url``; nothing waits longer than ``timeout`` seconds."""
        for name, level in _QUIET_LOGGERS.items():  # below these levels they write URLs, and URLs hold the token
            logging.getLogger(name).setLevel(level)
        self._token = token
        self._timeout = timeout
        self._files = f"{url}/file/bot{token}"
        self._transports = _transport(1, timeout), _transport(_CONNECTIONS, timeout)
        polling, usual = self._transports
        self._bot = _Bot(token, base_url=f"{url}/bot", request=usual, get_updates_request=polling)

    async def open(self) -> None:
        """Make ready for calls, also after :meth:`close`."""
        await asyncio.gather(*(transport.initialize() for transport in self._transports))

    async def close(self) -> None:
        """Let all connections go."""
        await asyncio.gather(*(transport.shutdown() for transport in self._transports))

    async def call(self, method: str, arguments: Mapping[str, object], *, patience: float | None = None) -> object:
        """Call a method and return its result; raise :class:`telegram.error.TelegramError`.

        ``patience`` is how many seconds an answer may take, where that is longer than usual.
        """
        try:
            return await self._bot.raw(method, dict(arguments), patience or self._timeout)
        except (KeyError, TypeError, AttributeError) as error:  # an answer that is JSON, but not Telegram's
            raise TelegramError("Invalid server response") from error

    async def download(self, path: str) -> bytes:
        """Fetch a file by the path ``getFile`` gave; raise :class:`telegram.error.TelegramError`."""
        return await self._transports[1].retrieve(f"{self._files}/{quote(path)}")

    def scrubbed(self, text: str) -> str:
        """Take the token, and its secret half, out of a text."""
        return text.replace(self._token, "<token>").replace(self._token.partition(":")[2], "<token>")


def _transport(connections: int, timeout: float) -> _Transport:
    return _Transport(
        connection_pool_size=connections,
        read_timeout=timeout,
        write_timeout=timeout,
        media_write_timeout=timeout,
        connect_timeout=timeout / 2,
        pool_timeout=timeout / 2,
        httpx_kwargs={"verify": _certificates()},
    )


@functools.cache
def _certificates() -> ssl.SSLContext:
    """Read the trusted certificates once: it takes longer than all else a channel does at start."""
    return httpx.create_ssl_context()


def _pause(payload: bytes) -> float:
    try:
        return _Flood.model_validate_json(payload).parameters.retry_after
    except ValidationError:
        return _PAUSE_UNSAID
