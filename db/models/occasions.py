"""What an activity and a study session have in common, and what repeats."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlmodel import Field, SQLModel

from db.types import Table, json_column, moment, where_given, word


class OccasionState(StrEnum):
    """Where an activity or a session stands. ``CLOSED``: it is over and everybody's part in it is settled."""

    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"
    CLOSED = "closed"


class SeriesKind(StrEnum):
    """What a series repeats."""

    ACTIVITY = "activity"
    DUTY = "duty"
    SESSION = "session"


class Series(Table, table=True):
    """Something that repeats: a weekly duty post, a monthly party day. ``made_until`` is the last day it was made for.

    ``rule`` says on which days (see :mod:`bot.domain.recurrence`), ``template`` what each of them is like.
    """

    __table_args__ = (where_given("series", "created_by"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: SeriesKind = word(SeriesKind)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    title: str = Field(max_length=80)
    rule: dict[str, Any] = Field(sa_type=json_column())
    template: dict[str, Any] = Field(sa_type=json_column())
    made_until: date
    until: date | None = None
    created_by: int | None = Field(default=None, foreign_key="person.id")
    created_at: datetime = moment()
    ended_at: datetime | None = moment(default=None)


class Occasion(SQLModel):
    """Something that takes place: what, where, when, for whom.

    ``unit_id`` holds it, everybody below ``audience_unit_id`` is meant. ``sequence`` grows with each change people are
    told of, as calendars want it (RFC 5545); ``reason`` is why it was cancelled.
    """

    id: int | None = Field(default=None, primary_key=True)
    title: str = Field(max_length=80)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    audience_unit_id: int = Field(foreign_key="unit.id")
    place: str = Field(max_length=80)
    starts_at: datetime = moment(index=True)
    ends_at: datetime = moment()
    state: OccasionState = word(OccasionState, default=OccasionState.DRAFT)
    reason: str = Field(default="", max_length=200)
    details: str = Field(default="", max_length=500)
    sequence: int = 0
    series_id: int | None = Field(default=None, foreign_key="series.id", index=True)
    created_by: int | None = Field(default=None, foreign_key="person.id")
    created_at: datetime = moment()
