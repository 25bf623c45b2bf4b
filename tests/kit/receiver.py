"""Somebody a channel hands its inbounds to, who writes them down instead of answering."""

import asyncio
from dataclasses import dataclass, field

from bot.channels.base import ReachChange
from bot.conversation.turn import Inbound
from bot.errors import DatabaseUnavailable


@dataclass
class Recorder:
    """Keeps each inbound once, as the engine does; ``refusals`` is how often the database is away first."""

    refusals: int = 0
    slow: dict[str, float] = field(default_factory=dict[str, float])
    kept: list[Inbound] = field(default_factory=list[Inbound])
    changes: list[ReachChange] = field(default_factory=list[ReachChange])
    attempts: int = 0
    busy: int = 0
    busiest: int = 0

    async def receive(self, inbound: Inbound) -> None:
        """Keep an inbound, after as many seconds as its chat takes."""
        self.attempts += 1
        self._refuse()
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        await asyncio.sleep(self.slow.get(inbound.chat, 0))
        self.busy -= 1
        if inbound.message_id not in {one.message_id for one in self.kept}:
            self.kept.append(inbound)

    async def note(self, change: ReachChange) -> None:
        """Keep a change of reach."""
        self._refuse()
        self.changes.append(change)

    @property
    def texts(self) -> list[str]:
        """What was said, in the order it was kept."""
        return [one.text or one.button for one in self.kept]

    def _refuse(self) -> None:
        if self.refusals:
            self.refusals -= 1
            raise DatabaseUnavailable("database is locked")
