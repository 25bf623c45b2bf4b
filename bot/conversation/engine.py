"""One turn, one transaction: claim, lock, answer, save, commit. Nothing is sent from here."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import String, bindparam, cast, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.conversation import offers
from bot.conversation.dialogue import Dialogue
from bot.conversation.standing import Pace, lock_all, pace, save_all
from bot.conversation.turn import Inbound, Reply, Standing, Traits, Turn
from bot.domain import files
from bot.domain.house import house_of
from bot.domain.messages import Message, numbered
from bot.domain.outgoing import outbox
from bot.errors import DatabaseUnavailable, DomainError
from bot.logs import log, trace
from db.claims import named, table_of
from db.models import InboxRecord, InboxState, OutboxKind, OutboxRow
from db.prepared import Prepared
from db.sql import UNAVAILABLE, Database, undoable

_INBOX = table_of(InboxRecord)
_ROW = table_of(OutboxRow)
_PLAIN = Traits()
_KEY = ("channel", "account", "sender", "message_id")


@dataclass(frozen=True, slots=True)
class Taken:
    """How a turn ended: what it replied (leased to this process when it is new), and whether it was a redelivery."""

    state: InboxState
    reply: outbox.Parcel | None = None
    redelivered: bool = False


@dataclass(frozen=True, slots=True)
class _Said:
    """What a turn came to, before it is written down; nothing is said to whoever was asked to slow down."""

    turn: Turn
    inbox_id: int
    state: InboxState
    reply: Reply | None = None
    message: Message | None = None

    def draft(self) -> outbox.Draft | None:
        """Return the reply's row, as it will be written."""
        if self.message is None:
            return None
        cause, target = f"reply:{self.inbox_id}", _place(self.turn.inbound)
        return outbox.Draft(cause, OutboxKind.REPLY, target, self.message, due_at=self.turn.now)

    def keep(self, row_id: int | None) -> outbox.Parcel:
        """Let the conversation stand after the reply, and return the parcel it is."""
        if row_id is None or self.reply is None or self.message is None:
            raise AssertionError("an inbox id is used once, and a reply has words")
        question = str(self.reply.values.get("question") or _question(self.turn, self.reply, self.message))
        offers.remember(self.turn, row_id, self.message, question=question)
        self.turn.conversation.last_turn_at = self.turn.now
        return _parcel(self.turn.inbound, row_id, self.message, self.turn.now)


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
        self._is_stale = False
        self._refreshing: asyncio.Task[None] | None = None
        self._groups = database.groups(self._take_all)

    async def handle(self, inbound: Inbound) -> Taken:
        """Take one turn in a database thread, in one transaction with others that wait; see :meth:`take`."""
        return await self._groups.do(inbound)

    def refresh_soon(self) -> None:
        """Read the entries anew in the background if they changed, so that no turn has to wait for it."""
        self._is_stale = True
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.get_running_loop().create_task(self._refresh())

    async def _refresh(self) -> None:
        while self._is_stale:  # they may change again while they are read
            self._is_stale = False
            try:
                await self._database.do(lambda db: house_of(db).shelf.current(db), write=False)
            except DatabaseUnavailable as error:  # the next turn reads them itself
                log.warning("entries_not_refreshed", reason=str(error))

    def take(self, inbound: Inbound) -> Taken:
        """Take one turn here and now.

        Raises :class:`DatabaseUnavailable` when nothing could be kept. A refusal by a rule changes nothing and is
        said; anything else that goes wrong is rolled back, marked, apologised for, and never tried again.
        """
        return self._database.run(functools.partial(self._take_all, [inbound]))[0]

    def _take_all(self, inbounds: Sequence[Inbound], db: Session) -> list[Taken]:
        """Take some turns: what the engine itself reads and writes, it does once for all of them."""
        if len({_conversation(inbound) for inbound in inbounds}) < len(inbounds):
            return [taken for inbound in inbounds for taken in self._take_all([inbound], db)]
        now = self._clock.now()
        standings = lock_all(db, inbounds, now=now)
        inbox_ids = _claim_all(db, inbounds, now)
        said = [
            self._said(self._turn(inbound, standing, mark, db, now), inbox_id) if inbox_id else None
            for inbound, (standing, mark), inbox_id in zip(inbounds, standings, inbox_ids, strict=True)
        ]
        kept = iter(self._keep(db, [one for one in said if one], now))
        return [next(kept) if one else _recorded(db, inbound) for inbound, one in zip(inbounds, said, strict=True)]

    def _turn(self, inbound: Inbound, standing: Standing, mark: str, db: Session, now: datetime) -> Turn:
        return Turn(
            inbound=inbound,
            db=db,
            now=now,
            zone=house_of(db).zone,
            conversation=standing,
            library=house_of(db).shelf.current(db, mark),
            traits=self._traits.get(inbound.channel, _PLAIN),
        )

    def _said(self, turn: Turn, inbox_id: int) -> _Said:
        match pace(turn.conversation, turn.now):
            case Pace.CALM:
                return _Said(turn, inbox_id, *self._answer(turn))
            case Pace.TOO_FAST:
                reply = Reply("engine/too_fast")
                return _Said(turn, inbox_id, InboxState.DONE, reply, spoken(turn, reply))
            case Pace.STILL_TOO_FAST:
                return _Said(turn, inbox_id, InboxState.QUIET)

    def _keep(self, db: Session, said: Sequence[_Said], now: datetime) -> list[Taken]:
        """Write down the replies and where the conversations stand after them."""
        drafts = [draft for one in said if (draft := one.draft())]
        row_ids = iter(outbox.write_all(db, drafts, now=now, owner=self._owner))
        kept = [Taken(one.state, one.keep(next(row_ids)) if one.message else None) for one in said]
        save_all(db, [one.turn.conversation for one in said])
        for one in said:
            if one.state is not InboxState.DONE:
                _mark(db, one.inbox_id, one.state)
        return kept

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


