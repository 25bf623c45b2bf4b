"""Everybody else of a township, with a year behind them: as many members, activities and meetings as one likes.

Most of it the database makes itself, a statement a table, so that hundreds of thousands of rows take seconds. What is
to come begins in two months at the earliest, so that none of it falls due while others are talked to.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from bot.domain.persons.people import name_key
from db.claims import table_of
from db.models import (
    Activity,
    ActivityKind,
    Course,
    MeetingKind,
    OccasionState,
    Person,
    RosterImport,
    StudySession,
    Unit,
    UnitKind,
)
from tests.kit.multitude_rows import FOLLOWING
from tests.kit.talk import MORNING

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_YEAR = 326 * _DAY
_SOON = 60 * _DAY
_FUTURE_SHARE = 20
"""One activity in so many is still to come."""

_BRANCHES_A_VILLAGE = 20
_FOR_ALL = 10
"""One activity in so many is for the whole town."""

_MEETINGS = 9
"""Of each branch in the year behind it."""

_COURSES = 50


@dataclass(frozen=True, slots=True)
class Size:
    """How many others there are; of the branches so many have a session ahead, an activity has so many ``seats``."""

    members: int
    branches: int
    activities: int
    ahead: int
    seats: int


FULL = Size(members=20_000, branches=1_000, activities=5_000, ahead=300, seats=17)
"""The size that was promised: 346,000 attendances, check-ins and service records."""


def grow(db: Session, size: Size) -> None:
    """Put the others beside whoever is there."""
    last_unit, last_person = (db.execute(text(f"SELECT max(id) FROM {one}")).scalar_one() for one in ("unit", "person"))  # noqa: S608  # ours
    here = list(db.execute(text("SELECT id FROM unit WHERE kind = 'branch' ORDER BY id")).scalars())
    branches = _units(db, size, last_unit)
    _insert(db, Person, _people(size, branches))
    _insert(
        db,
        RosterImport,
        [{"unit_id": 1, "file_name": "", "added": 0, "changed": 0, "refused": 0, "imported_at": MORNING}],
    )
    _insert(db, Course, [{"title": "班", "unit_id": 1, "year": 2026, "created_at": MORNING} for _ in range(_COURSES)])
    first_activity = db.execute(text("SELECT max(id) + 1 FROM activity")).scalar_one()
    _insert(db, Activity, _activities(size, branches, last_person))
    _insert(db, StudySession, _sessions(size, here, branches, last_person))
    ahead = size.activities // _FUTURE_SHARE
    numbers = {
        "first": last_person + 1,
        "everybody": last_person + size.members,
        "members": size.members,
        "seats": size.seats,
        "activity": first_activity,
        "coming": first_activity + size.activities - ahead,
        "step": size.members // size.seats,
        "branches": size.branches,
    }
    for statement in FOLLOWING:
        db.execute(text(statement.format(**numbers)))


def _insert(db: Session, model: Any, rows: Any) -> None:
    db.execute(insert(table_of(model)), list(rows))


def _units(db: Session, size: Size, last_unit: int) -> list[int]:
    """Make villages and their branches; return the branches' ids."""
    village_ids = range(last_unit + 1, last_unit + 1 + max(1, size.branches // _BRANCHES_A_VILLAGE))
    first = village_ids[-1] + 1
    villages = [
        {"id": one, "name": f"村{one}", "kind": UnitKind.VILLAGE, "parent_id": 1, "path": f"/1/{one}/"}
        for one in village_ids
    ]
    branches = [
        {
            "id": first + at,
            "name": f"第{at}支部",
            "kind": UnitKind.BRANCH,
            "parent_id": above,
            "path": f"/1/{above}/{first + at}/",
        }
        for at in range(size.branches)
        for above in [village_ids[at % len(village_ids)]]
    ]
    _insert(db, Unit, villages)
    _insert(db, Unit, branches)
    if db.get_bind().dialect.name == "postgresql":
        db.execute(text("SELECT setval('unit_id_seq', (SELECT max(id) FROM unit))"))
    return list(range(first, first + size.branches))


def _people(size: Size, branches: list[int]) -> Iterator[dict[str, Any]]:
    for at in range(size.members):
        name = f"{'陈林黄何李'[at % 5]}{'大小志建秀'[at // 5 % 5]}{chr(0x5200 + at // 25 % 500)}"
        yield {
            "name": name,
            "name_key": name_key(name),
            "mobile_sealed": "",
            "mobile_blind": f"{at:064}",
            "last_four_blind": f"{at % 10_000:064}",
            "unit_id": branches[at % len(branches)],
            "created_at": MORNING - _YEAR,
        }


def _activities(size: Size, branches: list[int], last_person: int) -> Iterator[dict[str, Any]]:
    ahead = size.activities // _FUTURE_SHARE
    past = size.activities - ahead
    for at in range(size.activities):
        starts_at = (
            MORNING - _YEAR + at * _YEAR / past if at < past else MORNING + _SOON + (at - past) * 20 * _DAY / ahead
        )
        unit = branches[at % len(branches)]
        yield _occasion(starts_at, unit, 1 if at % _FOR_ALL == 0 else unit, last_person + 1 + at % len(branches)) | {
            "kind": ActivityKind.VOLUNTEERING,
            "signup_until": starts_at,
            "has_waitlist": True,
            "state": OccasionState.PUBLISHED,
        }


def _sessions(size: Size, here: list[int], branches: list[int], last_person: int) -> Iterator[dict[str, Any]]:
    """Make nine meetings a branch in the year behind it, also of those talked in, and one to come for some."""
    for meeting in range(_MEETINGS):
        for at, unit in enumerate([*here, *branches]):
            starts_at = MORNING - _YEAR + meeting * 32 * _DAY + at * _HOUR / 10
            yield _session(starts_at, unit, OccasionState.CLOSED, last_person + 1, meeting)
    for at, unit in enumerate(branches[: size.ahead]):
        yield _session(MORNING + _SOON + at * _HOUR, unit, OccasionState.PUBLISHED, last_person + 1, _MEETINGS)


def _session(starts_at: datetime, unit: int, state: OccasionState, by: int, meeting: int) -> dict[str, Any]:
    return _occasion(starts_at, unit, unit, by) | {
        "kind": MeetingKind.PARTY_DAY,
        "state": state,
        "credit_hours": 2.0,
        "uid": f"{unit}-{meeting}",
    }


def _occasion(starts_at: datetime, unit: int, audience: int, by: int) -> dict[str, Any]:
    return {
        "title": "走访老人",
        "unit_id": unit,
        "audience_unit_id": audience,
        "place": "村委",
        "starts_at": starts_at,
        "ends_at": starts_at + 2 * _HOUR,
        "reason": "",
        "details": "",
        "sequence": 0,
        "created_by": by,
        "created_at": starts_at - 10 * _DAY,
    }
