"""Study sessions: made known, moved, called off; everybody who is expected hears of each change once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.clock import new_token
from bot.domain import access, agenda, audit, recurrence, reminders, units
from bot.domain.house import house_of
from bot.domain.outgoing import outbox
from bot.domain.studies import attendance, materials
from bot.errors import DomainError
from db.models import Attendance, AttendanceState, MeetingKind, OccasionState, Person, Rsvp, StudySession, Unit

NEWS = "study.news"
"""The item that tells everybody who is expected that a session was moved or cancelled."""

SETTLE = "study.settle"
"""The item that asks, the day after, who came."""

LONGEST = timedelta(hours=12)
"""How long a session takes at the most."""

FURTHEST = timedelta(days=400)
"""How far ahead a session is made known at the most."""

MOST_HOURS = 24.0
"""Hours a session may be credited with at the most."""

_NEXT_MORNING = time(9, 0)


@dataclass(frozen=True, slots=True)
class Design:
    """What a session is to be like; ``unit`` holds it, everybody below ``audience`` is meant."""

    kind: MeetingKind
    title: str
    unit: Unit
    audience: Unit
    place: str
    starts_at: datetime
    ends_at: datetime
    credit_hours: float
    course_id: int | None = None
    details: str = ""


def publish(db: Session, design: Design, *, by: Person, now: datetime, series_id: int | None = None) -> StudySession:
    """Make a session known: everybody meant is expected, and reminders are planned.

    Raises :class:`DomainError` when it is not theirs to hold, or when it cannot be at that time.
    """
    access.insist(db, by, access.Act.HOLD_SESSIONS, design.unit)
    access.insist(db, by, access.Act.HOLD_SESSIONS, design.audience)
    insist_possible(design.starts_at, design.ends_at, now=now)
    if not 0 <= design.credit_hours <= MOST_HOURS:
        raise DomainError("study/how_many_hours")
    return announce(db, design, by_id=by.id, now=now, series_id=series_id)


def announce(
    db: Session, design: Design, *, by_id: int | None, now: datetime, series_id: int | None = None
) -> StudySession:
    """Make a session known that was found to be in order: by :func:`publish`, or with the series it is one of."""
    session = StudySession(
        kind=design.kind,
        title=design.title[:80],
        unit_id=design.unit.id or 0,
        audience_unit_id=design.audience.id or 0,
        place=design.place[:80],
        starts_at=design.starts_at,
        ends_at=design.ends_at,
        credit_hours=design.credit_hours,
        course_id=design.course_id,
        details=design.details[:500],
        state=OccasionState.PUBLISHED,
        series_id=series_id,
        created_by=by_id,
        created_at=now,
        uid=new_token(24),
    )
    db.add(session)
    db.flush()
    _plan_all(db, session, now)
    audit.note(db, "study.publish", f"session {session.id}", actor_id=by_id, now=now)
    return session


def move(
    db: Session, session_id: int, *, starts_at: datetime, ends_at: datetime, place: str, by: Person, now: datetime
) -> StudySession:
    """Let a session be at another time or place; everybody hears of it once, answers stand until they are changed."""
    session = for_holder(db, session_id, by)
    insist_ahead(session, now)
    insist_possible(starts_at, ends_at, now=now)
    if (session.starts_at, session.ends_at, session.place) == (starts_at, ends_at, place):
        return session
    session.starts_at, session.ends_at, session.place = starts_at, ends_at, place[:80]
    session.sequence += 1
    db.add(session)
    db.flush()
    _plan_all(db, session, now)
    _plan_news(db, session, now)
    audit.note(db, "study.move", f"session {session.id} #{session.sequence}", actor_id=by.id, now=now)
    return session


def cancel(db: Session, session_id: int, reason: str, *, by: Person, now: datetime) -> StudySession:
    """Call a session off; everybody who was expected is told why, once."""
    session = for_holder(db, session_id, by)
    insist_ahead(session, now)
    attendance.expect(db, session)
    session.state = OccasionState.CANCELLED
    session.reason = reason[:200]
    session.sequence += 1
    db.add(session)
    db.flush()
    reminders.withdraw(db, session, now=now)
    agenda.withdraw(db, _settling(session), now=now)
    _plan_news(db, session, now)
    audit.note(db, "study.cancel", f"session {session.id}", actor_id=by.id, now=now)
    return session


def for_holder(db: Session, session_id: int, person: Person) -> StudySession:
    """Return a session to whoever may hold it, locked; raise :class:`DomainError` when they may not."""
    locked = select(StudySession).where(col(StudySession.id) == session_id).with_for_update()
    session = db.execute(locked.execution_options(populate_existing=True)).scalar_one_or_none()
    if session is None:
        raise DomainError("study/gone")
    access.insist(db, person, access.Act.HOLD_SESSIONS, db.get_one(Unit, session.unit_id))
    return session


def insist_ahead(session: StudySession, now: datetime) -> None:
    """Refuse to change or answer what was called off or is over, with a :class:`DomainError` that says so."""
    if session.state is OccasionState.CANCELLED:
        raise DomainError("study/is_cancelled", title=session.title, reason=session.reason)
    if session.state is not OccasionState.PUBLISHED or now >= session.ends_at:
        raise DomainError("study/is_over", title=session.title, starts_at=session.starts_at)


def insist_same(session: StudySession, sequence: int | None) -> None:
    """Refuse an answer to what a session was before it moved, with a :class:`DomainError` that says what it is now."""
    if sequence is not None and sequence != session.sequence:
        raise DomainError("study/moved_since", title=session.title, starts_at=session.starts_at, place=session.place)


def insist_possible(starts_at: datetime, ends_at: datetime, *, now: datetime) -> None:
    """Refuse a time that is over, ends before it begins, or lies too far ahead, with a :class:`DomainError`."""
    if starts_at <= now:
        raise DomainError("study/time_is_past")
    if not starts_at < ends_at <= starts_at + LONGEST:
        raise DomainError("study/ends_before")
    if starts_at > now + FURTHEST:
        raise DomainError("study/too_far_ahead")


def answer_coming(
    db: Session, session: StudySession, person_id: int, *, by_id: int | None, now: datetime
) -> Attendance:
    """Note that somebody will come; a leave they asked for is forgotten."""
    insist_ahead(session, now)
    row = attendance.joined(db, session, person_id)
    if row.rsvp is not Rsvp.COMING:
        row.rsvp = Rsvp.COMING
        row.leave_reason = row.leave_state = row.decided_by = None
        row.leave_words = ""
        row.state = AttendanceState.EXPECTED if row.state is AttendanceState.EXCUSED else row.state
    row.answered_at = now
    row.by_id = by_id
    db.add(row)
    db.flush()
    return row


def get(db: Session, session_id: int) -> StudySession:
    """Return a session; raise :class:`DomainError` when there is none."""
    session = db.get(StudySession, session_id)
    if session is None:
        raise DomainError("study/gone")
    return session


def ahead_of(db: Session, person_id: int, *, now: datetime, limit: int) -> Sequence[tuple[Attendance, StudySession]]:
    """Return somebody's part in the sessions to come, the next first."""
    both = select(Attendance, StudySession).join(StudySession, col(StudySession.id) == col(Attendance.session_id))
    ahead = (
        col(StudySession.state) == OccasionState.PUBLISHED,
        col(StudySession.ends_at) > now,
        col(StudySession.starts_at) > now - LONGEST,
    )
    theirs = both.where(col(Attendance.person_id) == person_id, *ahead).order_by(col(StudySession.starts_at))
    return [(row, session) for row, session in db.execute(theirs.limit(limit))]


