"""The organisation tree from a file: units by name, kind and parent, in any order; known ones stay as they are."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import audit, units
from content import rosters
from db.models import Unit, UnitKind

_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Wanted:
    """A unit as a file names it; ``where`` is the row, ``parent`` a name, or names with slashes from further up."""

    where: str
    name: str
    kind: str
    parent: str


@dataclass(slots=True)
class Organised:
    """What came of a file: units added and units that were there; with ``problems`` nothing may be kept."""

    added: list[str] = field(default_factory=list[str])
    unchanged: int = 0
    problems: list[str] = field(default_factory=list[str])


def organise(db: Session, wanted: Sequence[Wanted], *, now: datetime) -> Organised:
    """Add the units that are not there yet, parents first; whoever calls undoes it all when there are problems."""
    done = Organised()
    known = list(db.execute(select(Unit).order_by(col(Unit.id))).scalars())
    waiting = [one for one in wanted if _is_sound(one, done)]
    while waiting:
        later = [one for one in waiting if not _place(db, one, known, done, coming=waiting)]
        if len(later) == len(waiting):
            done.problems += [f"{one.where}: {one.parent} is above itself" for one in later]
            break
        waiting = later
    if done.added and not done.problems:
        audit.note(db, "units.import", f"{len(done.added)} units", actor_id=None, now=now)
    return done


def named(db: Session, text: str) -> list[Unit]:
    """Return the units that a name means, or names with slashes from further up."""
    return _meant(text, list(db.execute(select(Unit).order_by(col(Unit.id))).scalars()))


def full_name(db: Session, unit: Unit) -> str:
    """Return a unit's name with those of all above it."""
    return "/".join(one.name for one in reversed(units.line_up(db, unit)))


def _is_sound(one: Wanted, done: Organised) -> bool:
    if not one.name or len(one.name) > _LONGEST_NAME or "/" in one.name:
        done.problems.append(f"{one.where}: a unit needs a name without slashes, of {_LONGEST_NAME} letters at most")
    elif _kind(one) is None:
        kinds = ", ".join(UnitKind)
        done.problems.append(f"{one.where}: {one.kind or 'no kind'} is no kind of unit; write one of {kinds}")
    else:
        return True
    return False


def _kind(one: Wanted) -> UnitKind | None:
    meant = rosters.unit_kind(one.kind) if one.kind else rosters.unit_kind_of_name(one.name)
    return UnitKind(meant) if meant else None


def _place(db: Session, one: Wanted, known: list[Unit], done: Organised, *, coming: Sequence[Wanted]) -> bool:
    """Put a unit into the tree, or note why not; tell whether that is settled (its parent may still come)."""
    parent: Unit | None = None
    if one.parent:
        found = _meant(one.parent, known)
        if not found and any(other.name == one.parent.rpartition("/")[2] for other in coming):
            return False
        if len(found) != 1:
            fault = f"there are {len(found)} called {one.parent}" if found else f"there is no {one.parent}"
            done.problems.append(f"{one.where}: {fault} to be above {one.name}")
            return True
        parent = found[0]
    parent_id = parent.id if parent else None
    there = [unit for unit in known if unit.name == one.name and unit.parent_id == parent_id]
    top = next((unit for unit in known if unit.parent_id is None), None)
    if there:
        done.unchanged += 1
    elif parent is None and top is not None:
        done.problems.append(f"{one.where}: {one.name} needs a parent, for {top.name} is above all")
    else:
        known.append(units.add(db, one.name, _kind(one) or UnitKind.BRANCH, parent))
        done.added.append(one.name)
    return True


def _meant(text: str, known: Sequence[Unit]) -> list[Unit]:
    *above, name = [part.strip() for part in text.split("/")]
    by_id = {unit.id: unit for unit in known}

    def fits(unit: Unit) -> bool:
        names = [by_id[int(part)].name for part in unit.path.strip("/").split("/")]
        return names[-1] == name and (not above or names[:-1][-len(above) :] == above)

    return [unit for unit in known if fits(unit)]
