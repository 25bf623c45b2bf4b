"""What people asked: every question with its outcome, and the cases a person must answer."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from db.types import Table, json_column, moment, where_given, word


class CaseKind(StrEnum):
    """What a case is about; what is reported from the grid is a table of its own."""

    QUESTION = "question"
    OPINION = "opinion"
    ERRAND = "errand"


class CaseState(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


class Case(Table, table=True):
    """Something a person was asked to answer. ``question`` is the asker's words, ``files`` ids of what they sent.

    ``holder_id`` is who alone was asked to answer it, because they mind its ``topic`` or there is nobody else.
    ``matter_id`` is what an opinion is about.
    """

    __table_args__ = (
        Index("ix_case_state_id", "state", "id"),
        where_given("case", "answered_by"),
        where_given("case", "holder_id"),
        where_given("case", "matter_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: CaseKind = word(CaseKind)
    state: CaseState = word(CaseState, default=CaseState.OPEN)
    question: str = Field(max_length=2000)
    entry_id: str = Field(default="", max_length=80)
    files: list[Any] = Field(default_factory=list, sa_type=json_column())
    unit_id: int | None = Field(default=None, foreign_key="unit.id", index=True)
    asker_id: int = Field(foreign_key="person.id", index=True)
    address_id: int = Field(foreign_key="address.id", index=True)
    topic: str = Field(default="", max_length=40, sa_column_kwargs={"server_default": ""})
    holder_id: int | None = Field(default=None, foreign_key="person.id")
    matter_id: int | None = Field(default=None, foreign_key="matter.id")
    answer: str = Field(default="", max_length=2000)
    answered_by: int | None = Field(default=None, foreign_key="person.id")
    opened_at: datetime = moment()
    answered_at: datetime | None = moment(default=None)


class Question(Table, table=True):
    """One question and what became of it, without personal data beyond the address it came from."""

    id: int | None = Field(default=None, primary_key=True)
    address_id: int | None = Field(default=None, foreign_key="address.id", index=True)
    text: str = Field(max_length=400)
    outcome: str = Field(max_length=20, index=True)
    entry_id: str = Field(default="", max_length=80, index=True)
    score: float = 0.0
    asked_at: datetime = moment(index=True)
