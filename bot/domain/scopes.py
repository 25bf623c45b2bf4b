"""For whom an entry holds: its scope names a unit of the tree, or a place that is none of ours (then for everybody).

A name that several units have means one of them only with the name of a unit above it before it, and a dot between
(:data:`BELOW`). Alone it may mean any of them: whoever writes is asked which (:func:`insist_clear`), and what was
written before belongs to who stands above all of them.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from posixpath import commonpath

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import units
from bot.errors import DomainError
from content.match import normalise
from content.words import label
from db.models import Unit

BELOW = "\u00b7"
"""What stands between the name of a unit and that of one below it."""

_SHOWN = 4


def unit_of(db: Session, scope: str) -> Unit | None:
    """Return the unit a scope names, ``None`` when it is no unit of ours; a town's name also begins its committee's.

    Where several have the name, it is the unit above all of them.
    """
    found = meant(db, scope)
    if len(found) > 1:
        above = f"{commonpath([one.path for one in found])}/"
        return next(iter(units.at(db, [above])), units.root(db))
    begun_so = select(Unit).where(col(Unit.name).startswith(scope, autoescape=True)).order_by(col(Unit.path))
    return found[0] if found else db.execute(begun_so).scalars().first()


def meant(db: Session, scope: str) -> list[Unit]:
    """Return every unit a scope may mean, in the order of the tree."""
    above, _, name = scope.rpartition(BELOW)
    found = db.execute(select(Unit).where(col(Unit.name).in_({scope, name})).order_by(col(Unit.path))).scalars().all()
    return [one for one in found if one.name == scope or _is_below(db, one, above)]


def called(db: Session, unit: Unit) -> str:
    """Return what means this unit and no other: its name, where others have it too with that of one above it."""
    others = [one for one in meant(db, unit.name) if one.id != unit.id]
    if not others:
        return unit.name
    theirs = {above.name for one in others for above in units.line_up(db, one)[1:]}
    above = units.line_up(db, unit)[1:]
    own = next((one for one in above if one.name not in theirs), above[0] if above else unit)
    return f"{own.name}{BELOW}{unit.name}"


def all_called(db: Session, found: Sequence[Unit]) -> list[str]:
    """Return what means each of these units and no other."""
    names = select(col(Unit.name)).where(col(Unit.name).in_({one.name for one in found}))
    often = Counter(db.execute(names).scalars())
    return [called(db, one) if often[one.name] > 1 else one.name for one in found]


def insist_clear(db: Session, scope: str) -> None:
    """Refuse a scope that may mean several units with a :class:`DomainError` that names them."""
    found = meant(db, scope)
    if len(found) > 1:
        which = all_called(db, found)
        raise DomainError("drafts/which_scope", name=scope, which=label("name_comma").join(which[:_SHOWN]))


def unclear(db: Session, names: Iterable[str]) -> dict[str, list[str]]:
    """Return which of these scopes may mean several units, each with what means every one of them alone."""
    found = {name: meant(db, name) for name in dict.fromkeys(names)}
    return {name: all_called(db, several) for name, several in found.items() if len(several) > 1}


def so_named(db: Session, text: str, among: Sequence[Unit]) -> list[Unit]:
    """Return the units of a name, or of one with another above it, at these units or below them."""
    below = units.within(db, [one.path for one in among])
    said = normalise(text)
    found = [one for one in below if normalise(one.name) == said]
    above, _, name = text.rpartition(BELOW)
    if found or not above:
        return found
    longer = [one for one in below if normalise(one.name) == normalise(name)]
    return [one for one in longer if _is_below(db, one, above)]


def named(db: Session, text: str, among: Sequence[Unit]) -> Unit | None:
    """Return the unit of a name at these units or below them, ``None`` when there is none or several."""
    found = so_named(db, text, among)
    return found[0] if len(found) == 1 else None


def concerns(db: Session, scope: str, unit_id: int | None) -> bool:
    """Tell whether what holds for a scope may hold for somebody of a unit; whose unit nobody knows may be anyone.

    It does for who belongs to the unit of that name, to one below it or to one above it.
    """
    theirs = db.get(Unit, unit_id) if unit_id else None
    if theirs is None:
        return True
    found = [one.path for one in meant(db, scope)]
    return not found or any(theirs.path.startswith(path) or path.startswith(theirs.path) for path in found)


def _is_below(db: Session, unit: Unit, above: str) -> bool:
    return bool(above) and any(normalise(one.name) == normalise(above) for one in units.line_up(db, unit)[1:])
