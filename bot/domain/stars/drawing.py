"""What records say of members in a year, criterion by criterion: everything of a branch in a few statements."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Mapped, Session
from sqlmodel import col

from bot.domain import recurrence
from bot.domain.house import house_of
from content.stars import criteria
from db.models import Attendance, AttendanceState, OccasionState, ServiceRecord, ServiceState, StudySession, Visit

Figures = Mapping[int, float]
_MINUTES = 60


def marks(db: Session, person_ids: Sequence[int], year: int) -> dict[int, dict[str, Any]]:
    """Return for each of these people what records say by criterion: ``{"study": {"value": 30.0, "is_met": false}}``.

    A criterion is left out where records say nothing about it.
    """
    known = {
        "study_hours": _studied(db, person_ids, year),
        "attendance": _attended(db, person_ids, year),
        "service_hours": _served(db, person_ids, year),
        "visits": _visited(db, person_ids, year),
    }
    return {
        one: {
            criterion.key: {"value": value, "is_met": value >= criterion.least}
            for criterion in criteria()
            if criterion.source and (value := known[criterion.source].get(one)) is not None
        }
        for one in person_ids
    }


def _studied(db: Session, person_ids: Sequence[int], year: int) -> Figures:
    hours = func.coalesce(func.sum(col(Attendance.credit_hours)), 0.0)
    return _of_sessions(db, person_ids, year, hours)


def _attended(db: Session, person_ids: Sequence[int], year: int) -> Figures:
    """Return the percentage of the sessions somebody was expected at to which they came; leave is not held against."""
    came = func.sum(case((col(Attendance.state) == AttendanceState.PRESENT, 1), else_=0))
    counts = case((col(Attendance.state).in_((AttendanceState.PRESENT, AttendanceState.ABSENT)), 1), else_=0)
    share = 100.0 * came / func.nullif(func.sum(counts), 0)
    return _of_sessions(db, person_ids, year, share)


def _of_sessions(db: Session, person_ids: Sequence[int], year: int, figure: Any) -> Figures:  # noqa: ANN401  # an expression
    rows = select(col(Attendance.person_id), figure)
    rows = rows.join(StudySession, col(StudySession.id) == col(Attendance.session_id))
    held = (col(StudySession.state) == OccasionState.CLOSED, *_during(db, col(StudySession.starts_at), year))
    theirs = rows.where(col(Attendance.person_id).in_(person_ids), *held)
    return _rounded(db.execute(theirs.group_by(col(Attendance.person_id))))


def _served(db: Session, person_ids: Sequence[int], year: int) -> Figures:
    rows = select(col(ServiceRecord.person_id), func.sum(col(ServiceRecord.minutes)) / float(_MINUTES))
    theirs = rows.where(
        col(ServiceRecord.person_id).in_(person_ids),
        col(ServiceRecord.state) == ServiceState.CONFIRMED,
        col(ServiceRecord.served_on).between(date(year, 1, 1), date(year, 12, 31)),
    )
    return _rounded(db.execute(theirs.group_by(col(ServiceRecord.person_id))))


def _visited(db: Session, person_ids: Sequence[int], year: int) -> Figures:
    rows = select(col(Visit.visitor_id), func.count())
    theirs = rows.where(col(Visit.visitor_id).in_(person_ids), *_during(db, col(Visit.visited_at), year))
    return _rounded(db.execute(theirs.group_by(col(Visit.visitor_id))))


def _during(db: Session, moment: Mapped[datetime], year: int) -> tuple[ColumnElement[bool], ...]:
    first, last = (recurrence.moment(date(one, 1, 1), time(), house_of(db).zone) for one in (year, year + 1))
    return moment >= first, moment < last


def _rounded(rows: Any) -> Figures:  # noqa: ANN401  # pairs of a person and a figure
    return {person_id: round(float(value), 1) for person_id, value in rows if value is not None}


def drawn_at(db: Session, now: datetime) -> int:
    """Return the year it is where the house stands."""
    return now.astimezone(house_of(db).zone).year
