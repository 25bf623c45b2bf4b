"""Who has to see to a report: the grid workers of its unit, else those who work for the unit, else up the tree."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from bot.domain import access, units
from bot.domain.access import Act
from content.match import normalise
from content.words import label
from db.models import GridReport, Person, Unit, UnitKind


@dataclass(frozen=True, slots=True)
class Charge:
    """Whose it is: the people of a unit, by id, and whether they are its grid workers."""

    unit: Unit | None = None
    people_ids: tuple[int, ...] = ()
    are_workers: bool = False

    @property
    def name(self) -> str:
        """What they are called; nothing where there is nobody."""
        return charge_name(self.unit, are_workers=self.are_workers) if self.unit else ""


def route(db: Session, unit: Unit | None) -> Charge:
    """Return who has to see to something at a unit, of those who can be reached; nobody where there is nobody."""
    start = unit or units.root(db)
    for level in units.line_up(db, start) if start else []:
        found = at(db, level)
        if found.people_ids:
            return found
    return Charge()


def grid_within(db: Session, unit: Unit, words: str) -> Unit:
    """Return the grid of a village that words name, or its only one; the village itself where neither is so."""
    grids = [one for one in units.children(db, unit) if one.kind is UnitKind.GRID]
    said = normalise(words)
    named = [one for one in grids if normalise(one.name.removeprefix(unit.name)) in said]
    meant = named or grids
    return meant[0] if len(meant) == 1 else unit


def at(db: Session, unit: Unit) -> Charge:
    """Return who sees to what is given to this very unit."""
    workers = access.at(db, Act.WALK_GRID, unit)
    return Charge(unit, tuple(workers or access.at(db, Act.HANDLE_REPORTS, unit)), are_workers=bool(workers))


def in_charge(db: Session, report: GridReport) -> list[int]:
    """Return who has a report now, by id: whoever took it and still has a role, else all who were asked to."""
    holder = db.get(Person, report.holder_id) if report.holder_id else None
    if holder and access.reach(db, holder, Act.HANDLE_REPORTS):
        return [holder.id or 0]
    unit = db.get(Unit, report.charge_id) if report.charge_id else None
    if unit is None:
        return []
    workers = access.at(db, Act.WALK_GRID, unit)
    if report.is_with_workers:
        return workers
    return [one for one in access.at(db, Act.HANDLE_REPORTS, unit) if one not in workers]


def next_up(db: Session, unit: Unit, *, after_workers: bool) -> Charge:
    """Return who is asked when nothing happens: after a unit's grid workers its others, then those above."""
    levels = units.line_up(db, unit)
    for level in levels if after_workers else levels[1:]:
        workers = set(access.at(db, Act.WALK_GRID, level))
        others = [one for one in access.at(db, Act.HANDLE_REPORTS, level) if one not in workers]
        if others:
            return Charge(level, tuple(others))
    return Charge()


def charge_name(unit: Unit, *, are_workers: bool) -> str:
    """Return what the people of a unit are called who see to its reports."""
    if are_workers:
        return f"{unit.name}{label('grid_workers')}"
    return f"{unit.name}{label('village_office')}" if unit.kind is UnitKind.VILLAGE else unit.name
