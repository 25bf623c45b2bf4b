"""Important matters of a village: the steps by which they are decided and made public, and who follows them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from db.types import Table, big_number, json_column, moment, where_given, word


class MatterState(StrEnum):
    """Where a matter stands: it goes on, all its steps are done, or it was given up."""

    ONGOING = "ongoing"
    DONE = "done"
    DROPPED = "dropped"


class Matter(Table, table=True):
    """Something a village decides on step by step. ``amount`` is in fen, 0 where no money is spent.

    ``step`` is the last step that stands, by its key in ``content/matters.yaml``; ``public_until`` the last day its
    notice hangs out. Villagers see a matter from ``published_at`` on. ``run`` counts what was done to it, so that what
    was planned before does nothing.
    """

    __table_args__ = (
        Index("ix_matter_unit_id_state", "unit_id", "state"),
        Index("ix_matter_state_id", "state", "id"),
        where_given("matter", "created_by"),
        where_given("matter", "holder_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    state: MatterState = word(MatterState, default=MatterState.ONGOING)
    unit_id: int = Field(foreign_key="unit.id")
    title: str = Field(max_length=40)
    kind: str = Field(max_length=24)
    amount: int = big_number(default=0)
    holder_id: int | None = Field(default=None, foreign_key="person.id")
    created_by: int | None = Field(default=None, foreign_key="person.id")
    step: str = Field(default="", max_length=24)
    public_until: date | None = None
    published_at: datetime | None = moment(default=None)
    run: int = 0
    opened_at: datetime = moment(index=True)
    stepped_at: datetime = moment()
    closed_at: datetime | None = moment(default=None)
    reason: str = Field(default="", max_length=200)


class MatterStep(Table, table=True):
    """A step as somebody wrote it down; it is never changed. What was wrong ends, with who ended it and why.

    ``replaces_id`` is the line this one is the correction of. ``days`` is how long it hangs out from ``held_on`` on.
    """

    __table_args__ = (
        Index("ix_matter_step_matter_id", "matter_id"),
        where_given("matter_step", "by_id"),
        where_given("matter_step", "ended_by"),
    )

    id: int | None = Field(default=None, primary_key=True)
    matter_id: int = Field(foreign_key="matter.id")
    step: str = Field(max_length=24)
    held_on: date
    expected: int | None = None
    present: int | None = None
    agreed: int | None = None
    days: int = 0
    words: str = Field(default="", max_length=200)
    files: list[Any] = Field(default_factory=list, sa_type=json_column())
    by_id: int | None = Field(default=None, foreign_key="person.id")
    at: datetime = moment()
    replaces_id: int | None = Field(default=None, foreign_key="matter_step.id")
    ended_at: datetime | None = moment(default=None)
    ended_by: int | None = Field(default=None, foreign_key="person.id")
    reason: str = Field(default="", max_length=200)


class MatterFollower(Table, table=True):
    """Somebody who wants to hear of each step of a matter that is made public."""

    matter_id: int = Field(foreign_key="matter.id", primary_key=True)
    person_id: int = Field(foreign_key="person.id", primary_key=True, index=True)
    address_id: int = Field(foreign_key="address.id", index=True)
    since: datetime = moment()
