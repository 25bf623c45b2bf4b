"""What people reported from the grid, within the reach of whoever looks; and one report with all that belongs to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import Session, aliased
from sqlmodel import col

from bot.domain import audit, units
from bot.domain.access import Act
from bot.domain.console.visiting import Visit
from bot.domain.files import KeptFile, rows
from bot.domain.grid import handling, history, joining, judging, routing, telling
from bot.domain.grid.history import Step
from bot.domain.house import house_of
from bot.domain.lists.listing import Line, Listing, Order, Rows
from bot.errors import DomainError
from db.models import ONGOING_REPORTS, FileState, GridReport, GridReporter, GridState, Person, StoredFile, Unit

ONGOING = "ongoing"
"""The filter for what somebody still has to do something about."""

_LOOKED_THROUGH = 5000
_PLACE, _CHARGE = aliased(Unit), aliased(Unit)


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A report in a list: where it is, and who sees to it: whoever took it, else those it was given to."""

    report: GridReport
    number: str
    unit: str
    charge: str
    is_late: bool


@dataclass(frozen=True, slots=True)
class Sight:
    """A report on a page of its own; ``may_handle`` when whoever looks may do something about it.

    The names of who reported it are there only for those who were said to see them: who may handle it.
    """

    row: ReportRow
    photos: Sequence[StoredFile]
    outcome_photos: Sequence[StoredFile]
    reporters: int
    names: str
    steps: Sequence[Step]
    may_handle: bool
    may_reopen: bool
    alike: Sequence[tuple[int, str]]
    same_as: str


def listing(visit: Visit, filters: dict[str, str]) -> Listing[ReportRow]:
    """Return the reports of one's units and those given to them.

    ``state`` (also :data:`ONGOING`), ``kind``, ``unit``, ``late`` and ``text`` narrow them down.
    """
    chosen = _rows(visit)
    state = filters.get("state", "")
    if state == ONGOING:
        chosen = chosen.where(col(GridReport.state).in_(ONGOING_REPORTS))
    elif state in set(GridState):
        chosen = chosen.where(col(GridReport.state) == GridState(state))
    if kind := filters.get("kind", ""):
        chosen = chosen.where(col(GridReport.category) == ("" if kind == "other" else kind))
    if filters.get("late", ""):
        chosen = chosen.where(col(GridReport.state).in_(ONGOING_REPORTS), col(GridReport.due_at) < visit.now)
    if unit := _unit(visit, filters.get("unit", "")):
        below = select(col(Unit.id)).where(units.in_subtrees([unit.path]))
        chosen = chosen.where(col(GridReport.unit_id).in_(below))
    if text := filters.get("text", "").strip():
        newest = select(func.max(col(GridReport.id)) - _LOOKED_THROUGH).scalar_subquery()
        chosen = chosen.where(col(GridReport.id) > newest, col(GridReport.words).contains(text, autoescape=True))
    orders = {
        "id": Order(col(GridReport.id), col(GridReport.id), falls=True),
        "due": Order(col(GridReport.due_at), col(GridReport.id)),
    }

    def read(_db: Session, found: Sequence[Line]) -> Sequence[ReportRow]:
        return [_read(visit, one) for one in found]

    return Listing(chosen, orders, read)


def sight(visit: Visit, report_id: int) -> Sight:
    """Return a report for its page and note who looked; raise :class:`DomainError` when it is not theirs to see."""
    db = visit.db
    row = _found(visit, report_id)
    report = row.report
    may_handle = handling.may_handle(db, report_id, visit.person)
    theirs = select(func.count()).where(col(GridReporter.report_id) == report_id)
    other = db.get(GridReport, report.same_as_id) if report.same_as_id else None
    is_ongoing = report.state in ONGOING_REPORTS
    alike = joining.alike(db, report) if may_handle and is_ongoing else []
    audit.note(db, "grid.look", row.number, actor_id=visit.person.id, now=visit.now)
    return Sight(
        row=row,
        photos=_kept(db, report.files),
        outcome_photos=_kept(db, report.outcome_files),
        reporters=db.execute(theirs).scalar_one(),
        names=telling.by_whom(db, report) if may_handle else "",
        steps=history.of(db, report),
        may_handle=may_handle,
        may_reopen=may_handle and not is_ongoing and judging.may_reopen(db, report, now=visit.now),
        alike=[
            (one.id or 0, f"{telling.number(one)} {telling.what(one)}")
            for one in alike
            if handling.may_handle(db, one.id or 0, visit.person)
        ],
        same_as=telling.number(other) if other else "",
    )


def photo(visit: Visit, report_id: int, file_id: int) -> KeptFile:
    """Return a photo of a report; raise :class:`DomainError` when it is none of it, or not theirs to see."""
    report = _found(visit, report_id).report
    kept = house_of(visit.db).store.kept(visit.db, file_id)
    if kept is None or not kept.path.is_file() or file_id not in {*report.files, *report.outcome_files}:
        raise DomainError("grid/not_yours")
    return kept


def places(visit: Visit) -> Sequence[Unit]:
    """Return the units whose reports somebody sees, in the order of the tree."""
    return units.within(visit.db, visit.reach(Act.HANDLE_REPORTS))


def _rows(visit: Visit) -> Rows:
    chosen = select(GridReport, col(_PLACE.name), _CHARGE, col(Person.name))
    chosen = chosen.outerjoin(_PLACE, col(_PLACE.id) == col(GridReport.unit_id))
    chosen = chosen.outerjoin(_CHARGE, col(_CHARGE.id) == col(GridReport.charge_id))
    return chosen.outerjoin(Person, col(Person.id) == col(GridReport.holder_id)).where(_within(visit))


def _within(visit: Visit) -> ColumnElement[bool]:
    paths = visit.reach(Act.HANDLE_REPORTS)
    top = units.root(visit.db)
    if top is not None and top.path in paths:
        return true()
    mine = select(col(Unit.id)).where(units.in_subtrees(paths))
    is_here = col(GridReport.unit_id).in_(mine) | col(GridReport.charge_id).in_(mine)
    return or_(is_here, col(GridReport.holder_id) == visit.person.id)


def _found(visit: Visit, report_id: int) -> ReportRow:
    row = visit.db.execute(_rows(visit).where(col(GridReport.id) == report_id)).one_or_none()
    if row is None:
        raise DomainError("grid/not_yours")
    return _read(visit, row)


def _read(visit: Visit, row: Line) -> ReportRow:
    report, unit, charge, holder = row[:4]
    given_to = routing.charge_name(charge, are_workers=report.is_with_workers) if charge else ""
    is_late = report.state in ONGOING_REPORTS and report.due_at < visit.now
    return ReportRow(report, telling.number(report), unit or "", holder or given_to, is_late)


def _unit(visit: Visit, unit_id: str) -> Unit | None:
    return next((one for one in places(visit) if str(one.id) == unit_id), None) if unit_id else None


def _kept(db: Session, file_ids: Sequence[int]) -> Sequence[StoredFile]:
    return [one for one in rows(db, file_ids) if one.state is FileState.KEPT]
