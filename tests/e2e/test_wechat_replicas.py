"""Two servers on one PostgreSQL behind one service account, one of them killed while people talk.

WeChat is :class:`Platform`: it posts each message until somebody answers, three times to one server after the other.
"""

import itertools
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select
from sqlmodel import col

from bot.channels.wechat.markup import read
from bot.domain.messages import Message
from bot.domain.outgoing import outbox
from bot.domain.outgoing.outbox import Draft, Target
from db.models import InboxRecord, OutboxKind, OutboxRow, OutboxState
from db.sql import Database
from tests.kit import databases
from tests.kit.processes import eventually
from tests.kit.replicas import Replica, running
from tests.kit.wechat_calls import AES_KEY, APP_ID, SECRET, TOKEN, Caller, said
from tests.kit.wechat_server import STABLE, WechatServer

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(200)]
MESSAGES, PEOPLE = 60, 20


@pytest.fixture
def api() -> Iterator[WechatServer]:
    with WechatServer() as server:
        yield server


@pytest.fixture
def database(postgresql_maker: databases.PostgresqlMaker) -> Iterator[Database]:
    url = postgresql_maker.make()
    with closing(databases.opened(url)) as opened:
        yield opened
    postgresql_maker.drop(url)


@dataclass
class Platform:
    """Posts messages as WeChat does, and remembers every reply."""

    urls: list[str]
    replies: dict[int, set[str]] = field(default_factory=dict[int, set[str]])
    lost: int = 0
    _turn: "itertools.count[int]" = field(default_factory=itertools.count)

    def post(self, number: int, message: dict[str, str | int]) -> None:
        """Have one message answered, and once more so that the answer can be compared."""
        for _ in range(2):
            self.replies.setdefault(number, set()).add(self._answered(message))

    def _answered(self, message: dict[str, str | int]) -> str:
        caller = Caller()
        for _ in range(300):
            query, body = caller.sealed(message, at=int(time.time()))
            url = self.urls[next(self._turn) % len(self.urls)]
            try:
                answer = httpx.post(f"{url}/wechat?{query}", content=body, timeout=5, trust_env=False)
            except httpx.TransportError:
                self.lost += 1
                time.sleep(0.1)
                continue
            if answer.status_code == httpx.codes.OK:
                return read(caller.envelope.open(read(answer.content).get("Encrypt"))).get("Content")
            self.lost += 1
            time.sleep(0.1)
        raise AssertionError("nobody answers")


def person(number: int) -> str:
    return f"o{number % PEOPLE:027}"


def test_every_message_is_taken_once_and_answered_the_same_whichever_server_is_asked(
    database: Database, api: WechatServer, tmp_path: Path
) -> None:
    settings = {
        "HONGYAN_DATABASE_URL": database.url,
        "HONGYAN_WECHAT_APP_ID": APP_ID,
        "HONGYAN_WECHAT_APP_SECRET": SECRET,
        "HONGYAN_WECHAT_TOKEN": TOKEN,
        "HONGYAN_WECHAT_AES_KEY": AES_KEY,
        "HONGYAN_WECHAT_API_URL": api.url,
        "HONGYAN_QUIET_HOURS": "00:00-00:00",
    }
    places = [tmp_path / f"{number}" for number in range(2)]
    for place in places:
        place.mkdir()
    replicas = [Replica(("serve",), place, settings) for place in places]
    platform = Platform([one.url for one in replicas])
    with running(replicas):
        with ThreadPoolExecutor(4) as pool:
            posting = [
                pool.submit(platform.post, number, said("菜单", sender=person(number))) for number in range(MESSAGES)
            ]
            time.sleep(0.5)
            replicas[0].kill()
            replicas[0].start()
            for one in posting:
                one.result()
        pushes = write_to_all(database)
        settled = eventually(lambda: not waiting(database), seconds=30)

    turns = database.run(lambda db: db.execute(select(func.count()).select_from(InboxRecord)).scalar_one(), write=False)
    texts = [text for _, kind, body in api.sent for text in [body["text"]["content"]] if kind == "text"]
    told_twice = [text for text in set(texts) if text.startswith("通知") and texts.count(text) > 1]
    assert (turns, [number for number, heard in platform.replies.items() if len(heard) != 1]) == (MESSAGES, [])
    assert (settled, told_twice) == (True, [])
    assert sum(text.startswith("通知") for text in texts) == pushes
    assert len(api.called(STABLE)) == 1


def write_to_all(database: Database) -> int:
    """Write a notice to everybody who talked, for whichever process comes first."""
    now = databases_now(database)
    for number in range(PEOPLE):
        message = Message(template="t", text=f"通知{number}")
        draft = Draft(f"n{number}", OutboxKind.NOTICE, Target("wechat", APP_ID, person(number)), message, now)
        database.run(lambda db, draft=draft: outbox.write(db, draft, now=now))
    return PEOPLE


def databases_now(database: Database) -> datetime:
    return database.run(lambda db: db.execute(select(func.clock_timestamp())).scalar_one(), write=False)


def waiting(database: Database) -> list[int | None]:
    open_ = (OutboxState.PENDING, OutboxState.LEASED)
    still = select(col(OutboxRow.id)).where(col(OutboxRow.state).in_(open_))
    return list(database.run(lambda db: db.execute(still).scalars().all(), write=False))
