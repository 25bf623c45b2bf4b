"""For whom an entry holds: its scope names a unit of the tree, or a place that is none of ours (then for everybody)."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import units
from content.match import normalise
from db.models import Unit


def unit_of(db: Session, scope: str) -> Unit | None:
    """Return the unit a scope names, ``None`` when it is no unit of ours; a town's name also begins its committee's."""
    named_so = select(Unit).where(col(Unit.name) == scope).order_by(col(Unit.path))
    begun_so = select(Unit).where(col(Unit.name).startswith(scope, autoescape=True)).order_by(col(Unit.path))
    return db.execute(named_so).scalars().first() or db.execute(begun_so).scalars().first()


def named(db: Session, text: str, among: Sequence[Unit]) -> Unit | None:
    """Return the unit of a name at these units or below them, ``None`` when there is none or several."""
    below = units.within(db, [one.path for one in among])
    said = normalise(text)
    found = [one for one in below if normalise(one.name) == said]
    return found[0] if len(found) == 1 else None


def concerns(db: Session, scope: str, unit_id: int | None) -> bool:
    """Tell whether what holds for a scope may hold for somebody of a unit; whose unit nobody knows may be anyone.

    It does for who belongs to the unit of that name, to one below it or to one above it.
    """
    theirs = db.get(Unit, unit_id) if unit_id else None
    if theirs is None:
        return True
    named = db.execute(select(col(Unit.path)).where(col(Unit.name) == scope)).scalars().all()
    return not named or any(theirs.path.startswith(path) or path.startswith(theirs.path) for path in named)
