"""Where channels bring what people said: the turn is kept first, then its reply goes out, once."""

import asyncio
import contextlib
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import event, select

from bot.channels.base import Blocked, ReachChange, ReachKind, TryLater
from bot.domain.outgoing import outbox
from bot.domain.outgoing.outbox import PUSHED
from bot.errors import DatabaseUnavailable, KeepsNothing
from bot.jobs.delivery import Delivery
from bot.jobs.reception import MOST_WAITING, Reception
from db.claims import table_of
from db.models import OutboxRow, OutboxState
from db.sql import Database
from tests.kit import databases
from tests.kit.channels import FakeChannel
from tests.kit.flows import world_of_tests
from tests.kit.post import Post, target
from tests.kit.talk import OWNER, World

ROWS = table_of(OutboxRow)


@pytest.fixture
def post(world: World) -> Post:
    return Post(world.database, world.clock)


@pytest.fixture
async def reception(world: World, post: Post, channel: FakeChannel) -> AsyncIterator[Reception]:
    delivery = Delivery(world.database, {"test": channel}, clock=post.clock, owner=OWNER)
    opened = Reception(world.engine, delivery, world.database)
    yield opened
    await opened.close()


def states(post: Post) -> list[OutboxState]:
    """Where every row stands, the oldest first."""
    return post.database.run(lambda db: list(db.execute(select(ROWS.c.state).order_by(ROWS.c.id)).scalars()))


async def test_a_turn_is_answered(world: World, post: Post, channel: FakeChannel, reception: Reception) -> None:
    await reception.receive(world.person("li").inbound("菜单"))
    await reception.close()

    assert [text.splitlines()[0] for text in channel.texts] == ["您好，我是鸿雁。您可以直接打字问，也可以选："]
    assert states(post) == [OutboxState.SENT]


async def test_whoever_tells_the_reply_themselves_is_believed(
    world: World, post: Post, channel: FakeChannel, reception: Reception
) -> None:
    inbound = world.person("li").inbound("菜单")

    first, again = await reception.answer(inbound), await reception.answer(inbound)
    before = states(post)
    assert first.parcel
    reception.told(first.parcel)
    await reception.close()

    assert (first.is_new, again.is_new, again.parcel) == (True, False, first.parcel)
    assert (before, states(post), channel.texts) == ([OutboxState.LEASED], [OutboxState.SENT], [])


async def test_a_reply_nobody_tells_goes_out_when_its_lease_runs_out(
    world: World, post: Post, channel: FakeChannel, reception: Reception
) -> None:
    await reception.answer(world.person("li").inbound("菜单"))
    post.clock.turn(outbox.LEASE)
    delivery = Delivery(world.database, {"test": channel}, clock=post.clock, owner="another")
    await delivery.sweep()

    assert (len(channel.texts), states(post)) == (1, [OutboxState.SENT])


async def test_a_bell_is_rung_for_what_a_turn_leaves_to_be_sent_and_for_nothing_else(
    database: Database, channel: FakeChannel
) -> None:
    world = world_of_tests(database)
    rung: list[frozenset[str]] = []
    database.on_ring = rung.append
    reception = Reception(world.engine, Delivery(database, {"test": channel}, clock=world.clock, owner=OWNER), database)
    for words in ("菜单", "迟些告诉我"):
        await reception.receive(world.person("li").inbound(words))
    await reception.close()

    assert rung == [frozenset({PUSHED})]


async def test_whoever_comes_when_too_many_wait_is_told_to_come_again(
    world: World, channel: FakeChannel, reception: Reception
) -> None:
    inbounds = [world.person(f"p{number}").inbound("菜单") for number in range(MOST_WAITING + 5)]

    ended = await asyncio.gather(*map(reception.receive, inbounds), return_exceptions=True)
    await reception.close()

    assert Counter(type(one).__name__ for one in ended) == {"NoneType": MOST_WAITING, "TooBusy": 5}
    assert len(channel.texts) == MOST_WAITING
    await reception.receive(inbounds[-1])


async def test_the_turn_is_kept_before_its_reply_is_sent(
    world: World, post: Post, channel: FakeChannel, reception: Reception
) -> None:
    gate = channel.hold("li")

    await reception.receive(world.person("li").inbound("菜单"))
    kept = states(post)
    gate.set()

    assert (kept, channel.texts) == ([OutboxState.LEASED], [])


async def test_a_redelivered_turn_sends_nothing_twice(
    world: World, post: Post, channel: FakeChannel, reception: Reception
) -> None:
    inbound = world.person("li").inbound("菜单")
    for _ in range(5):
        await reception.receive(inbound)
    await reception.close()

    assert (len(channel.texts), states(post)) == (1, [OutboxState.SENT])


async def test_redeliveries_at_the_same_moment_send_nothing_twice(
    world: World, post: Post, channel: FakeChannel, reception: Reception
) -> None:
    inbound = world.person("li").inbound("菜单")
    await asyncio.gather(*(reception.receive(inbound) for _ in range(8)))
    await reception.close()

    assert (len(channel.texts), states(post)) == (1, [OutboxState.SENT])


