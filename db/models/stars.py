"""Once a year a branch says how many stars each of its members has: drafted from records, decided by its meeting."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from db.types import Table, json_column, moment, where_given, word


class StarState(StrEnum):
    """Where the sheet of a branch stands: drafted, decided by the meeting, made public to its village."""

    DRAFT = "draft"
    DECIDED = "decided"
    PUBLISHED = "published"


class StarSheet(Table, table=True):
    """The sheet of one branch for one year; ``met_on`` is the day of the meeting that decided."""

    __table_args__ = (
        UniqueConstraint("unit_id", "year"),
        where_given("star_sheet", "made_by"),
        where_given("star_sheet", "decided_by"),
    )

    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id")
    year: int
    state: StarState = word(StarState, default=StarState.DRAFT)
    met_on: date | None = None
    made_by: int | None = Field(default=None, foreign_key="person.id")
    decided_by: int | None = Field(default=None, foreign_key="person.id")
    made_at: datetime = moment()
    published_at: datetime | None = moment(default=None)


class StarRating(Table, table=True):
    """One member on a sheet: what records say by criterion, the stars drafted from that, and those decided.

    ``stars`` is 0 until the meeting decided; ``reason`` is why it was changed afterwards.
    """

    __table_args__ = (
        UniqueConstraint("sheet_id", "person_id"),
        Index("ix_star_rating_person_id", "person_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    sheet_id: int = Field(foreign_key="star_sheet.id")
    person_id: int = Field(foreign_key="person.id")
    marks: dict[str, Any] = Field(default_factory=dict, sa_type=json_column())
    drafted: int = 0
    stars: int = 0
    reason: str = Field(default="", max_length=200)
    run: int = 0
