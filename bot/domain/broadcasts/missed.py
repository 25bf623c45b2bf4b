"""The end of the ledger: who did not get a broadcast, or not yet, why, and whom a cadre has called instead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, and_, exists, func, literal_column, or_, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, audit, papers
from bot.domain.access import Act
from bot.domain.broadcasts import states
from bot.domain.messages import Attachment
from bot.domain.papers import PaperKind
from bot.domain.persons import people
from content.words import label
from db.claims import changed, table_of
from db.models import MISSED, MISSED_STATES, Broadcast, OutboxRow, OutboxState, Person, Recipient, RecipientState, Unit

SHOWN = 4
"""How many names fit into one message."""

_ROW = table_of(Recipient)
_OUTBOX = table_of(OutboxRow)
_MAY_COME = (RecipientState.KEPT, RecipientState.UNCERTAIN)
"""How somebody ended who may get it still: they are shown it when they come."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Somebody to be called: who, their number as far as it may be shown, and why they did not get it.

    ``state`` is ``FAILED``, ``UNCERTAIN``, ``UNREACHABLE`` or, until they come and see it, ``KEPT``; ``reason`` one of
    the words of :data:`bot.domain.broadcasts.collecting.REASONS`, empty for all but the first.
    """

    person_id: int
    name: str
    mobile: str
    state: RecipientState
    reason: str


def missed(
    db: Session, broadcast_id: int, *, by: Person, now: datetime, limit: int = SHOWN, after: int = 0
) -> list[Missing]:
    """Return the next people who are still to be called, numbers masked, and write down that they were looked at.

    Left out are those who were called, and elders whose proxy got it. ``after`` is a person id to go on from.
    """
    broadcast = states.for_cadre(db, broadcast_id, by)
    audit.note(db, "broadcasts.missed", f"broadcast:{broadcast.id}", actor_id=by.id, now=now)
    return [_shown(row, people.masked_mobile(db, row[0])) for row in _rows(db, broadcast_id, limit, after)]


def count(db: Session, broadcast_id: int) -> int:
    """Return how many are still to be called."""
    return db.execute(_waiting(select(func.count()).select_from(Recipient), broadcast_id)).scalar_one()


def reasons(db: Session, broadcast_id: int) -> Mapping[str, int]:
    """Return how many are still to be called for which reason, by the words of ``content.audience``."""
    why = (col(Recipient.state), col(Recipient.reason))
    counted = _waiting(select(*why, func.count()).select_from(Recipient), broadcast_id).group_by(*why).order_by(*why)
    rows: Sequence[tuple[RecipientState, str, int]] = [tuple(row) for row in db.execute(counted)]
    return {reason or state.value: count for state, reason, count in rows}


def with_numbers(
    db: Session, broadcast_id: int, *, by: Person, now: datetime, limit: int = SHOWN, after: int = 0
) -> list[Missing]:
    """Return the next people to be called with their numbers in full, and write down whose numbers were seen."""
    broadcast = states.for_cadre(db, broadcast_id, by)
    access.insist(db, by, Act.SEE_PHONES, db.get_one(Unit, broadcast.unit_id))
    found = _rows(db, broadcast_id, limit, after)
    for person, *_ in found:
        audit.note(db, "broadcasts.number", f"broadcast:{broadcast_id} person:{person.id}", actor_id=by.id, now=now)
    return [_shown(row, people.mobile(db, row[0])) for row in found]


def as_paper(db: Session, broadcast_id: int, *, by: Person, now: datetime) -> Attachment:
    """Order the whole list with its numbers as a file, for where numbers are not written, and write that down."""
    broadcast = states.for_cadre(db, broadcast_id, by)
    access.insist(db, by, Act.SEE_PHONES, db.get_one(Unit, broadcast.unit_id))
    audit.note(db, "broadcasts.paper", f"broadcast:{broadcast_id}", actor_id=by.id, now=now)
    name = label("calls_file")
    return papers.order(db, PaperKind.BROADCAST_CALLS, str(broadcast_id), name=name, to=by.id, now=now)


def called(db: Session, broadcast_id: int, person_ids: Sequence[int], *, by: Person, now: datetime) -> int:
    """Tick people off who were called; return how many were still on the list."""
    states.for_cadre(db, broadcast_id, by)
    mine = (_ROW.c.broadcast_id == broadcast_id, _ROW.c.person_id.in_(person_ids), _ROW.c.called_at.is_(None))
    ticked = changed(db, update(_ROW).where(*mine, MISSED).values(called_at=now, called_by=by.id))
    audit.note(db, "broadcasts.called", f"broadcast:{broadcast_id} {ticked}", actor_id=by.id, now=now)
    return ticked


def received(db: Session, broadcast_id: int, by: Person, *, now: datetime) -> Broadcast | None:
    """Keep that somebody got a broadcast, the first time they say so; return it unless they were not meant."""
    mine = (_ROW.c.broadcast_id == broadcast_id, _ROW.c.person_id == by.id)
    if db.execute(select(_ROW.c.person_id).where(*mine)).first() is None:
        return None
    db.execute(update(_ROW).where(*mine, _ROW.c.received_at.is_(None)).values(received_at=now))
    return db.get(Broadcast, broadcast_id)


def _rows(db: Session, broadcast_id: int, limit: int, after: int) -> Sequence[Any]:
    columns = (Person, col(Recipient.state), col(Recipient.reason))
    rows = select(*columns).join(Recipient, col(Recipient.person_id) == col(Person.id))
    rows = _waiting(rows.where(col(Recipient.person_id) > after), broadcast_id)
    return db.execute(rows.order_by(col(Recipient.person_id)).limit(limit)).all()


def is_missed(broadcast_id: int) -> tuple[ColumnElement[bool], ...]:
    """Say, within a statement, that a recipient who is meant has not got it so far, nor has their proxy for them."""
    proxy = _ROW.alias()
    heard = select(proxy.c.person_id).where(
        proxy.c.broadcast_id == broadcast_id,
        proxy.c.for_id == col(Recipient.person_id),
        or_(proxy.c.state == RecipientState.SENT, _has_got(proxy.c)),
    )
    mine = (col(Recipient.broadcast_id) == broadcast_id, col(Recipient.for_id).is_(None))
    words = [literal_column(f"'{state}'", String) for state in MISSED_STATES]  # as the partial index has them
    return (*mine, col(Recipient.state).in_(words), ~_has_got(_ROW.c), ~heard.exists())


def _has_got(row: Any) -> ColumnElement[bool]:  # noqa: ANN401  # the columns of a recipient
    """Say that somebody got it after all: they came and were shown it, or said that they did."""
    shown = exists().where(_OUTBOX.c.id == row.outbox_id, _OUTBOX.c.state == OutboxState.SENT)
    return or_(row.received_at.is_not(None), and_(row.state.in_(_MAY_COME), shown))


def _waiting(statement: Any, broadcast_id: int) -> Any:  # noqa: ANN401  # a statement with the recipients in it
    return statement.where(*is_missed(broadcast_id), col(Recipient.called_at).is_(None))


def _shown(row: Any, mobile: str) -> Missing:  # noqa: ANN401  # a row of several columns
    person, state, reason = row
    return Missing(person.id or 0, person.name, mobile, state, reason)
