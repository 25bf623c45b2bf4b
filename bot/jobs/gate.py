"""Keeps the slots an account was given: nothing goes before its time, and no delay is made up for by a burst."""

import asyncio
import functools
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.clock import Clock, seconds
from bot.domain.outgoing import pacing
from bot.domain.outgoing.outbox import Parcel
from bot.domain.outgoing.pacing import Granted, Lane, Limits, Wanted
from db.sql import Database

_LONGEST_WAIT = timedelta(seconds=5)
A_MOMENT = timedelta(seconds=2)
"""How long a reply waits where it is, for its chat's own pace or its account's pause, before it is put back."""

_MOST_PAUSES = 3
"""How often a reply waits for a pause, one after the other."""

_CATCHING_UP = 0.99
"""What is left of an interval while a delay is made up for: less would be felt by the platform as too fast."""


class _Batch:
    """What waits for slots of the same transaction, and that transaction."""

    def __init__(self) -> None:
        self.wanted: list[Wanted] = []
        self.granting: asyncio.Task[list[Granted]]


class Gate:
    """Where the messages of one account with limits wait for their slots."""

    def __init__(self, database: Database, lane: Lane, limits: Limits, *, clock: Clock) -> None:
        """Take slots for replies from ``database``; rows leased by the worker bring theirs along."""
        self._database = database
        self._lane = lane
        self._limits = limits
        self._clock = clock
        self._free_at = {False: 0.0, True: 0.0}
        self._shut_until: datetime | None = None
        self._batch: _Batch | None = None
        self._one_at_a_time = asyncio.Lock()

    def shut(self, until: datetime) -> None:
        """Let nothing through before ``until``: the platform asked for patience."""
        self._shut_until = max(until, self._shut_until or until)

    @property
    def shut_until(self) -> datetime | None:
        """Return until when nothing goes through, if it is shut now."""
        until = self._shut_until
        return until if until and until > self._clock.now() else None

    async def passed(self, parcel: Parcel) -> datetime | None:
        """Wait for a parcel's slot; return ``None`` when it may go now, else when it may be tried again."""
        if parcel.not_before is not None:
            await self._wait_for(parcel.not_before, parcel.message.parts, is_paid=parcel.is_paid)
            return self.shut_until
        for _ in range(_MOST_PAUSES):
            if not await self.opens_soon():
                return self.shut_until
            granted = await self._slot_for(Wanted(parcel.target.chat, parcel.message.parts))
            if granted.slot is None:
                return granted.not_before
            await self._wait_for(granted.slot, parcel.message.parts, is_paid=parcel.is_paid)
            if self.shut_until is None:
                return None
        return self.shut_until

    async def opens_soon(self) -> bool:
        """Wait for the end of a pause that is over in a moment; tell whether nothing is shut now."""
        wait = (self.shut_until or self._clock.now()) - self._clock.now()
        if timedelta(0) < wait <= A_MOMENT:
            await asyncio.sleep(wait.total_seconds())
        return self.shut_until is None

    async def _slot_for(self, wanted: Wanted) -> Granted:
        """Take a slot, and once more in a moment where the chat's own pace asks for no more than that.

        Put back it would wait for whoever pushes for the account, who may just have died.
        """
        granted = await self._ask(wanted)
        wait = granted.not_before - self._clock.now()
        if granted.slot is not None or wait > A_MOMENT or self.shut_until:
            return granted
        await asyncio.sleep(max(0.0, wait.total_seconds()))
        return await self._ask(wanted)

    async def _wait_for(self, slot: datetime, parts: int, *, is_paid: bool) -> None:
        interval = self._limits.paid_interval if is_paid and self._limits.paid_interval else self._limits.interval
        step = interval.total_seconds() * _CATCHING_UP
        ahead = min(slot - self._clock.now(), _LONGEST_WAIT)  # none is further ahead, unless the clock was put back
        at = self._next(seconds() + ahead.total_seconds(), parts * step, is_paid=is_paid)
        while (delay := at - seconds()) > 0:
            await asyncio.sleep(delay)
            if seconds() - at > step:  # this process stood still: whoever waited goes one by one, not all at once
                at = self._next(at, parts * step, is_paid=is_paid)

    def _next(self, wanted: float, lasting: float, *, is_paid: bool) -> float:
        """Return the first moment from ``wanted`` on, or from now on, that nobody here has taken, and take it."""
        at = max(wanted, seconds(), self._free_at[is_paid])
        self._free_at[is_paid] = at + lasting
        return at

    async def _ask(self, wanted: Wanted) -> Granted:
        """Take the next slot; all who ask while a transaction is under way are served by the next one."""
        batch = self._batch
        if batch is None:
            batch = self._batch = _Batch()
            batch.granting = asyncio.get_running_loop().create_task(self._serve(batch))
        batch.wanted.append(wanted)
        place = len(batch.wanted) - 1
        return (await asyncio.shield(batch.granting))[place]

    async def _serve(self, batch: _Batch) -> list[Granted]:
        async with self._one_at_a_time:
            self._batch = None
            return await self._database.do(functools.partial(self._grant, batch.wanted))

    def _grant(self, wanted: list[Wanted], db: Session) -> list[Granted]:
        now = self._clock.now()
        allowed = pacing.allowance(db, self._lane, self._limits, now=now, until=now + _LONGEST_WAIT)
        return pacing.grant(db, allowed, self._limits, wanted, now=now)


def gates_of(database: Database, lanes: Mapping[str, Lane], *, clock: Clock) -> dict[str, Gate]:
    """Return a gate for each channel that has limits, by the channel's name."""
    return {
        name: Gate(database, lane, lane.limits, clock=clock) for name, lane in lanes.items() if lane.limits is not None
    }
