"""Who keeps in touch with a household, for those who live there: a name, a phone where it may be had, or a call back.

Somebody lives there who was bound to the roster under the household's name and phone, or who gave a code that a cadre
or their contact gave them. What they say of themselves opens nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import audit, codes, notices
from bot.domain.house import today
from bot.domain.messages import Choice
from bot.domain.persons import members, people
from bot.domain.visits import households, walking
from bot.errors import DomainError
from content.words import label
from db.claims import put_or_replace
from db.models import CodePurpose, Household, Person, Resident, Unit

CODE_LASTS = timedelta(days=30)
"""How long the code of a household works: for all who live there."""


@dataclass(frozen=True, slots=True)
class Contact:
    """Who keeps in touch with a household; the phone is there only where they let their households have it."""

    household: Household
    person: Person | None
    name: str
    mobile: str


def home_of(db: Session, person: Person) -> Household | None:
    """Return the household that is shown to be somebody's: by a code, or by the roster's name and phone."""
    shown = db.get(Resident, person.id or 0)
    if shown is not None:
        return db.get_one(Household, shown.household_id)
    if not person.mobile_blind or members.member_of(db, person.id or 0) is None:
        return None
    alike = (col(Household.mobile_blind) == person.mobile_blind, col(Household.holder_key) == person.name_key)
    found = db.execute(select(Household).where(*alike).limit(2)).scalars().all()
    return found[0] if len(found) == 1 else None


def of(db: Session, household: Household, *, asker_id: int | None, now: datetime) -> Contact:
    """Return who keeps in touch with a household; that a phone was shown is written down."""
    person = db.get(Person, household.contact_id) if household.contact_id else None
    if person is None or not households.may_visit(db, person):
        return Contact(household, None, "", "")
    mobile = people.mobile(db, person) if walking.shows_mobile(db, person.id or 0) else ""
    if mobile:
        audit.note(db, "visits.contact", f"person:{person.id}", actor_id=asker_id, now=now)
    return Contact(household, person, person.name, mobile)


def code(db: Session, household: Household, *, by: Person, now: datetime) -> str:
    """Return the code by which those who live in a household show that they do, made where there is none."""
    subject = household.id or 0
    standing = codes.standing(db, CodePurpose.HOUSEHOLD, subject, now=now)
    made = standing or codes.make(db, CodePurpose.HOUSEHOLD, subject, now=now, lasts=CODE_LASTS, by=by.id)
    audit.note(db, "visits.code", f"household:{subject}", actor_id=by.id, now=now)
    return made


def settle(db: Session, household_id: int, person: Person, *, now: datetime) -> Household:
    """Note that somebody lives in a household whose code they gave: in that one and no other.

    Raises :class:`DomainError` when it is gone meanwhile.
    """
    household = db.get(Household, household_id)
    if household is None:
        raise DomainError("visits/no_such_home")
    values = {"person_id": person.id, "household_id": household_id, "since": now}
    put_or_replace(db, Resident, values, key=("person_id",))
    db.expire_all()
    if person.unit_id is None:
        person.unit_id = household.unit_id
        db.add(person)
    return household


def ask_to_call(db: Session, household: Household, *, by: Person, now: datetime) -> bool:
    """Ask whoever keeps in touch with a household to call there, once a day; tell whether they can be reached.

    The notice holds neither address nor phone: these are shown where the channel of whoever looks may carry them.
    """
    contact = of(db, household, asker_id=by.id, now=now)
    if contact.person is None:
        return False
    return notices.tell(
        db,
        "visits/please_call",
        to=contact.person.id or 0,
        cause=f"visits:call:{household.id}:{today(db, now).isoformat()}",
        now=now,
        choices=(Choice(label=label("look_at_household"), go="visits.log", fill={"household_id": household.id}),),
        asker=by.name,
        holder=household.holder,
        unit=db.get_one(Unit, household.unit_id).name,
    )
