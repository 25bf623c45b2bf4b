"""The ladder of reminders before an activity or a session: planned when it is published, looked at when it is due."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import agenda, calls, notices, occasions, unasked
from bot.domain.agenda import Item
from bot.domain.house import House, house_of
from bot.domain.ladder import Rung
from bot.domain.messages import Choice
from bot.domain.outgoing import outbox
from bot.domain.studies import attendance, invitations
from bot.domain.unasked import Letter
from content.words import label
from db.models import (
    Activity,
    Attendance,
    AttendanceState,
    OccasionState,
    OutboxKind,
    Person,
    Proxy,
    ProxyState,
    Rsvp,
    Signup,
    SignupState,
    StudySession,
)

RUNG = "reminders.rung"
CALLS = "reminders.calls"
"""The two kinds of items a ladder puts on the agenda."""

_AT_LEAST = timedelta(minutes=30)
"""A reminder comes at least so long before what it reminds of."""

_CALLS_AFTER = timedelta(minutes=30)
"""How long after the last rung the secretary is told who is still silent."""

_HOUR, _SOON = timedelta(hours=1), timedelta(hours=4)
_PAGE = 200
"""People who are reminded in one transaction."""


def plan(db: Session, occasion: Activity | StudySession, *, now: datetime) -> None:
    """Put the ladder of something that is published on the agenda; called again when it moved.

    What is past already is left out, but for the newest of it: whoever is invited late hears of it at once.
    """
    withdraw(db, occasion, now=now)
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
    """Take what is left of a ladder back: what is on the agenda, what waits to be sent, what an evening's digest holds.

    Nobody is told of a time that no longer holds.
    """
    cause = f"{cause_of(occasion)}:"
    agenda.withdraw(db, cause, now=now)
    outbox.cancel(db, cause, now=now, reason="changed")
    if isinstance(occasion, StudySession):
        concerned = select(col(Attendance.person_id)).where(col(Attendance.session_id) == occasion.id)
    else:
        concerned = select(col(Signup.person_id)).where(col(Signup.activity_id) == occasion.id)
    agents = select(col(Proxy.agent_id)).where(col(Proxy.principal_id).in_(concerned))
    for whose in (concerned, agents):
        unasked.forget(db, whose, cause)


def cause_of(occasion: Activity | StudySession) -> str:
    """Return under what an occasion's ladder stands on the agenda; it grows with each move."""
    return f"ladder:{occasions.word(occasion)}:{occasion.id}"


def rungs(occasion: Activity | StudySession, house: House) -> Sequence[Rung]:
    """Return the ladder that is meant for this kind of occasion."""
    return house.session_ladder if isinstance(occasion, StudySession) else house.activity_ladder


def _put(db: Session, occasion: Activity | StudySession, name: str, kind: str, due_at: datetime) -> None:
    cause = f"{cause_of(occasion)}:{occasion.sequence}:{name}"
    agenda.plan(db, cause, kind, due_at=due_at, what=occasions.word(occasion), id=occasion.id, rung=name)


def _audible(rung: Rung, occasion: Activity | StudySession, house: House) -> datetime:
    """Return when a rung is told: after the quiet hours it falls in, or before them when that would be too late."""
    due = rung.moment(occasion.starts_at, house.zone)
    later = notices.audible(due, house.zone, house.quiet_hours)
    if later + _AT_LEAST <= occasion.starts_at:
        return later
    return notices.before_quiet(due, house.zone, house.quiet_hours)


def rung(db: Session, item: Item, now: datetime) -> None:
    """Remind those who have not answered yet, a page of them at a time."""
    occasion = _still_to_come(db, item, now)
    if occasion is None:
        return
    after = int(item.payload.get("after", 0))
    if isinstance(occasion, StudySession) and not after:
        attendance.expect(db, occasion)
    page = _silent(db, occasion, after) if isinstance(occasion, StudySession) else _expected(db, occasion, after)
    letters = _letters(db, occasion, page, now)
    cause = f"{cause_of(occasion)}:{occasion.sequence}:{item.payload['rung']}"
    unasked.tell(db, letters, cause=cause, kind=OutboxKind.REMINDER, now=now, until=occasion.starts_at)
    if len(page) == _PAGE:
        agenda.again(db, item, at=now, after=page[-1][0])


