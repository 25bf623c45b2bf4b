"""What a cadre may do with a broadcast that is decided: hold it, let it go on, stop it, let a late one go after all."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain import agenda, audit
from bot.domain.broadcasts import deciding, fresh, sending, states, window
from bot.domain.broadcasts.progress import Progress, progress_of
from bot.errors import DomainError
from db.models import Broadcast, BroadcastState, Person


@dataclass(frozen=True, slots=True)
class Recalled:
    """What a recall came to: how many had it already, how many are spared, how many are on their way just now."""

    broadcast: Broadcast
    sent: int
    stopped: int
    in_flight: int


def pause(db: Session, broadcast_id: int, *, by: Person, now: datetime) -> Progress:
    """Hold a broadcast: what is being sent this moment still goes, nothing else does. Return how it stands."""
    broadcast = states.for_cadre(db, broadcast_id, by, lock=True)
    states.move(db, broadcast, BroadcastState.PAUSED, now=now)
    fresh.let_wait(db, broadcast, until=now + sending.PAUSED_FOR, now=now)
    _next_run(db, broadcast, now)
    audit.note(db, "broadcasts.pause", f"broadcast:{broadcast.id}", actor_id=by.id, now=now)
    return progress_of(db, broadcast, now=now)


def resume(db: Session, broadcast_id: int, *, by: Person, now: datetime) -> Progress:
    """Let a paused broadcast go on where it was held. Return how it stands."""
    broadcast = states.for_cadre(db, broadcast_id, by, lock=True)
    if broadcast.state is not BroadcastState.PAUSED:
        raise DomainError("broadcasts/not_now", state=broadcast.state.value)
    states.move(db, broadcast, BroadcastState.SENDING, now=now)
    at = deciding.audible(db, broadcast, now)
    window.let_go(db, broadcast, at=at, until=fresh.until(db, broadcast, now=at))
    _next_run(db, broadcast, now)
    audit.note(db, "broadcasts.resume", f"broadcast:{broadcast.id}", actor_id=by.id, now=now)
    return progress_of(db, broadcast, now=now)


def recall(db: Session, broadcast_id: int, *, by: Person, now: datetime) -> Recalled:
    """Stop a broadcast wherever it stands: nobody hears it from now on who has not. Return what that came to."""
    broadcast = states.for_cadre(db, broadcast_id, by, lock=True)
    audit.note(db, "broadcasts.recall", f"broadcast:{broadcast.id}", actor_id=by.id, now=now)
    if broadcast.state not in states.UNDER_WAY:
        states.move(db, broadcast, BroadcastState.CANCELLED, now=now)
        agenda.withdraw(db, f"broadcast:{broadcast.id}:start:", now=now)
        return Recalled(broadcast, 0, broadcast.people, 0)
    states.move(db, broadcast, BroadcastState.RECALLING, now=now)
    window.cancel(db, broadcast, now=now)
    _next_run(db, broadcast, now)
    found = progress_of(db, broadcast, now=now)
    return Recalled(broadcast, found.sent, found.cancelled, found.waiting)


def go_ahead(db: Session, broadcast_id: int, *, by: Person, now: datetime) -> Broadcast:
    """Let a broadcast that could not begin in time begin now."""
    broadcast = states.for_cadre(db, broadcast_id, by, lock=True)
    if broadcast.state is not BroadcastState.LATE:
        raise DomainError("broadcasts/not_now", state=broadcast.state.value)
    states.move(db, broadcast, BroadcastState.SCHEDULED, now=now)
    broadcast.run += 1
    deciding.put_on_agenda(db, broadcast, due_at=deciding.audible(db, broadcast, now))
    audit.note(db, "broadcasts.go_ahead", f"broadcast:{broadcast.id}", actor_id=by.id, now=now)
    return broadcast


def _next_run(db: Session, broadcast: Broadcast, now: datetime) -> None:
    broadcast.run += 1
    db.add(broadcast)
    db.flush()
    sending.plan(db, broadcast, now=now)
