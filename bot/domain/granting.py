"""Roles given and taken by those who hold one: within their subtree, never above themselves, never the last admin's."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, audit, notices, units
from bot.domain.access import Act
from bot.domain.grid import returning
from bot.domain.persons import people
from bot.errors import DomainError
from content.words import role_name
from db.claims import table_of
from db.models import Grant, Member, MemberState, Person, Role, Unit

_GRANT = table_of(Grant)
_RANKS = {Role.ADMIN: 3, Role.SECRETARY: 2, Role.CADRE: 1, Role.EDITOR: 1, Role.GRID_WORKER: 1}
_MOST_UNITS = 200


def rank(db: Session, person: Person, unit: Unit) -> int:
    """Return how high somebody stands who may give roles for a unit, 0 when they may not."""
    held = select(col(Grant.role), col(Unit.path)).join(Unit, col(Unit.id) == col(Grant.unit_id))
    mine = db.execute(
        held.where(col(Grant.person_id) == person.id, col(Grant.role).in_(access.roles_for(Act.GRANT_ROLES)))
    )
    return max((_RANKS[role] for role, path in mine if unit.path.startswith(path)), default=0)


def offered(db: Session, person: Person, unit: Unit) -> list[Role]:
    """Return the roles somebody may give for a unit: none that is above their own."""
    mine = rank(db, person, unit)
    return [role for role, its in _RANKS.items() if its <= mine]


def named(db: Session, name: str, *, by: Person) -> list[Person]:
    """Return everybody of a name who stands on a roster, belongs or has a role below somebody who gives roles."""
    mine = units.in_subtrees(access.reach(db, by, Act.GRANT_ROLES))
    below = select(col(Unit.id)).where(mine)
    listed = select(col(Member.person_id)).where(
        col(Member.state) == MemberState.ACTIVE, col(Member.unit_id).in_(below), col(Member.person_id) == col(Person.id)
    )
    holding = select(col(Grant.person_id)).where(col(Grant.unit_id).in_(below), col(Grant.person_id) == col(Person.id))
    theirs = or_(col(Person.unit_id).in_(below), listed.exists(), holding.exists())
    chosen = select(Person).where(people.is_called(name), theirs)
    return list(db.execute(chosen.order_by(col(Person.id))).scalars())


def held(db: Session, person_id: int, *, by: Person) -> list[tuple[Grant, Unit]]:
    """Return the roles of somebody that ``by`` may take: within their subtree, none above their own."""
    theirs = select(Grant, Unit).join(Unit, col(Unit.id) == col(Grant.unit_id))
    rows = db.execute(theirs.where(col(Grant.person_id) == person_id).order_by(col(Grant.id)))
    return [(grant, unit) for grant, unit in rows if _RANKS[grant.role] <= rank(db, by, unit)]


def give(db: Session, person: Person, role: Role, unit: Unit, *, by: Person, now: datetime) -> Grant:
    """Give somebody a role and tell them; raise :class:`DomainError` when it is not theirs to give."""
    if role not in offered(db, by, unit):
        raise DomainError("granting/not_yours")
    made = access.grant(db, person, role, unit)
    audit.note(db, "granting.give", f"person:{person.id} {role} {unit.name}", actor_id=by.id, now=now)
    _tell(db, "granting/given_to_you", person.id or 0, role, unit, by=by, now=now)
    return made


def take(db: Session, grant_id: int, *, by: Person, now: datetime) -> tuple[Person, Role, Unit]:
    """Take a role from somebody and tell them; return whose, which and where.

    Raises :class:`DomainError` when it is not theirs to take, or it is the last admin's.
    """
    admins = select(_GRANT.c.id).where(_GRANT.c.role == Role.ADMIN).order_by(_GRANT.c.id).with_for_update()
    others = [one for one in db.execute(admins).scalars() if one != grant_id]
    grant = db.get(Grant, grant_id, populate_existing=True)
    if grant is None:
        raise DomainError("granting/not_held")
    unit, person, role = db.get_one(Unit, grant.unit_id), people.by_id(db, grant.person_id), grant.role
    if _RANKS[role] > rank(db, by, unit):
        raise DomainError("granting/not_yours")
    if role is Role.ADMIN and not others:
        raise DomainError("granting/last_admin")
    db.execute(delete(_GRANT).where(_GRANT.c.id == grant_id))
    db.expunge(grant)
    returning.give_back(db, person, now=now)
    audit.note(db, "granting.take", f"person:{person.id} {role} {unit.name}", actor_id=by.id, now=now)
    _tell(db, "granting/taken_from_you", person.id or 0, role, unit, by=by, now=now)
    return person, role, unit


def units_for(db: Session, by: Person) -> Sequence[Unit]:
    """Return the units somebody may give roles for, the highest first, as many as may be looked through."""
    return units.within(db, access.reach(db, by, Act.GRANT_ROLES))[:_MOST_UNITS]


def _tell(db: Session, template: str, to: int, role: Role, unit: Unit, *, by: Person, now: datetime) -> None:
    if to == by.id:
        return
    cause = f"grant:{to}:{role}:{unit.id}:{template.rpartition('/')[2]}:{int(now.timestamp())}"
    notices.tell(db, template, to=to, cause=cause, now=now, role=role_name(role), unit=unit.name, by=by.name)
