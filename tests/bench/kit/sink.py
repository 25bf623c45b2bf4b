"""A Bot API server in a process of its own that takes every message at once and writes down when it came.

Run with an order as JSON: ``port``, and optionally ``flood_after`` messages the one answer 429 with ``retry_after``,
or one every ``flood_every`` messages; every ``blocked_every`` th chat has blocked the bot, and every ``drop_every`` th
message is taken without an answer. ``GET /arrivals`` gives what came so far, as ``[[seconds, chat], …]``, when 429 was
first said, how often, and which chats got no answer, and all that was refused so, as what came; ``GET /last/CHAT`` when
something last came to one chat.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import uvloop

from tests.bench.kit.stage import child, free_port

_SOONER = -10


@dataclass(slots=True)
class Sink:
    """What came, and when patience was asked for."""

    flood_after: int = 0
    retry_after: int = 0
    flood_every: int = 0
    blocked_every: int = 0
    drop_every: int = 0
    arrivals: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])
    dropped: list[str] = field(default_factory=list[str])
    refused: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])
    last: dict[str, float] = field(default_factory=dict[str, float])
    refused_at: float = 0.0
    floods: int = 0

    def answer(self, method: str, body: bytes) -> tuple[int, object]:
        """Answer one call; status 0: not at all."""
        if method == "getMe":
            me = {"id": 123456, "is_bot": True, "first_name": "Bench", "username": "BenchBot"}
            return 200, {"ok": True, "result": me}
        if not method.startswith("send"):
            return 200, {"ok": True, "result": True}
        if self._is_flooded():
            self.refused_at = self.refused_at or time.monotonic()
            self.floods += 1
            self.refused.append((time.monotonic(), _chat(body)))
            patience = {"retry_after": self.retry_after}
            described = f"Too Many Requests: retry after {self.retry_after}"
            return 429, {"ok": False, "error_code": 429, "description": described, "parameters": patience}
        chat = _chat(body)
        if self.blocked_every and int(chat or 1) % self.blocked_every == 0:
            return 403, {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"}
        self.arrivals.append((time.monotonic(), chat))
        self.last[chat] = time.monotonic()
        if self.drop_every and len(self.arrivals) % self.drop_every == 0:
            self.dropped.append(chat)
            return 0, None
        told = {"id": int(chat or 0), "type": "private"}
        return 200, {"ok": True, "result": {"message_id": len(self.arrivals), "date": int(time.time()), "chat": told}}

    def _is_flooded(self) -> bool:
        if self.flood_every:
            return len(self.arrivals) >= (self.floods + 1) * self.flood_every
        return bool(self.flood_after) and len(self.arrivals) >= self.flood_after and not self.refused_at


class Connection(asyncio.Protocol):
    """Reads requests one after the other."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            at = head.lower().find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r", 1)[0]) if at >= 0 else 0
            if len(self._buffer) < end + 4 + length:
                return
            body = self._buffer[end + 4 : end + 4 + length]
            self._buffer = self._buffer[end + 4 + length :]
            self._answer(head.split(b" ", 2)[1].decode(), body)

    def _answer(self, path: str, body: bytes) -> None:
        if path == "/arrivals":
            sink = self._sink
            known = {"arrivals": sink.arrivals, "refused_at": sink.refused_at, "floods": sink.floods}
            status, told = 200, {**known, "dropped": sink.dropped, "refused": sink.refused}
        elif path.startswith("/last/"):
            status, told = 200, self._sink.last.get(path.removeprefix("/last/"), 0.0)
        else:
            status, told = self._sink.answer(path.rpartition("/")[2], body)
        if not status:
            self._transport.close()
            return
        payload = json.dumps(told).encode()
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(payload)}\r\n\r\n"
        self._transport.write(head.encode() + payload)


def _chat(body: bytes) -> str:
    """Return the chat of a call, written as JSON, as a form, escaped or not, or in parts."""
    at = body.find(b"chat_id")
    digits = b""
    for one in unquote_to_bytes(body[at + 7 : at + 120]):
        mark = bytes([one])
        if mark.isdigit() or (mark == b"-" and not digits):
            digits += mark
        elif digits:
            break
    return digits.decode()


async def serve(order: dict[str, int]) -> None:
    """Listen until killed, before others if we may: when something came is not when we had time for it."""
    with suppress(PermissionError):
        os.nice(_SOONER)
    sink = Sink(**{name: value for name, value in order.items() if name != "port"})
    server = await asyncio.get_running_loop().create_server(lambda: Connection(sink), "127.0.0.1", order["port"])
    await server.serve_forever()


@contextmanager
def sink(folder: Path, **order: int) -> Iterator[str]:
    """Run a sink and give its URL."""
    port = free_port()
    with child("-m", "tests.bench.kit.sink", folder=folder, order={"port": port, **order}) as started:
        started.wait_for_port(port)
        yield f"http://127.0.0.1:{port}"


if __name__ == "__main__":
    uvloop.run(serve(json.loads(sys.argv[1])))
