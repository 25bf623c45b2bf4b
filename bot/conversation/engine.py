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
from bot.errors import DatabaseUnavailable, DomainError
from bot.logs import trace
from db.claims import claim, table_of
from db.models import InboxRecord, InboxState, OutboxKind
from db.sql import Database

_INBOX = table_of(InboxRecord)
_KEY = ("channel", "account", "sender", "message_id")
_LONGEST_KEY = 128
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
        try:
            return await self._database.do(functools.partial(self._turn, inbound))
        except Exception as error:  # noqa: BLE001  # border: whatever a flow does wrong, the person gets a sentence
            return await self._database.do(self._instead(inbound, error))

    def take(self, inbound: Inbound) -> Taken:
        """Take one turn here and now.

        Raises :class:`DatabaseUnavailable` when nothing could be kept. A refusal by a rule changes nothing and is
        said; anything else that goes wrong is rolled back, marked, apologised for, and never tried again.
        """
        try:
            return self._database.run(functools.partial(self._turn, inbound))
        except Exception as error:  # noqa: BLE001  # border: as above
            return self._database.run(self._instead(inbound, error))

    def _turn(self, inbound: Inbound, db: Session) -> Taken:
        inbox_id = self._claim(db, inbound)
        if inbox_id is None:
            return _recorded(db, inbound)
        turn = self._open(db, inbound)
        match standing.pace(turn.conversation, turn.now):
            case standing.Pace.CALM:
                reply = self._dialogue.reply_to(turn)
            case standing.Pace.TOO_FAST:
                reply = Reply("engine/too_fast")
            case standing.Pace.STILL_TOO_FAST:
                return self._quiet(db, inbox_id)
        return self._say(turn, reply, inbox_id, InboxState.DONE)

    def _instead(self, inbound: Inbound, error: Exception) -> functools.partial[Taken]:
        """Return the turn to take instead of one that raised."""
        match error:
            case DatabaseUnavailable():
                raise error
            case DomainError():
                return functools.partial(self._close, inbound, Reply.of(error.template, error.values), InboxState.DONE)
            case _:
                log.error("turn_failed", channel=inbound.channel, error=type(error).__name__, at=trace(error))
                return functools.partial(self._close, inbound, Reply("engine/sorry"), InboxState.POISONED)

    def _close(self, inbound: Inbound, reply: Reply, state: InboxState, db: Session) -> Taken:
        inbox_id = self._claim(db, inbound)
        if inbox_id is None:
            return _recorded(db, inbound)
        turn = self._open(db, inbound)
        turn.conversation.open_form = None
        return self._say(turn, reply, inbox_id, state)

    def _claim(self, db: Session, inbound: Inbound) -> int | None:
        values = {name: getattr(inbound, name)[:_LONGEST_KEY] for name in _KEY}
        values |= {"state": InboxState.DONE, "taken_at": self._clock.now()}
        return claim(db, InboxRecord, values, key=_KEY)

    def _open(self, db: Session, inbound: Inbound) -> Turn:
        now = self._clock.now()
        conversation = standing.lock(db, inbound)
        private = outbox.Target(inbound.channel, inbound.account, inbound.sender)
        person, address = people.known_at(db, private, now=now)
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
            files=files.note(db, inbound.files, person_id=person.id, source=private, now=now),
        )

    def _say(self, turn: Turn, reply: Reply, inbox_id: int, state: InboxState) -> Taken:
        inbound, db = turn.inbound, turn.db
        message = spoken(turn, reply)
        target = outbox.Target(inbound.channel, inbound.account, inbound.chat, inbound.reply_to)
        draft = outbox.Draft(f"reply:{inbox_id}", OutboxKind.REPLY, target, message, due_at=turn.now)
        row_id = outbox.write(db, draft, now=turn.now, owner=self._owner)
        if row_id is None:
            raise AssertionError("an inbox id is used once")
        offers.remember(turn, row_id, message)
        turn.conversation.last_turn_at = turn.now
        db.add(turn.conversation)
        db.execute(update(_INBOX).where(_INBOX.c.id == inbox_id).values(outbox_id=row_id, state=state))
        return Taken(state, outbox.Parcel(row_id, OutboxKind.REPLY, target, message, attempts=1))

    def _quiet(self, db: Session, inbox_id: int) -> Taken:
        db.execute(update(_INBOX).where(_INBOX.c.id == inbox_id).values(state=InboxState.QUIET))
        return Taken(InboxState.QUIET)


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


def _recorded(db: Session, inbound: Inbound) -> Taken:
    key = [_INBOX.c[name] == getattr(inbound, name)[:_LONGEST_KEY] for name in _KEY]
    state, outbox_id = db.execute(select(_INBOX.c.state, _INBOX.c.outbox_id).where(*key)).one()
    target = outbox.Target(inbound.channel, inbound.account, inbound.chat, inbound.reply_to)
    message = outbox.spoken(db, outbox_id, target) if outbox_id else None
    parcel = outbox.Parcel(outbox_id, OutboxKind.REPLY, target, message, attempts=1) if message else None
    return Taken(state, parcel, redelivered=True)
