"""What secretaries promise to get done by a day: looked at, made public, followed up and appraised."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from db.types import Table, json_column, moment, where_given, word


class PledgeState(StrEnum):
    """Where a pledge stands; a public one whose day is over is overdue, which no state says."""

    WAITING = "waiting"
    RETURNED = "returned"
    PUBLISHED = "published"
    DONE = "done"
    WITHDRAWN = "withdrawn"


OPEN_PLEDGES = (PledgeState.WAITING, PledgeState.RETURNED, PledgeState.PUBLISHED)
"""States in which somebody still has to do something about a pledge."""

IS_OPEN_PLEDGE = text(f"state IN ({', '.join(repr(state.value) for state in OPEN_PLEDGES)})")
"""The same within a statement, in the words of its index: a few of all pledges there ever were."""


class Pledge(Table, table=True):
    """One sentence with a day by which it is done. ``holder_id`` is whose it is; ``run`` counts how often it was sent.

    ``reason`` is why it was returned or withdrawn; ``published_at`` stays when a public one is withdrawn.
    """

    __table_args__ = (
        Index("ix_pledge_unit_id_due_on", "unit_id", "due_on"),
        Index("ix_pledge_open", "holder_id", "due_on", postgresql_where=IS_OPEN_PLEDGE, sqlite_where=IS_OPEN_PLEDGE),
    )

    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id")
    holder_id: int = Field(foreign_key="person.id", index=True)
    words: str = Field(max_length=100)
    due_on: date
    state: PledgeState = word(PledgeState)
    reason: str = Field(default="", max_length=200)
    run: int = 0
    made_at: datetime = moment()
    published_at: datetime | None = moment(default=None)
    ended_at: datetime | None = moment(default=None)


class PledgeBecame(StrEnum):
    """What became of a pledge, step by step."""

    SENT = "sent"
    RETURNED = "returned"
    PUBLISHED = "published"
    PROGRESS = "progress"
    DONE = "done"
    WITHDRAWN = "withdrawn"


class PledgeLine(Table, table=True):
    """A line of a pledge's history: what became of it, who said so, the words, the ids of photos that show it."""

    __table_args__ = (where_given("pledge_line", "actor_id"),)

    id: int | None = Field(default=None, primary_key=True)
    pledge_id: int = Field(foreign_key="pledge.id", index=True)
    became: PledgeBecame = word(PledgeBecame)
    actor_id: int | None = Field(default=None, foreign_key="person.id")
    words: str = Field(default="", max_length=500)
    files: list[Any] = Field(default_factory=list, sa_type=json_column())
    at: datetime = moment()


class PledgeAppraisal(Table, table=True):
    """How a pledge was appraised at one stage; stage and grade are keys of ``content/pledges.yaml``."""

    __table_args__ = (UniqueConstraint("pledge_id", "stage"), where_given("pledge_appraisal", "by_id"))

    id: int | None = Field(default=None, primary_key=True)
    pledge_id: int = Field(foreign_key="pledge.id")
    stage: str = Field(max_length=24)
    grade: str = Field(max_length=24)
    words: str = Field(default="", max_length=100)
    appraised_on: date
    by_id: int | None = Field(default=None, foreign_key="person.id")
    at: datetime = moment()
