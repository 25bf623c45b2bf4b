"""The ladder of reminders before an activity or a session: planned when it is published, looked at when it is due."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.domain import agenda, notices
from bot.domain.house import House, house_of
from bot.domain.ladder import Rung
from db.models import Activity, StudySession

RUNG = "reminders.rung"
CALLS = "reminders.calls"
"""The two kinds of items a ladder puts on the agenda."""

_AT_LEAST = timedelta(minutes=30)
"""A reminder comes at least so long before what it reminds of."""

_CALLS_AFTER = timedelta(minutes=30)
"""How long after the last rung the secretary is told who is still silent."""


def plan(db: Session, occasion: Activity | StudySession, *, now: datetime) -> None:
    """Put the ladder of something that is published on the agenda; called again when it moved.

    What is past already is left out, but for the newest of it: whoever is invited late hears of it at once.
    """
    cause = cause_of(occasion)
    agenda.withdraw(db, f"{cause}:", now=now)
    house = house_of(db)
    moments = [(rung, _audible(rung, occasion, house)) for rung in rungs(occasion, house)]
    ahead = [(rung, due) for rung, due in moments if due > now]
    missed = [(rung, now) for rung, due in moments if due <= now][-1:]
    for rung, due_at in (*missed, *ahead):
        if due_at < occasion.starts_at:
            _put(db, occasion, rung.name, RUNG, due_at)
    if isinstance(occasion, StudySession) and (missed or ahead):
        last = max(due for _, due in (*missed, *ahead))
        _put(db, occasion, "calls", CALLS, min(last + _CALLS_AFTER, occasion.starts_at))


def withdraw(db: Session, occasion: Activity | StudySession, *, now: datetime) -> None:
    """Take what is left of a ladder off the agenda: the occasion is cancelled."""
    agenda.withdraw(db, f"{cause_of(occasion)}:", now=now)


def cause_of(occasion: Activity | StudySession) -> str:
    """Return under what an occasion's ladder stands on the agenda; it grows with each move."""
    return f"ladder:{_word(occasion)}:{occasion.id}"


def rungs(occasion: Activity | StudySession, house: House) -> Sequence[Rung]:
    """Return the ladder that is meant for this kind of occasion."""
    return house.session_ladder if isinstance(occasion, StudySession) else house.activity_ladder


def _put(db: Session, occasion: Activity | StudySession, name: str, kind: str, due_at: datetime) -> None:
    cause = f"{cause_of(occasion)}:{occasion.sequence}:{name}"
    agenda.plan(db, cause, kind, due_at=due_at, what=_word(occasion), id=occasion.id, rung=name)


def _audible(rung: Rung, occasion: Activity | StudySession, house: House) -> datetime:
    """Return when a rung is told: after the quiet hours it falls in, or before them when that would be too late."""
    due = rung.moment(occasion.starts_at, house.zone)
    later = notices.audible(due, house.zone, house.quiet_hours)
    if later + _AT_LEAST <= occasion.starts_at:
        return later
    return notices.before_quiet(due, house.zone, house.quiet_hours)


def _word(occasion: Activity | StudySession) -> str:
    return "session" if isinstance(occasion, StudySession) else "activity"
