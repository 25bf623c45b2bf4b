"""Over what a figure is counted: a unit with all below it, from when until when."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, or_, select, true
from sqlalchemy.orm import Mapped, Session
from sqlmodel import col

from bot.domain.house import house_of
from bot.domain.persons import members
from bot.domain.reports.periods import Period
from db.models import Case, Person, Unit


@dataclass(frozen=True, slots=True)
class Scope:
    """A subtree, and a stretch of time: ``since`` is in it, ``until`` is not and never lies ahead."""

    unit: Unit
    since: datetime
    until: datetime

    def units(self) -> Select[int | None]:
        """Return, as a statement, the ids of the unit and all below it."""
        return select(col(Unit.id)).where(members.in_subtree(self.unit))

    def holds(self, column: Mapped[datetime] | Mapped[datetime | None]) -> ColumnElement[bool]:
        """Say, within a statement, that a moment lies in the stretch of time."""
        return (column >= self.since) & (column < self.until)

    def belongs(self) -> ColumnElement[bool]:
        """Say, within a statement, that a person belongs to the subtree: by roster, or because they live there.

        Of whom nobody knows where they belong, only the whole knows.
        """
        if self.unit.parent_id is None:
            return true()
        on_roster = col(Person.id).in_(members.below(self.unit, kind=None))
        return or_(col(Person.unit_id).in_(self.units()), on_roster)

    def answers_for(self) -> ColumnElement[bool]:
        """Say, within a statement, that a case is the subtree's; one of no unit is the whole's."""
        return true() if self.unit.parent_id is None else col(Case.unit_id).in_(self.units())


def scope(db: Session, unit: Unit, period: Period, *, now: datetime) -> Scope:
    """Return what is counted for a unit and a period, as far as it is over."""
    since, end = period.span(house_of(db).zone)
    return Scope(unit, since, max(since, min(end, now)))
