"""Telegram's place taken by something that takes every message at once."""

import time

from bot.conversation.turn import Traits
from bot.domain.outgoing.outbox import Parcel
from tests.kit.telegram_updates import TOKEN


class NullChannel:
    """Counts, and keeps to whom and when if it is told to."""

    name = "telegram"
    account = TOKEN.partition(":")[0]
    traits = Traits(has_buttons=True)
    limits = None
    repeats = False

    def __init__(self, *, keeps: bool = False) -> None:
        self.count = 0
        self.taken: list[tuple[str, float]] = []
        self._keeps = keeps

    async def send(self, parcel: Parcel) -> str:
        self.count += 1
        if self._keeps:
            self.taken.append((parcel.target.chat, time.monotonic()))
        return "1"

    async def fetch(self, remote_id: str) -> bytes:
        raise NotImplementedError(remote_id)
