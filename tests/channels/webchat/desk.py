"""What the web chat's tests share: a receiver that remembers, a site, parcels, and a reader of endless answers."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from bot.channels.base import ReachChange
from bot.channels.webchat.channel import WebChat
from bot.channels.webchat.routes import Wiring, static_app, webchat_router
from bot.channels.webchat.visitors import CookieVisitors, FixedVisitor
from bot.clock import TurnableClock
from bot.conversation.turn import Inbound
from bot.domain.files import FileStore
from bot.domain.messages import Message
from bot.domain.outgoing.outbox import Parcel, Target
from db.models import OutboxKind
from db.sql import Database
from tests.kit.databases import HOUSE, ZONE
from tests.kit.photos import photo

MORNING = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
KEYS = HOUSE.keys
PICTURES = {f"image/{kind.lower()}": photo(size=(32, 16), kind=kind) for kind in ("JPEG", "PNG", "GIF", "WEBP")}
"""A picture of each kind, 32 by 16."""

_serial = itertools.count(1000)


@dataclass
class Heard:
    """A receiver that keeps what it is given, or breaks as it is told to."""

    inbounds: list[Inbound] = field(default_factory=list)
    trouble: Exception | None = None

    async def receive(self, inbound: Inbound) -> None:
        if self.trouble:
            raise self.trouble
        self.inbounds.append(inbound)

    async def note(self, change: ReachChange) -> None:
        raise AssertionError(change)


@dataclass
class Desk:
    """A site with one chat for people and one demo phone, and all that is behind it."""

    database: Database
    folder: Path
    heard: Heard = field(default_factory=Heard)
    clock: TurnableClock = field(default_factory=lambda: TurnableClock(start=MORNING, running=False))
    site: FastAPI = field(default_factory=FastAPI)

    def __post_init__(self) -> None:
        self.channel = WebChat(self.database, clock=self.clock)
        self.wiring = Wiring(
            channel=self.channel,
            receiver=self.heard,
            files=FileStore(self.folder),
            keys=KEYS,
            clock=self.clock,
            zone=ZONE,
            file_link=lambda file_id: f"/files/{file_id}.signed",
            public_url="https://hongyan.example.cn",
        )
        self.site.mount("/static/webchat", static_app())
        phone = webchat_router(self.wiring, identify=FixedVisitor("phone-1"), look="villager")
        self.site.include_router(phone, prefix="/demo/phones/villager")
        self.site.include_router(webchat_router(self.wiring, identify=CookieVisitors(KEYS)))

    async def tell(self, chat: str, text: str = "hello", *, outbox_id: int = 0, **more: Any) -> str:
        return await self.channel.send(parcel(chat, text, outbox_id=outbox_id, **more))


def parcel(chat: str, text: str = "hello", *, outbox_id: int = 0, **more: Any) -> Parcel:
    message = Message(template="any", text=text, **more)
    return Parcel(outbox_id or next(_serial), OutboxKind.REPLY, Target("web", "web", chat), message, 1)


@dataclass
class Stream:
    """One open answer, read piece by piece as it comes."""

    pieces: asyncio.Queue[bytes]
    head: dict[str, Any]
    task: asyncio.Task[None]
    rest: str = ""

    async def event(self, seconds: float = 5) -> dict[str, str]:
        """Return the fields of the next event; an empty one for the end."""
        async with asyncio.timeout(seconds):
            while "\n\n" not in self.rest:
                piece = await self.pieces.get()
                if not piece:
                    return {}
                self.rest += piece.decode()
        block, _, self.rest = self.rest.partition("\n\n")
        return dict(line.split(": ", 1) for line in block.splitlines())

    async def message(self, seconds: float = 5) -> tuple[int, str]:
        """Return the number and text of the next message."""
        event = await self.event(seconds)
        while "id" not in event or "event" in event:
            event = await self.event(seconds)
        told = json.loads(event["data"])
        assert int(event["id"]) == told["number"]
        return told["number"], told["text"]


@asynccontextmanager
async def opened(
    site: FastAPI,
    path: str = "/demo/phones/villager/chat/stream",
    *,
    query: str = "",
    headers: dict[str, str] | None = None,
) -> AsyncIterator[Stream]:
    """Open an answer that does not end, which httpx's ASGI transport cannot."""
    gone = asyncio.Event()
    began = asyncio.Event()
    pieces: asyncio.Queue[bytes] = asyncio.Queue()
    head: dict[str, Any] = {}
    asked = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> dict[str, Any]:
        if (first := next(asked, None)) is not None:
            return first
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            head.update(message)
            began.set()
        elif message.get("body") or not message.get("more_body"):
            await pieces.put(message.get("body", b""))

    sent_headers = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(b"host", b"test"), *sent_headers],
        "server": ("test", 80),
        "client": ("127.0.0.1", 1),
    }
    task = asyncio.create_task(site(scope, receive, send))  # pyright: ignore[reportArgumentType]  # plain dictionaries
    await began.wait()
    try:
        yield Stream(pieces, head, task)
    finally:
        gone.set()
        await task
