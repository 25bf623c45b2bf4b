"""Does what falls due, an item a transaction, so that a crash leaves each either done or still to be done."""

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.domain import agenda
from bot.domain.duties import Duty
from bot.logs import log, trace
from db.sql import UNAVAILABLE, Database, undoable

_MOST_AT_ONCE = 50


class Schedule:
    """Works off the agenda; several processes may, none of them does what another has in hand."""

    def __init__(
        self,
        database: Database,
        duties: Mapping[str, Duty],
        *,
        clock: Clock,
        begin: Callable[[Session, datetime], None] | None = None,
    ) -> None:
        """Do items by the ``duties`` they name; ``begin`` plans, first of all, what is done again and again."""
        self._begin = begin
        self._database = database
        self._duties = duties
        self._clock = clock

    async def sweep(self) -> int:
        """Do what is due, a page of it at the most, and return how many items were done."""
        if self._begin is not None:
            begin, now = self._begin, self._clock.now()
            await self._database.do(lambda db: begin(db, now))
            self._begin = None
        due = await self._database.do(self.next_due, write=False)
        if due is None or due > self._clock.now():
            return 0
        for count in range(_MOST_AT_ONCE):
            if not await self._database.do(self._do_one):
                return count
        return _MOST_AT_ONCE

    def next_due(self, db: Session) -> datetime | None:
        """Return when the next item falls due, if one is planned."""
        return agenda.next_due(db)

    def _do_one(self, db: Session) -> bool:
        now = self._clock.now()
        item = agenda.take(db, now=now)
        if item is None:
            return False
        try:
            with undoable(db) as inner:
                self._duties[item.kind](inner, item, now)
        except Exception as error:  # border: one broken item must not stop the others
            if isinstance(error, UNAVAILABLE):
                raise
            log.error("duty_failed", kind=item.kind, item=item.id, error=type(error).__name__, at=trace(error))
            agenda.failed(db, item, type(error).__name__, now=now)
        else:
            agenda.done(db, item, now=now)
        return True
