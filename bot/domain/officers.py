"""Those with a role: found by name among whoever answers for a unit."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import units
from bot.domain.persons import people
from bot.errors import DomainError
from db.models import Grant, Person, Unit


def named(db: Session, name: str, unit: Unit) -> list[Person]:
    """Return everybody of a name who has a role at a unit, above it or below it."""
    above = [one.path for one in units.line_up(db, unit)]
    held = select(Person, Unit).join(Grant, col(Grant.person_id) == col(Person.id))
    chosen = held.join(Unit, col(Unit.id) == col(Grant.unit_id)).where(people.is_called(name))
    rows = db.execute(chosen.order_by(col(Person.id))).all()
    found = {person.id: person for person, place in rows if place.path in above or place.path.startswith(unit.path)}
    return list(found.values())


def everywhere(db: Session, name: str) -> list[Person]:
    """Return everybody of a name who has a role anywhere."""
    named_so = select(Person).where(col(Person.id).in_(select(col(Grant.person_id))), people.is_called(name))
    return list(db.execute(named_so.order_by(col(Person.id))).scalars())


def only(found: Sequence[Person], name: str) -> int | None:
    """Return the only one of those found, ``None`` when there are several; refuse a name nobody has."""
    if not found:
        raise DomainError("topics/nobody_so_named", name=name)
    return found[0].id if len(found) == 1 else None


def labelled(db: Session, person: Person) -> str:
    """Return how somebody with a role is told apart: by name, what they belong to, and masked phone."""
    unit = db.get(Unit, person.unit_id) if person.unit_id else None
    return f"{person.name} {unit.name if unit else ''} {people.masked_mobile(db, person)}".strip()
