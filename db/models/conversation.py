"""What the engine keeps: each inbound once, and where each conversation stands."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from db.types import Table, big_number, json_column, moment, word


class InboxState(StrEnum):
    """How a turn ended."""

    DONE = "done"
    QUIET = "quiet"
    POISONED = "poisoned"


class InboxRecord(Table, table=True):
    """One inbound that was taken, so that a redelivery is recognised and gets the recorded reply.

    That reply's cause is ``reply:<id>``. ``outbox_id`` is written by version 0.1 only and goes with it.
    """

    __table_args__ = (UniqueConstraint("channel", "account", "sender", "message_id"),)

    id: int | None = big_number(default=None, primary_key=True)
    channel: str = Field(max_length=20)
    account: str = Field(max_length=64)
    sender: str = Field(max_length=128)
    message_id: str = Field(max_length=128)
    state: InboxState = word(InboxState, default=InboxState.DONE)
    outbox_id: int | None = big_number(default=None)
    taken_at: datetime = moment(index=True)


class Conversation(Table, table=True):
    """Where one sender stands in one chat: the open form, what was last offered, and how fast they write."""

    __table_args__ = (UniqueConstraint("channel", "account", "chat", "sender"),)

    id: int | None = Field(default=None, primary_key=True)
    channel: str = Field(max_length=20)
    account: str = Field(max_length=64)
    chat: str = Field(max_length=128)
    sender: str = Field(max_length=128)
    address_id: int | None = Field(default=None, foreign_key="address.id", index=True)
    open_form: dict[str, Any] | None = Field(default=None, sa_type=json_column())
    offer: dict[str, Any] | None = Field(default=None, sa_type=json_column())
    large_text: bool = False
    burst_began_at: datetime | None = moment(default=None)
    burst_count: int = 0
    last_turn_at: datetime | None = moment(default=None)
