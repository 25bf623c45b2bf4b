"""What became of a report, line by line: written with each step, read by whoever sees to it or oversees it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from db.models import Became, GridLine, GridReport, Person, Unit


@dataclass(frozen=True, slots=True)
class Step:
    """A line as it is read: who did it (nobody where it was who reported it, or time), whose it was then, the words."""

    became: Became
    at: datetime
    actor: str
    unit: str
    words: str


def note(
    db: Session,
    report: GridReport,
    became: Became,
    *,
    now: datetime,
    by: Person | None = None,
    unit: Unit | None = None,
    words: str = "",
) -> None:
    """Write one line; ``by`` is who sees to reports, never who reported it."""
    line = GridLine(
        report_id=report.id or 0,
        became=became,
        actor_id=by.id if by else None,
        unit_id=unit.id if unit else None,
        words=words,
        at=now,
    )
    db.add(line)


def of(db: Session, report: GridReport) -> Sequence[Step]:
    """Return everything that became of a report, the oldest first."""
    rows = select(GridLine, col(Person.name), col(Unit.name)).outerjoin(
        Person, col(Person.id) == col(GridLine.actor_id)
    )
    rows = rows.outerjoin(Unit, col(Unit.id) == col(GridLine.unit_id)).where(col(GridLine.report_id) == report.id)
    found = db.execute(rows.order_by(col(GridLine.id)))
    return [Step(one.became, one.at, actor or "", unit or "", one.words) for one, actor, unit in found]
