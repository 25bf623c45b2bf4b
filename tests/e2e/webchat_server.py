"""A real server with the chat and the wall, behind it a receiver that answers like an engine of few words."""

import asyncio
import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from sqlmodel import Session

from bot.channels.base import ReachChange
from bot.channels.webchat.channel import WebChat
from bot.channels.webchat.routes import Wiring, static_app, webchat_router
from bot.channels.webchat.visitors import CookieVisitors, FixedVisitor
from bot.clock import TurnableClock
from bot.conversation.turn import Inbound
from bot.demo.wall import Phone, wall_router, wall_static
from bot.domain.files import FileStore
from bot.domain.messages import Choice, Message, numbered
from bot.domain.outgoing.outbox import Parcel, Target
from bot.errors import DatabaseUnavailable
from db.models import OutboxKind, WebMessage, WebVisitor
from db.sql import Database
from tests.kit.databases import HOUSE, ZONE

PHONES = [Phone(name, f"demo-{name}", name, "示例") for name in ("villager", "member", "secretary", "admin")]


@dataclass
class Echo:
    """Answers every inbound once, however often it arrives, and can be made to stumble after it has taken one."""

    channel: WebChat
    heard: list[Inbound] = field(default_factory=list)
    arrivals: int = 0
    stumbles: int = 0
    _serial: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _answers: set[asyncio.Task[Any]] = field(default_factory=set)

    async def receive(self, inbound: Inbound) -> None:
        self.arrivals += 1
        key = (inbound.sender, inbound.message_id)
        if key not in {(one.sender, one.message_id) for one in self.heard}:
            self.heard.append(inbound)
            answer = asyncio.create_task(self.say(inbound.chat, reply_to(inbound)))
            self._answers.add(answer)
            answer.add_done_callback(self._answers.discard)
        if self.stumbles:
            self.stumbles -= 1
            raise DatabaseUnavailable("the answer got lost")

    async def note(self, change: ReachChange) -> None:
        raise AssertionError(change)

    async def say(self, chat: str, message: Message) -> None:
        await self.channel.send(Parcel(next(self._serial), OutboxKind.REPLY, Target("web", "web", chat), message, 1))


def reply_to(inbound: Inbound) -> Message:
    if inbound.button:
        return Message(template="t", text=f"按了 {inbound.button.partition(':')[2]}")
    if inbound.files:
        return Message(template="t", text=f"收到照片 {inbound.files[0].media_type}")
    if inbound.pin:
        return Message(template="t", text=f"位置 {inbound.pin.latitude} {inbound.pin.longitude}")
    if inbound.text == "选":
        choices = numbered((Choice(label="转给村干部"), Choice(label="找服务中心")))
        return Message(template="t", text="【二次报销】\n请选：", choices=choices)
    return spoken_to(inbound)


def spoken_to(inbound: Inbound) -> Message:
    if inbound.quoted:
        return Message(template="t", text=f"{inbound.text}，回的是第{inbound.quoted}条")
    if inbound.text == "待答":
        answer = numbered((Choice(label="答复", go="cases.answer", words="text"),))
        return Message(template="t", text="【待答 W0013】祠堂可以摆酒吗\n直接回复这条消息即可。", choices=answer)
    if inbound.text == "标题":
        return Message(template="t", text="【待答 W0001】请打 0757-82266666 或 13800138000，编号 138001380001")
    return Message(template="t", text=f"您说：{inbound.text}", large=inbound.text == "大字")


class Running:
    """The server, in a thread of its own."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.clock = TurnableClock()
        self.database = database
        self.channel = WebChat(database, clock=self.clock)
        self.echo = Echo(self.channel)
        self.server = uvicorn.Server(uvicorn.Config(self._site(folder), port=0, log_level="error", ws="none"))
        self.thread = threading.Thread(target=self.server.run)

    @property
    def url(self) -> str:
        port = self.server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    def texts(self) -> list[str]:
        return [one.text for one in self.echo.heard]

    def tell_many(self, visitor: str, count: int) -> None:
        """Put many messages into one mailbox at once, as after a long absence."""

        def put(db: Session) -> None:
            owner = db.get_one(WebVisitor, visitor)
            content = {"choices": [], "attachments": [], "pin": None, "large": False}
            for place in range(1, count + 1):
                told = {**content, "text": f"第{place}条", "outbox_id": 10_000 + place}
                number = owner.last_number + place
                row = {"visitor_id": visitor, "number": number, "outbox_id": 10_000 + place, "content": told}
                db.add(WebMessage(**row, told_at=self.clock.now()))
            owner.last_number += count
            db.add(owner)

        self.database.run(put)

    def _site(self, folder: Path) -> FastAPI:
        wiring = Wiring(
            channel=self.channel,
            receiver=self.echo,
            files=FileStore(folder),
            keys=HOUSE.keys,
            clock=self.clock,
            zone=ZONE,
            file_link=str,
        )
        site = FastAPI()
        site.mount("/static/webchat", static_app())
        site.mount("/static/demo", wall_static())
        site.include_router(wall_router(PHONES, clock=self.clock, zone=ZONE, wake=lambda: None))
        for phone in PHONES:
            router = webchat_router(wiring, identify=FixedVisitor(phone.visitor), look=phone.name)
            site.include_router(router, prefix=f"/demo/phones/{phone.name}")
        site.include_router(webchat_router(wiring, identify=CookieVisitors(HOUSE.keys)))
        return site


@contextmanager
def running(database: Database, folder: Path) -> Iterator[Running]:
    """Run until the test is over; a stream that is still open must not hold the server up."""
    chat = Running(database, folder)
    chat.thread.start()
    while not chat.server.started:
        threading.Event().wait(0.02)
    try:
        yield chat
    finally:
        chat.server.should_exit = True
        chat.channel.close()
        chat.thread.join(timeout=10)
        assert not chat.thread.is_alive(), "the server did not end within ten seconds"
