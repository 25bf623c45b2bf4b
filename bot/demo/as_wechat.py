"""A phone on the wall that is written to as WeChat would let us: what cadres' people see, without an account."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from bot.channels.base import Kept
from bot.channels.webchat.channel import WebChat
from bot.channels.wechat import box
from bot.channels.wechat.rights import RESERVED, WRITTEN
from bot.clock import Clock
from bot.domain.outgoing.outbox import Parcel
from db.models import OutboxKind
from db.sql import Database

_OPEN_FOR = timedelta(hours=48)


@dataclass(slots=True)
class _Window:
    """Since when somebody may be written to, and how often they were."""

    opened_at: datetime
    sent: int = 0


class AsWechat(WebChat):
    """The web chat, but for some phones: those hear only replies, a few pushes after each, and the rest next time."""

    def __init__(self, database: Database, *, clock: Clock, phones: frozenset[str]) -> None:
        """Treat ``phones``, named by their visitors, as WeChat does."""
        super().__init__(database, clock=clock)
        self._database = database
        self._time = clock
        self._phones = phones
        self._windows: dict[str, _Window] = {}

    async def send(self, parcel: Parcel) -> str:
        """Put a message into the mailbox; one nobody may push waits until its phone says something."""
        chat, now = parcel.target.chat, self._time.now()
        if chat not in self._phones:
            return await super().send(parcel)
        if parcel.kind is OutboxKind.REPLY:
            self._windows[chat] = _Window(now)
            number = await super().send(parcel)
            await self._database.do(partial(_release, parcel=parcel, now=now))
            return number
        window = self._windows.get(chat)
        is_open = window is not None and now - window.opened_at < _OPEN_FOR and window.sent < WRITTEN - RESERVED
        if window is None or not is_open:
            await self._database.do(partial(box.put, parcel=parcel, now=now))
            raise Kept("WeChat would not let us")
        window.sent += 1
        return await super().send(parcel)


def _release(db: Session, parcel: Parcel, now: datetime) -> None:
    """Let what waited for a phone go now."""
    target = parcel.target
    waiting = box.waiting(db, target.account, target.chat, reply=parcel.id, now=now)
    box.show(db, (), waiting, reply=parcel.id, at=now)
