"""``GET /metrics``: for a scraper with the token or, without one, for this machine only."""

import asyncio
import functools
from datetime import datetime, timedelta
from http import HTTPStatus

from fastapi import APIRouter, Request, Response

from bot import metrics
from bot.clock import Clock
from bot.domain.outgoing.backlog import Backlog, backlog
from bot.keys import same
from bot.logs import log
from bot.web.direct import is_direct
from bot.web.readiness import Readiness
from db.sql import Database

KEPT = timedelta(seconds=5)
"""How long a look at the outbox is good for, so that a scraper in a loop is harmless."""

PATIENCE_SECONDS = 3.0
"""How long the database has to answer; afterwards it counts as down, and the scrape goes on without it."""

_NEVER_STORED = {"Cache-Control": "no-store"}


def metrics_router(database: Database, clock: Clock, *, readiness: Readiness, token: str) -> APIRouter:
    """Return the route of ``/metrics``; an empty ``token`` lets nobody in but this machine itself."""
    router = APIRouter()
    gauge = _Gauge(database, clock)

    @router.get("/metrics", include_in_schema=False)
    async def scrape(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction]  # the router calls it
        """Show every instrument as text."""
        if token and not _bears(request, token):
            return Response(status_code=HTTPStatus.UNAUTHORIZED, headers={"WWW-Authenticate": "Bearer"})
        if not token and not is_direct(request):
            return Response(status_code=HTTPStatus.NOT_FOUND)
        depth, trouble = await asyncio.gather(gauge.depth(), readiness.trouble())
        text = metrics.exposition(depth, is_up=not trouble)
        return Response(text, media_type=metrics.CONTENT_TYPE, headers=_NEVER_STORED)

    return router


class _Gauge:
    """Looks at what waits in the database: one look at a time, each kept for a while."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._look: asyncio.Task[Backlog] | None = None
        self._began: datetime | None = None

    async def depth(self) -> metrics.Depth | None:
        """Return what waits, or ``None`` when the database does not say."""
        look = self._recent() or self._begin()
        await asyncio.wait({look}, timeout=PATIENCE_SECONDS)
        return _as_depth(look.result()) if look.done() and not look.exception() else None

    def _recent(self) -> asyncio.Task[Backlog] | None:
        """Return a look that is under way or still good."""
        if self._look is None or self._began is None:
            return None
        is_good = abs(self._clock.now() - self._began) < KEPT
        return self._look if is_good or not self._look.done() else None

    def _begin(self) -> asyncio.Task[Backlog]:
        self._began = self._clock.now()
        look = functools.partial(backlog, now=self._began)
        self._look = asyncio.create_task(self._database.do(look, write=False))
        self._look.add_done_callback(_tell_fault)
        return self._look


def _tell_fault(look: asyncio.Task[Backlog]) -> None:
    if not look.cancelled() and (error := look.exception()):
        log.warning("backlog_unknown", error=type(error).__name__)


def _as_depth(found: Backlog) -> metrics.Depth:
    return metrics.Depth(
        rows={(state.value, kind.value): count for (state, kind), count in found.rows.items()},
        oldest_due={kind.value: waited.total_seconds() for kind, waited in found.oldest_due.items()},
        dead=found.dead,
        senders=found.senders,
        fetches=found.fetches,
        undone=found.undone,
    )


def _bears(request: Request, token: str) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return same(token, given.strip()) and scheme.lower() == "bearer"
