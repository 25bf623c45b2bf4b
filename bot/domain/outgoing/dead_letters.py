"""What could not be delivered, or perhaps was: for a person to look at, to send again or to let go."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, literal, select, update
from sqlalchemy.orm import Session

from db.claims import changed, table_of
from db.models import OutboxKind, OutboxRow, OutboxState

_ROW = table_of(OutboxRow)
_SHOWN = (_ROW.c.id, _ROW.c.kind, _ROW.c.state, _ROW.c.cause, _ROW.c.channel, _ROW.c.due_at, _ROW.c.reason)
_REQUEUABLE = (OutboxState.FAILED, OutboxState.UNCERTAIN, OutboxState.CANCELLED)

_HANDED_ON = "tried elsewhere: "
_SHORTENED = 150


@dataclass(frozen=True, slots=True)
class Letter:
    """One row of the outbox without its text: what it is for, where it was to go, and how it stands."""

    id: int
    kind: OutboxKind
    state: OutboxState
    cause: str
    channel: str
    due_at: datetime
    reason: str

    @property
    def is_handed_on(self) -> bool:
        """Tell whether its receiver is tried at another address instead."""
        return self.reason.startswith(_HANDED_ON)


def listed(db: Session, states: Collection[OutboxState], *, limit: int) -> list[Letter]:
    """Return the newest rows in some states, newest first."""
    rows = db.execute(select(*_SHOWN).where(_ROW.c.state.in_(states)).order_by(_ROW.c.id.desc()).limit(limit))
    return [Letter(*row) for row in rows]


def found(db: Session, ids: Collection[int]) -> dict[int, Letter]:
    """Return rows by their numbers, without those that are not there."""
    return {row.id: Letter(*row) for row in db.execute(select(*_SHOWN).where(_ROW.c.id.in_(ids)))}


def requeue(db: Session, ids: Sequence[int], *, now: datetime, expires_in: timedelta = timedelta(days=1)) -> int:
    """Send ended rows once more, from now on; return how many could be.

    What was sent is never sent again, nor what was sent to another address of whoever it was for instead.

    Whoever asks for it calls :func:`bot.domain.broadcasts.reopening.requeue`, which minds the ledgers of broadcasts.
    """
    waiting = {
        "state": OutboxState.PENDING,
        "due_at": now,
        "next_at": now,
        "expires_at": now + expires_in,
        "waits_from": None,
        "attempts": 0,
        "ended_at": None,
        "reason": "",
    }
    ended = (_ROW.c.id.in_(ids), _ROW.c.state.in_(_REQUEUABLE), ~_ROW.c.reason.startswith(_HANDED_ON))
    return changed(db, update(_ROW).where(*ended).values(**waiting))


def hand_on(db: Session, row_id: int) -> None:
    """Say of a row that failed that its receiver is tried at another address."""
    told = literal(_HANDED_ON) + func.substr(_ROW.c.reason, 1, _SHORTENED)
    db.execute(update(_ROW).where(_ROW.c.id == row_id).values(reason=told))


def give_up(db: Session, ids: Sequence[int], *, now: datetime) -> int:
    """Cancel rows that wait, before anybody sends them; return how many there were."""
    cancelled = {"state": OutboxState.CANCELLED, "ended_at": now, "reason": "cancelled by an operator"}
    return changed(db, update(_ROW).where(_ROW.c.id.in_(ids), _ROW.c.state == OutboxState.PENDING).values(**cancelled))
