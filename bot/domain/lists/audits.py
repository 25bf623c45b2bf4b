"""What was done with other people's matters: by whom, what, to what, when; of those who act within one's reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import units
from bot.domain.access import Act
from bot.domain.console.visiting import Visit
from bot.domain.house import house_of
from bot.domain.lists import subjects
from bot.domain.lists.listing import Line, Listing, Order, day_of
from bot.domain.persons import people
from db.models import AuditLine, Grant, Person, Unit
from db.types import END_OF_PREFIX


@dataclass(frozen=True, slots=True)
class AuditRow:
    """A line of the audit, and what it is about in words; ``who`` is empty for the command line."""

    line: AuditLine
    who: str
    subject: str


def listing(visit: Visit, filters: dict[str, str]) -> Listing[AuditRow]:
    """Return the lines somebody may see: ``who`` is the beginning of a name, ``area`` of an act, ``day`` a day."""
    rows = select(AuditLine, col(Person.name)).outerjoin(Person, col(Person.id) == col(AuditLine.actor_id))
    paths = visit.reach(Act.SEE_AUDIT)
    top = units.root(visit.db)
    if top is None or top.path not in paths:
        acting = select(col(Grant.person_id)).join(Unit, col(Unit.id) == col(Grant.unit_id))
        mine = col(AuditLine.actor_id) == visit.person.id
        rows = rows.where(or_(mine, col(AuditLine.actor_id).in_(acting.where(units.in_subtrees(paths)))))
    if who := people.name_key(filters.get("who", "")):
        named = select(col(Person.id)).where(col(Person.name_key) >= who, col(Person.name_key) < who + END_OF_PREFIX)
        rows = rows.where(col(AuditLine.actor_id).in_(named))
    if area := filters.get("area", ""):
        rows = rows.where(col(AuditLine.act).startswith(f"{area}.", autoescape=True))
    if day := day_of(filters.get("day", "")):
        begins = datetime.combine(day, time(), visit.zone)
        rows = rows.where(col(AuditLine.at) >= begins, col(AuditLine.at) < begins + timedelta(days=1))
    return Listing(rows, {"at": Order(col(AuditLine.id), col(AuditLine.id), falls=True)}, _read)


def _read(db: Session, rows: Sequence[Line]) -> Sequence[AuditRow]:
    about = subjects.spoken(db, [row[0].subject for row in rows], house_of(db).shelf.current(db).entries)
    return [AuditRow(row[0], row[1] or "", subject) for row, subject in zip(rows, about, strict=True)]
