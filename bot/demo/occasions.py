"""What goes on in the sample village: made by the same rules as in a real one."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.domain.house import house_of
from bot.domain.pledges import keeping, making
from bot.domain.pledges.making import Promise
from bot.domain.studies import study
from bot.domain.studies.study import Design
from bot.domain.visits import households, walking
from bot.domain.volunteers import seats, volunteering
from bot.domain.volunteers.seats import Signing
from bot.domain.volunteers.volunteering import Plan
from content import moments, visits
from db.models import Household, MeetingKind, Person, Unit

_USUAL_LENGTH = timedelta(hours=2)


def hold_activity(
    db: Session, row: Mapping[str, Any], unit: Unit, holder: Person, taken: Sequence[Person], now: datetime
) -> None:
    """Publish a sample activity and give seats to those who have them already."""
    starts_at, ends_at = _span(db, row["when"], now)
    plan = Plan(
        title=row["title"],
        place=row["place"],
        starts_at=starts_at,
        ends_at=ends_at,
        signup_until=starts_at,
        seats={None: row["seats"]},
        audience=unit,
    )
    activity = volunteering.draft(db, plan, unit=unit, by=holder, now=now)
    volunteering.publish(db, activity.id or 0, by=holder, now=now)
    for person in taken:
        seats.sign_up(db, activity.id or 0, Signing(person), now=now)


def hold_session(db: Session, row: Mapping[str, Any], unit: Unit, holder: Person, now: datetime) -> None:
    """Publish a sample session for a branch."""
    starts_at, ends_at = _span(db, row["when"], now)
    design = Design(
        kind=MeetingKind(row["kind"]),
        title=row["title"],
        unit=unit,
        audience=unit,
        place=row["place"],
        starts_at=starts_at,
        ends_at=ends_at,
        credit_hours=row["hours"],
    )
    study.publish(db, design, by=holder, now=now)


def pledge(db: Session, row: Mapping[str, Any], unit: Unit, secretary: Person, now: datetime) -> None:
    """Make a sample pledge public, with what was said of it so far."""
    [day] = moments.read_day(row["by_when"], now, house_of(db).zone)
    made = making.make(db, Promise(row["words"], day), unit, by=secretary, is_reviewed=False, now=now)
    if "told" in row:
        keeping.tell(db, made.id or 0, row["told"], (), by=secretary, now=now)


def found_household(db: Session, row: Mapping[str, Any], unit: Unit, contact: Person | None, now: datetime) -> None:
    """Add a sample household, with the visit it was paid so many days ago."""
    household = Household(unit_id=unit.id or 0, address_sealed="", address_blind="", created_at=now)
    households.set_address(db, household, row["address"])
    households.set_holder(household, row["holder"])
    households.set_mobile(db, household, row.get("mobile", ""))
    household.contact_id = contact.id if contact else None
    db.add(household)
    db.flush()
    if contact and "unseen" in row:
        kind = next(iter(visits.kinds()))
        walking.log(db, household.id or 0, kind, by=contact, now=now - timedelta(days=row["unseen"]))


def _span(db: Session, text: str, now: datetime) -> tuple[datetime, datetime]:
    when = moments.read(text, now, house_of(db).zone).when
    return when.starts_at, when.ends_at or when.starts_at + _USUAL_LENGTH
