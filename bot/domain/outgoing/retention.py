"""What is old enough to be forgotten, a little at a time, so that nobody waits for it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Table, delete, func, select
from sqlalchemy.orm import Session

from bot.domain.outgoing import pacing
from db.claims import table_of
from db.models import InboxRecord, OutboxBody, OutboxRow

PAGE = 1000
"""Rows that are looked at in one transaction."""

INBOX_KEPT = timedelta(days=30)
"""How long a redelivery is recognised; platforms give up after a day or two."""

_ROW = table_of(OutboxRow)
_INBOX = table_of(InboxRecord)
_BODY = table_of(OutboxBody)


@dataclass(frozen=True, slots=True)
class Page:
    """How far forgetting has come: the last row looked at, ``None`` at the end, how many went, and what they shared."""

    last_id: int | None
    forgotten: int
    bodies: frozenset[int]


def forget_messages(db: Session, *, before: datetime, after_id: int = 0) -> Page:
    """Forget what ended ``before``, among the next rows in the order in which they were written.

    Their order is that of their ids, so the first row written since then is where looking ends.
    """
    columns = (_ROW.c.id, _ROW.c.body_id, _ROW.c.ended_at, _ROW.c.created_at)
    rows = db.execute(select(*columns).where(_ROW.c.id > after_id).order_by(_ROW.c.id).limit(PAGE)).all()
    newest = db.execute(select(func.max(_ROW.c.id))).scalar_one()  # kept: SQLite would give its number out again
    old = [row for row in rows if row.ended_at is not None and row.ended_at < before and row.id != newest]
    _delete(db, _ROW, [row.id for row in old])
    is_last = len(rows) < PAGE or rows[-1].created_at >= before
    bodies = frozenset(row.body_id for row in old if row.body_id is not None)
    return Page(None if is_last else rows[-1].id, len(old), bodies)


def forget_inbounds(db: Session, *, now: datetime) -> int:
    """Forget inbounds nobody will deliver again; return how many went, :data:`PAGE` at most."""
    newest = select(func.max(_INBOX.c.id)).scalar_subquery()  # kept: replies are named by these numbers, see above
    old = select(_INBOX.c.id).where(_INBOX.c.taken_at < now - INBOX_KEPT, _INBOX.c.id < newest)
    ids = list(db.execute(old.order_by(_INBOX.c.taken_at).limit(PAGE)).scalars())
    _delete(db, _INBOX, ids)
    return len(ids)


def forget_leftovers(db: Session, bodies: Collection[int], *, now: datetime) -> None:
    """Forget those of ``bodies`` that no message has any more, and the paces of chats that have been quiet since."""
    for body_id in bodies:
        if db.execute(select(_ROW.c.id).where(_ROW.c.body_id == body_id).limit(1)).first() is None:
            _delete(db, _BODY, [body_id])
    pacing.forget_idle_chats(db, now=now)


def _delete(db: Session, table: Table, ids: Sequence[int]) -> None:
    if ids:
        db.execute(delete(table).where(table.c.id.in_(ids)))
