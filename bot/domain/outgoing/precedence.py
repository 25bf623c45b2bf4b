"""A chat keeps its order: what was put off because of the chat's pace goes before whatever was written after it.

A lease looks at a few of the rows that are due. One that is put off gets a later moment, and rows of the same chat that
nobody has looked at yet would overtake it; so the pace of a chat remembers who waits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import and_, bindparam, select, update
from sqlalchemy.orm import Session

from bot.domain.outgoing.outbox import Parcel, is_in, may_go
from bot.domain.outgoing.pacing import Lane
from db.claims import table_of
from db.models import ChatPace, OutboxRow, OutboxState, Priority
from db.prepared import Prepared

_ROW = table_of(OutboxRow)
_PACE = table_of(ChatPace)

_LONG_AGO = datetime.min.replace(tzinfo=UTC)

_LONGEST_WAIT = timedelta(minutes=2)
"""Whoever waits longer does so for another reason than a chat's pace, and holds up nobody."""


Place = tuple[int, datetime, int]
"""Where a row stands among those of its chat: by urgency, by when it was due, by when it was written."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The row of a chat that goes next, and when it may."""

    place: Place
    next_at: datetime


_REMEMBER = Prepared(
    update(_PACE)
    .where(
        _PACE.c.channel == bindparam("of_channel"),
        _PACE.c.account == bindparam("of_account"),
        _PACE.c.chat == bindparam("of_chat"),
    )
    .values(waiting_id=bindparam("row_id", type_=_PACE.c.waiting_id.type))
)


def waiting(db: Session, lane: Lane, parcels: Sequence[Parcel], *, now: datetime) -> dict[str, Waiting]:
    """Return who waits in the chats of these parcels, by the chat; what is leased, or held back, waits for nothing."""
    chats = {parcel.target.chat for parcel in parcels}
    of_lane = and_(_PACE.c.channel == lane.channel, _PACE.c.account == lane.account, _PACE.c.chat.in_(chats))
    found = db.execute(
        select(_PACE.c.chat, _ROW.c.priority, _ROW.c.due_at, _ROW.c.id, _ROW.c.next_at)
        .join(_ROW, _ROW.c.id == _PACE.c.waiting_id)
        .where(of_lane, is_in(OutboxState.PENDING), may_go(now), _ROW.c.next_at <= now + _LONGEST_WAIT)
    )
    return {chat: Waiting((priority, due_at, row_id), next_at) for chat, priority, due_at, row_id, next_at in found}


def place_of(parcel: Parcel) -> Place:
    """Return where a parcel stands."""
    return Priority[parcel.kind.name], parcel.due_at or _LONG_AGO, parcel.id


def turn_of(parcel: Parcel, waiting: Mapping[str, Waiting]) -> datetime | None:
    """Return when the turn of a parcel comes that has to let another go first; ``None``: nobody waits before it."""
    before = waiting.get(parcel.target.chat)
    return before.next_at if before and before.place < place_of(parcel) else None


def remember(db: Session, lane: Lane, refused: Sequence[Parcel]) -> None:
    """Keep who waits from now on: of each chat the first of those that were refused."""
    first = {parcel.target.chat: parcel.id for parcel in reversed(refused)}
    of_lane = {"of_channel": lane.channel, "of_account": lane.account}
    _REMEMBER.run_many(db, [{**of_lane, "of_chat": chat, "row_id": row_id} for chat, row_id in sorted(first.items())])
