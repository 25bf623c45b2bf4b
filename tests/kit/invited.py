"""A party branch with members, sessions and activities, for tests that need somebody to be invited."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import reminders
from bot.domain.outgoing.outbox import Target
from bot.domain.persons import people
from db.models import (
    Activity,
    Attendance,
    MeetingKind,
    Member,
    MemberKind,
    OccasionState,
    Person,
    SeatQuota,
    Signup,
    SignupState,
    StudySession,
    Unit,
)

NOBODY = ""


def member(db: Session, name: str, unit: Unit, *, now: datetime, chat: str = NOBODY, mobile: str = "") -> Person:
    """Put somebody on the roster of a unit; with a chat they can be reached there."""
    person = people.known_at(db, Target("test", "bot", chat), now=now)[0] if chat else Person(created_at=now)
    people.set_name(person, name)
    db.add(person)
    if mobile:
        people.set_mobile(db, person, mobile)
    db.flush()
    db.add(
        Member(
            person_id=person.id or 0,
            unit_id=unit.id or 0,
            kind=MemberKind.PARTY_MEMBER,
            created_at=now,
            changed_at=now,
        )
    )
    db.flush()
    return person


def session(
    db: Session,
    unit: Unit,
    starts_at: datetime,
    *,
    now: datetime,
    invited: list[Person],
    title: str = "主题党日",
) -> StudySession:
    """Publish a session of two hours for some people, with its ladder."""
    made = StudySession(
        title=title,
        unit_id=unit.id or 0,
        audience_unit_id=unit.id or 0,
        place="潘一支部活动室",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        state=OccasionState.PUBLISHED,
        kind=MeetingKind.PARTY_DAY,
        uid=f"{title}-{starts_at.isoformat()}-{unit.id}",
        created_at=now,
    )
    db.add(made)
    db.flush()
    for person in invited:
        db.add(Attendance(session_id=made.id or 0, person_id=person.id or 0))
    db.flush()
    reminders.plan(db, made, now=now)
    return made


def activity(db: Session, unit: Unit, starts_at: datetime, *, now: datetime, confirmed: list[Person]) -> Activity:
    """Publish an activity of two hours in which some people have a seat, with its ladder."""
    made = Activity(
        title="清理村道",
        unit_id=unit.id or 0,
        audience_unit_id=unit.id or 0,
        place="村委",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        signup_until=starts_at,
        state=OccasionState.PUBLISHED,
        created_at=now,
    )
    db.add(made)
    db.flush()
    quota = SeatQuota(activity_id=made.id or 0, seats=20)
    db.add(quota)
    db.flush()
    for person in confirmed:
        db.add(
            Signup(
                activity_id=made.id or 0,
                person_id=person.id or 0,
                quota_id=quota.id or 0,
                state=SignupState.CONFIRMED,
                created_at=now,
                changed_at=now,
            )
        )
    db.flush()
    reminders.plan(db, made, now=now)
    return made


def attendance_of(db: Session, made: StudySession, person: Person) -> Attendance:
    """Return somebody's part in a session."""
    mine = (col(Attendance.session_id) == made.id, col(Attendance.person_id) == person.id)
    return db.execute(select(Attendance).where(*mine)).scalar_one()
