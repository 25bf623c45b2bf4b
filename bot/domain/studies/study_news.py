"""Tells everybody who is expected at a session that it was moved or called off: a page of people a transaction."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import agenda, unheard
from bot.domain.agenda import Item
from bot.domain.studies import invitations, materials
from db.models import Attendance, News, OccasionState, StudySession

PAGE = 100
"""People who are told in one transaction."""


def spread(db: Session, item: Item, now: datetime) -> None:
    """Do :data:`study.NEWS`: tell the next page of people, unless the session has changed once more."""
    session = db.get_one(StudySession, item.payload["id"])
    if session.sequence != item.payload["sequence"]:
        return
    mine = (col(Attendance.session_id) == session.id, col(Attendance.person_id) > item.payload["after"])
    page = select(col(Attendance.person_id)).where(*mine).order_by(col(Attendance.person_id)).limit(PAGE)
    people_ids = list(db.execute(page).scalars())
    for person_id in people_ids:
        _tell(db, session, person_id, now)
    if len(people_ids) == PAGE:
        agenda.again(db, item, at=now, after=people_ids[-1])


def _tell(db: Session, session: StudySession, person_id: int, now: datetime) -> None:
    """Tell somebody and whoever acts for them; who can be told nowhere is to be called."""
    is_off = session.state is OccasionState.CANCELLED
    if not _told(db, session, person_id, now):
        unheard.put(db, session, person_id, News.CANCELLED if is_off else News.MOVED, now=now)


def _told(db: Session, session: StudySession, person_id: int, now: datetime) -> int:
    if session.state is OccasionState.CANCELLED:
        cause = f"session:{session.id}:cancelled"
        told = {"title": session.title, "starts_at": session.starts_at, "reason": session.reason}
        return invitations.tell(db, "study/called_off", told, about=person_id, cause=cause, now=now)
    return invitations.tell(
        db,
        "study/moved",
        invitations.shown(session),
        about=person_id,
        cause=f"session:{session.id}:moved:{session.sequence}",
        now=now,
        choices=invitations.choices(session, person_id),
        attachments=materials.calendar_of(db, session),
    )
