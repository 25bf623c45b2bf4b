"""What every process does all the time: hears what others changed, and keeps its clock with theirs."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.clock import SteadyClock, SystemClock
from bot.errors import DatabaseUnavailable
from bot.logs import log
from db.signals import EVERYTHING, Signals
from db.sql import Database

_SET_EVERY = 10.0
_LOUD = 2.0


class Pulse:
    """Rings this process's own bells for what it or any other process changed, and sets its clock."""

    def __init__(
        self,
        database: Database,
        clock: SteadyClock | None,
        *,
        bells: Mapping[str, Callable[[], None]],
        others: Callable[[str], None],
    ) -> None:
        """Ring ``bells`` by the kind of change, ``others`` with any other kind; keep ``clock`` where there is one."""
        self._database = database
        self._clock = clock
        self._bells = bells
        self._others = others
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Set the clock, then listen in the background until :meth:`stop`."""
        loop = asyncio.get_running_loop()
        self._database.on_ring = lambda kinds: loop.call_soon_threadsafe(self._ring_all, kinds)
        await self._set_clock()
        listening = Signals(self._database, self._ring).listen()
        self._tasks = [asyncio.create_task(listening), asyncio.create_task(self._keep_time())]

    async def stop(self) -> None:
        """Listen no more, and ring no bell for what is still written."""
        self._database.on_ring = _ring_nobody
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _ring_all(self, kinds: frozenset[str]) -> None:
        for kind in kinds:
            self._ring(kind)

    def _ring(self, kind: str) -> None:
        if kind == EVERYTHING:
            for bell in self._bells.values():
                bell()
        elif kind in self._bells:
            self._bells[kind]()
        else:
            self._others(kind)

    async def _keep_time(self) -> None:
        while True:
            await asyncio.sleep(_SET_EVERY)
            await self._set_clock()

    async def _set_clock(self) -> None:
        """Go by the database server's time, which all share; beside a file, by this machine's."""
        if self._clock is None:
            return
        try:
            moment = SystemClock().now() if self._database.is_sqlite else await self._database.do(_server_time)
        except DatabaseUnavailable:
            return
        jump = self._clock.set_to(moment).total_seconds()
        if abs(jump) > _LOUD:
            log.warning("clock_jumped", seconds=round(jump, 1))


def _ring_nobody(_kinds: frozenset[str]) -> None:
    """Do nothing: there is nobody left to wake."""


def _server_time(db: Session) -> datetime:
    return db.execute(select(func.clock_timestamp())).scalar_one()
