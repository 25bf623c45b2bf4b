"""A phone on the wall that is written to as WeChat would let us: what cadres' people see, without an account."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from bot.channels.base import Kept, ReachChange, Receiver
from bot.channels.webchat.channel import WebChat
from bot.channels.wechat import box
from bot.channels.wechat.outbound import parts
from bot.channels.wechat.rights import GIVES, RESERVED, Right
from bot.clock import Clock
from bot.conversation.turn import Inbound
from bot.domain.messages import Message
from bot.domain.outgoing.outbox import Parcel
from db.models import OutboxKind
from db.sql import Database

_MOST_PIECES = 1000


@dataclass(slots=True)
class _Window:
    """Since when somebody may be written to by a right they gave, and how often they were."""

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
        self._windows: dict[tuple[str, Right], _Window] = {}
        self._shown: set[int] = set()

    def listening(self, receiver: Receiver) -> Receiver:
        """Return what a phone's page hands to ``receiver``, so that it is noted who wrote and who only tapped."""
        return _Listening(self, receiver)

    def notice(self, inbound: Inbound) -> None:
        """Note which right to write to them somebody gives: by writing one for two days, by a tap one for a minute."""
        right = Right.TAPPED if inbound.button else Right.WRITTEN
        self._windows[inbound.chat, right] = _Window(self._time.now())

    async def send(self, parcel: Parcel) -> str:
        """Put a message into the mailbox, cut as WeChat would have it; one nobody may push waits for its phone."""
        chat, now = parcel.target.chat, self._time.now()
        if chat not in self._phones:
            return await super().send(parcel)
        pieces = in_pieces(parcel)
        if parcel.kind is OutboxKind.REPLY:
            _spend(self._rights(chat, spare=0)[: len(pieces) - 1])  # the first piece is the answer itself
            number = await self._put(pieces)
            self._shown |= await self._database.do(partial(_release, parcel=parcel, now=now))
            return number
        is_unasked = parcel.kind is OutboxKind.BROADCAST and parcel.id not in self._shown
        rights = self._rights(chat, spare=RESERVED)
        if is_unasked or len(rights) < len(pieces):
            await self._database.do(partial(box.put, parcel=parcel, now=now))
            raise Kept("WeChat would not let us")
        _spend(rights[: len(pieces)])
        return await self._put(pieces)

    def _rights(self, chat: str, *, spare: int) -> list[_Window]:
        """Return the window of each message that may still be sent, a tap's first, but for so many in reserve."""
        now, left = self._time.now(), list[_Window]()
        for right in (Right.TAPPED, Right.WRITTEN):
            window = self._windows.get((chat, right))
            if window and now - window.opened_at < GIVES[right].lasts:
                left += [window] * max(0, GIVES[right].messages - spare - window.sent)
        return left

    async def _put(self, pieces: Sequence[Parcel]) -> str:
        *before, last = pieces
        for one in before:
            await super().send(one)
        return await super().send(last)


@dataclass(frozen=True, slots=True)
class _Listening:
    """Hands on what phones say after it was noted."""

    page: AsWechat
    receiver: Receiver

    async def receive(self, inbound: Inbound) -> None:
        """Note the right it gives, then take the turn."""
        self.page.notice(inbound)
        await self.receiver.receive(inbound)

    async def note(self, change: ReachChange) -> None:
        """Keep whether somebody can be reached."""
        await self.receiver.note(change)


def _spend(rights: Sequence[_Window]) -> None:
    for window in rights:
        window.sent += 1


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
