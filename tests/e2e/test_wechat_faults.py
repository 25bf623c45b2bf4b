"""Two servers on one PostgreSQL behind one service account, while WeChat's API goes wrong in every way it knows.

At last one of them is killed while people talk; for some a turn takes longer than WeChat waits.
"""

import random
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain.messages import Message
from bot.domain.outgoing import outbox
from bot.domain.outgoing.outbox import Draft, Target
from db.models import Conversation, InboxRecord, OutboxKind, OutboxRow, OutboxState, WechatGrant, WechatUnread
from db.sql import Database
from tests.kit.processes import eventually
from tests.kit.replicas import Replica, running
from tests.kit.wechat_calls import AES_KEY, APP_ID, SECRET, TOKEN, said
from tests.kit.wechat_platform import Platform
from tests.kit.wechat_server import (
    BIZSEND,
    CUSTOM,
    FINE,
    STABLE,
    TEMPLATE,
    Mishap,
    WechatServer,
    drops,
    says,
    slow,
)

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]
PEOPLE = 200
SLOW = [10]
"""People whose turn takes longer than WeChat waits."""

QUICK = [one for one in range(PEOPLE) if one not in SLOW]
GONE = range(20, 25)
"""People who stop following before they are written to, and come back later."""

OFTEN = range(40)
"""People who are written to more often than they gave a right to."""

WISHING = range(26, 40)
"""People who wish to be told how their case goes."""

LATE = [*SLOW, *GONE, *range(30, 50)]
"""People who are written to once more when the day's messages are used up."""

PATIENCE, LATER = "正在查询", "大家常问这些"
TEMPLATES = '{"session_reminder": {"id": "T1", "fields": {"thing1": "title"}}}'
SUBSCRIPTIONS = '{"case_progress": {"id": "S1", "fields": {"thing1": "title"}, "is_lasting": true}}'
KINDS = ("t", "cases/x", "reminders/session", "t", "reminders/session", "cases/x")
MARK = re.compile(r"通知\d+-\d。")
LOST = Mishap("drop")
FAULTS = {
    CUSTOM: {
        says(45015): 6,
        says(45047): 6,
        says(-1): 6,
        LOST: 6,
        drops(): 6,
        slow(0.3): 6,
        FINE: 200,
    },
    TEMPLATE: {says(47003): 3, drops(): 3, FINE: 10},
    BIZSEND: {says(43101): 2, FINE: 4},
}


def person(number: int) -> str:
    return f"o{number:027}"


@pytest.fixture
def api() -> Iterator[WechatServer]:
    with WechatServer() as server:
        yield server


@pytest.fixture
def database(postgresql_database: Database) -> Database:
    return postgresql_database


def replicas_of(database: Database, api: WechatServer, folder: Path) -> list[Replica]:
    settings = {
        "HONGYAN_DATABASE_URL": database.url,
        "HONGYAN_WECHAT_APP_ID": APP_ID,
        "HONGYAN_WECHAT_APP_SECRET": SECRET,
        "HONGYAN_WECHAT_TOKEN": TOKEN,
        "HONGYAN_WECHAT_AES_KEY": AES_KEY,
        "HONGYAN_WECHAT_API_URL": api.url,
        "HONGYAN_WECHAT_TEMPLATES": TEMPLATES,
        "HONGYAN_WECHAT_SUBSCRIPTIONS": SUBSCRIPTIONS,
        "HONGYAN_QUIET_HOURS": "00:00-00:00",
    }
    places = [folder / f"{number}" for number in range(2)]
    for place in places:
        place.mkdir()
    return [Replica(("serve",), place, settings) for place in places]


def test_whatever_goes_wrong_no_turn_is_lost_and_every_text_is_told_once_or_shown_at_the_next_contact(
    database: Database, api: WechatServer, tmp_path: Path
) -> None:
    replicas = replicas_of(database, api, tmp_path)
    client = httpx.Client(timeout=5, trust_env=False)
    with running(replicas), client, ThreadPoolExecutor(8) as pool:
        town = Town(database, api, Platform([one.url for one in replicas], client, api), pool)
        town.talk(range(PEOPLE), "菜单")
        town.write_to_all()
        with town.some_wait_for("大家常问"), town.talking(QUICK, "大家常问"):
            time.sleep(0.3)
            replicas[0].kill()
        town.use_up_the_day()
        town.talk(LATE, "菜单")
        is_settled = eventually(lambda: town.waiting() == 0, seconds=20)

    told, in_doubt = town.told(), town.in_doubt()
    assert is_settled
    assert town.turns() == town.messages
    assert [heard for heard in town.platform.replies.values() if len(heard) != 1] == []
    assert {mark: count for mark, count in told.items() if count > (2 if mark in in_doubt else 1)} == {}
    assert {mark for mark in town.written if not told[mark]} == town.failed()
    assert (
        {mark for number in GONE for mark in town.written if mark.startswith(f"通知{number}-")} > town.failed() > set()
    )
    assert (api.over, len(api.called(STABLE))) == ([], 1 + town.expired)


def mark_of(number: int, kind: int) -> str:
    return f"通知{number}-{kind}。"


def kinds_for(number: int) -> range:
    """Return what somebody is written first."""
    return range(len(KINDS) if number in OFTEN else 1)


