"""Hours of study of one person in a year, beside what is meant for them: theirs to see, and nobody else's."""

from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import recurrence
from bot.domain.house import house_of
from db.models import Attendance, AttendanceState, Grant, Role, StudySession

_COUNTS = (AttendanceState.PRESENT, AttendanceState.MADE_UP)


@dataclass(frozen=True, slots=True)
class Balance:
    """Hours of a year: what was done and what is meant."""

    year: int
    done: float
    meant: float

    @property
    def missing(self) -> float:
        """What is still to be done, 0 when it is all done."""
        return max(self.meant - self.done, 0.0)

    @property
    def shown(self) -> dict[str, object]:
        """What a message shows of it, without the zero after the point."""
        return {"done": f"{self.done:g}", "meant": f"{self.meant:g}", "missing": f"{self.missing:g}"}


def balance(db: Session, person_id: int, *, now: datetime) -> Balance:
    """Return somebody's hours in the year it is where they live."""
    house = house_of(db)
    year = now.astimezone(house.zone).year
    done = _sum(db, person_id, year)
    return Balance(year, done, house.hours_of_secretaries if _is_secretary(db, person_id) else house.hours_of_members)


def sessions_of(db: Session, person_id: int, *, now: datetime, limit: int) -> list[tuple[StudySession, Attendance]]:
    """Return what the hours of this year come from, the latest first."""
    first, last = _year(db, now.astimezone(house_of(db).zone).year)
    both = select(StudySession, Attendance).join(Attendance, col(Attendance.session_id) == col(StudySession.id))
    counted = both.where(*_counted(person_id), col(StudySession.starts_at) >= first, col(StudySession.starts_at) < last)
    rows = db.execute(counted.order_by(col(StudySession.starts_at).desc()).limit(limit))
    return [(session, row) for session, row in rows]


def _sum(db: Session, person_id: int, year: int) -> float:
    first, last = _year(db, year)
    total = select(func.coalesce(func.sum(col(Attendance.credit_hours)), 0.0))
    total = total.join(StudySession, col(StudySession.id) == col(Attendance.session_id))
    during = (col(StudySession.starts_at) >= first, col(StudySession.starts_at) < last)
    return float(db.execute(total.where(*_counted(person_id), *during)).scalar_one())


def _counted(person_id: int) -> tuple[ColumnElement[bool], ...]:
    return (col(Attendance.person_id) == person_id, col(Attendance.state).in_(_COUNTS))


def _year(db: Session, year: int) -> tuple[datetime, datetime]:
    zone = house_of(db).zone
    first, next_first = date(year, 1, 1), date(year + 1, 1, 1)
    return recurrence.moment(first, time(), zone), recurrence.moment(next_first, time(), zone)


def _is_secretary(db: Session, person_id: int) -> bool:
    held = select(col(Grant.id)).where(col(Grant.person_id) == person_id, col(Grant.role) == Role.SECRETARY).limit(1)
    return db.execute(held).first() is not None