def call_list(db: Session, item: Item, now: datetime) -> None:
    """Put whoever is still silent on the secretary's call list."""
    session = _still_to_come(db, item, now)
    if not isinstance(session, StudySession):
        return
    after, page = 0, _silent(db, session, 0)
    while page:
        calls.put(db, session, [person_id for _, person_id in page], now=now)
        after = page[-1][0]
        page = _silent(db, session, after)
    calls.tell_secretary(db, session, now=now)


def _still_to_come(db: Session, item: Item, now: datetime) -> Activity | StudySession | None:
    occasion = occasions.by_word(db, item.payload["what"], item.payload["id"])
    is_on = occasion is not None and occasion.state is OccasionState.PUBLISHED and occasion.starts_at > now
    return occasion if is_on else None


def _silent(db: Session, session: StudySession, after: int) -> list[tuple[int, int]]:
    """Return (attendance id, person id) of the next people who have not answered an invitation."""
    waiting = (
        col(Attendance.session_id) == session.id,
        col(Attendance.rsvp) == Rsvp.NONE,
        col(Attendance.state) == AttendanceState.EXPECTED,
        col(Attendance.id) > after,
    )
    rows = select(col(Attendance.id), col(Attendance.person_id)).where(*waiting).order_by(col(Attendance.id))
    return [(row[0] or 0, row[1]) for row in db.execute(rows.limit(_PAGE))]


def _expected(db: Session, activity: Activity, after: int) -> list[tuple[int, int]]:
    """Return (sign-up id, person id) of the next people who have a seat and have not said that they will come."""
    holding = (
        col(Signup.activity_id) == activity.id,
        col(Signup.state) == SignupState.CONFIRMED,
        col(Signup.assured_at).is_(None),
        col(Signup.id) > after,
    )
    rows = select(col(Signup.id), col(Signup.person_id)).where(*holding).order_by(col(Signup.id))
    return [(row[0] or 0, row[1]) for row in db.execute(rows.limit(_PAGE))]


def _letters(
    db: Session, occasion: Activity | StudySession, page: Sequence[tuple[int, int]], now: datetime
) -> list[Letter]:
    """Return what a page of people are told, and the same for each of their proxies, by the elder's name."""
    standing = (col(Proxy.principal_id).in_([one for _, one in page]), col(Proxy.state) == ProxyState.ACTIVE)
    found = select(col(Proxy.principal_id), col(Proxy.agent_id), col(Person.name)).join(
        Person, col(Person.id) == col(Proxy.principal_id)
    )
    agents: dict[int, list[tuple[int, str]]] = {}
    for principal_id, agent_id, name in db.execute(found.where(*standing).order_by(col(Proxy.id))):
        agents.setdefault(principal_id, []).append((agent_id, name))
    soon = nearness(occasion.starts_at, now, house_of(db).zone)
    return [
        _letter(occasion, row_id, person_id, to=to, values={**soon, "principal": principal})
        for row_id, person_id in page
        for to, principal in ((person_id, ""), *agents.get(person_id, ()))
    ]


def nearness(starts_at: datetime, now: datetime, zone: ZoneInfo) -> dict[str, int]:
    """Return how many days it is until then, as people count them, and how many hours (0 where it is not soon)."""
    days = (starts_at.astimezone(zone).date() - now.astimezone(zone).date()).days
    wait = starts_at - now
    return {"days": days, "hours": max(1, round(wait / _HOUR)) if wait <= _SOON else 0}


def _letter(
    occasion: Activity | StudySession, row_id: int, person_id: int, *, to: int, values: Mapping[str, object]
) -> Letter:
    values = {"title": occasion.title, "starts_at": occasion.starts_at, "place": occasion.place, **values}
    if isinstance(occasion, StudySession):
        return Letter(to, person_id, "reminders/session", values, invitations.choices(occasion, person_id))
    return Letter(to, person_id, "reminders/activity", values, _for_activity(row_id))


def _for_activity(signup_id: int) -> tuple[Choice, ...]:
    fill = {"signup_id": signup_id}
    return (
        Choice(label=label("assure"), go="signups.assure", fill=fill),
        Choice(label=label("cancel_signup"), go="signups.cancel", fill=fill),
    )
