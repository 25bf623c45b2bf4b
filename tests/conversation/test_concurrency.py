"""Turns at the same moment, in one process and in two: each happens once, and as if one after the other."""

import threading
import time
from collections import Counter as Tally
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from bot.conversation.engine import Taken
from bot.conversation.standing import BURST_LIMIT
from bot.conversation.turn import Inbound
from bot.domain.messages import Message
from bot.domain.outgoing import leasing, outbox
from bot.domain.outgoing.pacing import Lane
from db.models import Address, Conversation, InboxRecord, OutboxKind, OutboxRow, Person, Version
from db.sql import Database
from tests.kit import databases
from tests.kit.flows import (
    GOT_THE_PLACE,
    NO_PLACE_LEFT,
    PLACES,
    conversation_of,
    put_places,
    rows,
    world_of_tests,
    written_down,
)
from tests.kit.talk import World

CROWD = 20
T = TypeVar("T")


@pytest.fixture
def world(database: Database) -> World:
    return world_of_tests(database, search="test.note")


@pytest.fixture
def replicas(world: World, database_url: str) -> Iterator[tuple[World, World]]:
    """Two processes' worth of engine over one database, each with connections of its own."""
    database = databases.opened(database_url)
    yield world, world_of_tests(database, search="test.note", clock=world.clock)
    database.close()


def at_once(works: Sequence[Callable[[], T]]) -> list[T]:
    """Do all of it at the same moment, each in a thread of its own."""
    barrier = threading.Barrier(len(works))

    def start(work: Callable[[], T]) -> T:
        barrier.wait(timeout=30)
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(start, works))


def taking(worlds: Sequence[World], inbounds: Sequence[Inbound]) -> list[Callable[[], Taken]]:
    """Return one turn for each inbound, dealt out to the replicas in turn."""
    engines = [worlds[place % len(worlds)].engine for place in range(len(inbounds))]
    return [lambda engine=engine, one=one: engine.take(one) for engine, one in zip(engines, inbounds, strict=True)]


def templates(taken: Sequence[Taken]) -> Tally[str]:
    return Tally(one.reply.message.template if one.reply else "" for one in taken)


def test_twenty_redeliveries_at_once_are_one_turn(replicas: tuple[World, World]) -> None:
    world = replicas[0]
    inbound = world.person("li").inbound("村口的灯几点亮")

    taken = at_once(taking(replicas, [inbound] * CROWD))

    assert written_down(world) == ["村口的灯几点亮"]
    assert Tally(one.redelivered for one in taken) == {True: CROWD - 1, False: 1}
    assert {one.reply.id for one in taken if one.reply} == {taken[0].reply.id if taken[0].reply else None}
    assert templates(taken) == {"entries/none": CROWD}
    assert [rows(world, one) for one in (InboxRecord, OutboxRow, Conversation, Person, Address)] == [1] * 5


def test_twenty_redeliveries_of_poison_at_once_are_one_apology(replicas: tuple[World, World]) -> None:
    world = replicas[0]
    inbound = world.person("li").inbound("会出错的事")

    taken = at_once(taking(replicas, [inbound] * CROWD))

    assert written_down(world) == []
    assert templates(taken) == {"engine/sorry": CROWD}
    assert Tally(one.redelivered for one in taken) == {True: CROWD - 1, False: 1}
    assert [rows(world, one) for one in (InboxRecord, OutboxRow)] == [1, 1]


def test_twenty_people_want_the_last_place_and_one_gets_it(replicas: tuple[World, World]) -> None:
    world = replicas[0]
    put_places(world, 1)
    crowd = [world.person(f"p{number}").inbound("抢最后一个") for number in range(CROWD)]

    taken = at_once(taking(replicas, crowd))

    assert templates(taken) == {GOT_THE_PLACE: 1, NO_PLACE_LEFT: CROWD - 1}
    assert len(written_down(world, "test.place")) == 1
    assert world.run(lambda db: db.get_one(Version, PLACES).mark) == "0"


