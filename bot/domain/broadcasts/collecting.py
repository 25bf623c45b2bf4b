"""Writes into a broadcast's ledger how its messages ended, as far as the outbox knows by now."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.domain import unasked
from bot.domain.broadcasts import tallies, window
from db.claims import changed, table_of
from db.models import Broadcast, BroadcastState, OutboxState, Recipient, RecipientState

_ROW = table_of(Recipient)
_PAGE = 500
_STOPPED_AT_ONCE = 5000
_REASONS: Mapping[str, str] = {"Blocked": "blocked", "ChatGone": "gone", "Refused": "refused", "gave up": "too_late"}
"""Why a message failed: how the outbox's reason begins, and the word the ledger has for it."""

OTHER = "other"
REASONS = (*_REASONS.values(), OTHER)
"""The words the ledger has."""


def collect(db: Session, broadcast: Broadcast, *, now: datetime) -> int:
    """Write down every end that is known by now; return how many messages are still in the outbox."""
    by_end: dict[tuple[RecipientState, str], list[int]] = {}
    for person_id, state, reason in window.ended(db, broadcast.id or 0):
        by_end.setdefault(end_of(broadcast, state, reason), []).append(person_id)
    for (end, reason), ids in by_end.items():
        _write(db, broadcast, ids, end, reason)
        tallies.add(broadcast, [end] * len(ids), [reason] * len(ids) if reason else ())
    tallies.rate(broadcast, now=now)
    db.add(broadcast)
    db.flush()
    return window.size(db, broadcast.id or 0)


def stop_waiting(db: Session, broadcast: Broadcast) -> bool:
    """Let the next page of those who have heard nothing yet hear nothing; tell whether any may be left."""
    waiting = (_ROW.c.broadcast_id == broadcast.id, _ROW.c.state == RecipientState.WAITING)
    page = sorted(_next_waiting(db, broadcast))
    if not page:
        return False
    among = _ROW.c.person_id.between(page[0], page[-1])
    count = changed(db, update(_ROW).where(*waiting, among).values(state=RecipientState.CANCELLED))
    broadcast.fed_to = page[-1]
    tallies.add(broadcast, [RecipientState.CANCELLED] * count)
    db.add(broadcast)
    db.flush()
    return True


def take_back(db: Session, broadcast: Broadcast, cause: str, *, now: datetime) -> None:
    """Show nobody what lies with their channel, and tell nobody what was held back for their digest."""
    kept = window.take_back_kept(db, broadcast, now=now)
    _undo(db, broadcast, kept, RecipientState.KEPT)
    theirs = (_ROW.c.broadcast_id == broadcast.id, _ROW.c.state == RecipientState.GATHERED)
    whose = select(_ROW.c.person_id).where(*theirs)
    held = unasked.held(db, whose, cause)
    unasked.forget(db, whose, cause)
    _undo(db, broadcast, sorted(held), RecipientState.GATHERED)


def _undo(db: Session, broadcast: Broadcast, ids: Sequence[int], before: RecipientState) -> None:
    """Let people be spared who seemed to have ended otherwise."""
    if not ids:
        return
    _write(db, broadcast, ids, RecipientState.CANCELLED, "")
    broadcast.tally = {**broadcast.tally, before.value: broadcast.tally.get(before.value, 0) - len(ids)}
    tallies.add(broadcast, [RecipientState.CANCELLED] * len(ids))


def _next_waiting(db: Session, broadcast: Broadcast) -> Sequence[int]:
    waiting = (_ROW.c.broadcast_id == broadcast.id, _ROW.c.person_id > broadcast.fed_to)
    order = select(_ROW.c.person_id).where(*waiting, _ROW.c.state == RecipientState.WAITING)
    return list(db.execute(order.order_by(_ROW.c.person_id).limit(_STOPPED_AT_ONCE)).scalars())


def end_of(broadcast: Broadcast, state: OutboxState | None, reason: str) -> tuple[RecipientState, str]:
    """Return how a recipient ended whose message ended so in the outbox (``None``: it is no longer kept), and why."""
    match state:
        case OutboxState.SENT:
            return RecipientState.SENT, ""
        case OutboxState.PENDING:
            return RecipientState.KEPT, ""
        case OutboxState.FAILED:
            return RecipientState.FAILED, _REASONS.get(reason.partition(":")[0], OTHER)
        case OutboxState.CANCELLED:
            is_recalled = broadcast.state is BroadcastState.RECALLING
            return (RecipientState.CANCELLED if is_recalled else RecipientState.UNREACHABLE), ""
        case _:
            return RecipientState.UNCERTAIN, ""


def _write(db: Session, broadcast: Broadcast, ids: Sequence[int], end: RecipientState, reason: str) -> None:
    for first in range(0, len(ids), _PAGE):
        meant = _ROW.c.person_id.in_(ids[first : first + _PAGE])
        values = {"state": end, "reason": reason}
        db.execute(update(_ROW).where(_ROW.c.broadcast_id == broadcast.id, meant).values(**values))
