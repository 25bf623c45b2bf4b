"""Writes down how sends ended, many in one transaction: the next goes as soon as the one before is committed."""

import asyncio
import functools
from collections.abc import Callable, Sequence

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.domain import elsewhere, unheard
from bot.domain.outgoing import outbox, pacing, settling
from bot.domain.outgoing.pacing import Lane
from bot.domain.outgoing.settling import Settlement
from bot.domain.persons import people
from bot.errors import DatabaseUnavailable
from bot.logs import log
from db.sql import Database

_TRIES = 8
_FIRST_PAUSE = 0.2
_MOST_AT_ONCE = 1000
_GATHERING = 0.01
"""Seconds in which ends are gathered for one transaction: under load it carries dozens of them."""


class Ledger:
    """The settlements of one process, on their way into the database."""

    def __init__(self, database: Database, *, clock: Clock, when_written: Callable[[Settlement], None]) -> None:
        """Call ``when_written`` with each settlement once it is committed, or given up."""
        self._database = database
        self._clock = clock
        self._when_written = when_written
        self._noted: list[Settlement] = []
        self._writing: asyncio.Task[None] | None = None

    def note(self, settlements: Sequence[Settlement]) -> None:
        """Write these down soon."""
        self._noted += settlements
        if self._noted and self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write())

    async def settled(self) -> None:
        """Return once everything noted so far is written down."""
        while self._writing is not None:
            await asyncio.shield(self._writing)

    async def _write(self) -> None:
        try:
            while self._noted:
                if len(self._noted) < _MOST_AT_ONCE:
                    await asyncio.sleep(_GATHERING)
                batch, self._noted = self._noted[:_MOST_AT_ONCE], self._noted[_MOST_AT_ONCE:]
                await self._insist(batch)
                for one in batch:
                    self._when_written(one)
        finally:
            self._writing = None

    async def _insist(self, batch: list[Settlement]) -> None:
        """Write a batch, insisting for a while: what is not written is sent again later."""
        for attempt in range(_TRIES):
            try:
                await self._database.do(functools.partial(_settle, batch, self._clock))
            except DatabaseUnavailable as error:
                log.warning("settle_failed", messages=len(batch), attempt=attempt, reason=str(error))
                await asyncio.sleep(_FIRST_PAUSE * 2 ** min(attempt, 4))
            except DBAPIError as error:
                await self._write_singly(batch, error)
                return
            else:
                return

    async def _write_singly(self, batch: list[Settlement], error: DBAPIError) -> None:
        """Write what the database takes of a batch it refused."""
        if len(batch) > 1:
            for one in batch:
                await self._insist([one])
        else:
            log.error("settle_refused", outbox_id=batch[0].parcel.id, error=type(error.orig).__name__)


def _settle(settlements: list[Settlement], clock: Clock, db: Session) -> None:
    now = clock.now()
    settling.settle(db, settlements, now=now)
    for one in settlements:
        target = one.parcel.target
        if one.moved_to:
            people.move(db, target, one.moved_to)
            outbox.redirect(db, target, one.moved_to)
        elif one.lost_touch:
            people.lose_touch(db, target, one.lost_touch)
            if not elsewhere.send(db, one.parcel, now=now):
                unheard.give_up(db, one.parcel, now=now)
        elif one.is_kept:
            unheard.keep(db, one.parcel, now=now)
        if one.pauses_until:
            pacing.pause(db, Lane(target.channel, target.account), until=one.pauses_until)
