"""A channel at the border: it remembers what it was given and goes wrong as it is told."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.conversation.turn import Traits
from bot.domain.outgoing.outbox import Parcel
from bot.domain.outgoing.pacing import Limits


@dataclass(frozen=True, slots=True)
class Mishap:
    """One way to go wrong; ``arrives`` is whether the person gets the message all the same."""

    error: Exception
    arrives: bool = False


@dataclass
class FakeChannel:
    """Delivers into lists; what was tried and what arrived are kept apart."""

    name: str = "test"
    account: str = "bot"
    traits: Traits = field(default_factory=Traits)
    limits: Limits | None = None
    repeats: bool = False
    tried: list[str] = field(default_factory=list[str])
    arrived: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    meanwhile: Callable[[], None] = lambda: None
    busiest: int = 0
    _busy: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _mishaps: dict[str, deque[Mishap | None]] = field(default_factory=dict[str, deque[Mishap | None]])
    _gates: dict[str, asyncio.Event] = field(default_factory=dict[str, asyncio.Event])

    def misbehave(self, what: str, error: Exception | None, *, times: int = 1, arrives: bool = False) -> None:
        """Go wrong at the next ``times`` sends to a chat, or fetches of a file; ``None`` is one that goes well."""
        mishap = Mishap(error, arrives=arrives) if error else None
        self._mishaps.setdefault(what, deque()).extend([mishap] * times)

    def hold(self, chat: str) -> asyncio.Event:
        """Let sends to a chat begin and not end, until the returned event is set."""
        return self._gates.setdefault(chat, asyncio.Event())

    @property
    def texts(self) -> list[str]:
        """What arrived, in order, wherever it went."""
        return [text for _, text in self.arrived]

    async def send(self, parcel: Parcel) -> str:
        """Deliver one message, or go wrong."""
        chat, text = parcel.target.chat, parcel.message.text
        self._try(text)
        self._busy += 1
        self.busiest = max(self.busiest, self._busy)
        try:
            await self._wait_at(chat)
            self.meanwhile()
            self._pass(chat, on_arrival=lambda: self.arrived.append((chat, text)))
        finally:
            self._busy -= 1
        self.arrived.append((chat, text))
        return f"{chat}-{len(self.arrived)}"

    async def fetch(self, remote_id: str) -> bytes:
        """Bring the bytes of a file, or go wrong."""
        self._try(remote_id)
        await asyncio.sleep(0)
        self._pass(remote_id, on_arrival=lambda: None)
        return self.files[remote_id]

    async def until_tried(self, how_many: int = 1) -> None:
        """Wait until so many sends or fetches have begun."""
        while len(self.tried) < how_many:
            self._news.clear()
            await self._news.wait()

    def _try(self, what: str) -> None:
        self.tried.append(what)
        self._news.set()

    async def _wait_at(self, chat: str) -> None:
        gate = self._gates.get(chat)
        await (gate.wait() if gate else asyncio.sleep(0))

    def _pass(self, what: str, *, on_arrival: Callable[[], None]) -> None:
        waiting = self._mishaps.get(what)
        mishap = waiting.popleft() if waiting else None
        if mishap is None:
            return
        if mishap.arrives:
            on_arrival()
        raise mishap.error
