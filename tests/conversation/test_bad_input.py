import dataclasses
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import event, text

from bot.app import prepare
from bot.conversation.engine import Taken
from bot.conversation.turn import Inbound
from bot.domain.files import IncomingFile
from bot.domain.messages import Pin
from bot.errors import DatabaseUnavailable, SchemaMismatch
from db.models import FileKind, InboxRecord, OutboxRow
from db.sql import Database
from tests.kit import databases
from tests.kit.flows import domain_rows, rows, world_of_tests
from tests.kit.talk import Talk, World

UNREADABLE = {
    "empty": "",
    "only spaces": "   \u3000\t\n  ",
    "only emoji": "😀👍🏽👨\u200d👩\u200d👧🇨🇳",
    "only punctuation": "。。。？！……",
    "only controls": "\x00\x01\x07\x1b\x7f\x9f",
    "only right-to-left marks": "\u200f\u202e\u202d\u2066\u2069\u061c",
    "only invisible marks": "\ufeff\u200b\u200c\u200d\u2060\ufe0f",
    "only half surrogates": "\ud800\udfff",
    "only combining marks": "\u0301\u0302\u20dd",
}
TOO_LONG = {
    "one more than is read": "问" * 1001,
    "100 kB": "二次报销怎么办" * 5000,
    "100 kB of letters": "a" * 100_000,
    "100 kB of spaces around a word": " " * 100_000 + "菜单",
    "100 kB of emoji": "😀" * 25_000,
    "100 kB of combining marks": "a" + "\u0301" * 50_000,
}
STILL_READ = {
    "a command among controls": "菜\x00单\x07",
    "a command written from right to left": "\u202e菜单\u202c",
    "a command among invisible marks": "\ufeff菜\u200b单\u2060",
    "a command among half surrogates": "\ud83d菜单\udc4d",
    "a command in a cloud of spaces": "  \u3000菜单\r\n\t ",
}


@pytest.fixture
def world(database: Database) -> World:
    return world_of_tests(database)


@pytest.fixture
def li(world: World) -> Talk:
    """Somebody who has spoken before, so that nothing needs to be written down about them."""
    person = world.person("li")
    person.says("帮助")
    return person


