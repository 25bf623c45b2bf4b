"""What stands before every page: headers, limits, and refusals said in one sentence."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from bot.errors import DatabaseUnavailable
from bot.logs import log
from content.web import sentence

SMALL = 64 * 1024
"""Bytes of the largest JSON body that is read."""

_UNAVAILABLE = 503
_OWN_SITES = {"", "same-origin", "none"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "media-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(self), microphone=()",
    "Cache-Control": "no-store",
}
"""What every answer carries: nothing inline, nothing from elsewhere, nothing kept by a proxy."""


class Refusal(Exception):
    """A request is turned down; ``key`` names the sentence that says why, ``retry_after`` is in seconds."""

    def __init__(self, status: int, key: str, *, retry_after: int = 0) -> None:
        """Keep what to answer."""
        super().__init__(key)
        self.status = status
        self.key = key
        self.retry_after = retry_after


class PoliteRoute(APIRoute):
    """A route that turns refusals, and a database that cannot, into one sentence of JSON."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the usual handler."""
        handle = super().get_route_handler()

        async def politely(request: Request) -> Response:
            try:
                return await handle(request)
            except Refusal as refusal:
                if refusal.status == _UNAVAILABLE:
                    log.warning("request_refused", path=request.scope["path"], reason=_reason(refusal))
                return refused(refusal)
            except DatabaseUnavailable as error:
                log.warning("request_refused", path=request.scope["path"], reason=str(error))
                return refused(Refusal(503, "database", retry_after=3))

        return politely


def refused(refusal: Refusal) -> Response:
    """Say a refusal as JSON."""
    wait = {"Retry-After": str(refusal.retry_after)} if refusal.retry_after else {}
    return JSONResponse({"error": sentence(refusal.key)}, refusal.status, headers={**HEADERS, **wait})


def answered(content: object, status: int = 200) -> Response:
    """Answer with JSON that nobody stores."""
    return JSONResponse(content, status, headers=HEADERS)


def shown(html: str) -> Response:
    """Answer with a page."""
    return HTMLResponse(html, headers=HEADERS)


def insist_on_own_page(request: Request, public_url: str = "") -> None:
    """Refuse a request that another site's page made a browser send (CSRF)."""
    if request.headers.get("sec-fetch-site", "") not in _OWN_SITES:
        raise Refusal(403, "foreign")
    origin = request.headers.get("origin")
    own_hosts = {request.headers.get("host", ""), urlsplit(public_url).netloc} - {""}
    if origin is not None and _host(origin) not in own_hosts:
        raise Refusal(403, "foreign")


def insist_on_json(request: Request) -> None:
    """Refuse a body that does not say it is JSON; a form of another site cannot say so."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refusal(415, "not_json")


async def read_body(request: Request, *, limit: int, seconds: float) -> bytes:
    """Read a body of at most ``limit`` bytes within ``seconds``, giving up as soon as it is longer."""
    if int_or_zero(request.headers.get("content-length", "")) > limit:
        raise Refusal(413, "too_large")
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    raise Refusal(413, "too_large")
    except TimeoutError as error:
        raise Refusal(408, "too_slow") from error
    except ClientDisconnect as error:
        raise Refusal(400, "broken_off") from error
    return bytes(body)


def int_or_zero(text: str) -> int:
    """Read a short plain number; anything else counts as none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else 0  # noqa: PLR2004  # fits 64 bits


def _host(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _reason(refusal: Refusal) -> str:
    cause = refusal.__cause__
    return refusal.key if cause is None else f"{refusal.key}: {type(cause).__name__}"
