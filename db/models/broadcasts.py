"""Broadcasts: what is said to an audience, who agreed to it, and what became of it for each person."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, text
from sqlmodel import Field

from db.types import Table, big_number, json_column, moment, where_given, word


class BroadcastState(StrEnum):
    """Where a broadcast stands; who may lead where is told in one table of the rules.

    ``LATE`` could not begin at its time and waits for its author; ``RECALLING`` is being stopped half-way. The last
    three are ends.
    """

    DRAFT = "draft"
    AWAITING_APPROVAL = "awaiting_approval"
    RETURNED = "returned"
    SCHEDULED = "scheduled"
    LATE = "late"
    SENDING = "sending"
    PAUSED = "paused"
    RECALLING = "recalling"
    FINISHED = "finished"
    RECALLED = "recalled"
    CANCELLED = "cancelled"


class RecipientState(StrEnum):
    """What became of a broadcast for one person.

    The first two are open: ``WAITING`` has no row in the outbox yet, ``QUEUED`` has. ``KEPT`` lies with a channel that
    cannot push and shows it when they come next, ``GATHERED`` is told in the digest of the week, ``UNREACHABLE`` is
    bound to no address that takes messages.
    """

    WAITING = "waiting"
    QUEUED = "queued"
    SENT = "sent"
    KEPT = "kept"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    GATHERED = "gathered"
    UNREACHABLE = "unreachable"
    CANCELLED = "cancelled"


QUEUED = text("state = 'queued'")
"""Recipients whose message is in the outbox, in the words of their index."""

MISSED_STATES = (RecipientState.FAILED, RecipientState.UNCERTAIN, RecipientState.UNREACHABLE, RecipientState.KEPT)
"""How a recipient ended who did not get it, or perhaps not, or not yet."""

MISSED = text("state IN ('failed', 'uncertain', 'unreachable', 'kept')")
"""Recipients who did not get it, or perhaps not, or not yet, in the words of their index."""

RECEIVED = text("received_at IS NOT NULL")
"""Recipients who said that they got it, in the words of their index."""


class Broadcast(Table, table=True):
    """One message to an audience, in the name of a unit.

    ``audience`` is the filter as plain data and ``audience_words`` how it was shown; ``people`` is how many it meant
    when it was last counted. ``due_at`` is when it is to begin, ``run`` grows with each decision, pause and recall, so
    that what was planned for an earlier one does nothing. ``gathered_to`` (``None`` at the end) and ``fed_to`` are how
    far its recipients were written down and handed to the outbox, by person id. ``tally`` holds how many recipients
    ended how, and the rate.
    """

    __table_args__ = (where_given("broadcast", "decided_by"),)

    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    author_id: int = Field(foreign_key="person.id", index=True)
    state: BroadcastState = word(BroadcastState, default=BroadcastState.DRAFT)
    text: str = Field(max_length=1000)
    link: str = Field(default="", max_length=300)
    files: list[int] = Field(default_factory=list, sa_type=json_column())
    audience: dict[str, Any] = Field(sa_type=json_column())
    audience_words: str = Field(max_length=300)
    is_urgent: bool = False
    wants_receipts: bool = False
    people: int = 0
    decided_by: int | None = Field(default=None, foreign_key="person.id")
    decided_at: datetime | None = moment(default=None)
    returned_because: str = Field(default="", max_length=200)
    due_at: datetime | None = moment(default=None)
    bodies: dict[str, int] = Field(default_factory=dict, sa_type=json_column())
    run: int = 0
    gathered_to: int | None = 0
    fed_to: int = 0
    tally: dict[str, Any] = Field(default_factory=dict, sa_type=json_column())
    created_at: datetime = moment()
    began_at: datetime | None = moment(default=None)
    ended_at: datetime | None = moment(default=None)


class Recipient(Table, table=True):
    """One person who is to hear a broadcast, once, whatever addresses they have.

    ``for_id`` is the elder for whom somebody hears it as their proxy. ``outbox_id`` is their message while it is kept.
    ``called_at`` is when somebody who did not get it was called instead.

    No foreign key leads to the broadcast: rows are written while its row is locked, nobody deletes one, and a check for
    each would be a fifth of what a million take.
    """

    __table_args__ = (
        Index("ix_recipient_queued", "broadcast_id", "outbox_id", postgresql_where=QUEUED, sqlite_where=QUEUED),
        Index("ix_recipient_missed", "broadcast_id", "person_id", postgresql_where=MISSED, sqlite_where=MISSED),
        Index("ix_recipient_received", "broadcast_id", postgresql_where=RECEIVED, sqlite_where=RECEIVED),
        where_given("recipient", "for_id"),
        where_given("recipient", "called_by"),
    )

    broadcast_id: int = Field(primary_key=True)
    person_id: int = Field(foreign_key="person.id", primary_key=True, index=True)
    for_id: int | None = Field(default=None, foreign_key="person.id")
    state: RecipientState = word(RecipientState, default=RecipientState.WAITING)
    outbox_id: int | None = big_number(default=None)
    reason: str = Field(default="", max_length=40)
    received_at: datetime | None = moment(default=None)
    called_at: datetime | None = moment(default=None)
    called_by: int | None = Field(default=None, foreign_key="person.id")
