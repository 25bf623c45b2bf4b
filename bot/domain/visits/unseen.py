"""Households nobody has seen for long, and those nobody keeps in touch with, for who keeps their list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, units
from bot.domain.access import Act
from content import visits
from db.models import Household, Person, Unit


@dataclass(frozen=True, slots=True)
class Unseen:
    """How many households of a unit were not seen for long."""

    unit: str
    count: int


def line(now: datetime) -> datetime:
    """Return the moment before which a household was seen for the last time that counts as long unseen."""
    return now - timedelta(days=visits.unseen_days())


def by_unit(db: Session, person: Person, *, now: datetime) -> Sequence[Unseen]:
    """Return how many households were not seen for long, unit by unit, the most first; units with none are left out."""
    number = func.count(col(Household.id))
    rows = select(col(Unit.name), number).join(Household, col(Household.unit_id) == col(Unit.id))
    rows = rows.where(_within(db, person), col(Household.seen_at) < line(now)).group_by(col(Unit.id), col(Unit.name))
    found = db.execute(rows.order_by(number.desc(), col(Unit.id)))
    return [Unseen(unit, count) for unit, count in found]


def nobodys(db: Session, person: Person) -> int:
    """Return how many households nobody keeps in touch with."""
    rows = select(func.count(col(Household.id))).join(Unit, col(Household.unit_id) == col(Unit.id))
    return db.execute(rows.where(_within(db, person), col(Household.contact_id).is_(None))).scalar_one()


def _within(db: Session, person: Person) -> ColumnElement[bool]:
    return units.in_subtrees(access.reach(db, person, Act.KEEP_HOUSEHOLDS))
