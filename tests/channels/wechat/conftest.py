"""WeChat before a door, and somebody behind it who answers."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from bot.channels.wechat.answers import Answers, Waits
from bot.channels.wechat.desk import Desk
from bot.channels.wechat.door import Door
from bot.channels.wechat.envelope import Envelope
from bot.channels.wechat.markup import Element, read
from bot.channels.wechat.promises import Promises
from bot.clock import TurnableClock
from bot.domain.files import FileStore
from bot.server import Site
from db.sql import Database
from tests.kit import databases
from tests.kit.answering import Answerer
from tests.kit.databases import HOUSE
from tests.kit.wechat_calls import AES_KEY, APP_ID, OLD_AES_KEY, TOKEN, Caller

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
