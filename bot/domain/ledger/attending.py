"""What coming to a session is worth: the session is the evidence, and the line follows when the roll is corrected."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from bot.domain.house import today
from content.points import for_attendance
from db.claims import put_or_replace, table_of
from db.models import PointsEntry, StudySession

ATTENDANCE = "attendance"
"""The rule by which coming to sessions is worth points."""

_LINE = table_of(PointsEntry)
_KEY = ("person_id", "rule", "evidence")


def write(db: Session, session: StudySession, person_id: int, *, came: bool, now: datetime) -> None:
    """Write down that somebody came to a session, or that they did not after all."""
    evidence = f"session:{session.id}"
    if came and for_attendance():
        key: dict[str, object] = {"person_id": person_id, "rule": ATTENDANCE, "evidence": evidence}
        year = today(db, session.starts_at).year
        put_or_replace(db, PointsEntry, {**key, "year": year, "points": for_attendance(), "at": now}, key=_KEY)
        return
    mine = (_LINE.c.person_id == person_id, _LINE.c.rule == ATTENDANCE, _LINE.c.evidence == evidence)
    db.execute(update(_LINE).where(*mine).values(points=0, at=now))