one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what is settled before any SQL sees it."""


def named(cases: dict[str, Any]) -> Any:
    return pytest.mark.parametrize("given", list(cases.values()), ids=list(cases))


@one_database
@named(UNREADABLE)
def test_what_has_nothing_to_read_is_told_so_and_changes_nothing(world: World, li: Talk, given: str) -> None:
    before = domain_rows(world)

    assert li.says(given) == "engine/nothing_to_read"
    assert domain_rows(world) == before


@one_database
@named(TOO_LONG)
def test_what_is_too_long_is_told_so_and_changes_nothing(world: World, li: Talk, given: str) -> None:
    before = domain_rows(world)

    assert li.says(given) == "engine/too_long"
    assert domain_rows(world) == before


@one_database
@named(STILL_READ)
def test_what_no_eye_sees_does_not_hide_what_was_said(world: World, li: Talk, given: str) -> None:
    before = domain_rows(world)

    assert li.says(given) == "engine/menu"
    assert domain_rows(world) == before


@pytest.mark.parametrize(
    "button",
    ["nonsense", "0:0", "-5:1", "9999999:1", "1" * 5000 + ":1", "\x00:\x00", "😀:😀", "1:\u202e1", ":" * 100_000],
)
def test_an_unknown_button_is_too_old_and_changes_nothing(world: World, li: Talk, button: str) -> None:
    before = domain_rows(world)

    assert li.sends(li.inbound(button=button)) == "engine/button_too_old"
    assert domain_rows(world) == before


def test_a_replayed_inbound_changes_nothing(world: World, li: Talk) -> None:
    inbound = li.inbound("转人工")
    first = world.engine.take(inbound)
    before = domain_rows(world)

    again = world.engine.take(inbound)

    assert again == Taken(first.state, first.reply, redelivered=True)
    assert domain_rows(world) == before


@one_database
@pytest.mark.parametrize("degrees", [float("nan"), float("inf"), -float("inf"), 1e308, 91.0])
def test_a_place_that_is_nowhere_is_told_what_places_are_good_for(world: World, li: Talk, degrees: float) -> None:
    before = domain_rows(world)

    assert li.sends(li.inbound(pin=Pin(latitude=degrees, longitude=degrees))) == "cases/received_pin"
    assert domain_rows(world) == before


@pytest.mark.parametrize(
    "file",
    [
        IncomingFile(FileKind.DOCUMENT, remote_id="d", name="../../etc/passwd"),
        IncomingFile(FileKind.DOCUMENT, remote_id="d", name="名单\x00.xlsx"),
        IncomingFile(FileKind.DOCUMENT, remote_id="d", name="\ud800.xlsx"),
        IncomingFile(FileKind.DOCUMENT, remote_id="d", name="长" * 5000),
        IncomingFile(FileKind.DOCUMENT, remote_id="d", media_type="a/b\x00" + "c" * 500),
        IncomingFile(FileKind.DOCUMENT, remote_id="d" * 500),
        IncomingFile(FileKind.DOCUMENT, remote_id="d\x00"),
        IncomingFile(FileKind.DOCUMENT, remote_id="d", size=2**40),
        IncomingFile(FileKind.DOCUMENT, remote_id="d", size=-1),
    ],
    ids=["path", "NUL", "surrogate", "long name", "media type", "long id", "NUL in id", "huge", "negative"],
)
def test_a_file_with_a_bad_name_or_size_is_answered_all_the_same(li: Talk, file: IncomingFile) -> None:
    assert li.sends(li.inbound(files=(file,))) == "cases/received_document"


@pytest.mark.parametrize("name", ["message_id", "reply_to", "sender", "chat"])
def test_an_id_longer_than_any_platform_makes_is_answered_all_the_same(world: World, name: str) -> None:
    inbound = dataclasses.replace(world.person("li").inbound("帮助"), **{name: "9" * 5000})

    taken = world.engine.take(inbound)

    assert taken.reply is not None
    assert taken.reply.message.template == "engine/help"


def test_two_long_message_ids_that_begin_alike_are_two_messages(world: World, li: Talk) -> None:
    ids = ["9" * 200 + end for end in ("1", "2")]

    taken = [world.engine.take(li.inbound("帮助", message_id=one)) for one in ids]

    assert [one.redelivered for one in taken] == [False, False]


# A database that cannot take the turn: nothing is kept, and the platform is told to try again.


@contextmanager
def locked(database: Database, li: Talk) -> Iterator[None]:
    """Let another program hold what a turn needs."""
    if database.is_sqlite:
        other = sqlite3.connect(database.url.removeprefix("sqlite:///"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
    else:
        other = psycopg.connect(database.url.replace("+psycopg", ""))
        other.execute("SELECT 1 FROM conversation WHERE sender = %s FOR UPDATE", (li.name,))
    try:
        yield
    finally:
        other.rollback()
        other.close()


def impatient(database_url: str) -> Database:
    return databases.opened(database_url, lock_timeout_ms=50)


def assert_unavailable(world: World, inbound: Inbound) -> None:
    """Take a turn that must fail in the way that makes the platform deliver again."""
    with pytest.raises(DatabaseUnavailable):
        world.engine.take(inbound)


def test_a_locked_database_keeps_nothing_and_the_redelivery_is_taken(world: World, li: Talk, database_url: str) -> None:
    impatient_world = world_of_tests(impatient(database_url))
    inbound = li.inbound("转人工")
    with locked(world.database, li):
        assert_unavailable(impatient_world, inbound)

    assert (rows(world, InboxRecord), rows(world, OutboxRow)) == (1, 1)
    assert li.sends(inbound) == "cases/what_to_pass_on"
    impatient_world.database.close()


async def test_a_locked_database_tells_the_channel_to_let_the_platform_try_again(
    world: World, li: Talk, database_url: str
) -> None:
    impatient_world = world_of_tests(impatient(database_url))

    with locked(world.database, li), pytest.raises(DatabaseUnavailable):
        await impatient_world.engine.handle(li.inbound("转人工"))

    impatient_world.database.close()


def test_a_read_only_database_keeps_nothing_and_the_redelivery_is_taken(world: World, li: Talk) -> None:
    inbound = li.inbound("转人工")
    make_read_only(world.database, "on")
    assert_unavailable(world, inbound)
    make_read_only(world.database, "off")

    assert (rows(world, InboxRecord), rows(world, OutboxRow)) == (1, 1)
    assert li.sends(inbound) == "cases/what_to_pass_on"


def make_read_only(database: Database, switch: str) -> None:
    """Turn writing off or on again, as a full replica or an operator's mistake would."""
    database.engine.dispose()
    setting = "PRAGMA query_only = " if database.is_sqlite else "SET default_transaction_read_only = "

    @event.listens_for(database.engine, "connect")
    def switch_it(connection: Any, _record: object) -> None:
        connection.execute(setting + switch).close()
        if not database.is_sqlite:
            connection.commit()


def test_a_full_database_keeps_nothing_and_the_redelivery_is_taken(
    sqlite_maker: databases.SqliteMaker,
) -> None:
    world = world_of_tests(databases.opened(sqlite_maker.make()))
    li = world.person("li")
    li.says("帮助")
    fill_up(world.database)
    taken = [li.inbound("转人工") for _ in range(100)]
    refused = next(inbound for inbound in taken if not fits(world, inbound))
    kept = rows(world, InboxRecord)

    make_room(world.database)

    assert rows(world, OutboxRow) == kept
    assert li.sends(refused).message.text
    assert rows(world, InboxRecord) == kept + 1
    world.database.close()


def fits(world: World, inbound: Inbound) -> bool:
    try:
        world.engine.take(inbound)
    except DatabaseUnavailable:
        return False
    return True


def fill_up(database: Database) -> None:
    """Leave no page beyond those the file has."""
    database.engine.dispose()
    event.listen(database.engine, "connect", _no_more_pages)


def make_room(database: Database) -> None:
    event.remove(database.engine, "connect", _no_more_pages)
    database.engine.dispose()


def _no_more_pages(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA max_page_count = 1").close()


def test_a_database_a_version_ahead_is_refused_in_one_sentence_and_left_alone(world: World) -> None:
    world.run(lambda db: db.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    world.run(lambda db: db.execute(text("UPDATE version SET mark = '9998' WHERE name = 'schema.oldest_code'")))
    before = domain_rows(world)

    with pytest.raises(SchemaMismatch) as caught:
        prepare(world.database, world.clock)

    assert str(caught.value) == "The database was written by a newer version of Hongyan; install that version."
    assert domain_rows(world) == before


def test_a_server_that_is_gone_keeps_nothing(tmp_path: Any) -> None:
    world = world_of_tests(databases.opened(f"postgresql+psycopg://hongyan@/nowhere?host={tmp_path}"))

    assert_unavailable(world, world.person("li").inbound("帮助"))
    world.database.close()
