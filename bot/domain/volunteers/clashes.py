"""What else somebody is expected at when something takes place: another activity, a turn of duty, a study session."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain.volunteers.activities import HELD
from db.models import Activity, Attendance, OccasionState, Rsvp, Signup, StudySession


@dataclass(frozen=True, slots=True)
class Clash:
    """Something else at the same time."""

    title: str
    starts_at: datetime


def clash(db: Session, person_id: int, activity: Activity) -> Clash | None:
    """Return what somebody has a seat at, or said that they come to, while an activity is on."""
    return _seat(db, person_id, activity) or _session(db, person_id, activity)


def _seat(db: Session, person_id: int, activity: Activity) -> Clash | None:
    chosen = select(col(Activity.title), col(Activity.starts_at)).join(
        Signup, col(Signup.activity_id) == col(Activity.id)
    )
    chosen = chosen.where(
        col(Signup.person_id) == person_id,
        col(Signup.state).in_(HELD),
        col(Activity.id) != activity.id,
        col(Activity.state) == OccasionState.PUBLISHED,
        col(Activity.starts_at) < activity.ends_at,
        col(Activity.ends_at) > activity.starts_at,
    )
    row = db.execute(chosen.order_by(col(Activity.starts_at)).limit(1)).one_or_none()
    return Clash(*row) if row else None


def _session(db: Session, person_id: int, activity: Activity) -> Clash | None:
    chosen = select(col(StudySession.title), col(StudySession.starts_at))
    chosen = chosen.join(Attendance, col(Attendance.session_id) == col(StudySession.id)).where(
        col(Attendance.person_id) == person_id,
        col(Attendance.rsvp) == Rsvp.COMING,
        col(StudySession.state) == OccasionState.PUBLISHED,
        col(StudySession.starts_at) < activity.ends_at,
        col(StudySession.ends_at) > activity.starts_at,
    )
    row = db.execute(chosen.order_by(col(StudySession.starts_at)).limit(1)).one_or_none()
    return Clash(*row) if row else None
