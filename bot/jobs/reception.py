"""Where channels bring what people said: the turn is taken, and once it is committed its reply is sent."""

import asyncio
import functools

from sqlalchemy.orm import Session

from bot import metrics
from bot.channels.base import Answer, ReachChange, ReachKind
from bot.clock import seconds
from bot.conversation.engine import Engine, Taken
from bot.conversation.turn import Inbound
from bot.domain.outgoing import outbox
from bot.domain.outgoing.outbox import Parcel
from bot.domain.persons import people
from bot.errors import DatabaseUnavailable, KeepsNothing, TooBusy
from bot.jobs.delivery import Delivery
from bot.jobs.lines import Lines
from bot.logs import log
from bot.metrics import TurnResult
from db.sql import Database

MOST_WAITING = 512
"""Turns that may wait for a database thread; whoever comes then is told to come again."""

A_MOMENT = 5.0
"""Seconds for which a turn that was not kept says that the next would not be either."""

_Sender = tuple[str, str, str]


class Reception:
    """Takes turns for every channel, one person's in the order they came, and sends replies right after the commit."""

    def __init__(self, engine: Engine, delivery: Delivery, database: Database) -> None:
        """Take turns with ``engine`` and send with ``delivery``."""
        self._engine = engine
        self._delivery = delivery
        self._database = database
        self._lines = Lines[_Sender]()
        self._waiting = 0
        self._sending: set[asyncio.Task[None]] = set()
        self._refused = ("", 0.0)

    def refused(self) -> str:
        """Return why the database kept nothing of a turn a moment ago, and of none since; nothing when it did."""
        why, at = self._refused
        return why if seconds() - at < A_MOMENT else ""

    async def receive(self, inbound: Inbound) -> None:
        """Take the turn and return once it is committed; its reply goes out by itself."""
        taken = await self._admitted(inbound)
        if taken.reply and not taken.redelivered:
            self.send(taken.reply)

    async def answer(self, inbound: Inbound) -> Answer:
        """Take the turn and return, once it is committed, what it said; whoever asked tells it."""
        taken = await self._admitted(inbound)
        return Answer(taken.reply, is_new=not taken.redelivered)

    def told(self, parcel: Parcel) -> None:
        """Note that a reply was told by whoever asked for it."""
        self._delivery.note_told(parcel)

    def send(self, parcel: Parcel) -> None:
        """Send a reply in the background."""
        task = asyncio.create_task(self._delivery.send([parcel]))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def note(self, change: ReachChange) -> None:
        """Keep that somebody can, or can no longer, be reached."""
        await self._database.do(functools.partial(_note, change))

    async def close(self) -> None:
        """Wait for the replies that are on their way, and until it is recorded what was told."""
        await asyncio.gather(*self._sending, return_exceptions=True)
        await self._delivery.send([])

    async def _admitted(self, inbound: Inbound) -> Taken:
        if self._waiting >= MOST_WAITING:
            metrics.turn(inbound.channel, TurnResult.REFUSED_BUSY, 0.0)
            raise TooBusy(f"{self._waiting} turns wait already")
        self._waiting += 1
        try:
            return await self._take(inbound)
        finally:
            self._waiting -= 1

    async def _take(self, inbound: Inbound) -> Taken:
        began = seconds()
        sender = (inbound.channel, inbound.chat, inbound.sender)
        try:
            async with self._lines.of(sender):
                taken = await self._engine.handle(inbound)
        except DatabaseUnavailable as error:
            if isinstance(error, KeepsNothing):
                self._refused = (str(error), seconds())
            metrics.turn(inbound.channel, TurnResult.UNAVAILABLE, seconds() - began)
            metrics.database_error()
            raise
        self._refused = ("", 0.0)
        lasted = seconds() - began
        result = TurnResult.REDELIVERED if taken.redelivered else TurnResult(taken.state.value)
        metrics.turn(inbound.channel, result, lasted)
        log.info("turn", channel=inbound.channel, result=result.value, milliseconds=round(lasted * 1000, 1))
        return taken


def _note(change: ReachChange, db: Session) -> None:
    match change.kind:
        case ReachKind.LOST:
            people.lose_touch(db, change.target, "Blocked")
        case ReachKind.REGAINED:
            people.regain_touch(db, change.target)
        case ReachKind.MOVED:
            people.move(db, change.target, change.new_chat)
            outbox.redirect(db, change.target, change.new_chat)
