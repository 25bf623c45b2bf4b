"""A phone as WeChat: it hears replies, four pushes after each, and the rest when it next says something."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.channels.base import ReachChange
from bot.clock import TurnableClock
from bot.conversation.turn import Inbound
from bot.demo.as_wechat import AsWechat
from bot.domain.messages import Message
from bot.domain.outgoing import outbox
from bot.domain.outgoing.outbox import Draft, Target
from bot.jobs.delivery import Delivery
from db.models import OutboxKind
from db.sql import Database
from tests.kit import databases
from tests.kit.talk import MORNING


@pytest.fixture
def database(sqlite_maker: databases.SqliteMaker) -> Iterator[Database]:
    opened = databases.opened(sqlite_maker.make())
    yield opened
    opened.close()


class Wall:
    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = TurnableClock(start=MORNING, running=False)
        self.channel = AsWechat(database, clock=self.clock, phones=frozenset({"he"}))
        self.delivery = Delivery(database, {"web": self.channel}, clock=self.clock, owner="tests")
        self.count = 0

    async def tell(self, text: str, kind: OutboxKind = OutboxKind.NOTICE, *, to: str = "he") -> None:
        self.count += 1
        message, target = Message(template="t", text=text), Target("web", "web", to)
        draft = Draft(f"c{self.count}", kind, target, message, self.clock.now())
        self.database.run(lambda db: outbox.write(db, draft, now=self.clock.now()))
        while await self.delivery.sweep():
            pass

    async def hears(self, *, button: str = "") -> None:
        """Let the phone's owner write, or tap, and be answered."""
        at = self.clock.now()
        inbound = Inbound("web", "web", "he", f"m{self.count}", "he", sent_at=at, text="x", button=button)
        await self.channel.listening(self).receive(inbound)

    async def receive(self, inbound: Inbound) -> None:
        """Answer, as whoever takes turns does."""
        await self.tell("答复", OutboxKind.REPLY, to=inbound.chat)

    async def note(self, change: ReachChange) -> None:
        raise AssertionError(change)

    async def seen(self, visitor: str = "he") -> list[str]:
        return [one.content["text"] for one in await self.channel.mailbox.read(visitor, 0)]


async def test_what_cannot_be_pushed_comes_after_the_next_reply(database: Database) -> None:
    wall = Wall(database)

    await wall.tell("停水")
    before = await wall.seen()
    await wall.hears()

    assert (before, await wall.seen()) == ([], ["答复", "停水"])


async def test_four_pushes_follow_a_reply_and_none_after_two_days(database: Database) -> None:
    wall = Wall(database)
    await wall.hears()
    for number in range(6):
        await wall.tell(str(number))
    first = await wall.seen()
    await wall.hears()
    wall.clock.turn(timedelta(hours=48))
    await wall.tell("太晚")

    assert first == ["答复", "0", "1", "2", "3"]
    assert (await wall.seen())[5:] == ["答复", "4", "5"]


async def test_a_tap_lets_two_pushes_follow_within_a_minute_and_no_more(database: Database) -> None:
    wall = Wall(database)
    await wall.hears(button="1:1")
    for number in range(3):
        await wall.tell(str(number))
    first = await wall.seen()
    await wall.hears(button="1:1")
    wall.clock.turn(timedelta(minutes=1))
    await wall.tell("太晚")

    assert first == ["答复", "0", "1"]
    assert (await wall.seen())[3:] == ["答复", "2"]


async def test_a_tap_leaves_the_days_that_writing_gave(database: Database) -> None:
    wall = Wall(database)
    await wall.hears()
    await wall.hears(button="1:1")
    wall.clock.turn(timedelta(minutes=5))
    for number in range(5):
        await wall.tell(str(number))

    assert (await wall.seen())[2:] == ["0", "1", "2", "3"]


async def test_what_is_too_long_to_be_pushed_leaves_the_rights_to_what_is_shorter(database: Database) -> None:
    wall = Wall(database)
    await wall.hears()
    for text in ("长" * 600 * 5, "短"):
        await wall.tell(text)

    assert await wall.seen() == ["答复", "短"]


async def test_a_broadcast_is_never_pushed_but_shown_after_the_next_reply(database: Database) -> None:
    wall = Wall(database)
    await wall.hears()
    await wall.tell("停水", OutboxKind.BROADCAST)

    before = await wall.seen()
    await wall.hears()

    assert (before, await wall.seen()) == (["答复"], ["答复", "答复", "停水"])


async def test_a_long_text_comes_in_pieces_that_count(database: Database) -> None:
    wall = Wall(database)
    long = "请大家带身份证到村委会登记。" * 100
    await wall.hears()
    await wall.tell(long, OutboxKind.REPLY)
    for number in range(3):
        await wall.tell(str(number))
    await wall.tell(long, to="chen")

    _, *pieces, first, second = await wall.seen()
    assert ("".join(pieces), [len(one.encode()) <= 1800 for one in pieces]) == (long, [True] * 3)
    assert (first, second, await wall.seen("chen")) == ("0", "1", [long])


async def test_every_other_phone_hears_everything(database: Database) -> None:
    wall = Wall(database)

    await wall.tell("停水", to="chen")

    assert await wall.seen("chen") == ["停水"]
