"""Who has to see to a report: the grid workers of its unit, else those who work for the unit, else up the tree."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, units
from bot.domain.access import Act
from content.match import normalise
from content.words import label
from db.models import Grant, GridReport, Person, Unit, UnitKind


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
    return access.at(db, Act.WALK_GRID, unit) if report.is_with_workers else _office(db, unit)


def instead(db: Session, report: GridReport, unit: Unit) -> Charge:
    """Return who sees to a report that is passed on to a unit; nobody where it is with them already.

    Upwards it goes to those who work for the unit, grid workers or not; elsewhere to the grid workers first.
    """
    now_at = db.get(Unit, report.charge_id) if report.charge_id else None
    if now_at is None or not now_at.path.startswith(unit.path):
        return at(db, unit)
    is_there = unit.id == now_at.id
    if is_there and not report.is_with_workers:
        return Charge()
    found = _office(db, unit)
    return Charge(unit, tuple(found)) if found or is_there else at(db, unit)


def next_up(db: Session, unit: Unit, *, after_workers: bool) -> Charge:
    """Return who is asked when nothing happens: after a unit's grid workers its others, then those above."""
    levels = units.line_up(db, unit)
    for level in levels if after_workers else levels[1:]:
        others = _office(db, level)
        if others:
            return Charge(level, tuple(others))
    return Charge()


def staffed(db: Session) -> Sequence[Unit]:
    """Return the units somebody sees to reports for, in the order of the tree."""
    held = select(col(Grant.unit_id)).where(col(Grant.role).in_(access.roles_for(Act.HANDLE_REPORTS)))
    return db.execute(select(Unit).where(col(Unit.id).in_(held)).order_by(col(Unit.path))).scalars().all()


def may_get(report: GridReport, unit: Unit) -> bool:
    """Tell whether a report may be passed on to a unit: one that has it gets it from its own grid workers only."""
    return unit.id != report.charge_id or report.is_with_workers


def charge_name(unit: Unit, *, are_workers: bool) -> str:
    """Return what the people of a unit are called who see to its reports."""
    if are_workers:
        return f"{unit.name}{label('grid_workers')}"
    return f"{unit.name}{label('village_office')}" if unit.kind is UnitKind.VILLAGE else unit.name


def _office(db: Session, unit: Unit) -> list[int]:
    """Return who works for a unit beside its grid workers, of those who can be reached, by id."""
    workers = set(access.at(db, Act.WALK_GRID, unit))
    return [one for one in access.at(db, Act.HANDLE_REPORTS, unit) if one not in workers]
