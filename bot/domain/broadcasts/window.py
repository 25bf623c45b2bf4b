"""The rows of a broadcast that are in the outbox now: so many at most, so that it can be paused or recalled at once."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, func, literal_column, select, update
from sqlalchemy.orm import Session

from bot.domain.outgoing.outbox import PUSHED, is_in
from db.claims import changed, table_of
from db.models import Broadcast, OutboxRow, OutboxState, Recipient, RecipientState
from db.sql import ring

MOST = 2000
"""Rows of one broadcast that wait in the outbox at once."""

_ROW = table_of(OutboxRow)
_RECIPIENT = table_of(Recipient)
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
    """Return who among them has an end by now: person id, state and reason; state ``None`` when it is not kept."""
    rows = _RECIPIENT.outerjoin(_ROW, _ROW.c.id == _RECIPIENT.c.outbox_id)
    columns = (_RECIPIENT.c.person_id, _ROW.c.state, func.coalesce(_ROW.c.reason, ""))
    over = select(*columns).select_from(rows).where(*_of(broadcast_id), func.coalesce(_ROW.c.state, "").not_in(_OPEN))
    return [tuple(row) for row in db.execute(over)]


def put_off(db: Session, broadcast: Broadcast, *, until: datetime) -> int:
    """Let what waits go no sooner than ``until``; what is being sent goes. Return how many rows that were."""
    return changed(db, update(_ROW).where(*_waiting(broadcast)).values(next_at=until))


def let_go(db: Session, broadcast: Broadcast, *, now: datetime) -> int:
    """Let what was put off go from now on; return how many rows that were."""
    ring(db, PUSHED)
    return changed(db, update(_ROW).where(*_waiting(broadcast)).values(due_at=now, next_at=now))


def cancel(db: Session, broadcast: Broadcast, *, now: datetime) -> int:
    """Cancel what waits, and let what is being sent be sent no second time; return how many rows were cancelled."""
    being_sent = (_ROW.c.id.in_(_ids(broadcast)), is_in(OutboxState.LEASED))
    db.execute(update(_ROW).where(*being_sent).values(expires_at=now))
    values = {"state": OutboxState.CANCELLED, "ended_at": now, "reason": "recalled"}
    return changed(db, update(_ROW).where(*_waiting(broadcast)).values(**values))


def _of(broadcast_id: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    queued = literal_column(f"'{RecipientState.QUEUED}'", String)  # the word itself, as the partial index has it
    return _RECIPIENT.c.broadcast_id == broadcast_id, _RECIPIENT.c.state == queued


def _ids(broadcast: Broadcast) -> Any:  # noqa: ANN401  # a statement of ids
    return select(_RECIPIENT.c.outbox_id).where(*_of(broadcast.id or 0))


def _waiting(broadcast: Broadcast) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return _ROW.c.id.in_(_ids(broadcast)), is_in(OutboxState.PENDING)
