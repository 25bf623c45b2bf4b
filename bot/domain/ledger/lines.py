"""The ledger of one person, line by line: what each is for is looked up by its evidence when it is read."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain.house import today
from content.points import rule_name, rule_names
from db.models import Activity, PointsEntry, ServiceRecord, StudySession

Titles = dict[int, tuple[date, str]]


@dataclass(frozen=True, slots=True)
class Line:
    """What somebody got points for: when, by which rule, at what, and how many."""

    entry: PointsEntry
    day: date
    title: str

    @property
    def points(self) -> int:
        """How many points it is."""
        return self.entry.points


def last(db: Session, person_id: int, year: int, *, limit: int) -> Sequence[Line]:
    """Return what the points of somebody's year are for, the newest lines first."""
    mine = (col(PointsEntry.person_id) == person_id, col(PointsEntry.year) == year)
    rows = select(PointsEntry).where(*mine, col(PointsEntry.points) != 0)
    found = db.execute(rows.order_by(col(PointsEntry.at).desc(), col(PointsEntry.id).desc()).limit(limit))
    return described(db, found.scalars().all())


def described(db: Session, entries: Sequence[PointsEntry]) -> list[Line]:
    """Return lines with what each of them is for."""
    meant = defaultdict[str, list[int]](list)
    for one in entries:
        kind, number = _evidence(one)
        if kind in _TITLES:
            meant[kind].append(number)
    known = {kind: _TITLES[kind](db, ids) for kind, ids in meant.items()}
    return [_line(db, one, known) for one in entries]


def summed(by_rule: dict[str, int]) -> list[tuple[str, int]]:
    """Return what each source comes to by its name, in the order they are told; sources of nothing are left out."""
    order = [*rule_names(), *sorted(by_rule.keys() - rule_names().keys())]
    return [(rule_name(rule), by_rule[rule]) for rule in order if by_rule.get(rule)]


def _line(db: Session, entry: PointsEntry, known: dict[str, Titles]) -> Line:
    kind, number = _evidence(entry)
    told = known.get(kind, {}).get(number)
    day, title = told or (_day_said(entry) or today(db, entry.at), rule_name(entry.rule))
    return Line(entry, day, title)


def _evidence(entry: PointsEntry) -> tuple[str, int]:
    kind, _, number = entry.evidence.partition(":")
    return kind, int(number) if number.isdecimal() else 0


def _day_said(entry: PointsEntry) -> date | None:
    """Return the day that is the evidence itself, as it is for what is counted by days."""
    try:
        return date.fromisoformat(entry.evidence.partition(":")[2])
    except ValueError:
        return None


def _served(db: Session, ids: Sequence[int]) -> Titles:
    rows = select(col(ServiceRecord.id), col(ServiceRecord.served_on), col(Activity.title))
    joined = rows.join(Activity, col(Activity.id) == col(ServiceRecord.activity_id))
    found = db.execute(joined.where(col(ServiceRecord.id).in_(ids)))
    return {record_id or 0: (day, title) for record_id, day, title in found}


def _sessions(db: Session, ids: Sequence[int]) -> Titles:
    rows = select(col(StudySession.id), col(StudySession.starts_at), col(StudySession.title))
    found = db.execute(rows.where(col(StudySession.id).in_(ids)))
    return {session_id or 0: (today(db, starts_at), title) for session_id, starts_at, title in found}


_TITLES: dict[str, Callable[[Session, Sequence[int]], Titles]] = {"service": _served, "session": _sessions}
"""What evidence is called, by its kind; any other is told by its rule."""
