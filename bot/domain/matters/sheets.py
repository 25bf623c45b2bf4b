"""The matters of a unit in a month as a sheet: ordered by who may, and written down that they took it along."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, audit, papers, units
from bot.domain.access import Act
from bot.domain.house import house_of
from bot.domain.messages import Attachment
from bot.domain.papers import PaperKind
from bot.domain.reports.periods import Period
from bot.domain.reports.showing import highest
from content import sheets
from db.models import Matter, Person, Unit


def units_of(db: Session, person: Person) -> Sequence[Unit]:
    """Return the units somebody keeps matters of, without those below another of them."""
    return units.at(db, highest(access.reach(db, person, Act.KEEP_MATTERS)))


def of_month(db: Session, unit: Unit, month: Period) -> Select[Matter, str, str]:
    """Select the matters of a unit and all below it that went on in a month, with their units and who holds them."""
    begins, ends = month.span(house_of(db).zone)
    rows = select(Matter, col(Unit.name), col(Person.name)).join(Unit, col(Unit.id) == col(Matter.unit_id))
    rows = rows.outerjoin(Person, col(Person.id) == col(Matter.holder_id))
    went_on = (col(Matter.opened_at) < ends, or_(col(Matter.closed_at).is_(None), col(Matter.closed_at) >= begins))
    return rows.where(units.in_subtrees([unit.path]), *went_on).order_by(col(Unit.path), col(Matter.id))


def order(db: Session, unit: Unit, month: Period, *, by: Person, now: datetime) -> tuple[int, Attachment | None]:
    """Order the sheet of a month and say how many matters it has; no sheet of none.

    Raises :class:`DomainError` when it is not theirs.
    """
    access.insist(db, by, Act.KEEP_MATTERS, unit)
    meant = of_month(db, unit, month)
    count = db.execute(select(func.count()).select_from(meant.order_by(None).subquery())).scalar_one()
    if not count:
        return 0, None
    audit.note(db, "matters.sheet", f"unit {unit.id} {month.named()}: {count} rows", actor_id=by.id, now=now)
    name = f"{unit.name}{sheets.title('matters')}.xlsx"
    return count, papers.order(db, PaperKind.MATTER_SHEET, f"{unit.id}/{month.named()}", name=name, to=by.id, now=now)
