"""Somebody cannot come: why, what the secretary says to it, and how it is made up for afterwards."""

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, audit, notices
from bot.domain.messages import Choice
from bot.domain.studies import attendance, invitations, study
from bot.errors import DomainError
from content.words import label
from db.models import (
    Attendance,
    AttendanceState,
    LeaveReason,
    LeaveState,
    OccasionState,
    Person,
    Rsvp,
    StudySession,
    Unit,
)

_ASKED = re.compile(r"leave:(?P<id>\d+):\d+(?=:\d+$)")
"""The cause of a message that asks for leave, without the address it went to."""


def ask(
    db: Session,
    session: StudySession,
    person: Person,
    reason: LeaveReason,
    words: str,
    *,
    by_id: int | None,
    now: datetime,
) -> Attendance:
    """Ask for leave; whoever is responsible for the session decides, and hears of it when pushes may sound."""
    study.insist_ahead(session, now)
    row = attendance.joined(db, session, person.id or 0)
    if row.leave_reason is reason and row.leave_words == words and row.leave_state is not LeaveState.REFUSED:
        return row
    row.rsvp = Rsvp.LEAVE
    row.leave_reason = reason
    row.leave_words = words[:200]
    row.leave_state = LeaveState.ASKED
    row.state = AttendanceState.EXPECTED if row.state is AttendanceState.EXCUSED else row.state
    row.answered_at = now
    row.by_id = by_id
    db.add(row)
    db.flush()
    _tell_deciders(db, session, row, f"leave:{row.id}:{int(now.timestamp())}", now)
    return row


def pass_on(db: Session, cause: str, *, now: datetime) -> bool:
    """Ask the next people up the tree about a leave when whoever was asked can be reached no more.

    ``cause`` is that of the message nobody got; tell whether it was one that asked for leave, and is undecided.
    """
    asked = _ASKED.match(cause)
    row = db.get(Attendance, int(asked["id"])) if asked else None
    if asked is None or row is None or row.leave_state is not LeaveState.ASKED:
        return False
    _tell_deciders(db, study.get(db, row.session_id), row, asked[0], now)
    return True


def _tell_deciders(db: Session, session: StudySession, row: Attendance, cause: str, now: datetime) -> None:
    person = db.get_one(Person, row.person_id)
    notices.tell_all(
        db,
        "leave/asked",
        to=_deciders(db, session, person),
        cause=cause,
        now=now,
        choices=_to_decide(row),
        name=person.name,
        reason=in_words(row),
        title=session.title,
        starts_at=session.starts_at,
        by=_agent(db, row),
    )


def approve(db: Session, attendance_id: int, *, by: Person, now: datetime) -> Attendance:
    """Excuse somebody; they are told kindly, and that it can be made up for."""
    row, session = for_decider(db, attendance_id, by)
    row.leave_state = LeaveState.APPROVED
    row.decided_by = by.id
    if row.state is not AttendanceState.PRESENT:
        row.state = AttendanceState.EXCUSED
    _decided(db, row, "leave.approve", by, now)
    cause = f"leave:{row.id}:approved:{int(now.timestamp())}"
    is_over = session.ends_at <= now
    choices = to_make_up(session, row.person_id) if is_over else invitations.choices(session, row.person_id)[-1:]
    told = {"title": session.title, "starts_at": session.starts_at}
    invitations.tell(db, "leave/approved", told, about=row.person_id, cause=cause, now=now, choices=choices)
    return row


def refuse(db: Session, attendance_id: int, *, by: Person, now: datetime) -> Attendance:
    """Ask somebody to come after all; they are told, and may answer once more."""
    row, session = for_decider(db, attendance_id, by)
    row.leave_state = LeaveState.REFUSED
    row.rsvp = Rsvp.NONE
    row.decided_by = by.id
    _decided(db, row, "leave.refuse", by, now)
    cause = f"leave:{row.id}:refused:{int(now.timestamp())}"
    choices = invitations.choices(session, row.person_id)
    told = invitations.shown(session)
    invitations.tell(db, "leave/please_come", told, about=row.person_id, cause=cause, now=now, choices=choices)
    return row


def for_decider(db: Session, attendance_id: int, by: Person) -> tuple[Attendance, StudySession]:
    """Return a leave nobody has decided on, locked; raise :class:`DomainError` when it is not theirs or was decided."""
    row, session = part_for_holder(db, attendance_id, by)
    if row.person_id == by.id:
        raise DomainError("leave/not_your_own")
    if row.leave_state is not LeaveState.ASKED:
        raise DomainError("leave/decided_already", name=db.get_one(Person, row.person_id).name)
    return row, session


def part_for_holder(db: Session, attendance_id: int, by: Person) -> tuple[Attendance, StudySession]:
    """Return somebody's part in a session to whoever holds it, locked; raise :class:`DomainError` otherwise."""
    mine = select(Attendance).where(col(Attendance.id) == attendance_id).with_for_update()
    row = db.execute(mine.execution_options(populate_existing=True)).scalar_one_or_none()
    if row is None:
        raise DomainError("study/gone")
    session = study.get(db, row.session_id)
    access.insist(db, by, access.Act.HOLD_SESSIONS, db.get_one(Unit, session.unit_id))
    return row, session


def undecided(db: Session, session_id: int) -> Sequence[tuple[Attendance, Person]]:
    """Return the leaves of a session nobody has decided on."""
    asked = [one for one in attendance.people_of(db, session_id) if one[0].leave_state is LeaveState.ASKED]
    return [(row, person) for row, person in asked if row.state is AttendanceState.EXPECTED]


