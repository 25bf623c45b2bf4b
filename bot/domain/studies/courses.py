"""Courses of several sessions: who is enrolled is expected at all that are still to come."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, audit, units
from bot.domain.house import house_of
from bot.domain.persons import members
from bot.domain.studies import attendance
from bot.errors import DomainError
from db.claims import put_if_missing, table_of
from db.models import Attendance, AttendanceState, Course, Enrolment, OccasionState, Person, StudySession, Unit

_ENROLMENT = table_of(Enrolment)


def named(db: Session, unit: Unit, title: str, *, by: Person, now: datetime) -> Course:
    """Return a unit's course of this year by its title, made when there is none yet."""
    access.insist(db, by, access.Act.HOLD_SESSIONS, unit)
    year = now.astimezone(house_of(db).zone).year
    same = (col(Course.unit_id) == unit.id, col(Course.title) == title[:80], col(Course.year) == year)
    found = db.execute(select(Course).where(*same)).scalars().first()
    if found:
        return found
    made = Course(title=title[:80], unit_id=unit.id or 0, year=year, created_by=by.id, created_at=now)
    db.add(made)
    db.flush()
    audit.note(db, "study.course", f"course {made.id}", actor_id=by.id, now=now)
    return made


def of_unit(db: Session, unit: Unit, *, now: datetime) -> Sequence[Course]:
    """Return the courses a unit holds this year."""
    year = now.astimezone(house_of(db).zone).year
    held = (col(Course.unit_id) == unit.id, col(Course.year) == year)
    return db.execute(select(Course).where(*held).order_by(col(Course.id))).scalars().all()


def open_to(db: Session, person: Person, *, now: datetime, limit: int) -> list[tuple[Course, int, bool]]:
    """Return the courses somebody may take part in: each with its sessions to come, and whether they are enrolled."""
    branch = members.branch_of(db, person.id or 0)
    if branch is None:
        return []
    above = [one.id for one in units.line_up(db, branch)]
    mine = set(db.execute(select(_ENROLMENT.c.course_id).where(_ENROLMENT.c.person_id == person.id)).scalars())
    ahead = select(Course, func.count()).join(StudySession, col(StudySession.course_id) == col(Course.id))
    coming = (col(StudySession.state) == OccasionState.PUBLISHED, col(StudySession.starts_at) > now)
    theirs = ahead.where(*coming, or_(col(Course.unit_id).in_(above), col(Course.id).in_(mine)))
    rows = db.execute(theirs.group_by(col(Course.id)).order_by(func.min(col(StudySession.starts_at))).limit(limit))
    return [(course, count, course.id in mine) for course, count in rows]


def is_enrolled(db: Session, course_id: int, person: Person) -> bool:
    """Tell whether somebody takes part in a course."""
    return db.get(Enrolment, (course_id, person.id)) is not None


def sessions_of(db: Session, course_id: int, *, now: datetime) -> Sequence[StudySession]:
    """Return the sessions of a course that are still to come, the next first."""
    ahead = (col(StudySession.state) == OccasionState.PUBLISHED, col(StudySession.starts_at) > now)
    mine = select(StudySession).where(col(StudySession.course_id) == course_id, *ahead)
    return db.execute(mine.order_by(col(StudySession.starts_at))).scalars().all()


def enrol(db: Session, course_id: int, person: Person, *, now: datetime) -> Course:
    """Enrol somebody: they are expected at every session still to come, and reminded like everybody else.

    Raises :class:`DomainError` for a course of somebody else's unit, or one that is over.
    """
    course = _offered(db, course_id, person, now)
    values = {"course_id": course.id, "person_id": person.id, "enrolled_at": now}
    put_if_missing(db, Enrolment, values, key=("course_id", "person_id"))
    for session in sessions_of(db, course_id, now=now):
        attendance.put(db, session, person.id or 0)
    return course


def drop(db: Session, course_id: int, person: Person, *, now: datetime) -> Course:
    """Take somebody out of a course; what they took part in so far stays."""
    course = db.get(Course, course_id)
    if course is None:
        raise DomainError("study/gone")
    mine = (_ENROLMENT.c.course_id == course_id, _ENROLMENT.c.person_id == person.id)
    db.execute(delete(_ENROLMENT).where(*mine))
    row = table_of(Attendance)
    ahead = [one.id for one in sessions_of(db, course_id, now=now)]
    parts = (row.c.person_id == person.id, row.c.session_id.in_(ahead), row.c.state == AttendanceState.EXPECTED)
    db.execute(delete(row).where(*parts))
    return course


def _offered(db: Session, course_id: int, person: Person, now: datetime) -> Course:
    course = db.get(Course, course_id)
    if course is None or not sessions_of(db, course_id, now=now):
        raise DomainError("study/course_over")
    if not members.is_below(db, person, db.get_one(Unit, course.unit_id)):
        raise DomainError("study/for_members")
    return course
