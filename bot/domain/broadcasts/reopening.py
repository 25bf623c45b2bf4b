"""What an operator sends once more is seen to in the ledgers of its broadcasts as well."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain.broadcasts import fresh, sending, tallies
from bot.domain.broadcasts.deciding import audible
from bot.domain.outgoing import dead_letters
from db.claims import table_of
from db.models import (
    MISSED,
    Broadcast,
    BroadcastState,
    OutboxKind,
    OutboxRow,
    OutboxState,
    Recipient,
    RecipientState,
)

_ROW = table_of(Recipient)
_OUTBOX = table_of(OutboxRow)
_STOPPED = (BroadcastState.RECALLING, BroadcastState.RECALLED)


def requeue(db: Session, ids: Sequence[int], *, now: datetime) -> int:
    """Send ended rows of the outbox once more, and let their broadcasts wait for them; return how many could be.

    What was recalled stays so. Of a broadcast that is held, or at night, they wait with the rest of it.
    """
    concerned = _held(db, ids)
    stopped = {one.id for one, _ in concerned if one.state in _STOPPED}
    kept_back = {row_id for one, row_ids in concerned if one.id in stopped for row_id in row_ids}
    count = dead_letters.requeue(db, [one for one in ids if one not in kept_back], now=now)
    for broadcast, row_ids in concerned:
        if broadcast.id not in stopped:
            _reopen(db, broadcast, row_ids, now)
    return count


def _held(db: Session, ids: Sequence[int]) -> list[tuple[Broadcast, list[int]]]:
    """Return the broadcasts some rows belong to, held by this transaction, each with its rows."""
    rows = select(_OUTBOX.c.id, _OUTBOX.c.cause).where(_OUTBOX.c.id.in_(ids), _OUTBOX.c.kind == OutboxKind.BROADCAST)
    by_broadcast: dict[int, list[int]] = {}
    for row_id, cause in db.execute(rows):
        by_broadcast.setdefault(int(cause.split(":")[1]), []).append(row_id)
    meant = select(Broadcast).where(col(Broadcast.id).in_(by_broadcast)).order_by(col(Broadcast.id)).with_for_update()
    held = db.execute(meant.execution_options(populate_existing=True)).scalars().all()
    return [(one, by_broadcast[one.id or 0]) for one in held]


def _reopen(db: Session, broadcast: Broadcast, row_ids: Sequence[int], now: datetime) -> None:
    """Let the recipients of rows that wait again wait as well, and see to it that their ends are written down."""
    waiting = select(_OUTBOX.c.id).where(_OUTBOX.c.id.in_(row_ids), _OUTBOX.c.state == OutboxState.PENDING)
    was_over = (_ROW.c.broadcast_id == broadcast.id, MISSED, _ROW.c.outbox_id.in_(waiting))
    for state, reason in db.execute(select(_ROW.c.state, _ROW.c.reason).where(*was_over)).all():
        tallies.take_off(broadcast, state, reason)
    db.execute(update(_ROW).where(*was_over).values(state=RecipientState.QUEUED, reason=""))
    at = now + sending.PAUSED_FOR if broadcast.state is BroadcastState.PAUSED else audible(db, broadcast, now)
    if at > now:
        fresh.let_wait(db, broadcast, until=at, now=now)
    if broadcast.state is BroadcastState.FINISHED:
        broadcast.run += 1
        sending.plan(db, broadcast, now=at)
    db.add(broadcast)
    db.flush()
