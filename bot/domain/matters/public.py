"""What villagers may see: the matters of their own village, and of those above it, that are made public."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import units
from bot.domain.persons import members
from bot.errors import DomainError
from content.matter_words import asked_about, holds, nearest
from db.models import Matter, Person, Unit, UnitKind

_LOOKED_THROUGH = 200


def unit_of(db: Session, person: Person) -> Unit | None:
    """Return where somebody belongs as far as that is known: what they said, else the branch of their roster."""
    return db.get(Unit, person.unit_id) if person.unit_id else members.branch_of(db, person.id or 0)


def place_of(db: Session, unit: Unit) -> Unit:
    """Return the village a unit belongs to, or the unit itself where it belongs to none."""
    return next((one for one in units.line_up(db, unit) if one.kind is UnitKind.VILLAGE), unit)


def of_place(db: Session, unit: Unit, *, most: int, skipped: int = 0) -> Sequence[Matter]:
    """Return the newest public matters of a village and all below it, and of the units above it."""
    rows = select(Matter).where(col(Matter.published_at).is_not(None), col(Matter.unit_id).in_(_seen_at(db, unit)))
    return db.execute(rows.order_by(col(Matter.id).desc()).limit(most).offset(skipped)).scalars().all()


def found(db: Session, matter_id: int, unit: Unit) -> Matter:
    """Return a matter people of a place may see; raise :class:`DomainError` for any other, as for none."""
    matter = db.get(Matter, matter_id)
    if matter is None or matter.published_at is None or matter.unit_id not in _seen_at(db, unit):
        raise DomainError("matters/not_there")
    return matter


def named(db: Session, text: str, person: Person) -> list[int]:
    """Return the public matters, by id, that somebody asks how far they are; of no place known, of all of them."""
    meant = asked_about(text)
    if not meant:
        return []
    unit = unit_of(db, person)
    if unit:
        seen = of_place(db, unit, most=_LOOKED_THROUGH)
    else:
        rows = select(Matter).where(col(Matter.published_at).is_not(None))
        seen = db.execute(rows.order_by(col(Matter.id).desc()).limit(_LOOKED_THROUGH)).scalars().all()
    return nearest(meant, {one.id or 0: one.title for one in seen})


def is_surely_named(db: Session, text: str, person: Person) -> bool:
    """Tell whether all that somebody asks for stands in the title of a public matter of where they belong."""
    if unit_of(db, person) is None:
        return False
    titles = (db.get_one(Matter, one).title for one in named(db, text, person))
    return any(holds(asked_about(text), one) for one in titles)


def _seen_at(db: Session, unit: Unit) -> list[int]:
    """Return the units, by id, whose public matters people of a place see."""
    place = place_of(db, unit)
    below = units.within(db, [place.path]) if place.kind is UnitKind.VILLAGE else list[Unit]()
    return [one.id or 0 for one in {one.id: one for one in (*units.line_up(db, place), *below)}.values()]
