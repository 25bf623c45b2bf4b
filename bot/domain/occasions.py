"""What people are expected at, a session or an activity: told apart in one place by what treats both alike."""

from sqlalchemy.orm import Session

from db.models import Activity, Occasion, StudySession

_SESSION, _ACTIVITY = "session", "activity"


def word(occasion: Occasion) -> str:
    """Return what causes, payloads and audit lines call its kind."""
    return _SESSION if isinstance(occasion, StudySession) else _ACTIVITY


def by_word(db: Session, kind: str, occasion_id: int) -> Activity | StudySession | None:
    """Return the occasion of a kind by its id, if it is there."""
    return db.get(StudySession if kind == _SESSION else Activity, occasion_id)


def named(occasion: Occasion) -> dict[str, int]:
    """Return how a row, a form or a payload names it: by ``session_id`` or by ``activity_id``."""
    return {f"{word(occasion)}_id": occasion.id or 0}


def found(
    db: Session, *, session_id: int | None = None, activity_id: int | None = None
) -> Activity | StudySession | None:
    """Return the occasion that is :func:`named`, if it is there."""
    return by_word(db, _ACTIVITY, activity_id) if activity_id else by_word(db, _SESSION, session_id or 0)
