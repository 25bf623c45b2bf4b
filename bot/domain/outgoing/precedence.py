"""A chat keeps its order: what was put off because of the chat's pace goes before whatever was written after it.

A lease looks at a few of the rows that are due. One that is put off gets a later moment, and rows of the same chat that
nobody has looked at yet would overtake it; so the pace of a chat remembers who waits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import and_, bindparam, or_, select, update
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
    """A row that was put off: where it stands, and when it may go."""

    place: Place
    next_at: datetime


@dataclass(frozen=True, slots=True)
class Queue:
    """Who was put off in one chat, as far as that is remembered: who goes ``first``, and the ``last`` of them.

    Whatever nobody has looked at yet comes after the last; those between keep their order by when they may go.
    """

    first: Waiting | None = None
    last: Waiting | None = None

    def turn_after(self, place: Place) -> datetime | None:
        """Return when the turn of a place comes that has to let others go first; ``None``: nobody waits before it."""
        return max((one.next_at for one in (self.first, self.last) if one and one.place < place), default=None)


_REMEMBER = Prepared(
    update(_PACE)
    .where(
        _PACE.c.channel == bindparam("of_channel"),
        _PACE.c.account == bindparam("of_account"),
        _PACE.c.chat == bindparam("of_chat"),
    )
    .values(
        waiting_id=bindparam("first_id", type_=_PACE.c.waiting_id.type),
        last_waiting_id=bindparam("last_id", type_=_PACE.c.last_waiting_id.type),
    )
)


def queues(db: Session, lane: Lane, parcels: Sequence[Parcel], *, now: datetime) -> dict[str, Queue]:
    """Return who waits in the chats of these parcels, by the chat; what is leased, or held back, waits for nothing."""
    chats = {parcel.target.chat for parcel in parcels}
    of_lane = and_(_PACE.c.channel == lane.channel, _PACE.c.account == lane.account, _PACE.c.chat.in_(chats))
    is_remembered = or_(_ROW.c.id == _PACE.c.waiting_id, _ROW.c.id == _PACE.c.last_waiting_id)
    found = db.execute(
        select(_PACE.c.chat, _PACE.c.waiting_id, _ROW.c.priority, _ROW.c.due_at, _ROW.c.id, _ROW.c.next_at)
        .join(_ROW, is_remembered)
        .where(of_lane, is_in(OutboxState.PENDING), may_go(now), _ROW.c.next_at <= now + _LONGEST_WAIT)
    )
    known: dict[str, Queue] = {}
    for chat, first_id, priority, due_at, row_id, next_at in found:
        one, queue = Waiting((priority, due_at, row_id), next_at), known.get(chat, Queue())
        known[chat] = replace(queue, first=one) if row_id == first_id else replace(queue, last=one)
    return known


def place_of(parcel: Parcel) -> Place:
    """Return where a parcel stands."""
    return Priority[parcel.kind.name], parcel.due_at or _LONG_AGO, parcel.id


def remember(
    db: Session, lane: Lane, known: Mapping[str, Queue], refused: Sequence[Parcel], behind: Sequence[Parcel]
) -> None:
    """Keep who waits from now on: the first of those a chat was refused for, and the last of all put off there.

    ``known`` is who waited before.
    """
    firsts = {parcel.target.chat: place_of(parcel) for parcel in reversed(refused)}
    lasts: dict[str, Place] = {}
    for parcel in (*refused, *behind):
        chat, place = parcel.target.chat, place_of(parcel)
        lasts[chat] = max(lasts.get(chat, place), place)
    kept: list[dict[str, object]] = []
    for chat, put_off in sorted(lasts.items()):
        queue = known.get(chat, Queue())
        first = firsts.get(chat) or (queue.first.place if queue.first else None)
        last = max(put_off, queue.last.place) if queue.last else put_off
        of_chat = {"of_channel": lane.channel, "of_account": lane.account, "of_chat": chat}
        kept.append({**of_chat, "first_id": first[-1] if first else None, "last_id": last[-1]})
    _REMEMBER.run_many(db, kept)