async def test_many_people_are_answered_at_once(world: World, channel: FakeChannel, reception: Reception) -> None:
    people = [world.person(f"person {number}") for number in range(30)]
    await asyncio.gather(*(reception.receive(one.inbound("菜单")) for one in people))
    await reception.close()

    assert sorted(chat for chat, _ in channel.arrived) == sorted(one.name for one in people)


async def test_one_person_is_answered_in_order(world: World, channel: FakeChannel, reception: Reception) -> None:
    li = world.person("li")
    for text in ("大字", "帮助", "普通字"):
        await reception.receive(li.inbound(text))
    await reception.close()

    assert [text.splitlines()[0][:4] for text in channel.texts] == ["字调大了", "直接打字", "换回标准"]


async def test_a_reply_that_could_not_be_sent_waits_for_the_next_sweep(
    world: World, post: Post, channel: FakeChannel, reception: Reception
) -> None:
    channel.misbehave("li", TryLater("server error"))

    await reception.receive(world.person("li").inbound("菜单"))
    await reception.close()

    assert states(post) == [OutboxState.PENDING]


async def test_a_reply_nobody_sent_is_taken_over_when_its_lease_runs_out(
    world: World, post: Post, channel: FakeChannel
) -> None:
    await world.engine.handle(world.person("li").inbound("菜单"))
    next_process = Delivery(world.database, {"test": channel}, clock=post.clock, owner="there")
    assert await next_process.sweep() == 0
    post.clock.turn(outbox.LEASE)

    assert await next_process.sweep() == 1
    assert states(post) == [OutboxState.SENT]


async def test_a_button_nobody_knows_is_answered_with_a_sentence(
    world: World, channel: FakeChannel, reception: Reception
) -> None:
    await reception.receive(world.person("li").inbound(button="1:1"))
    await reception.close()

    assert channel.texts == ["这个选项已经过时了。请重新问我，或发“菜单”。"]


async def test_whoever_blocks_us_is_left_in_peace_until_they_speak_again(
    world: World, post: Post, reception: Reception
) -> None:
    li = post.meet("li")
    await reception.note(ReachChange(target("li"), ReachKind.LOST))
    lost = post.address(li)
    await reception.receive(world.person("li").inbound("菜单"))

    assert (lost, post.address(li)) == (("li", "Blocked"), ("li", ""))


async def test_whoever_blocked_us_in_a_send_and_in_a_message_is_written_down_alike(
    post: Post, channel: FakeChannel, reception: Reception
) -> None:
    li, wang = post.meet("li"), post.meet("wang")
    await reception.note(ReachChange(target("li"), ReachKind.LOST))
    post.write("你好", to="wang")
    channel.misbehave("wang", Blocked("bye"))
    await Delivery(post.database, {"test": channel}, clock=post.clock, owner="here").sweep()

    assert post.address(li)[1] == post.address(wang)[1]


async def test_whoever_comes_back_is_reached_again(post: Post, reception: Reception) -> None:
    li = post.meet("li")
    await reception.note(ReachChange(target("li"), ReachKind.LOST))
    await reception.note(ReachChange(target("li"), ReachKind.REGAINED))

    assert post.address(li) == ("li", "")


async def test_a_chat_that_moved_is_followed_with_all_that_waits_for_it(post: Post, reception: Reception) -> None:
    li = post.meet("old")
    waiting = post.write("以后", to="old")

    await reception.note(ReachChange(target("old"), ReachKind.MOVED, new_chat="new"))

    assert (post.address(li), post.row(waiting).chat) == (("new", ""), "new")


async def test_a_turn_that_could_not_be_kept_is_handed_back_to_the_platform(
    sqlite_maker: databases.SqliteMaker, channel: FakeChannel
) -> None:
    url = sqlite_maker.make()
    database = databases.opened(url, lock_timeout_ms=50)
    world = World(database)
    delivery = Delivery(database, {"test": channel}, clock=world.clock, owner=OWNER)
    reception = Reception(world.engine, delivery, database)
    inbound = world.person("li").inbound("菜单")
    with contextlib.closing(sqlite3.connect(Path(url.removeprefix("sqlite:///")), isolation_level=None)) as locker:
        locker.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseUnavailable):
            await reception.receive(inbound)
        locker.execute("ROLLBACK")
    assert channel.tried == []

    await reception.receive(inbound)
    await reception.close()
    database.close()

    assert len(channel.texts) == 1


async def test_a_turn_that_a_spoilt_disk_did_not_keep_is_told_of_until_one_is_kept(
    sqlite_maker: databases.SqliteMaker, channel: FakeChannel
) -> None:
    database = databases.opened(sqlite_maker.make())
    world = World(database)
    delivery = Delivery(database, {"test": channel}, clock=world.clock, owner=OWNER)
    reception = Reception(world.engine, delivery, database)
    inbound, only_read = world.person("li").inbound("菜单"), ["on"]
    event.listen(
        database.engine, "checkout", lambda *told: told[0].execute(f"PRAGMA query_only = {only_read[0]}").close()
    )
    with pytest.raises(KeepsNothing):
        await reception.receive(inbound)
    told = reception.refused()
    only_read[0] = "off"

    await reception.receive(inbound)
    await reception.close()

    database.close()
    assert told.startswith("the database may not be written to; ")
    assert (reception.refused(), len(channel.texts)) == ("", 1)
