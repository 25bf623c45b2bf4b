"""Who guesses links and codes of the console is stopped for a while, wherever they try."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from bot.domain.house import house_of
from db.claims import table_of
from db.models import ConsoleTry

MOST = 20
"""Wrong tries from one network address within :data:`SPAN`; behind one proxy a whole office has one address."""

SPAN = timedelta(minutes=10)

_TRY = table_of(ConsoleTry)


def is_stopped(db: Session, place: str, *, now: datetime) -> bool:
    """Tell whether too many wrong ones came from a place lately."""
    theirs = select(_TRY.c.id).where(_TRY.c.place == _digest(db, place), _TRY.c.tried_at > now - SPAN).limit(MOST)
    return db.execute(select(func.count()).select_from(theirs.subquery())).scalar_one() >= MOST


def note(db: Session, place: str, *, now: datetime) -> None:
    """Count a wrong one, and forget what is long over."""
    db.execute(delete(_TRY).where(_TRY.c.tried_at < now - 6 * SPAN))
    db.add(ConsoleTry(place=_digest(db, place), tried_at=now))
    db.flush()


def _digest(db: Session, place: str) -> str:
    return house_of(db).keys.blind(f"console place:{place}")
