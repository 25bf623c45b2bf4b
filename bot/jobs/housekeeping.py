"""Forgets what is old, an hour after the last time, in small steps that hold nobody up."""

import asyncio
import functools
from datetime import timedelta

from bot.clock import Clock
from bot.domain import forgetting
from bot.domain.outgoing import retention
from bot.domain.persons import lapsing
from bot.errors import DatabaseUnavailable
from bot.logs import log
from db.sql import Database

_FIRST_AFTER = 60.0
_EVERY = 3600.0
_BETWEEN_PAGES = 0.05


class Housekeeping:
    """Keeps the outbox, the inbox and whatever else is only needed for a while from growing for ever."""

    def __init__(self, database: Database, *, clock: Clock, kept: timedelta) -> None:
        """Forget messages that ended longer ago than ``kept``."""
        self._database = database
        self._clock = clock
        self._kept = kept

    async def run(self) -> None:
        """Tidy up for ever, until cancelled."""
        await asyncio.sleep(_FIRST_AFTER)
        while True:
            try:
                forgotten = await self.tidy()
                log.info("tidied", forgotten=forgotten)
            except DatabaseUnavailable as error:
                log.warning("not_tidied", reason=str(error))
            await asyncio.sleep(_EVERY)

    async def tidy(self) -> int:
        """Forget everything that is old now, bindings of those who left too; return how many rows that were."""
        forgotten, bodies, last_id = 0, set[int](), 0
        while last_id is not None:
            before = self._clock.now() - self._kept
            page = await self._database.do(
                functools.partial(retention.forget_messages, before=before, after_id=last_id)
            )
            last_id, forgotten, bodies = page.last_id, forgotten + page.forgotten, bodies | page.bodies
            await asyncio.sleep(_BETWEEN_PAGES)
        while went := await self._database.do(functools.partial(retention.forget_inbounds, now=self._clock.now())):
            forgotten += went
            await asyncio.sleep(_BETWEEN_PAGES)
        await self._database.do(functools.partial(retention.forget_leftovers, bodies=bodies, now=self._clock.now()))
        while went := await self._database.do(functools.partial(lapsing.lapse, now=self._clock.now())):
            forgotten += went
            await asyncio.sleep(_BETWEEN_PAGES)
        return forgotten + await self._forget_the_rest()

    async def _forget_the_rest(self) -> int:
        forgotten = 0
        for rule in forgetting.RULES:
            now = self._clock.now()
            page = functools.partial(forgetting.forget, rule=rule, before=now - self._kept, now=now)
            while went := await self._database.do(page):
                forgotten += went
                await asyncio.sleep(_BETWEEN_PAGES)
        return forgotten
