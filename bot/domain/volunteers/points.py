"""The private ledger of points: each line has its evidence and follows it when it is corrected."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from content.lengths import points_per_hour
from db.models import PointsEntry, ServiceRecord, ServiceState

SERVICE = "service"
"""The rule by which hours of service are worth points."""


def worth(minutes: int) -> int:
    """Return the points of so many minutes of service; what is less than a whole point is none."""
    return int(minutes * points_per_hour() / 60)


def write(db: Session, record: ServiceRecord, *, now: datetime) -> int:
    """Write down, or correct, what a record of service is worth; return the points."""
    evidence = f"service:{record.id}"
    theirs = (col(PointsEntry.person_id) == record.person_id, col(PointsEntry.rule) == SERVICE)
    line = db.execute(select(PointsEntry).where(*theirs, col(PointsEntry.evidence) == evidence)).scalar_one_or_none()
    points = worth(record.minutes) if record.state is ServiceState.CONFIRMED else 0
    if line is None:
        year = record.served_on.year
        line = PointsEntry(
            person_id=record.person_id, year=year, points=points, rule=SERVICE, evidence=evidence, at=now
        )
    line.points = points
    db.add(line)
    db.flush()
    return points


def of_year(db: Session, person_id: int, year: int) -> dict[str, int]:
    """Return somebody's points of a year, by rule."""
    theirs = (col(PointsEntry.person_id) == person_id, col(PointsEntry.year) == year)
    summed = select(col(PointsEntry.rule), func.sum(PointsEntry.points)).where(*theirs)
    return {rule: int(total) for rule, total in db.execute(summed.group_by(col(PointsEntry.rule)))}
