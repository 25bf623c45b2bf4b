"""Who is expected at a session and who came: known by code, by a cadre's tick, or from the paper sheet."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, String, and_, delete, false, func, literal, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import audit
from bot.domain.ledger import attending
from bot.domain.persons import members
from bot.errors import DomainError
from db.claims import put_all_missing, put_if_missing, table_of
from db.models import (
    Attendance,
    AttendanceState,
    CheckInWay,
    Enrolment,
    Grant,
    LeaveState,
    MeetingKind,
    OccasionState,
    Person,
    Role,
    Rsvp,
    StudySession,
    Unit,
)

EARLY = timedelta(hours=2)
"""How long before a session, and after it, its code at the venue is taken."""

_ROW = table_of(Attendance)
_KEY = ("session_id", "person_id")
_COMMITTEE = (Role.SECRETARY, Role.CADRE)


@dataclass(frozen=True, slots=True)
class Counts:
    """How a session stands: what people answered, and who came as far as that is known."""

    coming: int
    leave: int
    silent: int
    present: int
    excused: int
    absent: int

    @property
    def total(self) -> int:
        """How many are meant."""
        return self.coming + self.leave + self.silent


def audience(db: Session, session: StudySession) -> Select[int]:
    """Return, as a statement, the ids of all who are meant: members below, the committee, or whoever is enrolled."""
    if session.kind is MeetingKind.COURSE_CLASS and session.course_id:
        return select(col(Enrolment.person_id)).where(col(Enrolment.course_id) == session.course_id)
    if session.kind is MeetingKind.COMMITTEE_MEETING:
        held = (col(Grant.unit_id) == session.audience_unit_id, col(Grant.role).in_(_COMMITTEE))
        return select(col(Grant.person_id)).where(*held).distinct()
    return members.below(db.get_one(Unit, session.audience_unit_id))


def is_meant(db: Session, session: StudySession, person_id: int) -> bool:
    """Tell whether somebody belongs to the audience of a session."""
    meant = audience(db, session).subquery()
    return db.execute(select(meant.c[0]).where(meant.c[0] == person_id).limit(1)).first() is not None


def expect(db: Session, session: StudySession) -> None:
    """Expect everybody who is meant now: who joined is added; who left, and has no part in it yet, is taken off."""
    if session.id is None or session.state is not OccasionState.PUBLISHED:
        return
    meant = audience(db, session).subquery()
    columns = {
        "session_id": literal(session.id),
        "person_id": meant.c[0],
        "rsvp": literal(Rsvp.NONE.value, String),
        "leave_words": literal("", String),
        "state": literal(AttendanceState.EXPECTED.value, String),
        "credit_hours": literal(0.0),
        "is_guest": false(),
        "make_up_words": literal("", String),
    }
    there = select(_ROW.c.person_id).where(_ROW.c.session_id == session.id)
    missing = select(*columns.values()).where(meant.c[0].not_in(there))
    put_all_missing(db, Attendance, tuple(columns), missing, key=_KEY)
    db.execute(
        delete(_ROW).where(_ROW.c.session_id == session.id, _unsettled(), _ROW.c.person_id.not_in(select(meant)))
    )


def expect_one(db: Session, person: Person, *, now: datetime) -> None:
    """Bring the sessions ahead of one person up to date with the branch they stand in now."""
    member = members.member_of(db, person.id or 0)
    unit = db.get_one(Unit, member.unit_id) if member else None
    above = [int(part) for part in unit.path.strip("/").split("/")] if unit else []
    ahead = (col(StudySession.state) == OccasionState.PUBLISHED, col(StudySession.starts_at) > now)
    theirs = select(StudySession).where(col(StudySession.audience_unit_id).in_(above), *ahead)
    for session in db.execute(theirs).scalars():
        if is_meant(db, session, person.id or 0):
            put(db, session, person.id or 0)
    expected = select(Attendance, StudySession).join(StudySession, col(StudySession.id) == col(Attendance.session_id))
    mine = expected.where(_ROW.c.person_id == person.id, _unsettled(), *ahead)
    for row, session in db.execute(mine).all():
        if not is_meant(db, session, person.id or 0):
            db.delete(row)
    db.flush()


def put(db: Session, session: StudySession, person_id: int, *, is_guest: bool = False) -> Attendance:
    """Return somebody's part in a session, made when there is none yet, and held by this transaction."""
    values = {
        "session_id": session.id,
        "person_id": person_id,
        "rsvp": Rsvp.NONE,
        "leave_words": "",
        "state": AttendanceState.EXPECTED,
        "credit_hours": 0.0,
        "is_guest": is_guest,
        "make_up_words": "",
    }
    put_if_missing(db, Attendance, values, key=_KEY)
    mine = select(Attendance).where(_ROW.c.session_id == session.id, _ROW.c.person_id == person_id)
    return db.execute(mine.with_for_update().execution_options(populate_existing=True)).scalar_one()


def joined(db: Session, session: StudySession, person_id: int) -> Attendance:
    """Return the part of somebody who answers or comes; from outside the audience they are a guest.

    Raises :class:`DomainError` for who stands on no roster.
    """
    is_guest = not is_meant(db, session, person_id)
    if is_guest and members.member_of(db, person_id) is None:
        raise DomainError("study/for_members")
    return put(db, session, person_id, is_guest=is_guest)


