"""Classes in somebody's home: those to come, the nearest first."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain.persons import members
from db.models import MeetingKind, OccasionState, Person, StudySession, Unit

_MOST = 200
"""Classes to come that are looked through: a township has a few homes."""


def near(db: Session, person: Person, *, now: datetime, limit: int) -> list[StudySession]:
    """Return home classes to come: those of one's own branch and village first, then by the way up the tree."""
    ahead = (col(StudySession.state) == OccasionState.PUBLISHED, col(StudySession.starts_at) > now)
    both = select(StudySession, col(Unit.path)).join(Unit, col(Unit.id) == col(StudySession.unit_id))
    classes = both.where(col(StudySession.kind) == MeetingKind.HOME_CLASS, *ahead)
    found = db.execute(classes.order_by(col(StudySession.starts_at)).limit(_MOST)).all()
    home = _path(db, person)
    nearest = sorted(found, key=lambda row: (-_shared(home, row[1]), row[0].starts_at))
    return [session for session, _path in nearest[:limit]]


def _path(db: Session, person: Person) -> str:
    branch = members.branch_of(db, person.id or 0)
    unit = branch or (db.get(Unit, person.unit_id) if person.unit_id else None)
    return unit.path if unit else ""


def _shared(path: str, other: str) -> int:
    """Return how many levels two places in the tree have in common."""
    shared = 0
    for one, two in zip(path.strip("/").split("/"), other.strip("/").split("/"), strict=False):
        if one != two:
            break
        shared += 1
    return shared
