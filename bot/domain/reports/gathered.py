"""Figures of what took place: activities with who came and for how long, sessions with who was expected and came.

Each is one function, whose first lines are its definition. What takes place belongs to the unit that held it.
"""

from datetime import date, time

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain.house import house_of
from bot.domain.reports.counting import Scope
from db.models import (
    Activity,
    Attendance,
    AttendanceState,
    CheckIn,
    OccasionState,
    ServiceRecord,
    ServiceState,
    StudySession,
)

_STANDS = (OccasionState.PUBLISHED, OccasionState.CLOSED)


def activities(db: Session, scope: Scope) -> int:
    """Activities that began in this time and are over: neither drafts nor called off, turns of duty included."""
    return _count(db, select(col(Activity.id)).where(*held(scope, Activity)))


def visits(db: Session, scope: Scope) -> int:
    """How often somebody came to one of them, as far as it was written down: one person at two of them counts twice."""
    return _count(db, _came(scope))


def volunteers(db: Session, scope: Scope) -> int:
    """How many different people came to them: each counts once."""
    return _count(db, _came(scope).distinct())


def minutes(db: Session, scope: Scope) -> int:
    """Minutes of service at activities of the unit that are confirmed, by the day they were served on."""
    zone = house_of(db).zone
    first, last = (moment.astimezone(zone) for moment in (scope.since, scope.until))
    theirs = select(col(Activity.id)).where(col(Activity.unit_id).in_(scope.units()))
    served = select(func.sum(ServiceRecord.minutes)).where(
        col(ServiceRecord.state) == ServiceState.CONFIRMED,
        col(ServiceRecord.activity_id).in_(theirs),
        col(ServiceRecord.served_on) >= first.date(),
        _before(last.date(), includes_it=last.time() != time()),
    )
    return int(db.execute(served).scalar_one() or 0)


def sessions(db: Session, scope: Scope) -> int:
    """Study sessions that began in this time and are over: neither drafts nor called off."""
    return _count(db, select(col(StudySession.id)).where(*held(scope, StudySession)))


def expected(db: Session, scope: Scope) -> int:
    """How many were expected at them, all together: everybody who was meant, excused or not, and no guests."""
    return _count(db, _meant(scope))


def present(db: Session, scope: Scope) -> int:
    """How many of those who were expected came; who made it up later did not."""
    return _count(db, _meant(scope).where(col(Attendance.state) == AttendanceState.PRESENT))


def held(scope: Scope, model: type[Activity | StudySession]) -> tuple[ColumnElement[bool], ...]:
    """Say, within a statement, that something took place in this time and subtree."""
    return (
        col(model.unit_id).in_(scope.units()),
        col(model.state).in_(_STANDS),
        scope.holds(col(model.starts_at)),
        col(model.ends_at) <= scope.until,
    )


def _came(scope: Scope) -> Select[int]:
    took_place = select(col(Activity.id)).where(*held(scope, Activity))
    return select(col(CheckIn.person_id)).where(col(CheckIn.activity_id).in_(took_place))


def _meant(scope: Scope) -> Select[int]:
    took_place = select(col(StudySession.id)).where(*held(scope, StudySession))
    return select(col(Attendance.person_id)).where(
        col(Attendance.session_id).in_(took_place), col(Attendance.is_guest).is_(False)
    )


def _before(day: date, *, includes_it: bool) -> ColumnElement[bool]:
    return col(ServiceRecord.served_on) <= day if includes_it else col(ServiceRecord.served_on) < day


def _count(db: Session, rows: Select[int] | Select[int | None]) -> int:
    return db.execute(select(func.count()).select_from(rows.subquery())).scalar_one()
