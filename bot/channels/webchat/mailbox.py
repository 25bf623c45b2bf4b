"""What each visitor was told, in order, and the bell that wakes their open pages."""

import asyncio
import contextlib
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.domain.outgoing.outbox import Parcel
from db.claims import put_if_missing, table_of
from db.models import WebMessage, WebVisitor
from db.sql import Database, ring

PAGE = 100
"""How many messages are read at once."""

TOLD = "web:"
"""What is rung, with the visitor's id behind it, when somebody was told something."""

STREAMS_A_VISITOR = 4
_STREAMS_IN_ALL = 500

_VISITOR = table_of(WebVisitor)
_MESSAGE = table_of(WebMessage)


@dataclass(frozen=True, slots=True)
class Told:
    """One message as it lies in the mailbox; numbers of a visitor have no gap."""

    number: int
    content: Mapping[str, Any]
    told_at: datetime


class Mailbox:
    """Everybody's messages, each told once however often it is delivered."""

    def __init__(self, database: Database) -> None:
        """Keep messages in ``database``."""
        self._database = database

    async def put(self, parcel: Parcel, *, now: datetime) -> int:
        """Put a parcel in and return its number; the same outbox row again returns the number it had."""
        return await self._database.do(lambda db: _put(db, parcel, now))

    async def read(self, visitor: str, after: int, *, limit: int = PAGE) -> list[Told]:
        """Return the messages after number ``after``, oldest first, at most ``limit``."""
        wanted = (
            select(_MESSAGE.c.number, _MESSAGE.c.content, _MESSAGE.c.told_at)
            .where(_MESSAGE.c.visitor_id == visitor, _MESSAGE.c.number > after)
            .order_by(_MESSAGE.c.number)
            .limit(limit)
        )
        return await self._database.do(lambda db: [Told(*row) for row in db.execute(wanted)], write=False)

    async def last_number(self, visitor: str) -> int:
        """Return the number of the newest message, 0 when there is none."""
        wanted = select(_VISITOR.c.last_number).where(_VISITOR.c.id == visitor)
        return await self._database.do(lambda db: db.execute(wanted).scalar_one_or_none() or 0, write=False)


class Ear:
    """One open stream, listening for its visitor's bell."""

    def __init__(self) -> None:
        """Listen."""
        self._rung = asyncio.Event()
        self.is_open = True

    def ring(self) -> None:
        """Wake the stream."""
        self._rung.set()

    def close(self) -> None:
        """Wake the stream for the last time."""
        self.is_open = False
        self._rung.set()

    async def wait(self, seconds: float) -> None:
        """Wait for the bell, at most ``seconds``."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        self._rung.clear()


class Bell:
    """The open streams of this process; one told by another process rings too, or is found by looking."""

    def __init__(self, *, capacity: int = _STREAMS_IN_ALL) -> None:
        """Let in ``capacity`` streams, :data:`STREAMS_A_VISITOR` of them a visitor."""
        self._ears: dict[str, set[Ear]] = {}
        self._capacity = capacity
        self._is_closed = False

    def is_full(self, visitor: str) -> bool:
        """Tell whether another stream of this visitor has to wait."""
        everyone = sum(map(len, self._ears.values()))
        return self._is_closed or everyone >= self._capacity or len(self._ears.get(visitor, ())) >= STREAMS_A_VISITOR

    @contextlib.contextmanager
    def listen(self, visitor: str) -> Generator[Ear]:
        """Open an ear for as long as a stream lasts."""
        ear = Ear()
        ear.is_open = not self._is_closed
        ears = self._ears.setdefault(visitor, set())
        ears.add(ear)
        try:
            yield ear
        finally:
            ears.discard(ear)
            if not ears:
                del self._ears[visitor]

    def ring(self, visitor: str) -> None:
        """Wake every open stream of a visitor."""
        for ear in self._ears.get(visitor, ()):
            ear.ring()

    def close(self) -> None:
        """End every stream and let no more in: the server is going down."""
        self._is_closed = True
        for ears in self._ears.values():
            for ear in ears:
                ear.close()


def _put(db: Session, parcel: Parcel, now: datetime) -> int:
    visitor = parcel.target.chat
    put_if_missing(db, WebVisitor, {"id": visitor, "last_number": 0}, key=("id",))
    here = _VISITOR.c.id == visitor
    last = db.execute(select(_VISITOR.c.last_number).where(here).with_for_update()).scalar_one()
    earlier = db.execute(select(_MESSAGE.c.number).where(_MESSAGE.c.outbox_id == parcel.id)).scalar_one_or_none()
    if earlier is not None:
        return earlier
    db.execute(update(_VISITOR).where(here).values(last_number=last + 1))
    told = WebMessage(visitor_id=visitor, number=last + 1, outbox_id=parcel.id, content=_content(parcel), told_at=now)
    db.add(told)
    ring(db, f"{TOLD}{visitor}")
    return last + 1


def _content(parcel: Parcel) -> dict[str, Any]:
    message = parcel.message.model_dump(mode="json", include={"text", "attachments", "pin", "large"})
    choices = [{"key": choice.key, "label": choice.label} for choice in parcel.message.choices]
    asks = sum(bool(choice.words) for choice in parcel.message.choices) == 1
    return {**message, "choices": choices, "asks": asks, "outbox_id": parcel.id}
