"""Whether this process can take turns: whether its database keeps what is written, at this version's schema."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.errors import HongyanError
from db import schema
from db.proving import prove_writable
from db.sql import Database

KEPT = timedelta(seconds=1)
"""How long a look is good for: whoever asks in a loop costs a write a second and no more."""

PATIENCE = 3.0
"""Seconds the database has to answer."""


class Readiness:
    """Looks at the database, once at a time for all who ask."""

    def __init__(self, database: Database, clock: Clock, *, refused: Callable[[], str]) -> None:
        """Look at ``database``; ``refused`` tells why it kept nothing of a turn a moment ago, if that was so.

        A disk that is all but full may take the little that a look writes, and not what a turn does.
        """
        self._database = database
        self._refused = refused
        self._clock = clock
        self._look: asyncio.Task[str] | None = None
        self._began: datetime | None = None

    async def trouble(self) -> str:
        """Return why no turn can be taken now, in a sentence for the operator; nothing when it can."""
        look = self._recent() or self._begin()
        done, _ = await asyncio.wait({look}, timeout=PATIENCE)
        return look.result() if done else f"the database has not answered for {PATIENCE:.0f} seconds"

    def _recent(self) -> asyncio.Task[str] | None:
        """Return a look that is under way or still good."""
        if self._look is None or self._began is None:
            return None
        is_good = abs(self._clock.now() - self._began) < KEPT
        return self._look if is_good or not self._look.done() else None

    def _begin(self) -> asyncio.Task[str]:
        self._began = self._clock.now()
        self._look = asyncio.create_task(self._looked())
        return self._look

    async def _looked(self) -> str:
        try:
            await self._database.do(prove_writable)
            await asyncio.to_thread(schema.require_current, self._database)
        except HongyanError as error:
            return str(error)
        return self._refused()
