"""The web server: chat, webhooks, files and health, with delivery beside them unless told otherwise."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI, Request, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.admin.console import add_console
from bot.admin.desk import Wiring as ConsoleWiring
from bot.admin.look import Look
from bot.app import App
from bot.channels.telegram.wire import PATH
from bot.channels.webchat.papers import PaperPages
from bot.channels.webchat.routes import Wiring, static_app, webchat_router
from bot.channels.webchat.visitors import CookieVisitors
from bot.channels.wechat import PATH as WECHAT_PATH
from bot.errors import SettingsError
from bot.logs import log
from bot.scraping import metrics_router
from bot.web.direct import is_direct
from bot.web.hosts import LOCAL, KnownHosts
from bot.web.readiness import Readiness

if TYPE_CHECKING:
    from bot.channels.wechat.service import Reached

_PROBES = ("/healthz", "/readyz", "/metrics")


class Site(FastAPI):
    """The web application, with doors of their own for Telegram and WeChat: past every middleware and the router.

    Those doors are open under any host name, unlike the rest: what the names keep out is a page that borrows a
    visitor's cookie, and only the platform's secret opens these.
    """

    webhook: ASGIApp | None = None
    wechat: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand an update to its door, and everything else to the routes."""
        if self.webhook and scope["type"] == "http" and scope["path"] == PATH:
            await self.webhook(scope, receive, send)
        elif self.wechat and scope["type"] == "http" and scope["path"] == WECHAT_PATH:
            await self.wechat(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def web(app: App, *, with_worker: bool, is_local: bool = False) -> Site:
    """Return the web application of an :class:`App`; one that ``is_local`` answers this machine only."""
    reached = _wechat(app)

    @contextlib.asynccontextmanager
    async def life(site: FastAPI) -> AsyncGenerator[None]:
        try:
            await app.start(with_worker=with_worker)
            await _register_webhook(app)
        except SettingsError as refusal:
            site.state.refusal = refusal
        log.info("serving", worker=with_worker, telegram=app.telegram is not None, wechat=app.wechat is not None)
        async with reached or contextlib.nullcontext():
            yield
            app.webchat.close()
        await app.close()
        log.info("stopped")

    site = Site(lifespan=life, title="Hongyan", docs_url=None, redoc_url=None, openapi_url=None)
    own = urlsplit(app.settings.public_url).hostname
    if own or is_local:
        site.add_middleware(KnownHosts, hosts=LOCAL | ({own} if own else set[str]()), except_for=_PROBES)
    site.mount("/static/webchat", static_app())
    _add_probes(site, app)
    site.include_router(app.downloads.router())
    site.include_router(PaperPages(app.database, app.store, app.keys, app.clock, app.settings.public_url).router())
    if app.telegram:
        from bot.channels.telegram.webhook import Webhook  # noqa: PLC0415  # as the channel itself: who has no bot needs none

        secret = app.settings.telegram_webhook_secret
        site.webhook = Webhook(app.telegram, secret=secret, receiver=app.reception, clock=app.clock)
    if reached:
        site.wechat = reached.door
        site.include_router(reached.pages)
    add_console(site, console_wiring(app))
    people = CookieVisitors(app.keys, is_secure=app.settings.public_url.startswith("https://"))
    site.include_router(webchat_router(wiring(app), identify=people))
    return site


def console_wiring(app: App) -> ConsoleWiring:
    """Return what the pages of the console share."""
    return ConsoleWiring(
        database=app.database,
        keys=app.keys,
        clock=app.clock,
        look=Look(app.settings.zone),
        settings=app.settings,
        public_url=app.settings.public_url,
    )


def watched(app: App) -> FastAPI:
    """Return what a worker shows of itself: its health and its metrics."""

    @contextlib.asynccontextmanager
    async def life(site: FastAPI) -> AsyncGenerator[None]:
        try:
            await app.start(with_worker=True)
        except SettingsError as refusal:
            site.state.refusal = refusal
        log.info("working")
        yield
        await app.close()
        log.info("stopped")

    site = FastAPI(lifespan=life, title="Hongyan", docs_url=None, redoc_url=None, openapi_url=None)
    _add_probes(site, app)
    return site


async def _register_webhook(app: App) -> None:
    """Tell Telegram where we are reached; raise ``SettingsError`` when it refuses that."""
    if app.telegram and app.settings.public_url:
        await app.telegram.set_webhook(app.settings.public_url, app.settings.telegram_webhook_secret)


def _wechat(app: App) -> Reached | None:
    if app.wechat is None:
        return None
    from bot.channels.wechat.service import Reached  # noqa: PLC0415  # as the channel itself

    return Reached(
        app.wechat,
        app.settings,
        app.reception,
        database=app.database,
        store=app.store,
        keys=app.keys,
        clock=app.clock,
        file_link=app.downloads.link,
    )


def wiring(app: App) -> Wiring:
    """Return what every mounted chat page shares."""
    return Wiring(
        channel=app.webchat,
        receiver=app.reception,
        files=app.store,
        keys=app.keys,
        clock=app.clock,
        zone=app.settings.zone,
        file_link=app.downloads.link,
        public_url=app.settings.public_url,
    )


def _add_probes(site: FastAPI, app: App) -> None:
    """Let health and metrics be asked for."""
    readiness = Readiness(app.database, app.clock, refused=app.reception.refused)
    token = app.settings.metrics_token
    site.include_router(_health(readiness))
    site.include_router(metrics_router(app.database, app.clock, readiness=readiness, token=token))


def _health(readiness: Readiness) -> APIRouter:
    router = APIRouter()

    @router.api_route("/healthz", methods=["GET", "HEAD"], include_in_schema=False)
    async def healthz() -> Response:
        """Say that the process is alive."""
        return Response("ok", media_type="text/plain")

    @router.api_route("/readyz", methods=["GET", "HEAD"], include_in_schema=False)
    async def readyz(request: Request) -> Response:
        """Say whether the database keeps turns and is at this version's schema; the reason only to this machine."""
        trouble = await readiness.trouble()
        if trouble:
            said = trouble if is_direct(request) else "not ready"
            return Response(said, status_code=503, media_type="text/plain")
        return Response("ready", media_type="text/plain")

    return router
