"""What is seen on the way and reported with a photo: places with a poster, reports, and who reported them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from db.types import Table, json_column, moment, where_given, word


class Place(Table, table=True):
    """A place people come by, such as a red station or a service station, where a poster with a code hangs."""

    __table_args__ = (UniqueConstraint("unit_id", "name"), where_given("place", "created_by"))

    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id")
    name: str = Field(max_length=40)
    details: str = Field(default="", max_length=80)
    created_by: int | None = Field(default=None, foreign_key="person.id")
    created_at: datetime = moment()


class GridState(StrEnum):
    """Where a report stands: nobody has it, somebody has, it is said to be done, it is over."""

    OPEN = "open"
    TAKEN = "taken"
    DONE = "done"
    CLOSED = "closed"


ONGOING_REPORTS = (GridState.OPEN, GridState.TAKEN)
"""States in which somebody still has to do something about a report."""

IS_ONGOING = text(f"state IN ({', '.join(repr(state.value) for state in ONGOING_REPORTS)})")
"""The same within a statement, in the words of its index: a few of all reports there ever were."""


class GridReport(Table, table=True):
    """Something that is to be put right. ``unit_id`` is where it is, ``charge_id`` whose people have to see to it.

    ``step`` counts how often it went up for want of an answer, ``run`` how often it was begun anew. ``files`` and
    ``outcome_files`` are ids of the photos it came with and of those that show what was done. ``same_as_id`` is the
    report it turned out to be the same as: what becomes of that one becomes of both.
    """

    __table_args__ = (
        Index("ix_grid_report_state_id", "state", "id"),
        Index("ix_grid_report_ongoing", "due_at", "id", postgresql_where=IS_ONGOING, sqlite_where=IS_ONGOING),
        where_given("grid_report", "holder_id"),
        where_given("grid_report", "place_id"),
        where_given("grid_report", "same_as_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    state: GridState = word(GridState, default=GridState.OPEN)
    unit_id: int | None = Field(default=None, foreign_key="unit.id", index=True)
    place_id: int | None = Field(default=None, foreign_key="place.id")
    category: str = Field(default="", max_length=24)
    words: str = Field(default="", max_length=500)
    latitude: float | None = None
    longitude: float | None = None
    files: list[Any] = Field(default_factory=list, sa_type=json_column())
    opener_id: int = Field(foreign_key="person.id", index=True)
    charge_id: int | None = Field(default=None, foreign_key="unit.id", index=True)
    is_with_workers: bool = False
    holder_id: int | None = Field(default=None, foreign_key="person.id")
    step: int = 0
    run: int = 0
    outcome: str = Field(default="", max_length=500)
    outcome_files: list[Any] = Field(default_factory=list, sa_type=json_column())
    opened_at: datetime = moment(index=True)
    due_at: datetime = moment(index=True)
    done_at: datetime | None = moment(default=None)
    closed_at: datetime | None = moment(default=None)
    same_as_id: int | None = Field(default=None, foreign_key="grid_report.id")


class Became(StrEnum):
    """What became of a report, step by step."""

    OPENED = "opened"
    JOINED = "joined"
    SHOWN = "shown"
    TAKEN = "taken"
    SORTED = "sorted"
    PASSED_ON = "passed_on"
    WENT_UP = "went_up"
    GIVEN_BACK = "given_back"
    DONE = "done"
    MENDED = "mended"
    BEGUN_ANEW = "begun_anew"
    ONE_WITH = "one_with"
    CLOSED = "closed"


class GridLine(Table, table=True):
    """A line of a report's history: what became of it, who did that (never who reported it), whose it was then."""

    __table_args__ = (where_given("grid_line", "actor_id"),)

    id: int | None = Field(default=None, primary_key=True)
    report_id: int = Field(foreign_key="grid_report.id", index=True)
    became: Became = word(Became)
    actor_id: int | None = Field(default=None, foreign_key="person.id")
    unit_id: int | None = Field(default=None, foreign_key="unit.id")
    words: str = Field(default="", max_length=500)
    at: datetime = moment()


class Verdict(StrEnum):
    """What somebody who reported says of what was done."""

    NONE = "none"
    MENDED = "mended"
    NOT_MENDED = "not_mended"


class GridReporter(Table, table=True):
    """Somebody who reported the same: whether they gave their name, and whether they are told what becomes of it."""

    report_id: int = Field(foreign_key="grid_report.id", primary_key=True)
    person_id: int = Field(foreign_key="person.id", primary_key=True, index=True)
    address_id: int = Field(foreign_key="address.id", index=True)
    is_named: bool = False
    wants_news: bool = False
    verdict: Verdict = word(Verdict, default=Verdict.NONE)
    joined_at: datetime = moment()
