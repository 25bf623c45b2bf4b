"""Who came to an activity: by the code at the venue, a cadre's tap or the paper sheet afterwards, all one record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import audit
from bot.domain.persons import members, people
from bot.domain.volunteers import service, volunteering
from bot.domain.volunteers.activities import HELD, locked, subject
from bot.errors import DomainError
from db.claims import claim
from db.models import Activity, CheckIn, CheckInWay, OccasionState, Person, ServiceRecord, Signup, Unit

_BEFORE = timedelta(hours=1)
_AFTER = timedelta(hours=2)
_TWICE_BY_MISTAKE = timedelta(minutes=2)
_MOST_EXPECTED = 2000


@dataclass(frozen=True, slots=True)
class Scanned:
    """What became of a scan: somebody came, or left (then with what they served)."""

    activity: Activity
    check_in: CheckIn
    is_new: bool
    record: ServiceRecord | None = None


def scan(db: Session, activity_id: int, person: Person, *, now: datetime) -> Scanned:
    """Note that somebody came, or at the second scan left; raise :class:`DomainError` far from its time."""
    activity = locked(db, activity_id)
    insist_on_its_time(activity, now)
    row, is_new = _came(db, activity, person.id or 0, CheckInWay.CODE, at=now, by=None)
    if is_new:
        return Scanned(activity, row, is_new=True)
    is_leaving = row.out_at is None and now - row.in_at >= _TWICE_BY_MISTAKE
    if is_leaving:
        row.out_at = now
        db.add(row)
        return Scanned(activity, row, is_new=True, record=service.count(db, activity, row, now=now))
    return Scanned(activity, row, is_new=False, record=service.of(db, activity_id, person.id or 0))


def insist_on_its_time(activity: Activity, now: datetime) -> None:
    """Refuse a scan that is not near the time of its activity, or of one that is cancelled."""
    if activity.state is OccasionState.CANCELLED:
        raise DomainError("volunteering/is_cancelled", title=activity.title, reason=activity.reason)
    is_near = activity.starts_at - _BEFORE <= now <= activity.ends_at + _AFTER
    if not is_near or activity.state is OccasionState.DRAFT:
        raise DomainError("volunteering/not_near_its_time", title=activity.title, starts_at=activity.starts_at)


def mark(
    db: Session, activity_id: int, person_ids: Sequence[int], way: CheckInWay, *, by: Person, now: datetime
) -> int:
    """Note for a cadre that these people came; return how many of them were not noted yet."""
    activity = volunteering.held_by(db, activity_id, by)
    _insist_on_begun(activity, now)
    at = min(activity.starts_at, now)
    new = [_came(db, activity, one, way, at=at, by=by)[1] for one in person_ids]
    audit.note(db, "presence.mark", f"{subject(activity)} {len(new)}", actor_id=by.id, now=now)
    return sum(new)


def walk_in(db: Session, activity_id: int, name: str, *, by: Person, now: datetime) -> None:
    """Note that somebody came whom nobody knows yet: their name is kept, and merged when they say who they are."""
    person = Person(created_at=now)
    people.set_name(person, name)
    db.add(person)
    db.flush()
    mark(db, activity_id, [person.id or 0], CheckInWay.SHEET, by=by, now=now)


def missing(db: Session, activity_id: int) -> list[tuple[int, str]]:
    """Return who has a seat and was not noted yet, as ids and names."""
    came = select(col(CheckIn.person_id)).where(col(CheckIn.activity_id) == activity_id)
    expected = select(col(Person.id), col(Person.name)).join(Signup, col(Signup.person_id) == col(Person.id))
    expected = expected.where(
        col(Signup.activity_id) == activity_id, col(Signup.state).in_(HELD), col(Signup.person_id).not_in(came)
    )
    return [(person_id or 0, name) for person_id, name in db.execute(expected.order_by(col(Signup.id)))]


def may_stand_on_sheet(db: Session, activity: Activity) -> dict[int, str]:
    """Return the names a paper sheet may hold: who signed up or came, and who belongs to whom the activity is for."""
    signed = select(col(Signup.person_id)).where(col(Signup.activity_id) == activity.id)
    came = select(col(CheckIn.person_id)).where(col(CheckIn.activity_id) == activity.id)
    audience = members.below(db.get_one(Unit, activity.audience_unit_id), kind=None)
    named = select(col(Person.id), col(Person.name)).where(col(Person.name) != "")
    found: dict[int, str] = {}
    for meant in (signed, came, audience):
        rows = named.where(col(Person.id).in_(meant)).limit(_MOST_EXPECTED)
        found |= {row[0] or 0: row[1] for row in db.execute(rows)}
    return found


def _insist_on_begun(activity: Activity, now: datetime) -> None:
    if activity.state is not OccasionState.PUBLISHED or now < activity.starts_at - _BEFORE:
        raise DomainError("volunteering/not_near_its_time", title=activity.title, starts_at=activity.starts_at)


def _came(  # one row
    db: Session, activity: Activity, person_id: int, way: CheckInWay, at: datetime, by: Person | None
) -> tuple[CheckIn, bool]:
    values = {
        "activity_id": activity.id,
        "person_id": person_id,
        "way": way,
        "in_at": at,
        "by_id": by.id if by else None,
    }
    made = claim(db, CheckIn, values, key=("activity_id", "person_id"))
    theirs = (col(CheckIn.activity_id) == activity.id, col(CheckIn.person_id) == person_id)
    fresh = select(CheckIn).where(*theirs).execution_options(populate_existing=True)
    return db.execute(fresh).scalar_one(), made is not None
