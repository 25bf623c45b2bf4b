"""Reports of somebody who lost the role they were seen to by: they go back to whose they are, at once."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access
from bot.domain.access import Act
from bot.domain.grid import history, routing, telling
from bot.domain.grid.routing import Charge
from db.models import Became, GridReport, GridState, Person, Unit


def give_back(db: Session, person: Person, *, now: datetime) -> None:
    """Let what somebody took, and may see to no more, be anybody's again, and show it to those whose it is."""
    held = select(GridReport).where(col(GridReport.holder_id) == person.id, col(GridReport.state) == GridState.TAKEN)
    paths = access.reach(db, person, Act.HANDLE_REPORTS)
    for report in db.execute(held.order_by(col(GridReport.id)).with_for_update()).scalars():
        if not any(one.path.startswith(path) for one in _units(db, report) for path in paths):
            _put_back(db, report, now=now)


def _put_back(db: Session, report: GridReport, *, now: datetime) -> None:
    report.state, report.holder_id = GridState.OPEN, None
    unit = db.get(Unit, report.charge_id) if report.charge_id else None
    charge = Charge(unit, tuple(routing.in_charge(db, report)), are_workers=report.is_with_workers)
    if not charge.people_ids:
        charge = routing.route(db, unit)
        report.charge_id, report.is_with_workers = charge.unit.id if charge.unit else None, charge.are_workers
    db.add(report)
    db.flush()
    history.note(db, report, Became.GIVEN_BACK, unit=charge.unit, now=now)
    telling.hand_to(db, report, charge.people_ids, now=now)


def _units(db: Session, report: GridReport) -> list[Unit]:
    """Return where a report is and whose it is, as far as that is known."""
    return [db.get_one(Unit, one) for one in {report.unit_id, report.charge_id} if one]
