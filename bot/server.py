"""The web server: chat, webhooks, files and health, with delivery beside them unless told otherwise."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncGenerator, Callable
from types import FrameType
from urllib.parse import urlsplit

import h11
import structlog
import uvicorn
from fastapi import APIRouter, FastAPI, Response
from sqlalchemy import text
from uvicorn.protocols.http.h11_impl import H11Protocol

from bot.app import App
from bot.channels.telegram.webhook import telegram_router
from bot.channels.webchat.hosts import LOCAL, KnownHosts
from bot.channels.webchat.routes import Wiring, static_app, webchat_router
from bot.channels.webchat.visitors import CookieVisitors
from bot.errors import HongyanError
from db import schema

_GRACE_SECONDS = 10
_HEADER_SECONDS = 15
_MOST_HEADERS = 64 * 1024
_PROBES = ("/healthz", "/readyz")
log = structlog.get_logger()


def web(app: App, *, with_worker: bool, is_local: bool = False) -> FastAPI:
    """Return the web application of an :class:`App`; one that ``is_local`` answers this machine only."""

    @contextlib.asynccontextmanager
    async def life(_site: FastAPI) -> AsyncGenerator[None]:
        working = asyncio.create_task(app.worker.run()) if with_worker else None
        if app.telegram:
            await app.telegram.start()
            if app.settings.public_url:
                await app.telegram.set_webhook(app.settings.public_url, app.settings.telegram_webhook_secret)
        log.info("serving", worker=with_worker, telegram=app.telegram is not None)
        yield
        app.webchat.close()
        await app.worker.stop()
        if working:
            await working
        await app.close()
        log.info("stopped")

    site = FastAPI(lifespan=life, title="Hongyan", docs_url=None, redoc_url=None, openapi_url=None)
    own = urlsplit(app.settings.public_url).hostname
    if own or is_local:
        site.add_middleware(KnownHosts, hosts=LOCAL | ({own} if own else set[str]()), except_for=_PROBES)
    site.mount("/static/webchat", static_app())
    site.include_router(_health(app))
    site.include_router(app.downloads.router())
    if app.telegram:
        secret = app.settings.telegram_webhook_secret
        site.include_router(telegram_router(app.telegram, secret=secret, receiver=app.reception, clock=app.clock))
    people = CookieVisitors(app.keys, is_secure=app.settings.public_url.startswith("https://"))
    site.include_router(webchat_router(wiring(app), identify=people))
    return site


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
        self._before_exit = before_exit

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop politely, and at once when asked twice; unlike uvicorn's own, it then exits with 0."""
        del frame
        self._before_exit()
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        self.should_exit = True


def _health(app: App) -> APIRouter:
    router = APIRouter()

    @router.api_route("/healthz", methods=["GET", "HEAD"], include_in_schema=False)
    async def healthz() -> Response:
        """Say that the process is alive."""
        return Response("ok", media_type="text/plain")

    @router.api_route("/readyz", methods=["GET", "HEAD"], include_in_schema=False)
    async def readyz() -> Response:
        """Say whether the database takes turns and is at this version's schema."""
        try:
            await app.database.do(lambda db: db.execute(text("SELECT 1")), write=False)
            await asyncio.to_thread(schema.require_current, app.database)
        except HongyanError as error:
            return Response(str(error), status_code=503, media_type="text/plain")
        return Response("ready", media_type="text/plain")

    return router
