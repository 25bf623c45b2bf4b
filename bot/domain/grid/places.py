"""Places people come by, where a poster hangs: its code leads to a report that knows already where it is."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, audit, papers
from bot.domain.access import Act
from bot.domain.messages import Attachment
from bot.domain.papers import PaperKind
from bot.errors import DomainError
from db.models import Person, Place, Unit

LONGEST_DETAILS = 80
"""Characters of what a place says of itself."""


def found(db: Session, place_id: int) -> Place:
    """Return a place; raise :class:`DomainError` when there is none of that id."""
    place = db.get(Place, place_id)
    if place is None:
        raise DomainError("grid/no_such_place")
    return place


def put(db: Session, unit: Unit, name: str, details: str, *, by: Person, now: datetime) -> Place:
    """Return the place of a name in a unit, made where there is none; what it says of itself is what was said last.

    Raises :class:`DomainError` when ``by`` has no say in the unit.
    """
    access.insist(db, by, Act.KEEP_PLACES, unit)
    here = select(Place).where(col(Place.unit_id) == unit.id, col(Place.name) == name)
    place = db.execute(here).scalar_one_or_none()
    if place is None:
        place = Place(unit_id=unit.id or 0, name=name, created_by=by.id, created_at=now)
    place.details = details or place.details
    db.add(place)
    db.flush()
    audit.note(db, "places.put", f"{unit.name} {name}", actor_id=by.id, now=now)
    return place


def posters(db: Session, place: Place, *, by: Person, now: datetime) -> tuple[Attachment, ...]:
    """Order the poster of a place, to show and to print."""
    kinds = ((PaperKind.STATION, f"{place.name}.png"), (PaperKind.STATION_PDF, f"{place.name}.pdf"))
    return tuple(papers.order(db, kind, str(place.id), name=name, to=by.id, now=now) for kind, name in kinds)
