"""The safety net: does what falls due, sends what is to be sent and fetches what waits, until told to stop."""

import asyncio
import contextlib
from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from bot.clock import Clock, seconds
from bot.domain.outgoing import leasing
from bot.errors import DatabaseUnavailable
from bot.jobs.delivery import Delivery
from bot.jobs.fetching import Fetching
from bot.jobs.schedule import Schedule
from bot.logs import log
from db.sql import Database

_LONGEST_PAUSE = 2.0
_SHORTEST_PAUSE = leasing.HORIZON.total_seconds() / 2
_MOST_DOUBLINGS = 4
_LONGEST_PULL = 0.25
"""Seconds in which batch after batch is leased, the next while one is sent, before anything else is looked at."""

_TROUBLED_SECONDS = 2.0


class Worker:
    """Looks after the agenda, the outbox and the waiting files when something falls due, or at once when woken."""

    def __init__(
        self,
        database: Database,
        schedule: Schedule,
        delivery: Delivery,
        fetching: Collection[Fetching],
        *,
        clock: Clock,
    ) -> None:
        """Sweep with ``schedule``, ``delivery`` and each of ``fetching``."""
        self._database = database
        self._schedule = schedule
        self._delivery = delivery
        self._fetching = fetching
        self._clock = clock
        self._bell = asyncio.Event()
        self._stopped = False

    def wake(self) -> None:
        """Look now rather than in a moment."""
        self._bell.set()

    async def run(self) -> None:
        """Work until :meth:`stop`; at first whatever is due, since some of it is only planned by the first round."""
        is_due, fruitless = True, 0
        while not self._stopped:
            self._bell.clear()
            try:
                if is_due:
                    done = await self._work()
                    if done >= leasing.BATCH:
                        continue  # as much as is taken at once: there is more
                    fruitless = 0 if done else min(fruitless + 1, _MOST_DOUBLINGS)
                pause = await self._until_due()
                is_due = pause <= 0
                if is_due and fruitless:
                    pause = min(_SHORTEST_PAUSE * 2 ** (fruitless - 1), _LONGEST_PAUSE)
            except DatabaseUnavailable as error:
                log.error("worker_waits", reason=str(error))
                pause = _TROUBLED_SECONDS
            if pause > 0 and not self._stopped:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._bell.wait(), pause)
        for one in self._fetching:
            await one.stop()

    async def stop(self) -> None:
        """Finish the round in hand and stop."""
        self._stopped = True
        self._bell.set()

    async def _work(self) -> int:
        await self._schedule.sweep()
        for one in self._fetching:
            one.start()
        enough_at = seconds() + _LONGEST_PULL
        while True:
            parcels = await self._delivery.lease()
            if parcels:
                self._delivery.start(parcels)
                await self._delivery.has_room()
            if len(parcels) < leasing.BATCH or self._stopped or seconds() >= enough_at:
                return len(parcels)

    async def _until_due(self) -> float:
        """Return the seconds until something is due, two at the most; what is due already is less than nothing."""
        due = await self._database.do(self._next_due, write=False)
        wait = (due - self._clock.now()).total_seconds() if due else _LONGEST_PAUSE
        return min(wait, _LONGEST_PAUSE)

    def _next_due(self, db: Session) -> datetime | None:
        """Look at everything in one transaction: that is all an idle worker does, every two seconds."""
        parts = (self._schedule, self._delivery, *self._fetching)
        return min((due for one in parts if (due := one.next_due(db))), default=None)