def _claim_all(db: Session, inbounds: Sequence[Inbound], now: datetime) -> list[int | None]:
    """Take inbounds, each once; return their numbers, ``None`` for one that was taken before."""
    rows = _CLAIM.row_of_each(db, [{**_key(inbound), "taken_at": now} for inbound in inbounds])
    return [row[0] if row else None for row in rows]


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


def _question(turn: Turn, reply: Reply, message: Message) -> str:
    """Return what puts the choices of a message: its last part."""
    part = reply
    while part.continuation:
        part = part.continuation
    return message.text if part is reply else house_of(turn.db).renderer.render(part.template, part.values)


def _private(inbound: Inbound) -> outbox.Target:
    """Return where the sender is reached alone, also when they spoke in a group."""
    return outbox.Target(inbound.channel, inbound.account, inbound.sender)


def _recorded(db: Session, inbound: Inbound) -> Taken:
    row = _RECORDED.row(db, **_key(inbound), chat=inbound.chat)
    if row is None:
        raise AssertionError("it was taken before")
    state, outbox_id, content, due_at = row
    if content is None:
        return Taken(state, redelivered=True)
    parcel = _parcel(inbound, outbox_id, Message.model_validate(content), due_at)
    return Taken(state, parcel, redelivered=True)


def _key(inbound: Inbound) -> dict[str, object]:
    return {name: getattr(inbound, name) for name in _KEY}


def _conversation(inbound: Inbound) -> tuple[str, ...]:
    return inbound.channel, inbound.account, inbound.chat, inbound.sender


def _place(inbound: Inbound) -> outbox.Target:
    """Return where an inbound is answered."""
    return outbox.Target(inbound.channel, inbound.account, inbound.chat, inbound.reply_to)


def _parcel(inbound: Inbound, row_id: int, message: Message, due_at: datetime) -> outbox.Parcel:
    return outbox.Parcel(row_id, OutboxKind.REPLY, _place(inbound), message, attempts=1, due_at=due_at)