class Town:
    """People of one account, what was written to them, and what they have heard."""

    def __init__(self, database: Database, api: WechatServer, platform: Platform, pool: ThreadPoolExecutor) -> None:
        self.database = database
        self.api = api
        self.platform = platform
        self.written: list[str] = []
        self.messages = self.expired = 0
        self._pool = pool

    @contextmanager
    def talking(self, numbers: Sequence[int], text: str) -> Iterator[None]:
        """Let people say something meanwhile; WeChat asks for each answer twice."""
        self.messages += len(numbers)
        posting = [self._pool.submit(self.platform.post, said(text, sender=person(one))) for one in numbers]
        yield
        for one in posting:
            one.result()

    def talk(self, numbers: Sequence[int], text: str) -> None:
        with self.talking(numbers, text):
            pass

    @contextmanager
    def some_wait_for(self, text: str) -> Iterator[None]:
        """Let a few people say something while somebody else holds their conversations for longer than WeChat waits."""
        self.messages += len(SLOW)
        names = [person(one) for one in SLOW]
        mine = select(col(Conversation.id)).where(col(Conversation.sender).in_(names)).with_for_update()

        def held(db: Session) -> list[str]:
            db.execute(mine)
            asking = [said(text, sender=one) for one in names]
            return [one.result() for one in [pool.submit(self.platform.post, message, times=1) for message in asking]]

        with ThreadPoolExecutor(1 + len(SLOW)) as pool:
            answering = pool.submit(self.database.run, held)
            yield
            assert [PATIENCE in one for one in answering.result()] == [True] * len(SLOW)
        assert eventually(lambda: [self._by_message(one) for one in names] == [1] * len(SLOW), seconds=5)

    def write_to_all(self) -> None:
        """Write something to everybody while the API goes wrong, its token ends, and some have left."""
        now = self._now()
        rows = [
            WechatGrant(account=APP_ID, openid=person(one), template_id="S1", sends_left=None, changed_at=now)
            for one in WISHING
        ]
        self.database.run(lambda db: db.add_all(rows))
        chance = random.Random(20261127)  # noqa: S311  # the same each time
        for path, faults in FAULTS.items():
            calls = [mishap for mishap, count in faults.items() for _ in range(count)]
            chance.shuffle(calls)
            for one in calls:
                self.api.misbehave(path, one)
        self.api.gone = {person(one) for one in GONE}
        begin = len(self.api.calls)
        self._write([(number, kind) for number in range(PEOPLE) for kind in kinds_for(number)])
        for calls in (50, 100, 150):
            assert eventually(lambda made=begin + calls: len(self.api.calls) > made, seconds=10)
            self.api.token = ""
            self.expired += 1
            assert eventually(lambda: self.api.token != "", seconds=10)
        assert eventually(lambda: self.waiting() == 0, seconds=20)
        self.api.behave()

    def use_up_the_day(self) -> None:
        """Let the day's messages be used up, and write once more to some."""
        self.api.is_spent = True
        self._write([(number, len(KINDS)) for number in LATE])
        assert eventually(lambda: self.waiting() == 0, seconds=10)

    def told(self) -> Counter[str]:
        """Return how often each thing was heard, whichever way."""
        heard = [str(body.get("text", body.get("data"))) for _, _, body in self.api.sent]
        heard += [text for texts in self.platform.replies.values() for text in texts]
        return Counter(mark for text in heard for mark in MARK.findall(text))

    def in_doubt(self) -> set[str]:
        """Return what was cut off or never answered, so that nobody knows whether it was heard."""
        broken = [str(call.body) for call, mishap in self.api.mishaps if mishap.then != "answer"]
        return {mark for body in broken for mark in MARK.findall(body)}

    def failed(self) -> set[str]:
        rows = select(OutboxRow).where(col(OutboxRow.state) == OutboxState.FAILED)
        found = self.database.run(lambda db: db.execute(rows).scalars().all(), write=False)
        return {str(one.content and one.content["text"]) for one in found}

    def turns(self) -> int:
        return self.database.run(
            lambda db: db.execute(select(func.count()).select_from(InboxRecord)).scalar_one(), write=False
        )

    def waiting(self) -> int:
        """Return how many notices are on their way; what lies in the box waits for its receiver."""
        box = select(col(WechatUnread.outbox_id))
        is_tried = (col(OutboxRow.state) == OutboxState.PENDING) & col(OutboxRow.id).not_in(box)
        is_open = is_tried | (col(OutboxRow.state) == OutboxState.LEASED)
        notices = (col(OutboxRow.kind) == OutboxKind.NOTICE, is_open)
        found = select(func.count()).select_from(OutboxRow).where(*notices)
        return self.database.run(lambda db: db.execute(found).scalar_one(), write=False)

    def _write(self, which: Sequence[tuple[int, int]]) -> None:
        now = self._now()

        def write(db: Session) -> None:
            for number, kind in which:
                mark = mark_of(number, kind)
                message = Message(template=(*KINDS, "t")[kind], text=mark, facts={"title": mark})
                target = Target("wechat", APP_ID, person(number))
                outbox.write(db, Draft(mark, OutboxKind.NOTICE, target, message, now), now=now)
                self.written.append(mark)

        self.database.run(write)

    def _by_message(self, name: str) -> int:
        """Return how often somebody was sent what they had waited for."""
        return sum(LATER in one for one in self.api.texts(name))

    def _now(self) -> datetime:
        return self.database.run(lambda db: db.execute(select(func.clock_timestamp())).scalar_one(), write=False)
