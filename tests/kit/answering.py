"""Somebody a channel hands its inbounds to who answers at once, or as late as it is told to."""

import asyncio
import itertools
from dataclasses import dataclass, field

from bot.channels.base import Answer, ReachChange
from bot.conversation.turn import Inbound
from bot.domain.messages import Attachment, Choice, Message
from bot.domain.outgoing.outbox import Parcel, Target
from bot.errors import DatabaseUnavailable
from db.models import OutboxKind


@dataclass
class Answerer:
    """Takes each inbound once, as the engine does; ``refusals`` is how often the database is away first."""

    refusals: int = 0
    seconds: float = 0.0
    choices: tuple[Choice, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    is_quiet: bool = False
    template: str = "t"
    kept: list[Inbound] = field(default_factory=list[Inbound])
    changes: list[ReachChange] = field(default_factory=list[ReachChange])
    sent: list[Parcel] = field(default_factory=list[Parcel])
    was_told: list[Parcel] = field(default_factory=list[Parcel])
    attempts: int = 0
    _answers: dict[tuple[str, str], Parcel] = field(default_factory=dict[tuple[str, str], Parcel])
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(41))

    async def receive(self, inbound: Inbound) -> None:
        raise AssertionError(inbound)

    async def answer(self, inbound: Inbound) -> Answer:
        """Say what was said, after a while."""
        self.attempts += 1
        await asyncio.sleep(self.seconds)
        self._refuse()
        key = inbound.sender, inbound.message_id
        is_new = key not in self._answers
        if is_new:
            self.kept.append(inbound)
            self._answers[key] = self._parcel(inbound)
        return Answer(None if self.is_quiet else self._answers[key], is_new=is_new)

    async def note(self, change: ReachChange) -> None:
        """Keep a change of reach."""
        self._refuse()
        self.changes.append(change)

    def told(self, parcel: Parcel) -> None:
        """Remember what was told."""
        self.was_told.append(parcel)

    def send(self, parcel: Parcel) -> None:
        """Remember what is to be sent."""
        self.sent.append(parcel)

    @property
    def texts(self) -> list[str]:
        """What was said, in the order it was kept."""
        return [one.text or one.button for one in self.kept]

    def _parcel(self, inbound: Inbound) -> Parcel:
        text = f"答：{inbound.text or inbound.button}"
        message = Message(template=self.template, text=text, choices=self.choices, attachments=self.attachments)
        target = Target(inbound.channel, inbound.account, inbound.chat)
        return Parcel(next(self._numbers), OutboxKind.REPLY, target, message, 1)

    def _refuse(self) -> None:
        if self.refusals:
            self.refusals -= 1
            raise DatabaseUnavailable("database is locked")
