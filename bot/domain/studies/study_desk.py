"""What a secretary or cadre looks at before they hold a session: where, for whom, which are theirs, how they stand."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, audit, papers
from bot.domain.messages import Attachment
from bot.domain.papers import PaperKind
from bot.domain.studies import attendance, study
from content.words import label
from db.models import MeetingKind, Person, StudySession, Unit

KEPT_AT_HAND = timedelta(days=14)
"""How long after a session it is still listed to whoever held it."""


def units_of(db: Session, person: Person) -> Sequence[Unit]:
    """Return the units somebody was given a role in that holds sessions, and the branches right below them."""
    paths = access.reach(db, person, access.Act.HOLD_SESSIONS)
    own = db.execute(select(Unit).where(col(Unit.path).in_(paths)).order_by(col(Unit.path))).scalars().all()
    below = select(Unit).where(col(Unit.parent_id).in_([one.id for one in own])).order_by(col(Unit.id))
    both = {one.id: one for one in (*own, *db.execute(below).scalars())}
    return list(both.values())


def held_lately(db: Session, person: Person, *, now: datetime, limit: int) -> Sequence[StudySession]:
    """Return the sessions somebody may hold that are to come or were lately, in order."""
    return study.held_by(db, person, since=now - KEPT_AT_HAND, limit=limit)


def held_now(db: Session, person: Person, *, now: datetime, limit: int) -> Sequence[StudySession]:
    """Return those of them whose roll may be called: they begin within two hours, or have begun."""
    found = study.held_by(db, person, since=now - KEPT_AT_HAND, limit=limit * 4)
    begun = [one for one in found if one.starts_at - attendance.EARLY <= now]
    return sorted(begun, key=lambda one: one.starts_at, reverse=True)[:limit]


def count_meant(db: Session, kind: MeetingKind, audience: Unit, course_id: int | None) -> int:
    """Return how many people would be expected at a session of a kind."""
    planned = StudySession(
        kind=kind,
        title="",
        unit_id=audience.id or 0,
        audience_unit_id=audience.id or 0,
        place="",
        course_id=course_id,
        uid="",
    )
    meant = attendance.audience(db, planned).subquery()
    return db.execute(select(func.count()).select_from(meant)).scalar_one()


def last_place(db: Session, unit_id: int) -> str:
    """Return where a unit met last, or nothing."""
    places = select(col(StudySession.place)).where(col(StudySession.unit_id) == unit_id)
    return db.execute(places.order_by(col(StudySession.id).desc()).limit(1)).scalar_one_or_none() or ""


def sheet(db: Session, session: StudySession, by: Person, *, now: datetime) -> Attachment:
    """Order the sheet of who came, who was excused and who was absent, and write down who took it along."""
    rows = count_expected(db, session.id or 0)
    audit.note(db, "study.sheet", f"session {session.id}: {rows} rows", actor_id=by.id, now=now)
    name = label("sheet_file")
    return papers.order(db, PaperKind.ATTENDANCE_SHEET, str(session.id), name=name, to=by.id, now=now)


def count_expected(db: Session, session_id: int) -> int:
    """Return how many are expected at a session."""
    return attendance.counts(db, session_id).total
