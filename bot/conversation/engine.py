"""One turn, one transaction: claim, lock, answer, save, commit. Nothing is sent from here."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.conversation import offers, standing
from bot.conversation.dialogue import Dialogue
from bot.conversation.turn import Inbound, Reply, Traits, Turn
from bot.domain import files, outbox, people
from bot.domain.house import house_of
from bot.domain.library import Shelf
from bot.domain.messages import Message, numbered
from bot.errors import DomainError
from bot.logs import trace
from db.claims import claim, table_of
from db.models import InboxRecord, InboxState, OutboxKind
from db.sql import UNAVAILABLE, Database

_INBOX = table_of(InboxRecord)
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

    async def handle(self, inbound: Inbound) -> Taken:
        """Take one turn in a database thread; see :meth:`take`."""
        return await self._database.do(functools.partial(self._turn, inbound))

    def take(self, inbound: Inbound) -> Taken:
        """Take one turn here and now.

        Raises :class:`DatabaseUnavailable` when nothing could be kept. A refusal by a rule changes nothing and is
        said; anything else that goes wrong is rolled back, marked, apologised for, and never tried again.
        """
        return self._database.run(functools.partial(self._turn, inbound))

    def _turn(self, inbound: Inbound, db: Session) -> Taken:
        inbox_id = self._claim(db, inbound)
        if inbox_id is None:
            return _recorded(db, inbound)
        turn = self._open(db, inbound)
        match standing.pace(turn.conversation, turn.now):
            case standing.Pace.CALM:
                state, reply, message = self._answer(turn)
            case standing.Pace.TOO_FAST:
                state, reply = InboxState.DONE, Reply("engine/too_fast")
                message = spoken(turn, reply)
            case standing.Pace.STILL_TOO_FAST:
                db.execute(update(_INBOX).where(_INBOX.c.id == inbox_id).values(state=InboxState.QUIET))
                return Taken(InboxState.QUIET)
        return self._say(turn, reply, message, inbox_id, state)

    def _answer(self, turn: Turn) -> tuple[InboxState, Reply, Message]:
        """Let a flow answer, inside a savepoint: what it did is undone when a rule refuses it or it breaks."""
        try:
            try:
                return (InboxState.DONE, *self._within_savepoint(turn))
            except DomainError as refusal:
                turn.conversation.open_form = None
                reply = Reply.of(refusal.template, refusal.values)
                return InboxState.DONE, reply, spoken(turn, reply)
        except Exception as error:  # border: whatever a flow does wrong, the person gets a sentence
            if isinstance(error, UNAVAILABLE):
                raise
            log.error("turn_failed", channel=turn.inbound.channel, error=type(error).__name__, at=trace(error))
            turn.conversation.open_form = None
            reply = Reply("engine/sorry")
            return InboxState.POISONED, reply, spoken(turn, reply)

    def _within_savepoint(self, turn: Turn) -> tuple[Reply, Message]:
        private = _private(turn.inbound)
        with turn.db.begin_nested():
            sent = turn.inbound.files
            turn.files = files.note(turn.db, sent, person_id=turn.person.id, source=private, now=turn.now)
            reply = self._dialogue.reply_to(turn)
            return reply, spoken(turn, reply)

    def _claim(self, db: Session, inbound: Inbound) -> int | None:
        values = {name: getattr(inbound, name) for name in _KEY}
        values |= {"state": InboxState.DONE, "taken_at": self._clock.now()}
        return claim(db, InboxRecord, values, key=_KEY)

    def _open(self, db: Session, inbound: Inbound) -> Turn:
        now = self._clock.now()
        conversation = standing.lock(db, inbound)
        person, address = people.known_at(db, _private(inbound), now=now)
        conversation.address_id = address.id
        return Turn(
            inbound=inbound,
            db=db,
            now=now,
            zone=house_of(db).zone,
            person=person,
            address=address,
            conversation=conversation,
            library=self._shelf.current(db),
            traits=self._traits.get(inbound.channel, Traits()),
        )

    def _say(self, turn: Turn, reply: Reply, message: Message, inbox_id: int, state: InboxState) -> Taken:
        inbound, db = turn.inbound, turn.db
        target = outbox.Target(inbound.channel, inbound.account, inbound.chat, inbound.reply_to)
        draft = outbox.Draft(f"reply:{inbox_id}", OutboxKind.REPLY, target, message, due_at=turn.now)
        row_id = outbox.write(db, draft, now=turn.now, owner=self._owner)
        if row_id is None:
            raise AssertionError("an inbox id is used once")
        offers.remember(turn, row_id, message, question=str(reply.values.get("question", message.text)))
        turn.conversation.last_turn_at = turn.now
        db.add(turn.conversation)
        db.execute(update(_INBOX).where(_INBOX.c.id == inbox_id).values(outbox_id=row_id, state=state))
        return Taken(state, outbox.Parcel(row_id, OutboxKind.REPLY, target, message, attempts=1))


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
    key = [_INBOX.c[name] == getattr(inbound, name) for name in _KEY]
    state, outbox_id = db.execute(select(_INBOX.c.state, _INBOX.c.outbox_id).where(*key)).one()
    target = outbox.Target(inbound.channel, inbound.account, inbound.chat, inbound.reply_to)
    message = outbox.spoken(db, outbox_id, target) if outbox_id else None
    parcel = outbox.Parcel(outbox_id, OutboxKind.REPLY, target, message, attempts=1) if message else None
    return Taken(state, parcel, redelivered=True)
