"""How many recipients of a broadcast ended how: kept beside it, so that nobody counts a million rows to know."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from db.models import Broadcast, RecipientState

_RATED_EVERY = timedelta(seconds=10)
ENDED = tuple(one for one in RecipientState if one not in {RecipientState.WAITING, RecipientState.QUEUED})
"""The states in which a recipient has ended."""


def add(broadcast: Broadcast, ends: Iterable[RecipientState], reasons: Iterable[str] = ()) -> None:
    """Count recipients who ended, and why those who failed did."""
    counted = Counter(one.value for one in ends)
    why = Counter(reasons)
    if not counted and not why:
        return
    tally = dict(broadcast.tally)
    for key, count in counted.items():
        tally[key] = tally.get(key, 0) + count
    known: Mapping[str, int] = tally.get("reasons", {})
    tally["reasons"] = {key: known.get(key, 0) + why.get(key, 0) for key in (*known, *(set(why) - set(known)))}
    broadcast.tally = tally


def one_less(broadcast: Broadcast, state: RecipientState, reason: str) -> None:
    """Count one recipient less who stood there: two of them turned out to be one person."""
    take_off(broadcast, state, reason)
    if "total" in broadcast.tally:
        broadcast.tally = {**broadcast.tally, "total": broadcast.tally["total"] - 1}


def take_off(broadcast: Broadcast, state: RecipientState, reason: str) -> None:
    """Count a recipient no longer as ended so."""
    tally = dict(broadcast.tally)
    if state in ENDED:
        tally[state.value] = tally.get(state.value, 0) - 1
    if reason:
        why: Mapping[str, int] = tally.get("reasons", {})
        tally["reasons"] = {key: count - (key == reason) for key, count in why.items()}
    broadcast.tally = tally


def ended(broadcast: Broadcast) -> dict[RecipientState, int]:
    """Return how many ended in each way."""
    return {one: int(broadcast.tally.get(one.value, 0)) for one in ENDED}


def rate(broadcast: Broadcast, *, now: datetime) -> None:
    """Measure, every few seconds, how many messages a second ended."""
    since = broadcast.tally.get("rated_at")
    count = sum(ended(broadcast).values()) - ended(broadcast)[RecipientState.UNREACHABLE]
    began = datetime.fromisoformat(since) if since else broadcast.began_at or now
    passed = now - began
    if since and passed < _RATED_EVERY:
        return
    done = count - int(broadcast.tally.get("rated", 0))
    measured = done / passed.total_seconds() if passed > timedelta(0) and since else 0.0
    broadcast.tally = {**broadcast.tally, "rated_at": now.isoformat(), "rated": count, "rate": round(measured, 2)}
