"""What happens to a report when nobody does anything: it goes up, it is over, its photos are forgotten."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import agenda, files
from bot.domain.agenda import Item
from bot.domain.grid import following, history, routing, telling
from bot.domain.grid.routing import Charge
from bot.domain.house import house_of
from db.models import Became, FileState, GridReport, GridState, Unit

DUE = "grid.due"
"""The duty that takes a report up the tree when it was not mended in time."""

JUDGED = "grid.judged"
"""The duty that ends a report of which nobody says that it is not mended."""

PHOTOS = "grid.photos"
"""The duty that lets the photos of a report go."""


def plan(db: Session, report: GridReport) -> None:
    """Plan to look at a report when it is due."""
    cause = f"grid:{report.id}:due:{report.run}:{report.step}:{report.charge_id}:{int(report.due_at.timestamp())}"
    agenda.plan(
        db, cause, DUE, due_at=report.due_at, report_id=report.id, run=report.run, due=report.due_at.isoformat()
    )


def plan_judgement(db: Session, report: GridReport, *, now: datetime) -> None:
    """Plan to end a report that was said to be done, unless somebody says that it is not."""
    later = now + timedelta(days=house_of(db).grid.to_judge)
    agenda.plan(db, f"grid:{report.id}:judged:{report.run}", JUDGED, due_at=later, report_id=report.id, run=report.run)


def overdue(db: Session, item: Item, now: datetime) -> None:
    """Ask the next people up the tree to see to a report that was not mended in time, and tell who reported it."""
    report = held(db, item.payload["report_id"])
    is_other = report.run != item.payload["run"] or report.due_at.isoformat() != item.payload["due"]
    if is_other or report.state not in {GridState.OPEN, GridState.TAKEN}:
        return
    charge = _next(db, report)
    if charge.unit is None:
        return
    report.charge_id, report.is_with_workers, report.step = charge.unit.id, charge.are_workers, report.step + 1
    report.due_at = now + timedelta(days=house_of(db).grid.to_mend_above)
    db.add(report)
    db.flush()
    history.note(db, report, Became.WENT_UP, unit=charge.unit, now=now)
    plan(db, report)
    telling.hand_to(db, report, charge.people_ids, now=now)
    following.tell(db, report, "grid/went_up", cause=f"up:{report.step}", now=now, whom=charge.name)


def _next(db: Session, report: GridReport) -> Charge:
    """Return who is asked next; where nobody could be asked at first, whoever can be now."""
    if report.charge_id is None:
        return routing.route(db, db.get(Unit, report.unit_id) if report.unit_id else None)
    return routing.next_up(db, db.get_one(Unit, report.charge_id), after_workers=report.is_with_workers)


def judged(db: Session, item: Item, now: datetime) -> None:
    """End a report of which nobody has said that it is not mended."""
    report = held(db, item.payload["report_id"])
    if report.run == item.payload["run"] and report.state is GridState.DONE:
        close(db, report, now=now)


def close(db: Session, report: GridReport, *, now: datetime) -> None:
    """End a report; its photos are forgotten a while later."""
    report.state, report.closed_at = GridState.CLOSED, now
    db.add(report)
    history.note(db, report, Became.CLOSED, now=now)
    later = now + timedelta(days=house_of(db).grid.photos)
    agenda.plan(db, f"grid:{report.id}:photos:{report.run}", PHOTOS, due_at=later, report_id=report.id, run=report.run)


def forget_photos(db: Session, item: Item, now: datetime) -> None:
    """Let the photos of a report go that is over; one that was reopened keeps them."""
    del now
    report = held(db, item.payload["report_id"])
    if report.state is not GridState.CLOSED or report.run != item.payload["run"]:
        return
    for row in files.rows(db, [*report.files, *report.outcome_files]):
        digest, row.digest, row.name, row.remote_id, row.state = row.digest, "", "", "", FileState.LOST
        db.add(row)
        db.flush()
        if digest:
            files.drop_unused(db, house_of(db).store, digest)
    report.files, report.outcome_files = [], []
    db.add(report)


def held(db: Session, report_id: int) -> GridReport:
    """Return a report, held by this transaction."""
    meant = select(GridReport).where(col(GridReport.id) == report_id)
    return db.execute(meant.with_for_update().execution_options(populate_existing=True)).scalar_one()
