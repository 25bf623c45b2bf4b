"""WeChat before a door and somebody behind it who answers; an outbox before WeChat's API."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.orm import Session

from bot.channels.wechat import box
from bot.channels.wechat.answers import Answers, Waits
from bot.channels.wechat.api import Api
from bot.channels.wechat.channel import WeChat
from bot.channels.wechat.desk import Desk
from bot.channels.wechat.door import Door
from bot.channels.wechat.envelope import Envelope
from bot.channels.wechat.markup import Element, read
from bot.channels.wechat.promises import Promises
from bot.clock import TurnableClock
from bot.domain.files import FileStore
from bot.domain.messages import Message
from bot.domain.outgoing import capabilities, outbox
from bot.domain.outgoing.outbox import Draft, Target
from bot.domain.persons import people
from bot.jobs.delivery import Delivery
from bot.server import Site
from db.models import InboxRecord, OutboxKind, OutboxRow
from db.sql import Database
from tests.kit import databases
from tests.kit.answering import Answerer
from tests.kit.databases import HOUSE, ZONE
from tests.kit.wechat_calls import AES_KEY, APP_ID, LI, OLD_AES_KEY, SECRET, TOKEN, Caller
from tests.kit.wechat_server import WechatServer

MORNING = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
QUICK = Waits(patience=0.15, longest=0.3, again=0.02)


@pytest.fixture
def clock() -> TurnableClock:
    return TurnableClock(start=MORNING, running=False)


@pytest.fixture
def sqlite(sqlite_maker: databases.SqliteMaker) -> Iterator[Database]:
    url = sqlite_maker.make()
    opened = databases.opened(url)
    yield opened
    opened.close()
    sqlite_maker.drop(url)


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


@pytest.fixture
def answerer() -> Answerer:
    return Answerer()


@dataclass
class Wechat:
    """The platform: posts callbacks to one site and reads what comes back."""

    client: httpx.AsyncClient
    clock: TurnableClock
    answers: Answers
    caller: Caller = field(default_factory=Caller)
    mode: str = "safe"

    @property
    def moment(self) -> int:
        return int(self.clock.now().timestamp())

    async def raw(self, fields: Mapping[str, str | int] | bytes, *, ago: int = 0) -> httpx.Response:
        query, body = self.caller.sealed(fields, at=self.moment - ago, mode=self.mode)
        return await self.client.post(f"/wechat?{query}", content=body)

    async def post(self, fields: Mapping[str, str | int]) -> Element | str:
        """Post a message; return the reply as it was sealed, or the words that mean there is none."""
        answer = await self.raw(fields)
        assert answer.status_code == 200, answer.status_code
        return self.opened(answer)

    def opened(self, answer: httpx.Response) -> Element | str:
        if not answer.content.startswith(b"<"):
            return answer.text
        found = read(answer.content)
        sealed = found.get("Encrypt")
        if not sealed:
            return found
        signed = found.get("MsgSignature")
        assert self.caller.envelope.is_signed(signed, found.get("TimeStamp"), found.get("Nonce"), sealed)
        return read(self.caller.envelope.open(sealed))

    async def hears(self, fields: Mapping[str, str | int]) -> str:
        """Post a message and return the text of the reply."""
        found = await self.post(fields)
        assert isinstance(found, Element), found
        assert (found.get("MsgType"), found.get("ToUserName")) == ("text", fields["FromUserName"])
        return found.get("Content")


def platform(
    answerer: Answerer, database: Database, store: FileStore, clock: TurnableClock, *, mode: str = "safe"
) -> Wechat:
    """Return the platform before a door in some mode."""
    envelope = Envelope(app_id=APP_ID, token=TOKEN, aes_keys=(AES_KEY, OLD_AES_KEY))
    desk = Desk(
        answerer,
        database,
        files=store,
        link=lambda openid: lambda file: f"https://hongyan.example.cn/{openid}/{file.id}",
        whole=lambda row_id, openid: f"https://hongyan.example.cn/whole/{openid}/{row_id}",
        offered=lambda template, openid: f"[{template} {openid}]" if template == "wished" else "",
        lasting=frozenset({"lasting"}),
        renderer=HOUSE.renderer,
        clock=clock,
    )
    answers = Answers(answerer, Promises(database, clock=clock), waits=QUICK)
    site = Site()
    site.wechat = Door(envelope, desk, answers, account=APP_ID, mode=mode, clock=clock)
    client = httpx.AsyncClient(transport=httpx.ASGITransport(site), base_url="http://bot")
    return Wechat(client, clock, answers, mode=mode)


@pytest.fixture
async def wechat(answerer: Answerer, sqlite: Database, store: FileStore, clock: TurnableClock) -> AsyncIterator[Wechat]:
    made = platform(answerer, sqlite, store, clock)
    async with made.client:
        yield made
        await made.answers.settled()


@pytest.fixture
def server() -> Iterator[WechatServer]:
    with WechatServer() as running:
        yield running


@dataclass
class Post:
    """One account with an outbox before it."""

    database: Database
    channel: WeChat
    delivery: Delivery
    clock: TurnableClock
    store: FileStore
    numbers: int = 0

    def hears(self, kind: str = "m", *, ago: timedelta = timedelta(0)) -> None:
        """Let somebody write, or tap."""
        self.numbers += 1
        row = InboxRecord(
            channel="wechat",
            account=APP_ID,
            sender=LI,
            message_id=f"{kind}{self.numbers}",
            taken_at=self.clock.now() - ago,
        )
        self.database.run(lambda db: db.add(row))

    def write(self, message: Message, kind: OutboxKind = OutboxKind.NOTICE, **more: Any) -> int:
        self.numbers += 1
        draft = Draft(f"c{self.numbers}", kind, Target("wechat", APP_ID, LI), message, self.clock.now(), **more)
        return self.database.run(lambda db: outbox.write(db, draft, now=self.clock.now())) or 0

    async def push(self, text: str = "您好", kind: OutboxKind = OutboxKind.NOTICE, **more: Any) -> OutboxRow:
        """Write a message, send what is due, and return how it stands."""
        row_id = self.write(Message(template=more.pop("template", "t"), text=text, **more), kind)
        await self.delivery.sweep()
        return self.row(row_id)

    def row(self, row_id: int) -> OutboxRow:
        return self.database.run(lambda db: db.get_one(OutboxRow, row_id), write=False)

    def unread(self) -> list[str]:
        def waiting(db: Session) -> list[str]:
            return [one.message.text for one in box.waiting(db, APP_ID, LI, reply=0, now=self.clock.now())]

        return self.database.run(waiting, write=False)

    def shut(self) -> list[tuple[str, int]]:
        found = self.database.run(lambda db: capabilities.shut_now(db, now=self.clock.now()), write=False)
        return [(one.capability, one.code) for one in found]

    def address(self) -> str:
        def reason(db: Session) -> str:
            return people.known_at(db, Target("wechat", APP_ID, LI), now=self.clock.now())[1].unreachable

        return self.database.run(reason)


MakePost = Callable[..., Post]


@pytest.fixture
async def make(server: WechatServer, database: Database, store: FileStore) -> AsyncIterator[MakePost]:
    made: list[Api] = []

    def make_post(**templates: Any) -> Post:
        clock = TurnableClock(start=MORNING, running=False)
        api = Api(
            app_id=APP_ID,
            secret=SECRET,
            url=server.url,
            database=database,
            keys=HOUSE.keys,
            clock=clock,
            timeout=0.5,
        )
        made.append(api)
        channel = WeChat(
            api,
            account=APP_ID,
            database=database,
            files=store,
            clock=clock,
            zone=ZONE,
            link=lambda file_id, openid: f"https://h.cn/{openid}/{file_id}",
            **templates,
        )
        delivery = Delivery(database, {"wechat": channel}, clock=clock, owner="tests")
        return Post(database, channel, delivery, clock, store)

    yield make_post
    for api in made:
        await api.close()


@pytest.fixture
def post(make: MakePost) -> Post:
    return make()
