"""Answers under the names this server has, so that a page of another name cannot be pointed at it (DNS rebinding)."""

from collections.abc import Collection
from urllib.parse import urlsplit

from fastapi.responses import PlainTextResponse
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.web.guard import HEADERS
from content.web import sentence

LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
"""The names of the machine itself."""


class KnownHosts:
    """Turns away a request for another host than ours, whatever its port; probes may name any."""

    def __init__(self, app: ASGIApp, *, hosts: Collection[str], except_for: Collection[str] = ()) -> None:
        """Let requests for ``hosts`` through to ``app``, and those for the paths of ``except_for`` under any name."""
        self._app = app
        self._hosts = hosts
        self._except_for = except_for

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it with 421 and one sentence."""
        if scope["type"] != "http" or scope["path"] in self._except_for or _host(scope) in self._hosts:
            await self._app(scope, receive, send)
        else:
            await PlainTextResponse(sentence("wrong_host"), 421, headers=HEADERS)(scope, receive, send)


def _host(scope: Scope) -> str | None:
    try:
        return urlsplit(f"//{HTTPConnection(scope).headers.get('host', '')}").hostname
    except ValueError:
        return None