def held_by(db: Session, person: Person, *, since: datetime, limit: int) -> Sequence[StudySession]:
    """Return the sessions somebody may hold that ended after ``since``, the next first."""
    paths = access.reach(db, person, access.Act.HOLD_SESSIONS)
    lately = (col(StudySession.ends_at) > since, col(StudySession.starts_at) > since - LONGEST)
    return db.execute(_held(paths).where(*lately).limit(limit)).scalars().all()


def _held(paths: Sequence[str]) -> Select[StudySession]:
    sessions = select(StudySession).join(Unit, col(Unit.id) == col(StudySession.unit_id))
    standing = sessions.where(units.in_subtrees(paths), col(StudySession.state) != OccasionState.CANCELLED)
    return standing.order_by(col(StudySession.starts_at), col(StudySession.id))


def _plan_all(db: Session, session: StudySession, now: datetime) -> None:
    attendance.expect(db, session)
    reminders.plan(db, session, now=now)
    materials.renew_calendar(db, session, now=now)
    _plan_settling(db, session, now)


def _plan_news(db: Session, session: StudySession, now: datetime) -> None:
    outbox.cancel(db, f"session:{session.id}:moved:", now=now, reason="changed again")
    cause = f"session:{session.id}:news:{session.sequence}"
    agenda.plan(db, cause, NEWS, due_at=now, id=session.id, sequence=session.sequence, after=0)


def _plan_settling(db: Session, session: StudySession, now: datetime) -> None:
    agenda.withdraw(db, _settling(session), now=now)
    zone = house_of(db).zone
    day = session.ends_at.astimezone(zone).date() + timedelta(days=1)
    cause = f"{_settling(session)}{session.sequence}"
    agenda.plan(db, cause, SETTLE, due_at=recurrence.moment(day, _NEXT_MORNING, zone), id=session.id, asked=0)


def _settling(session: StudySession) -> str:
    return f"session:{session.id}:settle:"
