"""How much waits in the database and for how long: numbers for whoever watches, at a cost that stays small.

Only open and dead rows are looked at, through partial indexes, and never more than :data:`MOST_COUNTED` of each: a
million messages sent long ago cost nothing, and a million still to be sent cost as much as that many.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, TextClause, func, select, text
from sqlalchemy.orm import Session

from db.claims import table_of
from db.models import WAITING, AgendaItem, OutboxKind, OutboxRow, OutboxState, Sender, StoredFile

MOST_COUNTED = 10_000
"""Rows of one state that are counted at most: this many means this many or more."""

OPEN = (OutboxState.PENDING, OutboxState.LEASED)
DEAD = (OutboxState.FAILED, OutboxState.UNCERTAIN)

_ROW = table_of(OutboxRow)
_FILE = table_of(StoredFile)
_ITEM = table_of(AgendaItem)
_UNDONE = text("agenda_item.state = 'failed'")
_SENDER = table_of(Sender)
# Written out as the partial indexes have them: SQLite uses such an index for the same words only, not for parameters.
_INDEXED = (
    (text("state = 'pending'"), (_ROW.c.channel, _ROW.c.account, _ROW.c.priority, _ROW.c.next_at, _ROW.c.id)),
    (text("state = 'leased'"), (_ROW.c.leased_until,)),
    (text("state IN ('failed', 'uncertain')"), (_ROW.c.state.desc(), _ROW.c.id.desc())),
)
"""Which rows, and the order of the index that holds them: uncertain ones before failed ones."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits: rows by state and kind, how long the oldest due one of each kind has waited, files to be fetched.

    ``undone`` are items of the agenda that broke too often and are left to a person.

    ``senders`` has how many accounts of each channel with limits a process pushes for now: none while nothing is due.
    """

    rows: Mapping[tuple[OutboxState, OutboxKind], int]
    oldest_due: Mapping[OutboxKind, timedelta]
    senders: Mapping[str, int]
    fetches: int
    undone: int

    @property
    def dead(self) -> int:
        """Return how many rows a person has to look at."""
        return sum(count for (state, _kind), count in self.rows.items() if state in DEAD)


def backlog(db: Session, *, now: datetime, most: int = MOST_COUNTED) -> Backlog:
    """Look at what waits, at no more than ``most`` rows of each index.

    A row is due from the moment it may be sent: one that waits to be tried again is not due.
    """
    rows = {(state, kind): 0 for state in (*OPEN, *DEAD) for kind in OutboxKind}
    oldest_due = dict.fromkeys(OutboxKind, timedelta(0))
    for which, order in _INDEXED:
        for state, kind, count, earliest in db.execute(_count(which, order, most)):
            rows[state, kind] = count
            if state in OPEN:
                oldest_due[kind] = max(oldest_due[kind], now - earliest)
    waiting = select(_FILE.c.id).where(WAITING).order_by(_FILE.c.id).limit(most).subquery()
    fetches = db.execute(select(func.count()).select_from(waiting)).scalar_one()
    broken = select(_ITEM.c.id).where(_UNDONE).order_by(_ITEM.c.id).limit(most).subquery()
    undone = db.execute(select(func.count()).select_from(broken)).scalar_one()
    return Backlog(rows, oldest_due, _senders(db, now), fetches, undone)


def _count(
    which: TextClause, order: Sequence[ColumnElement[Any]], most: int
) -> Select[OutboxState, OutboxKind, int, datetime]:
    """Count rows by state and kind, in the ``order`` of their index, so that no others are looked at."""
    rows = select(_ROW.c.state, _ROW.c.kind, _ROW.c.next_at).where(which).order_by(*order).limit(most)
    one = rows.subquery().c
    return select(one.state, one.kind, func.count(), func.min(one.next_at)).group_by(one.state, one.kind)


def _senders(db: Session, now: datetime) -> dict[str, int]:
    senders = dict[str, int]()
    for channel, leased_until in db.execute(select(_SENDER.c.channel, _SENDER.c.leased_until)):
        senders[channel] = senders.get(channel, 0) + (leased_until is not None and leased_until > now)
    return senders