def owed(db: Session, person_id: int, *, now: datetime) -> Sequence[tuple[Attendance, StudySession]]:
    """Return what somebody was excused from and has not made up for, the oldest first."""
    both = select(Attendance, StudySession).join(StudySession, col(StudySession.id) == col(Attendance.session_id))
    mine = (col(Attendance.person_id) == person_id, col(Attendance.state) == AttendanceState.EXCUSED)
    over = (col(StudySession.ends_at) <= now, col(StudySession.state) != OccasionState.CANCELLED)
    rows = db.execute(both.where(*mine, *over).order_by(col(StudySession.starts_at)))
    return [(row, session) for row, session in rows]


def make_up(db: Session, session_id: int, person: Person, words: str, *, now: datetime) -> Attendance:
    """Say what one did to make up for a session; the secretary confirms it.

    Raises :class:`DomainError` when nothing is owed for that session.
    """
    mine = select(Attendance).where(col(Attendance.session_id) == session_id, col(Attendance.person_id) == person.id)
    row = db.execute(mine.with_for_update().execution_options(populate_existing=True)).scalar_one_or_none()
    if row is None or row.state is not AttendanceState.EXCUSED:
        raise DomainError("leave/nothing_owed")
    session = study.get(db, session_id)
    row.make_up_words = words[:200]
    row.made_up_at = now
    db.add(row)
    for holder in _deciders(db, session, person):
        confirm = Choice(label=label("confirm_make_up"), go="leave.confirm", fill={"attendance_id": row.id})
        again = Choice(label=label("more_make_up"), go="leave.more", fill={"attendance_id": row.id})
        notices.tell(
            db,
            "leave/made_up",
            to=holder,
            cause=f"make-up:{row.id}:{int(now.timestamp())}",
            now=now,
            choices=(confirm, again),
            name=person.name,
            title=session.title,
            words=row.make_up_words,
        )
    return row


def confirm(db: Session, attendance_id: int, *, by: Person, now: datetime) -> Attendance:
    """Agree that a session was made up for: its hours are credited, and they are told."""
    row, session = _for_confirming(db, attendance_id, by)
    row.credit_hours = session.credit_hours
    row.state = AttendanceState.MADE_UP
    row.marked_at, row.marked_by = now, by.id
    _decided(db, row, "leave.confirm", by, now)
    told = {"title": session.title, "hours": f"{session.credit_hours:g}"}
    invitations.tell(db, "leave/credited", told, about=row.person_id, cause=f"make-up:{row.id}:confirmed", now=now)
    return row


def want_more(db: Session, attendance_id: int, *, by: Person, now: datetime) -> Attendance:
    """Ask for a little more before it counts as made up for; they are told."""
    row, session = _for_confirming(db, attendance_id, by)
    row.make_up_words, row.made_up_at = "", None
    _decided(db, row, "leave.more", by, now)
    cause = f"make-up:{row.id}:more:{int(now.timestamp())}"
    choices = to_make_up(session, row.person_id)
    told = {"title": session.title}
    invitations.tell(db, "leave/little_more", told, about=row.person_id, cause=cause, now=now, choices=choices)
    return row


def to_make_up(session: StudySession, person_id: int) -> tuple[Choice, ...]:
    """Return what somebody may do who owes a make-up task: look at the materials, say that it is done."""
    fill = {"session_id": session.id, "person_id": person_id}
    done = Choice(label=label("made_up"), go="leave.make_up", fill=fill, words="words")
    return (*invitations.choices(session, person_id)[-1:], done)


def in_words(row: Attendance) -> str:
    """Return why somebody cannot come, in words."""
    return row.leave_words or _REASONS[row.leave_reason or LeaveReason.OTHER]()


def _for_confirming(db: Session, attendance_id: int, by: Person) -> tuple[Attendance, StudySession]:
    row, session = part_for_holder(db, attendance_id, by)
    if row.person_id == by.id:
        raise DomainError("leave/not_your_own")
    if row.state is not AttendanceState.EXCUSED or row.made_up_at is None:
        raise DomainError("leave/decided_already", name=db.get_one(Person, row.person_id).name)
    return row, session


def _deciders(db: Session, session: StudySession, person: Person) -> list[int]:
    """Return the nearest people who may decide for a session, other than whoever asks."""
    unit = db.get_one(Unit, session.unit_id)
    while True:
        holders = [one for one in access.responsible(db, access.Act.HOLD_SESSIONS, unit) if one != person.id]
        if holders or unit.parent_id is None:
            return holders
        unit = db.get_one(Unit, unit.parent_id)


def _to_decide(row: Attendance) -> tuple[Choice, ...]:
    fill = {"attendance_id": row.id}
    return (
        Choice(label=label("approve_leave"), go="leave.approve", fill=fill),
        Choice(label=label("call_about_leave"), go="leave.call", fill=fill),
    )


def _decided(db: Session, row: Attendance, act: str, by: Person, now: datetime) -> None:
    db.add(row)
    db.flush()
    audit.note(db, act, f"attendance {row.id}", actor_id=by.id, now=now)


def _agent(db: Session, row: Attendance) -> str:
    return db.get_one(Person, row.by_id).name if row.by_id else ""


_REASONS = {
    LeaveReason.HEALTH: lambda: label("reason_health"),
    LeaveReason.AWAY: lambda: label("reason_away"),
    LeaveReason.WORK: lambda: label("reason_work"),
    LeaveReason.OTHER: lambda: label("reason_other"),
}
