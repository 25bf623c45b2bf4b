"""The morning after a session: who came is asked for, absent is told from excused, and make-up tasks are given."""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from bot.domain import access, agenda, notices
from bot.domain.agenda import Item
from bot.domain.messages import Choice
from bot.domain.studies import attendance, invitations, leave
from content.words import label
from db.claims import table_of
from db.models import Attendance, AttendanceState, LeaveState, OccasionState, StudySession, Unit

MOST_ASKED = 2
"""How often a secretary is asked who came before it is left unknown."""

_ASKED_AGAIN = timedelta(days=2)
_ROW = table_of(Attendance)


def settle(db: Session, item: Item, now: datetime) -> None:
    """Do :data:`bot.domain.studies.study.SETTLE`.

    As long as nobody is known to have come, nobody is absent: the secretary is asked twice, and then it stays unknown.
    """
    session = db.get_one(StudySession, item.payload["id"])
    if session.state is not OccasionState.PUBLISHED or now < session.ends_at:
        return
    asked = item.payload["asked"]
    if not attendance.counts(db, session.id or 0).present and asked < MOST_ASKED:
        _ask_who_came(db, session, asked, now)
        agenda.again(db, item, at=now + _ASKED_AGAIN, asked=asked + 1)
        return
    close(db, session, now=now)


def close(db: Session, session: StudySession, *, now: datetime) -> None:
    """Settle everybody's part: where a roll was called, who is not on it was absent; who was excused owes a task."""
    if attendance.counts(db, session.id or 0).present:
        silent = (_ROW.c.session_id == session.id, _ROW.c.state == AttendanceState.EXPECTED)
        judged = _ROW.c.leave_state.is_(None) | (_ROW.c.leave_state != LeaveState.ASKED)
        db.execute(update(_ROW).where(*silent, judged).values(state=AttendanceState.ABSENT))
        db.expire_all()
    session.state = OccasionState.CLOSED
    db.add(session)
    for row, person in attendance.people_of(db, session.id or 0, AttendanceState.EXCUSED):
        invitations.tell(
            db,
            "leave/to_make_up",
            {"title": session.title, "hours": f"{session.credit_hours:g}"},
            about=person.id or 0,
            cause=f"session:{session.id}:make-up",
            now=now,
            choices=leave.to_make_up(session, row.person_id),
        )


def _ask_who_came(db: Session, session: StudySession, asked: int, now: datetime) -> None:
    unit = db.get_one(Unit, session.unit_id)
    fill = {"session_id": session.id}
    choices = (
        Choice(label=label("call_the_roll"), go="attendance.roll", fill=fill),
        Choice(label=label("paste_names"), go="attendance.sheet", fill=fill),
    )
    notices.tell_all(
        db,
        "study/who_came",
        to=access.responsible(db, access.Act.HOLD_SESSIONS, unit),
        cause=f"session:{session.id}:who-came:{asked}",
        now=now,
        choices=choices,
        title=session.title,
        starts_at=session.starts_at,
    )
