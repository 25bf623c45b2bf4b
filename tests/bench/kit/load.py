"""A load generator in a process of its own: posts Telegram updates over kept connections and writes down how it went.

Run with an order as JSON, it answers with one JSON object. With a ``rate`` it is an open loop: each update has its
moment, and its latency counts from then, whether or not a connection was free.
"""

import asyncio
import json
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import uvloop

from tests.bench.kit.stage import Child, child, say
from tests.bench.kit.tables import percentile

SECRET = "bench-secret"
CHATS = 100_000
FIRST_CHAT = 10_000_000
TEXT = "记一笔"
TELL = "给我一条通知"
"""Phrases that start the flows of ``kit/served.py``."""

STRIDE = 7919
_TICK = 0.001
_PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Order:
    """What to send: for so long, or so many; as fast as answers come, or at a rate."""

    port: int
    seconds: float
    path: str = "/telegram"
    connections: int = 32
    rate: float = 0.0
    first: int = 1
    count: int = 10**9
    texts: tuple[str, ...] = (TEXT,)
    chats: int = CHATS
    keep: str = ""
    """A file for what was answered 200, a line each: its number, when it was due, when it was answered."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it went; latencies in milliseconds."""

    ok: int
    sent: int
    seconds: float
    p50: float
    p99: float
    statuses: dict[str, int]

    @property
    def rate(self) -> float:
        return self.ok / self.seconds


def chat_of(number: int, chats: int = CHATS) -> int:
    """Return who sends the update of a number: everybody once before anybody twice."""
    return FIRST_CHAT + number * STRIDE % chats


def update(number: int, text: str, chats: int = CHATS) -> bytes:
    """Return one update as Telegram writes it."""
    who = chat_of(number, chats)
    person = {"id": who, "first_name": "李", "language_code": "zh-hans"}
    message = {
        "message_id": number,
        "from": {**person, "is_bot": False},
        "chat": {**person, "type": "private"},
        "date": int(time.time()),
        "text": text,
    }
    return json.dumps({"update_id": number, "message": message}, ensure_ascii=False).encode()


@dataclass(slots=True)
class Generator:
    """Keeps every connection busy, or every moment."""

    order: Order
    took: list[float] = field(default_factory=list[float])
    statuses: Counter[str] = field(default_factory=Counter[str])
    kept: list[str] = field(default_factory=list[str])
    sent: int = 0
    began: float = 0.0
    last: float = 0.0
    waiting: deque[float] = field(default_factory=deque[float])
    idle: list["Connection"] = field(default_factory=list["Connection"])
    open: set["Connection"] = field(default_factory=set["Connection"])
    stopped: bool = False
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> Outcome:
        loop = asyncio.get_running_loop()
        for _ in range(self.order.connections):
            await loop.create_connection(lambda: Connection(self), "127.0.0.1", self.order.port)
        self.began = self.last = time.monotonic()
        if self.order.rate:
            await self._keep_time()
        else:
            for one in [*self.idle]:
                self.free(one)
        try:
            await asyncio.wait_for(self.over.wait(), self.order.seconds + _PATIENCE)
        except TimeoutError:
            self.statuses["unanswered"] += sum(one.is_busy for one in self.open)
        return self._outcome()

    def free(self, connection: "Connection") -> None:
        """Give a connection something to do, if there is."""
        now = time.monotonic()
        if connection in self.idle:
            self.idle.remove(connection)
        if self.order.rate:
            if self.waiting:
                self._send(connection, self.waiting.popleft())
            else:
                self.idle.append(connection)
        elif now - self.began < self.order.seconds and self.sent < self.order.count and not self.stopped:
            self._send(connection, now)
        else:
            self.idle.append(connection)
            self._end()

    def answered(self, number: int, due: float, status: str) -> None:
        self.last = time.monotonic()
        self.statuses[status] += 1
        if status == "200":
            self.took.append(self.last - due)
            if self.order.keep:
                self.kept.append(f"{number} {due:.6f} {self.last:.6f}\n")

    def stop(self) -> None:
        """Begin nothing more."""
        self.stopped = True
        asyncio.get_running_loop().remove_reader(sys.stdin)

    def lost(self, connection: "Connection") -> None:
        self.open.discard(connection)
        if connection in self.idle:
            self.idle.remove(connection)
        self._end()

    async def _keep_time(self) -> None:
        due = 0
        total = min(int(self.order.seconds * self.order.rate), self.order.count)
        while due < total and self.open and not self.stopped:
            late = min(total, int((time.monotonic() - self.began) * self.order.rate) + 1)
            for number in range(due, late):
                self.waiting.append(self.began + number / self.order.rate)
            due = max(due, late)
            while self.waiting and self.idle:
                self._send(self.idle.pop(), self.waiting.popleft())
            await asyncio.sleep(_TICK)
        give_up_at = time.monotonic() + _PATIENCE
        while len(self.idle) < len(self.open) and time.monotonic() < give_up_at:  # noqa: ASYNC110  # time is kept here
            await asyncio.sleep(_TICK)
        self.over.set()

    def _send(self, connection: "Connection", due: float) -> None:
        number = self.order.first + self.sent
        self.sent += 1
        text = self.order.texts[number % len(self.order.texts)]
        connection.send(number, due, update(number, text, self.order.chats))

    def _end(self) -> None:
        if len(self.idle) == len(self.open) and not self.order.rate:
            self.over.set()

    def _outcome(self) -> Outcome:
        if self.order.keep:
            Path(self.order.keep).write_text("".join(self.kept), encoding="utf-8")
        return Outcome(
            ok=len(self.took),
            sent=self.sent,
            seconds=max(self.last - self.began, 1e-6),
            p50=percentile(self.took, 0.5) * 1000,
            p99=percentile(self.took, 0.99) * 1000,
            statuses=dict(self.statuses),
        )


