"""A phone on the wall that is written to as WeChat would let us: what cadres' people see, without an account."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from bot.channels.base import Kept
from bot.channels.webchat.channel import WebChat
from bot.channels.wechat import box
from bot.channels.wechat.outbound import parts
from bot.channels.wechat.rights import RESERVED, WRITTEN
from bot.clock import Clock
from bot.domain.messages import Message
from bot.domain.outgoing.outbox import Parcel
from db.models import OutboxKind
from db.sql import Database

_OPEN_FOR = timedelta(hours=48)
_MOST_PIECES = 1000


@dataclass(slots=True)
class _Window:
    """Since when somebody may be written to, and how often they were."""

    opened_at: datetime
    sent: int = 0


class AsWechat(WebChat):
    """The web chat, but for some phones: those hear only replies, a few pushes after each, and the rest next time.

    What people did not ask for is never pushed to them, and a long text comes in pieces of 1800 bytes.
    """

    def __init__(self, database: Database, *, clock: Clock, phones: frozenset[str]) -> None:
        """Treat ``phones``, named by their visitors, as WeChat does."""
        super().__init__(database, clock=clock)
        self._database = database
        self._time = clock
        self._phones = phones
        self._windows: dict[str, _Window] = {}
        self._shown: set[int] = set()

    async def send(self, parcel: Parcel) -> str:
        """Put a message into the mailbox, cut as WeChat would have it; one nobody may push waits for its phone."""
        chat, now = parcel.target.chat, self._time.now()
        if chat not in self._phones:
            return await super().send(parcel)
        pieces = in_pieces(parcel)
        if parcel.kind is OutboxKind.REPLY:
            self._windows[chat] = _Window(now, sent=len(pieces) - 1)
            number = await self._put(pieces)
            self._shown |= await self._database.do(partial(_release, parcel=parcel, now=now))
            return number
        window = self._windows.get(chat)
        is_open = window is not None and now - window.opened_at < _OPEN_FOR
        is_broadcast = parcel.kind is OutboxKind.BROADCAST and parcel.id not in self._shown
        if window is None or is_broadcast or not is_open or window.sent + len(pieces) > WRITTEN - RESERVED:
            await self._database.do(partial(box.put, parcel=parcel, now=now))
            raise Kept("WeChat would not let us")
        window.sent += len(pieces)
        return await self._put(pieces)

    async def _put(self, pieces: Sequence[Parcel]) -> str:
        *before, last = pieces
        for one in before:
            await super().send(one)
        return await super().send(last)


def in_pieces(parcel: Parcel) -> list[Parcel]:
    """Return a parcel as the messages WeChat would take it as; what may be picked stands below the last of them.

    The mailbox tells each by its number, so those before have numbers of their own that no row has.
    """
    text = parcel.message.text
    texts = [one.text for one in parts(Message(template="", text=text), parcel.id, {}, lambda _: "")] or [text]
    if len(texts) == 1:
        return [parcel]
    before = [
        replace(parcel, id=-(parcel.id * _MOST_PIECES + number), message=Message(template="", text=one))
        for number, one in enumerate(texts[:-1])
    ]
    return [*before, replace(parcel, message=parcel.message.model_copy(update={"text": texts[-1]}))]


def _release(db: Session, parcel: Parcel, now: datetime) -> set[int]:
    """Let what waited for a phone go now; return which rows that are."""
    target = parcel.target
    waiting = box.waiting(db, target.account, target.chat, reply=parcel.id, now=now)
    box.show(db, (), waiting, reply=parcel.id, at=now)
    return {one.outbox_id for one in waiting}
