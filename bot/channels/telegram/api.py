"""The Bot API as calls of plain data over python-telegram-bot's way of making requests; the token stays in here."""

import asyncio
from collections.abc import Mapping
from urllib.parse import quote

from telegram import InputFile
from telegram.error import TelegramError
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter

CONNECTIONS = 256
"""How many calls can be under way at once; polling has a connection of its own beside them."""


class Api:
    """Calls methods by name with plain arguments and gives plain results, unparsed.

    The library's typed methods parse results into objects, and one malformed update among a hundred would lose the
    other ninety-nine.
    """

    def __init__(self, token: str, *, url: str, timeout: float) -> None:
        """Talk to the Bot API server at ``url``; nothing waits longer than ``timeout`` seconds."""
        from bot.channels.telegram.transport import Transport  # noqa: PLC0415  # aiohttp loads slowly; who has no bot needs none

        self._token = token
        self._methods = f"{url}/bot{token}/"
        self._files = f"{url}/file/bot{token}/"
        self._timeout = timeout
        self._polling = Transport(url, connections=1, timeout=timeout)
        self._usual = Transport(url, connections=CONNECTIONS, timeout=timeout)

    async def open(self) -> None:
        """Make ready for calls, also after :meth:`close`."""
        await asyncio.gather(self._polling.initialize(), self._usual.initialize())

    async def close(self) -> None:
        """Let all connections go."""
        await asyncio.gather(self._polling.shutdown(), self._usual.shutdown())

    async def call(self, method: str, arguments: Mapping[str, object], *, patience: float | None = None) -> object:
        """Call a method and return its result; raise :class:`telegram.error.TelegramError`.

        ``patience`` is how many seconds an answer may take, where that is longer than usual.
        """
        transport = self._polling if method == "getUpdates" else self._usual
        data = RequestData([_parameter(name, value) for name, value in arguments.items()])
        try:
            return await transport.post(self._methods + method, data, read_timeout=patience or self._timeout)
        except (KeyError, TypeError, AttributeError) as error:  # an answer that is JSON, but not Telegram's
            raise TelegramError("Invalid server response") from error

    async def download(self, path: str) -> bytes:
        """Fetch a file by the path ``getFile`` gave; raise :class:`telegram.error.TelegramError`.

        Of one that is too large no more comes than shows that it is.
        """
        return await self._usual.retrieve(self._files + quote(path))

    def scrubbed(self, text: str) -> str:
        """Take the token, and its secret half, out of a text."""
        return text.replace(self._token, "<token>").replace(self._token.partition(":")[2], "<token>")


def _parameter(name: str, value: object) -> RequestParameter:
    return (
        RequestParameter(name, None, [value]) if isinstance(value, InputFile) else RequestParameter(name, value, None)
    )