def check_in(db: Session, session: StudySession, person: Person, *, now: datetime) -> Attendance:
    """Write down that somebody came, by the code at the venue; raise :class:`DomainError` at the wrong time."""
    insist_begun(session, now)
    if now > session.ends_at + EARLY:
        raise DomainError("study/too_late", title=session.title)
    row = joined(db, session, person.id or 0)
    _came(db, session, row, way=CheckInWay.CODE, by=None, now=now)
    return row


def insist_begun(session: StudySession, now: datetime) -> None:
    """Refuse to write down who came to what was called off or is still far off, with a :class:`DomainError`."""
    if session.state is OccasionState.CANCELLED:
        raise DomainError("study/is_cancelled", title=session.title, reason=session.reason)
    if now < session.starts_at - EARLY:
        raise DomainError("study/too_early", title=session.title, starts_at=session.starts_at)


def tick(
    db: Session, session: StudySession, person_ids: Sequence[int], *, way: CheckInWay, by: Person, now: datetime
) -> int:
    """Write down who came, as a cadre says; return of how many that was not known yet."""
    insist_begun(session, now)
    rows = [put(db, session, one, is_guest=not is_meant(db, session, one)) for one in dict.fromkeys(person_ids)]
    news = [row for row in rows if row.state is not AttendanceState.PRESENT]
    for row in news:
        _came(db, session, row, way=way, by=by.id, now=now)
    if news:
        subject = f"session {session.id}: {', '.join(str(row.person_id) for row in news)}"
        audit.note(db, f"study.{way}", subject, actor_id=by.id, now=now)
    return len(news)


def correct(db: Session, row: Attendance, state: AttendanceState, *, by: Person, now: datetime) -> None:
    """Let what was written down be something else: who came after all, or did not, or was excused."""
    session = db.get_one(StudySession, row.session_id)
    before = row.state
    row.state = state
    row.credit_hours = session.credit_hours if state in {AttendanceState.PRESENT, AttendanceState.MADE_UP} else 0.0
    row.leave_state = LeaveState.APPROVED if state is AttendanceState.EXCUSED else row.leave_state
    row.marked_at = now
    row.marked_by = by.id
    row.way = CheckInWay.TAPPED
    db.add(row)
    attending.write(db, session, row.person_id, came=state is AttendanceState.PRESENT, now=now)
    subject = f"session {session.id}: {row.person_id} {before} -> {state}"
    audit.note(db, "study.correct", subject, actor_id=by.id, now=now)


def counts(db: Session, session_id: int) -> Counts:
    """Return how a session stands, without a name."""
    by_state = select(_ROW.c.rsvp, _ROW.c.state, func.count()).where(_ROW.c.session_id == session_id)
    answers, states = Counter[str](), Counter[str]()
    for rsvp, state, count in db.execute(by_state.group_by(_ROW.c.rsvp, _ROW.c.state)):
        answers[rsvp] += count
        states[state] += count
    return Counts(
        coming=answers[Rsvp.COMING],
        leave=answers[Rsvp.LEAVE],
        silent=answers[Rsvp.NONE],
        present=states[AttendanceState.PRESENT],
        excused=states[AttendanceState.EXCUSED] + states[AttendanceState.MADE_UP],
        absent=states[AttendanceState.ABSENT],
    )


def page_of(db: Session, session_id: int, states: Sequence[AttendanceState], *, after: int, limit: int) -> list[int]:
    """Return the next people of a session in some states, by id, in the order they came to be known."""
    meant = (_ROW.c.session_id == session_id, _ROW.c.state.in_(states), _ROW.c.person_id > after)
    return list(db.execute(select(_ROW.c.person_id).where(*meant).order_by(_ROW.c.person_id).limit(limit)).scalars())


def part_of(db: Session, session_id: int, person_id: int) -> Attendance:
    """Return somebody's part in a session; raise :class:`DomainError` when they have none."""
    mine = select(Attendance).where(_ROW.c.session_id == session_id, _ROW.c.person_id == person_id)
    row = db.execute(mine).scalar_one_or_none()
    if row is None:
        raise DomainError("study/gone")
    return row


def people_of(db: Session, session_id: int, *states: AttendanceState) -> list[tuple[Attendance, Person]]:
    """Return who is expected at a session, or of these states only, in the order of their names."""
    both = select(Attendance, Person).join(Person, col(Person.id) == col(Attendance.person_id))
    meant = both.where(_ROW.c.session_id == session_id)
    if states:
        meant = meant.where(_ROW.c.state.in_(states))
    return [(row, person) for row, person in db.execute(meant.order_by(col(Person.name_key), col(Person.id)))]


def _came(
    db: Session, session: StudySession, row: Attendance, *, way: CheckInWay, by: int | None, now: datetime
) -> None:
    if row.state is AttendanceState.PRESENT:
        return
    row.state = AttendanceState.PRESENT
    row.way = way
    row.marked_at = now
    row.marked_by = by
    row.credit_hours = session.credit_hours
    db.add(row)
    attending.write(db, session, row.person_id, came=True, now=now)
    db.flush()


def _unsettled() -> ColumnElement[bool]:
    """Say, within a statement, that nothing came of a part yet and that it is no guest's."""
    return and_(_ROW.c.state == AttendanceState.EXPECTED, _ROW.c.is_guest.is_(False))
