"""Where channels bring what people said: the turn is taken, and once it is committed its reply is sent."""

import asyncio
import functools
from collections.abc import Callable

import structlog
from sqlalchemy.orm import Session

from bot.channels.base import ReachChange, ReachKind
from bot.clock import seconds
from bot.conversation.engine import Engine, Taken
from bot.conversation.turn import Inbound
from bot.domain import outbox, people
from bot.jobs.delivery import Delivery
from db.sql import Database

log = structlog.get_logger()


class Reception:
    """Takes turns for every channel and sends their replies right after the commit."""

    def __init__(
        self, engine: Engine, delivery: Delivery, database: Database, *, after_turn: Callable[[], None]
    ) -> None:
        """``after_turn`` is called once a turn is committed: it may have left notices that are due."""
        self._engine = engine
        self._delivery = delivery
        self._database = database
        self._after_turn = after_turn
        self._sending: set[asyncio.Task[None]] = set()

    async def receive(self, inbound: Inbound) -> None:
        """Take the turn and return once it is committed; its reply goes out by itself."""
        began = seconds()
        taken = await self._engine.handle(inbound)
        log.info(
            "turn",
            channel=inbound.channel,
            state=taken.state.value,
            redelivered=taken.redelivered,
            milliseconds=round((seconds() - began) * 1000, 1),
        )
        self._send(taken)
        self._after_turn()

    async def note(self, change: ReachChange) -> None:
        """Keep that somebody can, or can no longer, be reached."""
        await self._database.do(functools.partial(_note, change))

    async def close(self) -> None:
        """Wait for the replies that are on their way."""
        await asyncio.gather(*self._sending, return_exceptions=True)

    def _send(self, taken: Taken) -> None:
        if taken.reply is None or taken.redelivered:
            return
        task = asyncio.create_task(self._delivery.send([taken.reply]))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)


def _note(change: ReachChange, db: Session) -> None:
    match change.kind:
        case ReachKind.LOST:
            people.lose_touch(db, change.target, "Blocked")
        case ReachKind.REGAINED:
            people.regain_touch(db, change.target)
        case ReachKind.MOVED:
            people.move(db, change.target, change.new_chat)
            outbox.redirect(db, change.target, change.new_chat)
