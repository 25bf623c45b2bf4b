"""The organisation tree."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Integer, String, and_, bindparam, false, func, or_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from db.models import Unit, UnitKind
from db.prepared import Prepared
from db.types import END_OF_PREFIX

_BEGINNING = func.substr(col(Unit.name), 1, bindparam("length", type_=Integer), type_=String)
_NAMED = Prepared(select(col(Unit.id)).where(bindparam("beginning") == _BEGINNING).limit(1))


def add(db: Session, name: str, kind: UnitKind, parent: Unit | None = None) -> Unit:
    """Add a unit below ``parent`` (a root without one) and give it its path."""
    unit = Unit(name=name, kind=kind, parent_id=parent.id if parent else None)
    db.add(unit)
    db.flush()
    unit.path = f"{parent.path if parent else '/'}{unit.id}/"
    db.add(unit)
    db.flush()
    return unit


def villages(db: Session) -> Sequence[Unit]:
    """Return every village, in the order they were entered."""
    return db.execute(select(Unit).where(col(Unit.kind) == UnitKind.VILLAGE).order_by(col(Unit.id))).scalars().all()


def is_here(db: Session, scope: str) -> bool:
    """Tell whether an entry's scope is a unit of this tree; a town's name also begins its committee's."""
    return _NAMED.row(db, beginning=scope, length=len(scope)) is not None


def root(db: Session) -> Unit | None:
    """Return the unit above all others."""
    return db.execute(select(Unit).where(col(Unit.parent_id).is_(None)).order_by(col(Unit.id))).scalars().first()


def line_up(db: Session, unit: Unit) -> list[Unit]:
    """Return the unit and all above it, nearest first."""
    ids = [int(part) for part in unit.path.strip("/").split("/")]
    found = {one.id: one for one in db.execute(select(Unit).where(col(Unit.id).in_(ids))).scalars()}
    return [found[one] for one in reversed(ids)]


def at(db: Session, paths: Sequence[str]) -> Sequence[Unit]:
    """Return the units at these paths, the highest first."""
    return db.execute(select(Unit).where(col(Unit.path).in_(paths)).order_by(col(Unit.path))).scalars().all()


def children(db: Session, unit: Unit) -> Sequence[Unit]:
    """Return the units right below one, in the order they were entered."""
    return db.execute(select(Unit).where(col(Unit.parent_id) == unit.id).order_by(col(Unit.id))).scalars().all()


def within(db: Session, paths: Sequence[str]) -> Sequence[Unit]:
    """Return all units of some subtrees."""
    return db.execute(select(Unit).where(in_subtrees(paths)).order_by(col(Unit.path))).scalars().all()


def in_subtrees(paths: Sequence[str]) -> ColumnElement[bool]:
    """Say, within a statement, that a unit is at one of these paths or below it, in ranges of the index."""
    return or_(false(), *(and_(col(Unit.path) >= one, col(Unit.path) < one + END_OF_PREFIX) for one in paths))
