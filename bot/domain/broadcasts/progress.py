"""How a broadcast stands, told at once however many it is for: the ledger's sums and what is in the outbox just now."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, units
from bot.domain.access import Act
from bot.domain.broadcasts import collecting, states, tallies, window
from bot.errors import DomainError
from db.models import RECEIVED, Broadcast, BroadcastState, OutboxState, Person, Recipient, RecipientState, Unit


@dataclass(frozen=True, slots=True)
class Progress:
    """How many recipients of a broadcast stand where; all of them together are ``total``.

    ``waiting`` have heard nothing yet, ``kept`` are shown it by their channel when they come next, ``failed`` tells why
    by the words of :data:`collecting.REASONS`, ``uncertain`` may have got it, ``gathered`` hear of it in their digest,
    ``unreachable`` have no address, ``cancelled`` are spared by a recall. ``received`` said that they got it. ``rate``
    is messages a second, 0 when it is not known; then ``time_left`` is ``None``.
    """

    state: BroadcastState
    total: int
    waiting: int
    sent: int
    kept: int
    failed: Mapping[str, int]
    uncertain: int
    gathered: int
    unreachable: int
    cancelled: int
    received: int
    rate: float
    time_left: timedelta | None

    @property
    def failures(self) -> int:
        """Return how many failed, for whatever reason."""
        return sum(self.failed.values())

    @property
    def missed(self) -> int:
        """Return how many did not get it, or perhaps not, or not yet, and should be called."""
        return self.failures + self.uncertain + self.unreachable + self.kept

    @property
    def done(self) -> int:
        """Return for how many it is over, however it ended."""
        return self.total - self.waiting


def progress(db: Session, broadcast_id: int, now: datetime) -> Progress:
    """Return how a broadcast stands; raise :class:`DomainError` when there is none. Whoever asks minds who may know."""
    broadcast = db.get(Broadcast, broadcast_id)
    if broadcast is None:
        raise DomainError("broadcasts/gone")
    return progress_of(db, broadcast, now=now)


def progress_of(db: Session, broadcast: Broadcast, *, now: datetime) -> Progress:
    """Return how a broadcast stands that is at hand."""
    ends, reasons = Counter(tallies.ended(broadcast)), Counter(dict(broadcast.tally.get("reasons", {})))
    in_flight = 0
    if broadcast.state in states.UNDER_WAY:
        for _, state, reason in window.ended(db, broadcast.id or 0):
            end, why = collecting.end_of(broadcast, state, reason)
            ends[end] += 1
            reasons.update([why] if why else [])
        in_flight = window.states(db, broadcast.id or 0).get(OutboxState.LEASED, 0)
    total = int(broadcast.tally.get("total", broadcast.people))
    waiting = max(0, total - ends.total())
    if broadcast.state is BroadcastState.RECALLING:
        ends[RecipientState.CANCELLED] += max(0, waiting - in_flight)
        waiting = min(waiting, in_flight)
    heard = select(func.count()).where(col(Recipient.broadcast_id) == broadcast.id, RECEIVED)
    rate = _rate(broadcast, ends.total() - ends[RecipientState.UNREACHABLE], now)
    return Progress(
        state=broadcast.state,
        total=total,
        waiting=waiting,
        sent=ends[RecipientState.SENT],
        kept=ends[RecipientState.KEPT],
        failed=dict(reasons),
        uncertain=ends[RecipientState.UNCERTAIN],
        gathered=ends[RecipientState.GATHERED],
        unreachable=ends[RecipientState.UNREACHABLE],
        cancelled=ends[RecipientState.CANCELLED],
        received=db.execute(heard).scalar_one(),
        rate=rate,
        time_left=timedelta(seconds=round(waiting / rate)) if rate else None,
    )


def listed(
    db: Session, by: Person, *, among: Sequence[BroadcastState] = (), limit: int = 20, before: int | None = None
) -> Sequence[Broadcast]:
    """Return the broadcasts to those somebody works for, the newest first, ``before`` an id when paging."""
    below = select(col(Unit.id)).where(units.in_subtrees(access.reach(db, by, Act.BROADCAST)))
    mine = select(Broadcast).where(col(Broadcast.unit_id).in_(below))
    if among:
        mine = mine.where(col(Broadcast.state).in_(among))
    if before is not None:
        mine = mine.where(col(Broadcast.id) < before)
    return states.first_allowed(db, mine, by, Act.BROADCAST, limit=limit, newest_first=True)


def _rate(broadcast: Broadcast, done: int, now: datetime) -> float:
    """Return messages a second: as last measured, or on the whole while it was not measured yet."""
    if broadcast.state is not BroadcastState.SENDING or broadcast.began_at is None:
        return 0.0
    measured = float(broadcast.tally.get("rate", 0.0))
    passed = (now - broadcast.began_at).total_seconds()
    return measured or (round(done / passed, 2) if passed > 0 else 0.0)
