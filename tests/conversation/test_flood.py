from datetime import timedelta

import pytest

from bot.clock import TurnableClock
from bot.conversation.engine import Taken
from bot.conversation.standing import BURST, BURST_LIMIT
from bot.domain.files import IncomingFile
from db.models import FileKind, InboxRecord, InboxState, OutboxRow, StoredFile
from db.sql import Database
from tests.kit.flows import conversation_of, domain_rows, rows, world_of_tests, written_down
from tests.kit.talk import MORNING, Talk, World


@pytest.fixture
def world(database: Database) -> World:
    return world_of_tests(database, search="test.note")


def burst(person: Talk, messages: int) -> list[Taken]:
    """Send messages at one and the same moment."""
    return [person.world.engine.take(person.inbound(f"第{number}条话")) for number in range(messages)]


def template(taken: Taken) -> str:
    return taken.reply.message.template if taken.reply else ""


def test_a_thousand_messages_at_once_are_asked_once_to_slow_down(world: World) -> None:
    li = world.person("li")
    thousand = 1000 if world.database.is_sqlite else 200  # a PostgreSQL is asked for less: it costs seconds

    taken = burst(li, thousand)

    assert [template(one) for one in taken[BURST_LIMIT:]] == ["engine/too_fast"] + [""] * (thousand - BURST_LIMIT - 1)
    assert {one.state for one in taken[: BURST_LIMIT + 1]} == {InboxState.DONE}
    assert {one.state for one in taken[BURST_LIMIT + 1 :]} == {InboxState.QUIET}
    assert len(written_down(world)) == BURST_LIMIT
    assert (rows(world, InboxRecord), rows(world, OutboxRow)) == (thousand, BURST_LIMIT + 1)


def test_what_is_said_too_fast_changes_nothing(world: World) -> None:
    li = world.person("li")
    burst(li, BURST_LIMIT)
    before = domain_rows(world)

    burst(li, 100)

    assert domain_rows(world) == before


def test_files_that_come_too_fast_are_not_kept(world: World) -> None:
    li = world.person("li")
    burst(li, BURST_LIMIT + 1)
    photo = IncomingFile(FileKind.PHOTO, remote_id="p1")

    taken = world.engine.take(li.inbound(files=(photo,)))

    assert taken.state is InboxState.QUIET
    assert rows(world, StoredFile) == 0


def test_somebody_elses_flood_keeps_nobody_else_waiting(world: World) -> None:
    burst(world.person("li"), BURST_LIMIT + 5)

    assert world.person("han").says("帮助") == "engine/help"


def test_whoever_pauses_is_answered_again(world: World) -> None:
    li = world.person("li")
    burst(li, BURST_LIMIT + 5)
    world.clock.turn(BURST)

    assert li.says("帮助") == "engine/help"


def test_whoever_slows_down_is_answered_again(world: World) -> None:
    li = world.person("li")
    burst(li, BURST_LIMIT + 2)

    heard = []
    for _ in range(10):
        world.clock.turn(BURST / 2)
        heard.append(template(burst(li, 1)[0]))

    assert (heard[0], "" in heard[2:]) == ("", False)


def test_the_next_flood_is_answered_once_as_well(world: World) -> None:
    li = world.person("li")
    first = burst(li, BURST_LIMIT + 5)
    world.clock.turn(BURST + timedelta(seconds=1))

    second = burst(li, BURST_LIMIT + 5)

    assert [template(one) for one in second] == [template(one) for one in first]


def test_refusals_count_as_messages_too(world: World) -> None:
    li = world.person("li")

    taken = [world.engine.take(li.inbound("不许办的事")) for _ in range(BURST_LIMIT + 5)]

    assert [template(one) for one in taken[BURST_LIMIT:]] == ["engine/too_fast", "", "", "", ""]


def test_a_form_survives_a_flood(world: World) -> None:
    li = world.person("li")
    world.engine.take(li.inbound("几位同来"))
    for _ in range(BURST_LIMIT + 5):
        world.engine.take(li.inbound("很多"))
    world.clock.turn(BURST + timedelta(seconds=1))

    assert conversation_of(world, "li").open_form["flow"] == "test.party"
    assert li.says("3") == "cases/answer_sent"


def test_a_redelivery_of_something_said_too_fast_stays_unanswered(world: World) -> None:
    li = world.person("li")
    burst(li, BURST_LIMIT + 1)
    inbound = li.inbound("还有一句")
    world.engine.take(inbound)
    world.clock.turn(BURST + timedelta(seconds=1))

    again = world.engine.take(inbound)

    assert again == Taken(InboxState.QUIET, redelivered=True)
    assert rows(world, InboxRecord) == BURST_LIMIT + 2


def test_whoever_spoke_by_a_clock_that_was_put_back_since_is_not_too_fast(database: Database) -> None:
    ahead = World(database, clock=TurnableClock(start=MORNING + timedelta(hours=5), running=False))
    ahead.person("li").says("帮助")

    li = World(database).person("li")
    heard = [li.says("帮助") for _ in range(2 * BURST_LIMIT)]

    assert set(heard) == {"engine/help"}
