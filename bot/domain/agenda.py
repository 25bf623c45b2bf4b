"""What the bot does by itself at its time: planned in the transaction that causes it, done once, whoever is awake.

An item names the rule that does it (:mod:`bot.domain.duties`). The rule looks at how things stand when it is done, so
that only those who have not answered are reminded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import String, literal_column, select, update
from sqlalchemy.orm import Session

from db.claims import changed, claim, table_of
from db.models import AgendaItem, AgendaState
from db.types import END_OF_PREFIX

_ITEM = table_of(AgendaItem)
_PENDING = _ITEM.c.state == literal_column(f"'{AgendaState.PENDING}'", String)
_FAILED = _ITEM.c.state == literal_column(f"'{AgendaState.FAILED}'", String)
_MOST_TRIES = 8
_REASON = 200


@dataclass(frozen=True, slots=True)
class Item:
    """An item that is due: which rule, what it needs to know, and how often it was tried."""

    id: int
    kind: str
    payload: Mapping[str, Any]
    due_at: datetime
    attempts: int


def plan(db: Session, cause: str, kind: str, *, due_at: datetime, **payload: object) -> bool:
    """Plan something once; tell whether it is new. Planned again under the same cause, it is left as it is."""
    values = {
        "cause": cause,
        "kind": kind,
        "due_at": due_at,
        "payload": payload,
        "state": AgendaState.PENDING,
        "attempts": 0,
        "reason": "",
    }
    return claim(db, AgendaItem, values, key=("cause",)) is not None


def move(db: Session, cause: str, *, due_at: datetime) -> bool:
    """Let something that is still to be done be done at another time; tell whether it was still to be done."""
    return bool(changed(db, update(_ITEM).where(_ITEM.c.cause == cause, _PENDING).values(due_at=due_at)))


def withdraw(db: Session, cause_prefix: str, *, now: datetime) -> int:
    """Let whatever is still to be done under a cause not be done; return how much that was."""
    meant = (_ITEM.c.cause >= cause_prefix, _ITEM.c.cause < cause_prefix + END_OF_PREFIX)
    ended = {"state": AgendaState.WITHDRAWN, "done_at": now}
    return changed(db, update(_ITEM).where(*meant, _PENDING).values(**ended))


def planned(db: Session, cause_prefix: str) -> list[Mapping[str, Any]]:
    """Return what is known of whatever was planned under a cause, done or still to be done, and not withdrawn."""
    meant = (_ITEM.c.cause >= cause_prefix, _ITEM.c.cause < cause_prefix + END_OF_PREFIX)
    found = select(_ITEM.c.payload).where(*meant, _ITEM.c.state != AgendaState.WITHDRAWN)
    return list(db.execute(found.order_by(_ITEM.c.id)).scalars())


def amend(db: Session, cause_prefix: str, **payload: object) -> None:
    """Let whatever is still to be done under a cause know something else."""
    meant = (_ITEM.c.cause >= cause_prefix, _ITEM.c.cause < cause_prefix + END_OF_PREFIX)
    found = select(_ITEM.c.id, _ITEM.c.payload).where(*meant, _PENDING).order_by(_ITEM.c.id).with_for_update()
    for item_id, known in db.execute(found).all():
        db.execute(update(_ITEM).where(_ITEM.c.id == item_id).values(payload={**known, **payload}))


def next_due(db: Session) -> datetime | None:
    """Return when the next item falls due, if one is planned."""
    first = select(_ITEM.c.due_at).where(_PENDING).order_by(_ITEM.c.due_at, _ITEM.c.id).limit(1)
    return db.execute(first).scalar_one_or_none()


def take(db: Session, *, now: datetime) -> Item | None:
    """Return the first item that is due, held by this transaction and by no other, or ``None``."""
    columns = (_ITEM.c.id, _ITEM.c.kind, _ITEM.c.payload, _ITEM.c.due_at, _ITEM.c.attempts)
    due = select(*columns).where(_PENDING, _ITEM.c.due_at <= now).order_by(_ITEM.c.due_at, _ITEM.c.id).limit(1)
    row = db.execute(due.with_for_update(skip_locked=True)).one_or_none()
    return Item(*row) if row else None


def done(db: Session, item: Item, *, now: datetime) -> None:
    """Note that an item was done, unless doing it planned it :func:`again`."""
    still = (_ITEM.c.id == item.id, _PENDING, _ITEM.c.due_at == item.due_at)
    db.execute(update(_ITEM).where(*still).values(state=AgendaState.DONE, done_at=now))


def again(db: Session, item: Item, *, at: datetime, **payload: object) -> None:
    """Let the item in hand be done once more at another time: it repeats, or goes on from where ``payload`` says.

    It is due a moment after it was at the least, so that :func:`done` tells that it is not over.
    """
    later = max(at, item.due_at + timedelta(microseconds=1))
    values = {"due_at": later, "attempts": 0, "payload": {**item.payload, **payload}}
    db.execute(update(_ITEM).where(_ITEM.c.id == item.id).values(**values))


def failed(db: Session, item: Item, reason: str, *, now: datetime) -> None:
    """Note that an item broke: it is tried again less and less often, and in the end left to a person."""
    attempts = item.attempts + 1
    is_over = attempts >= _MOST_TRIES
    values = {
        "attempts": attempts,
        "reason": reason[:_REASON],
        "state": AgendaState.FAILED if is_over else AgendaState.PENDING,
        "due_at": item.due_at if is_over else now + timedelta(minutes=2**item.attempts),
    }
    db.execute(update(_ITEM).where(_ITEM.c.id == item.id, _PENDING).values(**values))


def broken(db: Session, *, limit: int) -> list[AgendaItem]:
    """Return what was tried too often and waits for a person, the oldest first."""
    left = select(AgendaItem).where(_FAILED).order_by(_ITEM.c.id).limit(limit)
    return list(db.execute(left).scalars())


def try_again(db: Session, item_ids: Sequence[int], *, now: datetime) -> list[int]:
    """Let broken items be done now after all; return which of these were broken."""
    values = {"state": AgendaState.PENDING, "attempts": 0, "due_at": now}
    meant = update(_ITEM).where(_ITEM.c.id.in_(item_ids), _FAILED).values(**values)
    return sorted(db.execute(meant.returning(_ITEM.c.id)).scalars())
