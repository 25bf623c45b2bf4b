"""The private ledger of points: each line has its evidence and follows it when it is corrected."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import String, cast, delete, func, literal, select
from sqlalchemy.orm import Session
from sqlmodel import col

from content.lengths import points_for_visits, points_per_hour
from content.words import label
from db.claims import put_or_replace, table_of
from db.models import Activity, PointsEntry, ServiceRecord, ServiceState

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


@dataclass(frozen=True, slots=True)
class Line:
    """What somebody got points for: when, at what, and how many."""

    day: date
    title: str
    points: int


def lines(db: Session, person_id: int, year: int, *, limit: int) -> list[Line]:
    """Return what the points of somebody's year are for, the newest first; the visits of a day are one line."""
    both = [*_of_service(db, person_id, year, limit), *_of_visits(db, person_id, year, limit)]
    return sorted(both, key=lambda one: one.day, reverse=True)[:limit]


def _of_service(db: Session, person_id: int, year: int, limit: int) -> list[Line]:
    evidence = literal("service:").concat(cast(col(ServiceRecord.id), String))
    rows = (
        select(col(ServiceRecord.served_on), col(Activity.title), col(PointsEntry.points))
        .select_from(PointsEntry)
        .join(ServiceRecord, evidence == col(PointsEntry.evidence))
        .join(Activity, col(Activity.id) == col(ServiceRecord.activity_id))
        .where(col(PointsEntry.person_id) == person_id, col(ServiceRecord.person_id) == person_id)
        .where(col(PointsEntry.year) == year, col(PointsEntry.rule) == SERVICE)
        .order_by(col(ServiceRecord.served_on).desc(), col(PointsEntry.id).desc())
    )
    return [Line(*row) for row in db.execute(rows.limit(limit))]


def _of_visits(db: Session, person_id: int, year: int, limit: int) -> list[Line]:
    """Return the last days of visits; a day stands in its evidence, in the order of the calendar."""
    mine = (col(PointsEntry.person_id) == person_id, col(PointsEntry.year) == year, col(PointsEntry.rule) == VISIT)
    rows = select(col(PointsEntry.evidence), col(PointsEntry.points)).where(*mine)
    found = db.execute(rows.order_by(col(PointsEntry.evidence).desc()).limit(limit))
    return [Line(date.fromisoformat(day.removeprefix(_DAY)), label("visits_of_a_day"), points) for day, points in found]


def of_year(db: Session, person_id: int, year: int) -> dict[str, int]:
    """Return somebody's points of a year, by rule."""
    theirs = (col(PointsEntry.person_id) == person_id, col(PointsEntry.year) == year)
    summed = select(col(PointsEntry.rule), func.sum(PointsEntry.points)).where(*theirs)
    return {rule: int(total) for rule, total in db.execute(summed.group_by(col(PointsEntry.rule)))}
