"""The rows of a broadcast that are in the outbox now: so many at most, so that it can be paused or recalled at once."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, and_, case, func, literal, literal_column, or_, select, update
from sqlalchemy.orm import Session

from bot.domain.outgoing.outbox import PUSHED, is_in
from db.claims import changed, table_of
from db.models import Broadcast, OutboxRow, OutboxState, Recipient, RecipientState
from db.sql import ring

MOST = 2000
"""Rows of one broadcast that wait in the outbox at once."""

_ROW = table_of(OutboxRow)
_RECIPIENT = table_of(Recipient)
_IS_KEPT = and_(is_in(OutboxState.PENDING), _ROW.c.reason.startswith("Kept"))
"""A row whose channel shows it when its receiver comes: as delivery writes it down."""

_OPEN = [literal_column(f"'{state}'", String) for state in (OutboxState.PENDING, OutboxState.LEASED)]


def states(db: Session, broadcast_id: int) -> dict[OutboxState | None, int]:
    """Count what is in the outbox by its state there; ``None`` for what is no longer kept."""
    rows = _RECIPIENT.outerjoin(_ROW, _ROW.c.id == _RECIPIENT.c.outbox_id)
    counted = select(_ROW.c.state, func.count()).select_from(rows).where(*_of(broadcast_id)).group_by(_ROW.c.state)
    return {row[0]: row[1] for row in db.execute(counted)}


def size(db: Session, broadcast_id: int) -> int:
    """Return how many recipients have a row in the outbox whose end was not written down yet."""
    return db.execute(select(func.count()).select_from(_RECIPIENT).where(*_of(broadcast_id))).scalar_one()


def ended(db: Session, broadcast_id: int) -> list[tuple[int, OutboxState | None, str]]:
    """Return who among them has an end by now: person id, state and reason.

    The state is ``None`` for a row there is not any more, ``PENDING`` for one that lies with its channel until its
    receiver comes.
    """
    rows = _RECIPIENT.outerjoin(_ROW, _ROW.c.id == _RECIPIENT.c.outbox_id)
    columns = (_RECIPIENT.c.person_id, _ROW.c.state, func.coalesce(_ROW.c.reason, ""))
    is_over = or_(_ROW.c.state.is_(None), _ROW.c.state.not_in(_OPEN), _IS_KEPT)
    return [tuple(row) for row in db.execute(select(*columns).select_from(rows).where(*_of(broadcast_id), is_over))]


def put_off(db: Session, broadcast: Broadcast, *, until: datetime, now: datetime) -> None:
    """Let what waits go no sooner than ``until``, and then only when that is said (:func:`go_until`).

    What is being sent goes, but does not come back to be sent before.
    """
    next_at = case((is_in(OutboxState.PENDING), literal(until, _ROW.c.next_at.type)), else_=_ROW.c.next_at)
    db.execute(update(_ROW).where(*_open(broadcast)).values(next_at=next_at, waits_from=now))


def let_go(db: Session, broadcast: Broadcast, *, at: datetime, until: datetime) -> None:
    """Let what was put off go from ``at`` on, and wait again from ``until`` on."""
    ring(db, PUSHED)
    is_waiting, moment = is_in(OutboxState.PENDING), literal(at, _ROW.c.next_at.type)
    due_at = case((is_waiting, moment), else_=_ROW.c.due_at)
    next_at = case((is_waiting, moment), else_=_ROW.c.next_at)
    db.execute(update(_ROW).where(*_open(broadcast)).values(due_at=due_at, next_at=next_at, waits_from=until))


def go_until(db: Session, broadcast: Broadcast, until: datetime) -> None:
    """Let what is not sent yet wait from ``until`` on, and not from another moment."""
    db.execute(update(_ROW).where(*_open(broadcast)).values(waits_from=until))


def cancel(db: Session, broadcast: Broadcast, *, now: datetime) -> int:
    """Cancel what waits, and let what is being sent be sent no second time; return how many rows were cancelled."""
    db.execute(update(_ROW).where(*_open(broadcast)).values(expires_at=now))
    return _cancel(db, _ROW.c.id.in_(_ids(broadcast)), now)


def take_back_kept(db: Session, broadcast: Broadcast, *, now: datetime) -> list[int]:
    """Cancel what lies with its channel and nobody has come for; return whose that was, by id."""
    kept = (_RECIPIENT.c.broadcast_id == broadcast.id, _RECIPIENT.c.state == RecipientState.KEPT)
    rows = _RECIPIENT.join(_ROW, _ROW.c.id == _RECIPIENT.c.outbox_id)
    found = select(_RECIPIENT.c.person_id, _ROW.c.id).select_from(rows).where(*kept, is_in(OutboxState.PENDING))
    ids = {row[1]: row[0] for row in db.execute(found)}
    _cancel(db, _ROW.c.id.in_(list(ids)), now)
    return sorted(ids.values())


def _cancel(db: Session, which: ColumnElement[bool], now: datetime) -> int:
    values = {"state": OutboxState.CANCELLED, "ended_at": now, "reason": "recalled"}
    return changed(db, update(_ROW).where(which, is_in(OutboxState.PENDING)).values(**values))


def _of(broadcast_id: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    queued = literal_column(f"'{RecipientState.QUEUED}'", String)  # the word itself, as the partial index has it
    return _RECIPIENT.c.broadcast_id == broadcast_id, _RECIPIENT.c.state == queued


def _ids(broadcast: Broadcast) -> Any:  # noqa: ANN401  # a statement of ids
    return select(_RECIPIENT.c.outbox_id).where(*_of(broadcast.id or 0))


def _open(broadcast: Broadcast) -> tuple[ColumnElement[bool], ...]:
    """Say which rows are not sent yet, in one statement: of two, what came back between them would be in neither.

    What lies with its channel has ended. No words of a partial index stand here, so that rows are found by their keys.
    """
    return _ROW.c.id.in_(_ids(broadcast)), _ROW.c.state.in_(_OPEN), ~_IS_KEPT
