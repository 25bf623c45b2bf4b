"""The rows behind the figures: what took place and what waits, without anybody's name or words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, select, true
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import cases
from bot.domain.house import house_of
from bot.domain.reports.asked import open_at_end
from bot.domain.reports.counting import Scope
from bot.domain.reports.gathered import held
from bot.domain.reports.report import share
from bot.sheets import Cell
from content.words import meeting_name
from db.models import (
    Activity,
    Attendance,
    AttendanceState,
    Case,
    CheckIn,
    ServiceRecord,
    ServiceState,
    StudySession,
    Unit,
)

MOST = 2000
"""Rows of the longest list that goes into a sheet."""

Row = Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class _Clock:
    """Days and times of day, as the house's zone has them."""

    db: Session

    def day(self, moment: datetime) -> Cell:
        return moment.astimezone(house_of(self.db).zone).date()

    def time(self, moment: datetime) -> Cell:
        return moment.astimezone(house_of(self.db).zone).strftime("%H:%M").removeprefix("0")


def activities(db: Session, scope: Scope) -> list[Row]:
    """Return the activities that are counted: what, when, where, how many came and the hours that are confirmed."""
    came = select(func.count()).where(col(CheckIn.activity_id) == col(Activity.id)).scalar_subquery()
    confirmed = and_(
        col(ServiceRecord.activity_id) == col(Activity.id), col(ServiceRecord.state) == ServiceState.CONFIRMED
    )
    served = select(func.coalesce(func.sum(ServiceRecord.minutes), 0)).where(confirmed).scalar_subquery()
    rows = select(Activity, col(Unit.name), came, served).join(Unit, col(Unit.id) == col(Activity.unit_id))
    found = rows.where(*held(scope, Activity)).order_by(col(Activity.starts_at), col(Activity.id)).limit(MOST)
    at = _Clock(db)
    return [
        {
            "title": one.title,
            "day": at.day(one.starts_at),
            "start": at.time(one.starts_at),
            "end": at.time(one.ends_at),
            "place": one.place,
            "unit": unit,
            "visits": visits,
            "hours": hours(int(minutes)),
        }
        for one, unit, visits, minutes in db.execute(found)
    ]


def sessions(db: Session, scope: Scope) -> list[Row]:
    """Return the study sessions that are counted, with how many were expected and came."""
    meant = and_(col(Attendance.session_id) == col(StudySession.id), col(Attendance.is_guest).is_(False))
    expected = _parts(meant, true())
    present = _parts(meant, col(Attendance.state) == AttendanceState.PRESENT)
    joined = select(StudySession, col(Unit.name), expected, present).join(
        Unit, col(Unit.id) == col(StudySession.unit_id)
    )
    found = joined.where(*held(scope, StudySession)).order_by(col(StudySession.starts_at), col(StudySession.id))
    at = _Clock(db)
    return [
        {
            "title": one.title,
            "kind": meeting_name(one.kind),
            "day": at.day(one.starts_at),
            "start": at.time(one.starts_at),
            "place": one.place,
            "unit": unit,
            "expected": wanted,
            "present": there,
            "rate": share(there, wanted),
        }
        for one, unit, wanted, there in db.execute(found.limit(MOST))
    ]


def waiting(db: Session, scope: Scope) -> list[Row]:
    """Return what nobody had answered at the end, the oldest first: its number and since when, not what was asked."""
    rows = select(Case, col(Unit.name)).outerjoin(Unit, col(Unit.id) == col(Case.unit_id))
    found = rows.where(scope.answers_for(), open_at_end(scope)).order_by(col(Case.opened_at), col(Case.id)).limit(MOST)
    at = _Clock(db)
    return [
        {
            "number": cases.number(one),
            "unit": unit,
            "day": at.day(one.opened_at),
            "days": (scope.until - one.opened_at).days,
        }
        for one, unit in db.execute(found)
    ]


def hours(minutes: int) -> float:
    """Return minutes as hours with one digit."""
    return round(minutes / 60, 1)


LISTS: Mapping[str, Callable[[Session, Scope], Sequence[Row]]] = {
    "activities": activities,
    "sessions": sessions,
    "waiting": waiting,
}
"""Every list by its name."""


def _parts(meant: ColumnElement[bool], which: ColumnElement[bool]) -> ColumnElement[int]:
    return select(func.count(case((which, 1)))).where(meant).scalar_subquery()
