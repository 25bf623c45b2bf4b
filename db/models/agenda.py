"""What falls due, how much people were told unasked, and whom a secretary should call."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field

from db.types import Table, big_number, in_byte_order, json_column, moment, where_given, word


class AgendaState(StrEnum):
    """Where an item stands. ``FAILED`` was tried too often and waits for a person."""

    PENDING = "pending"
    DONE = "done"
    WITHDRAWN = "withdrawn"
    FAILED = "failed"


_PENDING = text("state = 'pending'")
_FAILED = text("state = 'failed'")


class AgendaItem(Table, table=True):
    """Something the bot does by itself at its time, once: ``cause`` is why, and the same cause is never planned twice.

    ``kind`` names the rule that does it, ``payload`` what it needs to know.
    """

    __table_args__ = (
        Index("ix_agenda_item_due", "due_at", "id", postgresql_where=_PENDING, sqlite_where=_PENDING),
        Index("ix_agenda_item_failed", "id", postgresql_where=_FAILED, sqlite_where=_FAILED),
    )

    id: int | None = Field(default=None, primary_key=True)
    cause: str = Field(max_length=120, unique=True, sa_type=in_byte_order(120))
    kind: str = Field(max_length=40)
    due_at: datetime = moment()
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=json_column())
    state: AgendaState = word(AgendaState, default=AgendaState.PENDING)
    attempts: int = 0
    reason: str = Field(default="", max_length=200)
    done_at: datetime | None = moment(default=None)


class UnaskedCount(Table, table=True):
    """How many messages somebody got unasked in a week that began on a Monday."""

    person_id: int = Field(foreign_key="person.id", primary_key=True)
    week: date = Field(primary_key=True)
    count: int = 0


class DigestItem(Table, table=True):
    """A message that was one too many for its week and waits to be told with others; ``cause`` keeps it single."""

    __table_args__ = (UniqueConstraint("person_id", "cause"),)

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    cause: str = Field(max_length=200)
    line: str = Field(max_length=200)
    held_at: datetime = moment()
    told_at: datetime | None = moment(default=None)


class News(StrEnum):
    """What somebody has not heard about something they take part in."""

    MOVED = "moved"
    CANCELLED = "cancelled"


class CallItem(Table, table=True):
    """Somebody to be called about a session or an activity; ``called_at`` when that was done.

    They answered none of the reminders, or, with ``news``, have not heard of it so far: ``outbox_id`` is the message
    that lies with its channel, if there is one.
    """

    __table_args__ = (
        UniqueConstraint("session_id", "person_id"),
        UniqueConstraint("activity_id", "person_id"),
        where_given("call_item", "called_by"),
    )

    id: int | None = Field(default=None, primary_key=True)
    session_id: int | None = Field(default=None, foreign_key="study_session.id")
    activity_id: int | None = Field(default=None, foreign_key="activity.id")
    person_id: int = Field(foreign_key="person.id", index=True)
    news: News | None = word(News, default=None)
    outbox_id: int | None = big_number(default=None)
    made_at: datetime = moment()
    called_at: datetime | None = moment(default=None)
    called_by: int | None = Field(default=None, foreign_key="person.id")