class Connection(asyncio.Protocol):
    """One kept connection, one request at a time."""

    def __init__(self, generator: Generator) -> None:
        self._generator = generator
        self._buffer = b""
        self._asked: tuple[int, float] | None = None
        self._head = (
            f"POST {generator.order.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"X-Telegram-Bot-Api-Secret-Token: {SECRET}\r\nContent-Length: "
        ).encode()

    @property
    def is_busy(self) -> bool:
        return self._asked is not None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._generator.open.add(self)
        self._generator.idle.append(self)

    def send(self, number: int, due: float, body: bytes) -> None:
        self._asked = number, due
        self._transport.write(self._head + str(len(body)).encode() + b"\r\n\r\n" + body)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r", 1)[0]) if at >= 0 else 0
        if len(self._buffer) < end + 4 + length or self._asked is None:
            return
        status = self._buffer[9:12].decode()
        self._buffer = self._buffer[end + 4 + length :]
        number, due = self._asked
        self._asked = None
        self._generator.answered(number, due, status)
        self._generator.free(self)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._generator.lost(self)


@dataclass(frozen=True, slots=True)
class Posting:
    """A load that is under way in another process."""

    process: Child
    order: Order

    def outcome(self, *, patience: float = 30) -> Outcome:
        """Wait for its end and return how it went."""
        return Outcome(**self.process.answer(seconds=self.order.seconds + patience))

    def stop(self) -> Outcome:
        """End it before its time and return how it went until then."""
        self.process.tell("stop")
        return Outcome(**self.process.answer(seconds=_PATIENCE + 5))


@contextmanager
def begin(folder: Path, order: Order) -> Iterator[Posting]:
    """Let another process do it meanwhile."""
    with child("-m", "tests.bench.kit.load", folder=folder, order=asdict(order)) as process:
        yield Posting(process, order)


def post(folder: Path, order: Order) -> Outcome:
    """Let another process do it, and return how it went."""
    with begin(folder, order) as posting:
        return posting.outcome()


async def _perform(order: Order) -> Outcome:
    generator = Generator(order)
    asyncio.get_running_loop().add_reader(sys.stdin, generator.stop)
    return await generator.run()


if __name__ == "__main__":
    say(json.dumps(asdict(uvloop.run(_perform(Order(**json.loads(sys.argv[1])))))))
