"""The private ledger of points: each line has its evidence and follows it when it is corrected."""

from datetime import date, datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from content.lengths import points_for_visits, points_per_hour
from db.claims import put_or_replace, table_of
from db.models import PointsEntry, ServiceRecord, ServiceState

SERVICE = "service"
"""The rule by which hours of service are worth points."""


VISIT = "visit"
"""The rule by which visits are worth points, a day at a time."""

_DAY = "visits:"
"""Before the day in the evidence of visits."""


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


def write_visits(db: Session, person_id: int, day: date, count: int, *, now: datetime) -> None:
    """Write down, or correct, what somebody's visits of a day are worth: the day is the evidence."""
    values: dict[str, object] = {"person_id": person_id, "rule": VISIT, "evidence": f"{_DAY}{day.isoformat()}"}
    points = points_for_visits(count)
    if points:
        key = tuple(values)
        put_or_replace(db, PointsEntry, {**values, "year": day.year, "points": points, "at": now}, key=key)
        return
    table = table_of(PointsEntry)
    db.execute(delete(table).where(*(table.c[name] == value for name, value in values.items())))


def of_year(db: Session, person_id: int, year: int) -> dict[str, int]:
    """Return somebody's points of a year, by rule."""
    theirs = (col(PointsEntry.person_id) == person_id, col(PointsEntry.year) == year)
    summed = select(col(PointsEntry.rule), func.sum(PointsEntry.points)).where(*theirs)
    return {rule: int(total) for rule, total in db.execute(summed.group_by(col(PointsEntry.rule)))}
