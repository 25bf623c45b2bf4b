"""WeChat's API as calls of plain data; token and secret stay in here."""

import asyncio
import json
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any, cast

import httpx

from bot.channels.base import InDoubt, TryLater
from bot.channels.wechat.faults import Meaning, WechatError, meaning
from bot.channels.wechat.tokens import Token, Tokens
from bot.clock import Clock
from bot.domain.files import LARGEST
from bot.keys import Keys
from db.sql import Database

TIMEOUT = 5.0
"""Seconds any one call may take."""

CONNECTIONS = 64
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_LONGEST_ANSWER = 1024 * 1024
_JSON = {"Content-Type": "application/json; charset=utf-8"}
_LEAST = timedelta(minutes=6)
_LONGEST_LIFE = 24 * 60 * 60


class Api:
    """Calls paths of the API with the token all replicas share."""

    def __init__(
        self,
        *,
        app_id: str,
        secret: str,
        url: str,
        database: Database,
        keys: Keys,
        clock: Clock,
        timeout: float = TIMEOUT,
    ) -> None:
        """Talk to the server at ``url``; nothing waits longer than ``timeout`` seconds."""
        self._app_id = app_id
        self._secret = secret
        self._url = url
        self._clock = clock
        self._timeout = timeout
        self._client: httpx.AsyncClient | None = None
        self.tokens = Tokens(database, app_id, self._fetch_token, keys=keys, clock=clock)

    async def close(self) -> None:
        """Let all connections go."""
        if self._client:
            await self._client.aclose()
            self._client = None

    async def call(self, path: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Post arguments as JSON and return the answer.

        Raises :class:`WechatError` for a refusal, :class:`TryLater` when nothing was done and :class:`InDoubt` when
        that is not known. A token WeChat does not take is replaced once.
        """
        body = json.dumps(arguments, ensure_ascii=False).encode(errors="replace")  # escapes are taken literally there
        return await self._with_token("POST", path, content=body, headers=_JSON)

    async def ask(self, path: str) -> dict[str, Any]:
        """Ask for what some paths only tell and do not take; raise as :meth:`call`."""
        return await self._with_token("GET", path)

    async def upload(self, kind: str, name: str, data: bytes, media_type: str) -> str:
        """Have WeChat keep a file for three days and return its media id; raise as :meth:`call`."""
        files = {"media": (name, data, media_type)}
        answer = await self._with_token("POST", "/cgi-bin/media/upload", params={"type": kind}, files=files)
        return str(answer.get("media_id", ""))

    async def download(self, media_id: str) -> bytes:
        """Fetch what somebody sent; raise as :meth:`call`."""
        token = await self.tokens.current()
        try:
            return await self._downloaded(media_id, token)
        except WechatError as error:
            if meaning(error) is not Meaning.STALE_TOKEN:
                raise
        return await self._downloaded(media_id, await self.tokens.current(bad=token))

    async def exchange_code(self, code: str) -> dict[str, Any]:
        """Return whose a code of the log-in inside WeChat is; raise as :meth:`call`."""
        params = {"appid": self._app_id, "secret": self._secret, "code": code, "grant_type": "authorization_code"}
        data, _ = await self._request("GET", "/sns/oauth2/access_token", params=params)
        return _judged(data)

    async def _downloaded(self, media_id: str, token: str) -> bytes:
        params = {"access_token": token, "media_id": media_id}
        data, is_json = await self._request("GET", "/cgi-bin/media/get", params=params, longest=LARGEST)
        if not is_json:
            return data
        elsewhere = str(_judged(data).get("video_url", ""))  # films lie on another server
        if not elsewhere.startswith(("http://", "https://")):
            raise InDoubt("the answer is no file")
        data, _ = await self._request("GET", elsewhere, longest=LARGEST)
        return data

    async def _with_token(self, method: str, path: str, **request: Any) -> dict[str, Any]:  # noqa: ANN401  # handed on
        token = await self.tokens.current()
        params: dict[str, str] = request.pop("params", {})
        try:
            return await self._asked(method, path, {**params, "access_token": token}, request)
        except WechatError as error:
            if meaning(error) is not Meaning.STALE_TOKEN:
                raise
        token = await self.tokens.current(bad=token)
        return await self._asked(method, path, {**params, "access_token": token}, request)

    async def _asked(
        self, method: str, path: str, params: Mapping[str, str], request: Mapping[str, Any]
    ) -> dict[str, Any]:
        data, _ = await self._request(method, path, params=params, **request)
        return _judged(data)

    async def _fetch_token(self) -> Token:
        asked = {"grant_type": "client_credential", "appid": self._app_id, "secret": self._secret}
        try:
            data, _ = await self._request("POST", "/cgi-bin/stable_token", json=asked)
            answer = _judged(data)
        except InDoubt as error:  # whatever the token was wanted for is certainly not done
            raise TryLater(f"no token: {error}") from None
        text, lasts = str(answer.get("access_token", "")), _span(answer.get("expires_in"))
        if not text:
            raise TryLater("WeChat gave no token")
        return Token(text, self._clock.now() + max(lasts, _LEAST))

    async def _request(
        self,
        method: str,
        path: str,
        *,
        longest: int = _LONGEST_ANSWER,
        **request: Any,  # noqa: ANN401  # handed on
    ) -> tuple[bytes, bool]:
        """Return an answer's bytes and whether they are JSON.

        The library's own errors stay in here: they quote addresses, and those hold the token.
        """
        client = self._client or self._opened()
        url = path if "://" in path else self._url + path
        try:
            async with asyncio.timeout(self._timeout), client.stream(method, url, **request) as answer:
                if answer.status_code != HTTPStatus.OK:
                    raise InDoubt(f"answered {answer.status_code}")
                data = await _read(answer, longest)
        except _NEVER_SENT as error:
            raise TryLater(type(error).__name__) from None
        except (httpx.HTTPError, httpx.StreamError, TimeoutError) as error:
            raise InDoubt(type(error).__name__) from None
        return data, answer.headers.get("content-type", "").startswith(("application/json", "text/plain"))

    def _opened(self) -> httpx.AsyncClient:
        limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
        self._client = httpx.AsyncClient(timeout=self._timeout, limits=limits, follow_redirects=False)
        return self._client


async def _read(answer: httpx.Response, longest: int) -> bytes:
    pieces, size = list[bytes](), 0
    async for piece in answer.aiter_bytes():
        pieces.append(piece)
        size += len(piece)
        if size > longest:
            raise InDoubt("the answer is too long")
    return b"".join(pieces)


def _span(seconds: object) -> timedelta:
    """Return how long something lasts, nothing for what is no plain number of seconds."""
    if not isinstance(seconds, int) or not 0 <= seconds <= _LONGEST_LIFE:
        return timedelta(0)
    return timedelta(seconds=seconds)


def _judged(data: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(data)
    except (ValueError, RecursionError):
        raise InDoubt("the answer cannot be read") from None
    if not isinstance(answer, dict):
        raise InDoubt("the answer cannot be read")
    given = cast("dict[str, Any]", answer)
    code = given.get("errcode", 0)
    if code:
        raise WechatError(code if isinstance(code, int) else 0, str(given.get("errmsg", "")))
    return given
