"""Keeping a list of households: who keeps in touch with which, what is known of each, and deleting one."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, audit, notices, units
from bot.domain.access import Act
from bot.domain.messages import Choice
from bot.domain.persons import people
from bot.domain.visits import households, walking
from bot.errors import DomainError
from content.words import label
from db.claims import changed, table_of
from db.models import (
    Code,
    CodePurpose,
    Household,
    HouseholdChange,
    Member,
    MemberState,
    Person,
    Resident,
    Unit,
    UnitKind,
    Visit,
)

HOLDS = frozenset({UnitKind.VILLAGE, UnitKind.GRID})
"""Kinds of units that have households."""

_MOBILE_DIGITS = 11
_HOUSEHOLD = table_of(Household)


def contact_named(db: Session, said: str, *, by: Person) -> Person:
    """Return who is meant on the rosters below somebody: by a name, or where several have it by a phone number.

    Raises :class:`DomainError` for nobody, and for several.
    """
    paths = access.reach(db, by, Act.KEEP_HOUSEHOLDS)
    digits = people.plain_mobile(said)
    if len(digits) == _MOBILE_DIGITS:
        listed = {one.id for one in people.by_mobile(db, digits)}
        meant = col(Person.id).in_(listed)
    else:
        meant = col(Person.name_key) == people.name_key(said)
    rows = select(Person).join(Member, col(Member.person_id) == col(Person.id))
    rows = rows.join(Unit, col(Unit.id) == col(Member.unit_id))
    rows = rows.where(meant, col(Member.state) == MemberState.ACTIVE, units.in_subtrees(paths))
    found = db.execute(rows.order_by(col(Person.id)).limit(2)).scalars().all()
    if not found:
        raise DomainError("visits/no_such_member", name=said[:20])
    if len(found) > 1:
        raise DomainError("visits/several_so_named", name=said[:20])
    return found[0]


def assign(db: Session, household_id: int, contact: Person, *, by: Person, now: datetime) -> Household:
    """Let somebody keep in touch with a household; raise :class:`DomainError` when ``by`` does not keep its list."""
    household = households.kept(db, household_id, by)
    household.contact_id = contact.id
    db.add(household)
    _tell(db, contact, household_id, 1, now=now)
    audit.note(db, "visits.assign", f"household:{household_id} person:{contact.id}", actor_id=by.id, now=now)
    return household


def assign_all(db: Session, household_id: int, contact: Person, *, by: Person, now: datetime) -> int:
    """Give all of one member's households within reach to another, beginning with one of them; return how many.

    Raises :class:`DomainError` when ``by`` does not keep its list.
    """
    household = households.kept(db, household_id, by)
    before = household.contact_id
    if before is None:
        assign(db, household_id, contact, by=by, now=now)
        return 1
    within = select(col(Unit.id)).where(units.in_subtrees(access.reach(db, by, Act.KEEP_HOUSEHOLDS)))
    theirs = (_HOUSEHOLD.c.contact_id == before, _HOUSEHOLD.c.unit_id.in_(within))
    count = changed(db, update(_HOUSEHOLD).where(*theirs).values(contact_id=contact.id))
    db.expire_all()
    _tell(db, contact, household_id, count, now=now)
    audit.note(db, "visits.assign", f"person:{before} to person:{contact.id}: {count} rows", actor_id=by.id, now=now)
    return count


def _tell(db: Session, contact: Person, household_id: int, count: int, *, now: datetime) -> None:
    """Tell somebody that households were given to them; which these are they see when they look."""
    choices = (Choice(label=label("next_household"), go="visits.today"),)
    cause = f"visits:given:{household_id}:{contact.id}:{int(now.timestamp())}"
    notices.tell(db, "visits/given", to=contact.id or 0, cause=cause, now=now, choices=choices, count=count)


def correct(db: Session, household_id: int, holder: str, mobile: str, *, by: Person, now: datetime) -> Household:
    """Keep another householder, and another phone where one is given; raise :class:`DomainError` as :func:`assign`."""
    household = households.kept(db, household_id, by)
    households.set_holder(household, holder)
    if mobile:
        households.set_mobile(db, household, mobile)
    db.add(household)
    audit.note(db, "visits.correct", f"household:{household_id}", actor_id=by.id, now=now)
    return household


def remove(db: Session, household_id: int, *, by: Person, now: datetime) -> None:
    """Delete a household with all that is noted of it; its visits stay as counts of nobody knows where.

    Raises :class:`DomainError` as :func:`assign`.
    """
    household = households.kept(db, household_id, by)
    for visit in db.execute(select(Visit).where(col(Visit.household_id) == household_id)).scalars().all():
        walking.forget_photos(db, visit)
        visit.household_id, visit.note_sealed = None, ""
        db.add(visit)
    db.flush()
    drop(db, [household_id])
    db.expire(household)
    audit.note(db, "visits.remove", f"household:{household_id}", actor_id=by.id, now=now)


def drop(db: Session, ids: Sequence[int]) -> None:
    """Delete households that no visit refers to, with what refers to them."""
    codes = table_of(Code)
    db.execute(delete(codes).where(codes.c.purpose == CodePurpose.HOUSEHOLD, codes.c.subject_id.in_(ids)))
    for table in (table_of(Resident), table_of(HouseholdChange)):
        db.execute(delete(table).where(table.c.household_id.in_(ids)))
    db.execute(delete(_HOUSEHOLD).where(_HOUSEHOLD.c.id.in_(ids)))