def test_twenty_people_who_ask_twice_at_once_share_seven_places(replicas: tuple[World, World]) -> None:
    world = replicas[0]
    put_places(world, 7)
    crowd = [world.person(f"p{number}").inbound("抢最后一个") for number in range(CROWD // 2)]

    taken = at_once(taking(replicas, [*crowd, *crowd]))

    assert templates([one for one in taken if not one.redelivered]) == {GOT_THE_PLACE: 7, NO_PLACE_LEFT: 3}
    assert len(set(written_down(world, "test.place"))) == 7


def test_twenty_first_words_of_one_person_make_one_person(replicas: tuple[World, World]) -> None:
    world = replicas[0]
    li = world.person("li")

    taken = at_once(taking(replicas, [li.inbound(f"第{number}条话") for number in range(BURST_LIMIT)]))

    assert templates(taken) == {"entries/none": BURST_LIMIT}
    assert sorted(written_down(world)) == sorted(f"第{number}条话" for number in range(BURST_LIMIT))
    assert [rows(world, one) for one in (Conversation, Person, Address)] == [1] * 3


def test_twenty_chats_of_one_new_person_at_once_make_one_person(replicas: tuple[World, World]) -> None:
    world = replicas[0]
    inbounds = [world.person("li").inbound("你们好啊大家", is_group=True) for _ in range(CROWD)]
    spread = [Inbound(**{**fields(one), "chat": f"group{number % 10}"}) for number, one in enumerate(inbounds)]

    at_once(taking(replicas, spread))

    assert [rows(world, one) for one in (Person, Address, Conversation)] == [1, 1, 10]


def fields(inbound: Inbound) -> dict[str, object]:
    return {name: getattr(inbound, name) for name in Inbound.__dataclass_fields__}


def test_fifty_messages_of_one_person_leave_what_some_order_would(replicas: tuple[World, World]) -> None:
    world = replicas[0]
    li = world.person("li")
    fifty = [li.inbound(f"第{number}条话") for number in range(50)]
    works = taking(replicas, fifty)

    taken = at_once([lambda part=works[place::5]: [work() for work in part] for place in range(5)])

    said = templates([one for part in taken for one in part])
    assert said == {"entries/none": BURST_LIMIT, "engine/too_fast": 1, "": 50 - BURST_LIMIT - 1}
    assert len(written_down(world)) == len(set(written_down(world))) == BURST_LIMIT
    assert conversation_of(world, "li").burst_count == 50
    assert rows(world, InboxRecord) == 50


def test_steps_of_a_form_taken_at_once_leave_what_they_would_one_after_the_other(
    replicas: tuple[World, World], sqlite_maker: databases.SqliteMaker
) -> None:
    """The order of the replies in the outbox is the order of the turns; played again alone it says the same."""
    world = replicas[0]
    steps = (
        "志愿报名",
        "1",
        "1",
        "李雷",
        "13800138000",
        "李雷",
        "0",
        "几位同来",
        "会出错的事",
        "不许办的事",
        "取消",
        "2",
    )
    inbounds = [world.person("li").inbound(words) for words in steps]

    at_once(taking(replicas, inbounds))

    order = in_order(world)
    plain = world_of_tests(databases.opened(sqlite_maker.make()), search="test.note")
    for message_id in order:
        plain.engine.take(next(one for one in inbounds if one.message_id == message_id))
    assert len(order) == len(steps)
    assert what_was_said(world) == what_was_said(plain)
    assert written_down(world) == written_down(plain)
    assert form_of(world) == form_of(plain)
    plain.database.close()


def test_a_refusal_and_what_is_said_meanwhile_are_one_after_the_other(replicas: tuple[World, World]) -> None:
    world = replicas[0]
    li = world.person("li")
    li.says("几位同来")

    refused, cancelled = at_once(
        [
            lambda: replicas[0].engine.take(li.inbound("100")),
            lambda: [time.sleep(0.1), replicas[1].engine.take(li.inbound("取消"))][1],
        ]
    )

    said = [one.reply.message.template if one.reply else "" for one in (refused, cancelled)]
    assert said in (["cases/not_yours", "engine/nothing_to_cancel"], ["entries/none", "engine/cancelled"])


def in_order(world: World) -> list[str]:
    """Return the message ids in the order in which their turns were taken."""
    replies = select(OutboxRow.cause).order_by(col(OutboxRow.id))
    message_ids = dict(world.run(lambda db: db.execute(select(InboxRecord.id, InboxRecord.message_id)).all()))
    causes = world.run(lambda db: db.execute(replies).scalars().all())
    return [message_ids[int(cause.removeprefix("reply:"))] for cause in causes]


def what_was_said(world: World) -> list[object]:
    ordered = select(OutboxRow.content).order_by(col(OutboxRow.id))
    return list(world.run(lambda db: db.execute(ordered).scalars().all()))


def form_of(world: World) -> object:
    form = conversation_of(world, "li").open_form
    return {**form, "kept_at": "", "asked_in": 0} if form else None


def test_a_parcel_is_leased_by_one_of_many_senders(replicas: tuple[World, World]) -> None:
    world = replicas[0]
    for number in range(CROWD):
        world.engine.take(world.person(f"p{number}").inbound("迟些告诉我"))

    def lease(owner: int, db: Session) -> list[outbox.Parcel]:
        return leasing.lease_due(db, Lane("test", "bot"), owner=f"o{owner}", now=world.clock.now(), limit=5)

    def leasing_as(owner: int) -> Callable[[], list[outbox.Parcel]]:
        return lambda: replicas[owner % 2].run(lambda db: lease(owner, db))

    leased = [parcel.id for part in at_once([leasing_as(owner) for owner in range(8)]) for parcel in part]

    assert len(leased) == len(set(leased)) == CROWD


def test_a_cause_that_twenty_write_at_once_is_written_once(replicas: tuple[World, World]) -> None:
    world = replicas[0]
    now = world.clock.now()
    message = Message(template="engine/help", text="…")
    draft = outbox.Draft("cause", OutboxKind.NOTICE, world.person("li").target, message, due_at=now)

    written = at_once(
        [
            lambda place=place: replicas[place % 2].run(lambda db: outbox.write(db, draft, now=now))
            for place in range(CROWD)
        ]
    )

    ids = select(col(OutboxRow.id))
    assert [one for one in written if one is not None] == world.run(lambda db: db.execute(ids).scalars().all())
