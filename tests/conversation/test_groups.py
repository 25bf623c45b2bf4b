"""Turns of many people taken in one transaction are the turns they would have been one after the other."""

import asyncio

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bot.conversation.engine import Taken
from bot.conversation.standing import BURST_LIMIT
from bot.conversation.turn import Inbound
from bot.errors import DatabaseUnavailable
from db.claims import table_of
from db.models import InboxRecord, InboxState, OutboxRow
from db.sql import Database
from tests.kit.databases import PostgresqlMaker, SqliteMaker, opened
from tests.kit.flows import GOT_THE_PLACE, NO_PLACE_LEFT, put_places, rows, world_of_tests, written_down
from tests.kit.talk import World

_ROW = table_of(OutboxRow)
_INBOX = table_of(InboxRecord)
CROWD = ("菜单", "志愿报名", "村口的灯几点亮", "会出错的事", "不许办的事", "抢最后一个", "迟些告诉我")


@pytest.fixture
def world(database: Database) -> World:
    return world_of_tests(database, search="test.note")


async def together(world: World, inbounds: list[Inbound]) -> list[Taken]:
    return list(await asyncio.gather(*map(world.engine.handle, inbounds)))


def template(taken: Taken) -> str:
    return taken.reply.message.template if taken.reply else ""


def outcome(world: World) -> list[object]:
    """Return all that was said, and how each inbound ended, whatever the ids."""
    said = select(_ROW.c.chat, _ROW.c.kind, _ROW.c.content).order_by(_ROW.c.chat, _ROW.c.kind)
    ended = select(_INBOX.c.sender, _INBOX.c.state).order_by(_INBOX.c.sender)

    def read(db: Session) -> list[object]:
        return [tuple(row) for one in (said, ended) for row in db.execute(one)]

    return world.run(read)


async def test_a_crowd_of_strangers_is_answered_as_one_after_the_other(world: World, sqlite_maker: SqliteMaker) -> None:
    plain = world_of_tests(opened(sqlite_maker.make()), search="test.note")
    for one in (world, plain):
        put_places(one, 1)
    crowds = [[one.person(f"p{place}").inbound(words) for place, words in enumerate(CROWD)] for one in (world, plain)]

    taken = await together(world, crowds[0])
    alone = [plain.engine.take(one) for one in crowds[1]]

    assert [(template(one), one.state, one.redelivered) for one in taken] == [
        (template(one), one.state, one.redelivered) for one in alone
    ]
    assert outcome(world) == outcome(plain)
    assert written_down(world) == written_down(plain)
    plain.database.close()


async def test_a_second_step_is_taken_where_the_first_left_off(world: World) -> None:
    people = [world.person(f"p{number}") for number in range(5)]
    await together(world, [one.inbound("志愿报名") for one in people])

    second = await together(world, [one.inbound(digit) for one, digit in zip(people, "12121", strict=True)])

    forms = [world.person(f"p{number}").says("李雷") for number in range(5)]
    assert len({template(one) for one in second}) == 1
    assert len(set(forms)) == 1


async def test_one_persons_words_in_one_group_are_taken_one_after_the_other(world: World) -> None:
    li, wang = world.person("li"), world.person("wang")

    taken = await together(world, [li.inbound("大字"), wang.inbound("菜单"), li.inbound("大字")])

    assert [template(one) for one in taken] == ["engine/large_on", "engine/menu", "engine/large_on"]


async def test_redeliveries_in_one_group_get_the_recorded_reply(world: World) -> None:
    inbound = world.person("li").inbound("村口的灯几点亮")
    others = [world.person(f"p{number}").inbound("村口的灯几点亮") for number in range(3)]
    before = world.engine.take(inbound)

    taken = await together(world, [*others[:2], inbound, others[2]])

    assert [one.redelivered for one in taken] == [False, False, True, False]
    assert taken[2].reply == before.reply
    assert [rows(world, one) for one in (InboxRecord, OutboxRow)] == [4, 4]


async def test_the_last_place_goes_to_one_of_a_group(world: World) -> None:
    put_places(world, 1)

    taken = await together(world, [world.person(f"p{number}").inbound("抢最后一个") for number in range(8)])

    assert [template(one) for one in taken] == [GOT_THE_PLACE] + [NO_PLACE_LEFT] * 7


async def test_a_group_that_meets_a_locked_row_is_taken_one_by_one(postgresql_maker: PostgresqlMaker) -> None:
    """A conversation somebody else holds delays its own turn, and no other."""
    database = opened(postgresql_maker.make(), lock_timeout_ms=400)
    world = world_of_tests(database, search="test.note")
    for name in ("li", "wang"):
        world.person(name).says("菜单")
    inbounds = [world.person(name).inbound("村口的灯几点亮") for name in ("li", "wang")]

    with database.transaction() as db:
        db.execute(text("SELECT id FROM conversation WHERE sender = 'li' FOR UPDATE"))
        ended = await asyncio.gather(*map(world.engine.handle, inbounds), return_exceptions=True)

    assert isinstance(ended[0], DatabaseUnavailable)
    assert isinstance(ended[1], Taken)
    assert written_down(world) == ["村口的灯几点亮"]
    assert world.engine.take(inbounds[0]).state is InboxState.DONE
    database.close()


async def test_a_flood_in_a_group_silences_nobody_else(world: World) -> None:
    li = world.person("li")
    for number in range(BURST_LIMIT + 1):
        world.engine.take(li.inbound(f"第{number}条话"))

    taken = await together(world, [li.inbound("还有"), world.person("wang").inbound("村口的灯几点亮")])

    assert [one.state for one in taken] == [InboxState.QUIET, InboxState.DONE]
    assert [template(one) for one in taken] == ["", "entries/none"]
