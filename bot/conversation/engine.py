"""One turn, one transaction: claim, lock, answer, save, commit. Nothing is sent from here."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import String, bindparam, cast, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.conversation import offers
from bot.conversation.dialogue import Dialogue
from bot.conversation.standing import Pace, lock, pace, save
from bot.conversation.turn import Inbound, Reply, Traits, Turn
from bot.domain import files, outbox
from bot.domain.house import house_of
from bot.domain.library import Shelf
from bot.domain.messages import Message, numbered
from bot.errors import DatabaseUnavailable, DomainError
from bot.logs import trace
from db.claims import named, table_of
from db.models import InboxRecord, InboxState, OutboxKind, OutboxRow
from db.prepared import Prepared
from db.sql import UNAVAILABLE, Database, undoable

_INBOX = table_of(InboxRecord)
_ROW = table_of(OutboxRow)
_PLAIN = Traits()
_KEY = ("channel", "account", "sender", "message_id")
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Taken:
    """How a turn ended: what it replied (leased to this process when it is new), and whether it was a redelivery."""

    state: InboxState
    reply: outbox.Parcel | None = None
    redelivered: bool = False


class Engine:
    """Takes turns: any process may take any of them, in any order, and each happens once."""

    def __init__(
        self, database: Database, dialogue: Dialogue, *, clock: Clock, traits: Mapping[str, Traits], owner: str
    ) -> None:
        """``owner`` names this process on the leases of the replies it will send."""
        self._database = database
        self._dialogue = dialogue
        self._clock = clock
        self._traits = traits
        self._owner = owner
        self._shelf = Shelf()
        self._is_stale = False
        self._refreshing: asyncio.Task[None] | None = None

    async def handle(self, inbound: Inbound) -> Taken:
        """Take one turn in a database thread; see :meth:`take`."""
        return await self._database.do(functools.partial(self._turn, inbound))

    def refresh_soon(self) -> None:
        """Read the entries anew in the background if they changed, so that no turn has to wait for it."""
        self._is_stale = True
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.get_running_loop().create_task(self._refresh())

    async def _refresh(self) -> None:
        while self._is_stale:  # they may change again while they are read
            self._is_stale = False
            try:
                await self._database.do(self._shelf.current, write=False)
            except DatabaseUnavailable as error:  # the next turn reads them itself
                log.warning("entries_not_refreshed", reason=str(error))

    def take(self, inbound: Inbound) -> Taken:
        """Take one turn here and now.

        Raises :class:`DatabaseUnavailable` when nothing could be kept. A refusal by a rule changes nothing and is
        said; anything else that goes wrong is rolled back, marked, apologised for, and never tried again.
        """
        return self._database.run(functools.partial(self._turn, inbound))

    def _turn(self, inbound: Inbound, db: Session) -> Taken:
        now = self._clock.now()
        standing, mark = lock(db, inbound, now=now)
        inbox_id = _claim(db, inbound, now)
        if inbox_id is None:
            return _recorded(db, inbound)
        turn = Turn(
            inbound=inbound,
            db=db,
            now=now,
            zone=house_of(db).zone,
            conversation=standing,
            library=self._shelf.current(db, mark),
            traits=self._traits.get(inbound.channel, _PLAIN),
        )
        match pace(standing, now):
            case Pace.CALM:
                state, reply, message = self._answer(turn)
            case Pace.TOO_FAST:
                state, reply = InboxState.DONE, Reply("engine/too_fast")
                message = spoken(turn, reply)
            case Pace.STILL_TOO_FAST:
                _mark(db, inbox_id, InboxState.QUIET)
                save(db, standing)
                return Taken(InboxState.QUIET)
        return self._say(turn, reply, message, inbox_id, state)

    def _answer(self, turn: Turn) -> tuple[InboxState, Reply, Message]:
        """Let a flow answer, on its own: what it did is undone when a rule refuses it or it breaks."""
        outer, before = turn.db, replace(turn.conversation, open_form=None)
        try:
            try:
                with undoable(outer) as turn.db:
                    return InboxState.DONE, *self._flow(turn)
            except DomainError as refusal:
                turn.conversation = replace(before)
                reply = Reply.of(refusal.template, refusal.values)
                return InboxState.DONE, reply, spoken(turn, reply)
            finally:
                turn.db = outer
        except Exception as error:  # border: whatever a flow does wrong, the person gets a sentence
            if isinstance(error, UNAVAILABLE):
                raise
            log.error("turn_failed", channel=turn.inbound.channel, error=type(error).__name__, at=trace(error))
            turn.conversation = before
            reply = Reply("engine/sorry")
            return InboxState.POISONED, reply, spoken(turn, reply)

    def _flow(self, turn: Turn) -> tuple[Reply, Message]:
        if turn.inbound.files:
            turn.files = files.note(
                turn.db,
                turn.inbound.files,
                person_id=turn.conversation.person_id,
                source=_private(turn.inbound),
                now=turn.now,
            )
        reply = self._dialogue.reply_to(turn)
        return reply, spoken(turn, reply)

    def _say(self, turn: Turn, reply: Reply, message: Message, inbox_id: int, state: InboxState) -> Taken:
        inbound, db = turn.inbound, turn.db
        if state is not InboxState.DONE:
            _mark(db, inbox_id, state)
        target = outbox.Target(inbound.channel, inbound.account, inbound.chat, inbound.reply_to)
        draft = outbox.Draft(f"reply:{inbox_id}", OutboxKind.REPLY, target, message, due_at=turn.now)
        row_id = outbox.write(db, draft, now=turn.now, owner=self._owner)
        if row_id is None:
            raise AssertionError("an inbox id is used once")
        offers.remember(turn, row_id, message, question=str(reply.values.get("question", message.text)))
        turn.conversation.last_turn_at = turn.now
        save(db, turn.conversation)
        return Taken(state, outbox.Parcel(row_id, OutboxKind.REPLY, target, message, attempts=1, due_at=turn.now))


def _claiming(is_postgresql: bool) -> Any:  # noqa: ANN401, FBT001  # a dialect's insert; `Prepared` calls it
    insert = (postgresql if is_postgresql else sqlite).insert(_INBOX)
    claimed = insert.values(**named(InboxRecord, *_KEY, "taken_at"), state=InboxState.DONE)
    return claimed.on_conflict_do_nothing(index_elements=list(_KEY)).returning(_INBOX.c.id)


_CLAIM = Prepared(_claiming)
_RECORDED = Prepared(
    select(_INBOX.c.state, _ROW.c.id, _ROW.c.content, _ROW.c.due_at)
    .outerjoin(_ROW, (_ROW.c.cause == "reply:" + cast(_INBOX.c.id, String)) & (_ROW.c.chat == bindparam("chat")))
    .where(*(_INBOX.c[name] == bindparam(name) for name in _KEY))
)


def _claim(db: Session, inbound: Inbound, now: datetime) -> int | None:
    """Take an inbound, once; return its number, or ``None`` when it was taken before."""
    row = _CLAIM.row(db, **{name: getattr(inbound, name) for name in _KEY}, taken_at=now)
    return row[0] if row else None


def _mark(db: Session, inbox_id: int, state: InboxState) -> None:
    db.execute(update(_INBOX).where(_INBOX.c.id == inbox_id).values(state=state))


def spoken(turn: Turn, reply: Reply) -> Message:
    """Render a reply, with all that continues it, into one message."""
    render = house_of(turn.db).renderer.render
    texts: list[str] = []
    part: Reply | None = reply
    while part is not None:
        texts.append(render(part.template, part.values))
        part = part.continuation
    return Message(
        template=reply.template,
        text="\n".join(texts),
        choices=numbered(reply.choices),
        attachments=reply.attachments,
        pin=reply.pin,
        large=turn.conversation.large_text,
    )


def _private(inbound: Inbound) -> outbox.Target:
    """Return where the sender is reached alone, also when they spoke in a group."""
    return outbox.Target(inbound.channel, inbound.account, inbound.sender)


def _recorded(db: Session, inbound: Inbound) -> Taken:
    row = _RECORDED.row(db, **{name: getattr(inbound, name) for name in (*_KEY, "chat")})
    if row is None:
        raise AssertionError("it was taken before")
    state, outbox_id, content, due_at = row
    if content is None:
        return Taken(state, redelivered=True)
    target = outbox.Target(inbound.channel, inbound.account, inbound.chat, inbound.reply_to)
    message = Message.model_validate(content)
    parcel = outbox.Parcel(outbox_id, OutboxKind.REPLY, target, message, attempts=1, due_at=due_at)
    return Taken(state, parcel, redelivered=True)
