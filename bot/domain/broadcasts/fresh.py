"""How long the messages of a broadcast in the outbox may go by themselves: not into the night, nor after a standstill.

Whoever gets the broadcast on says so anew every few minutes. So nothing goes when nobody does: what lay in the outbox
while everything stood still waits until its author was asked, and what is left in the evening until the morning.
"""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.domain import notices
from bot.domain.broadcasts import window
from bot.domain.house import house_of
from db.models import Broadcast

LATE_AFTER = timedelta(minutes=30)
"""A broadcast that could not begin, or go on, for so long asks its author whether it still should."""

_SAID_EVERY = timedelta(minutes=10)
_IN_FLIGHT = timedelta(seconds=1)
"""What is sent takes a moment to arrive: so long before the quiet hours nothing more is sent."""

_SAID_AT = "fresh_at"


def until(db: Session, broadcast: Broadcast, *, now: datetime) -> datetime:
    """Return from when on a message that is handed over ``now`` waits to be looked at again."""
    late = now + LATE_AFTER
    if broadcast.is_urgent:
        return late
    house = house_of(db)
    evening = notices.next_quiet(now, house.zone, house.quiet_hours)
    return min(late, evening - _IN_FLIGHT) if evening else late


def say_so(db: Session, broadcast: Broadcast, *, now: datetime) -> None:
    """Let what is in the outbox go on for a while, if that was not said just before."""
    said = broadcast.tally.get(_SAID_AT)
    if said and abs(now - datetime.fromisoformat(said)) < _SAID_EVERY:
        return
    window.go_until(db, broadcast, until(db, broadcast, now=now))
    broadcast.tally = {**broadcast.tally, _SAID_AT: now.isoformat()}


def let_wait(db: Session, broadcast: Broadcast, *, until: datetime, now: datetime) -> None:
    """Let nothing go before ``until`` and before it is said that it may: what is being sent this moment goes."""
    window.put_off(db, broadcast, until=until, now=now)
    broadcast.tally = {**broadcast.tally, _SAID_AT: None}
    db.add(broadcast)
