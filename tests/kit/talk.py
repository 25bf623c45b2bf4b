"""A person who talks: says things to the engine and hears what it says, on a fake channel at the border."""

import functools
import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from sqlalchemy.orm import Session

from bot.clock import TurnableClock
from bot.conversation.dialogue import Defaults, Dialogue
from bot.conversation.engine import Engine, Taken
from bot.conversation.flow import Flow
from bot.conversation.turn import Inbound, Traits
from bot.domain.messages import Message
from bot.domain.outgoing import leasing, settling
from bot.domain.outgoing.outbox import Target
from bot.domain.outgoing.pacing import Lane
from bot.domain.outgoing.settling import Settlement
from bot.domain.persons import people
from content.words import trigger_phrases
from db.models import OutboxState, Person
from db.sql import Database
from handlers import DEFAULTS, FLOWS

MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""A Monday, nine o'clock in the morning in the township."""

OWNER = "tests"
_numbers = itertools.count(1)


class Heard(str):
    """The template of what was heard, with all of it in ``message`` and its row's id."""

    __slots__ = ("message", "outbox_id")

    message: Message
    outbox_id: int

    def __new__(cls, message: Message | None, outbox_id: int = 0) -> Self:
        heard = super().__new__(cls, message.template if message else "")
        heard.outbox_id = outbox_id
        if message:
            heard.message = message
        return heard

    @property
    def text(self) -> str:
        return self.message.text

    @property
    def labels(self) -> list[str]:
        return [choice.label for choice in self.message.choices]


@functools.cache
def _usual() -> Dialogue:
    """Return the conversation as it is shipped; it holds no state, so one serves every test."""
    return Dialogue(FLOWS, trigger_phrases(), DEFAULTS)


@dataclass
class World:
    """An engine over a database, with a clock that stands still until it is turned."""

    database: Database
    flows: tuple[Flow, ...] = FLOWS
    triggers: dict[str, str] = field(default_factory=trigger_phrases)
    defaults: Defaults = DEFAULTS
    clock: TurnableClock = field(default_factory=lambda: TurnableClock(start=MORNING, running=False))
    traits: dict[str, Traits] = field(default_factory=lambda: {"test": Traits(enlarges_text=True, has_buttons=True)})
    owner: str = OWNER

    def __post_init__(self) -> None:
        is_usual = self.flows is FLOWS and self.defaults is DEFAULTS and self.triggers == trigger_phrases()
        dialogue = _usual() if is_usual else Dialogue(self.flows, self.triggers, self.defaults)
        self.engine = Engine(self.database, dialogue, clock=self.clock, traits=self.traits, owner=self.owner)

    def person(self, name: str) -> "Talk":
        return Talk(self, name)

    def run(self, work: Any) -> Any:
        return self.database.run(work)


@dataclass
class Talk:
    """One person in one chat of their own."""

    world: World
    name: str
    chat: str = ""

    @property
    def target(self) -> Target:
        return Target("test", "bot", self.chat or self.name)

    def inbound(self, text: str = "", **more: Any) -> Inbound:
        given: dict[str, Any] = {"message_id": f"m{next(_numbers)}", "sent_at": self.world.clock.now(), **more}
        return Inbound(channel="test", account="bot", sender=self.name, chat=self.target.chat, text=text, **given)

    def says(self, *texts: str) -> Heard:
        """Say some things, one after the other, and hear the answer to the last."""
        heard = Heard(None)
        for text in texts:
            heard = self.sends(self.inbound(text))
        return heard

    def presses(self, heard: Heard, label: str, *, outbox_id: int = 0) -> Heard:
        """Press the button with a label under something that was heard."""
        key = next(choice.key for choice in heard.message.choices if choice.label == label)
        return self.sends(self.inbound(button=f"{outbox_id or heard.outbox_id}:{key}"))

    def quotes(self, heard: Heard, text: str) -> Heard:
        """Reply to one message of many, as chat programs let people do."""
        return self.sends(self.inbound(text, quoted=f"r{heard.outbox_id}"))

    def sends(self, inbound: Inbound) -> Heard:
        """Send an inbound as it is; the reply is delivered at once."""
        self.world.clock.turn(timedelta(seconds=2))
        taken = self.world.engine.take(inbound)
        self._deliver(taken)
        return Heard(taken.reply.message, taken.reply.id) if taken.reply else Heard(None)

    def hears(self) -> list[Heard]:
        """Receive what is due for this person now, oldest first."""

        def receive(db: Session) -> list[Heard]:
            parcels = leasing.lease_due(
                db, Lane("test", "bot"), owner=OWNER, now=self.world.clock.now(), limit=50, chat=self.target.chat
            )
            done = [Settlement(parcel, OutboxState.SENT, remote_id=f"r{parcel.id}") for parcel in parcels]
            settling.settle(db, done, now=self.world.clock.now())
            return [Heard(parcel.message, parcel.id) for parcel in parcels]

        return self.world.run(receive)

    def record(self, db: Session) -> Person:
        """Return this person's row, made if they never spoke."""
        return people.known_at(db, self.target, now=self.world.clock.now())[0]

    def _deliver(self, taken: Taken) -> None:
        if taken.reply is None:
            return
        done = [Settlement(taken.reply, OutboxState.SENT, remote_id=f"r{taken.reply.id}")]
        self.world.run(lambda db: settling.settle(db, done, now=self.world.clock.now()))
