"""Everything Hongyan will ever say, a row each."""

from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field

from db.types import Table, big_number, in_byte_order, json_column, moment, word


class OutboxKind(StrEnum):
    """What a row is for; it decides what happens to a send in doubt."""

    REPLY = "reply"
    NOTICE = "notice"
    REMINDER = "reminder"
    BROADCAST = "broadcast"


class Priority(IntEnum):
    """Who goes first when a limit makes rows wait."""

    REPLY = 0
    NOTICE = 10
    REMINDER = 20
    BROADCAST = 30


class OutboxState(StrEnum):
    """Where a row stands. The first two are open, the others are ends."""

    PENDING = "pending"
    LEASED = "leased"
    SENT = "sent"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNCERTAIN = "uncertain"


_PENDING = text("state = 'pending'")
_LEASED = text("state = 'leased'")
OFFERS = text("(offers IS NULL OR offers)")
"""Rows that offered something to pick from, or may have: version 0.1 did not write it down."""

_DEAD = text("state IN ('failed', 'uncertain')")


class OutboxBody(Table, table=True):
    """A message many rows share, stored once."""

    id: int | None = Field(default=None, primary_key=True)
    content: dict[str, Any] = Field(sa_type=json_column())


class OutboxRow(Table, table=True):
    """One message to one chat. ``cause`` is why it exists: the same cause never speaks twice.

    A push that ``offers`` choices may be answered by a digit; what a reply offers stands in its conversation. From
    ``waits_from`` on nobody takes it until whoever wrote it has looked at it again.
    """

    __table_args__ = (
        Index(
            "ix_outbox_due",
            *("channel", "account", "priority", "next_at", "id"),
            postgresql_where=_PENDING,
            sqlite_where=_PENDING,
        ),
        Index("ix_outbox_leased", "leased_until", postgresql_where=_LEASED, sqlite_where=_LEASED),
        Index("ix_outbox_dead", "state", "id", postgresql_where=_DEAD, sqlite_where=_DEAD),
        Index(
            "ix_outbox_offers",
            *("channel", "account", "chat", "ended_at"),
            postgresql_where=OFFERS,
            sqlite_where=OFFERS,
        ),
    )

    id: int | None = big_number(default=None, primary_key=True)
    cause: str = Field(max_length=200, unique=True, sa_type=in_byte_order(200))
    kind: OutboxKind = word(OutboxKind)
    priority: int
    channel: str = Field(max_length=20)
    account: str = Field(max_length=64)
    chat: str = Field(max_length=128)
    reply_to: str = Field(default="", max_length=128)
    content: dict[str, Any] | None = Field(default=None, sa_type=json_column())
    body_id: int | None = Field(default=None, foreign_key="outbox_body.id")
    offers: bool | None = None
    state: OutboxState = word(OutboxState, default=OutboxState.PENDING)
    due_at: datetime = moment()
    next_at: datetime = moment()
    expires_at: datetime | None = moment(default=None)
    waits_from: datetime | None = moment(default=None)
    attempts: int = 0
    lease_owner: str = Field(default="", max_length=64)
    leased_until: datetime | None = moment(default=None)
    reason: str = Field(default="", max_length=200)
    remote_id: str = Field(default="", max_length=128)
    created_at: datetime = moment()
    ended_at: datetime | None = moment(default=None)


class Sender(Table, table=True):
    """Who sends for an account of a channel with limits, and when the account may send again.

    ``free_at`` is the first moment nobody has taken yet, ``paid_free_at`` the same for broadcasts that are paid for,
    ``paused_until`` what the platform last asked for.
    """

    channel: str = Field(primary_key=True, max_length=20)
    account: str = Field(primary_key=True, max_length=64)
    owner: str = Field(default="", max_length=64)
    leased_until: datetime | None = moment(default=None)
    free_at: datetime | None = moment(default=None)
    paid_free_at: datetime | None = moment(default=None)
    paused_until: datetime | None = moment(default=None)


class ChatPace(Table, table=True):
    """How far the messages to one chat have used up what it may get; the first and the last row put off for that."""

    channel: str = Field(primary_key=True, max_length=20)
    account: str = Field(primary_key=True, max_length=64)
    chat: str = Field(primary_key=True, max_length=128)
    free_at: datetime = moment(index=True)
    waiting_id: int | None = big_number(default=None)
    last_waiting_id: int | None = big_number(default=None)
