"""Whether a server says that it can take turns exactly when it can, and what it costs to be asked."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import event

from bot.clock import TurnableClock
from bot.web import readiness
from bot.web.readiness import KEPT, Readiness
from db.sql import Database
from tests.kit import databases
from tests.kit.talk import MORNING


@pytest.fixture
def clock() -> TurnableClock:
    return TurnableClock(start=MORNING, running=False)


def said(database: Database) -> Callable[[str], int]:
    """Count the statements with some words from now on."""
    statements = list[str]()
    event.listen(database.engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    return lambda words: sum(words in one for one in statements)


def may_only_be_read(database: Database) -> Callable[[], None]:
    """Let nothing be written any more, and return how to let it again: as a disk that went bad, and a stand-by, do."""
    words = "PRAGMA query_only = {}" if database.is_sqlite else "SET default_transaction_read_only = {}"
    state = ["on"]

    def say(connection: Any, *_: object) -> None:
        connection.execute(words.format(state[0])).close()
        if not database.is_sqlite:
            connection.commit()

    event.listen(database.engine, "checkout", say)
    return lambda: state.__setitem__(0, "off")


async def test_a_database_that_keeps_what_is_written_is_ready(database: Database, clock: TurnableClock) -> None:
    assert await Readiness(database, clock, refused=str).trouble() == ""


async def test_a_database_that_may_only_be_read_is_not_and_is_again_by_itself(
    database: Database, clock: TurnableClock
) -> None:
    ready = Readiness(database, clock, refused=str)
    let_again = may_only_be_read(database)
    trouble = await ready.trouble()
    let_again()
    clock.turn(KEPT)

    assert trouble.partition("; ")[0].partition(" (")[0] in {
        "the database may only be read",
        "the database may not be written to",
    }
    assert await ready.trouble() == ""


async def test_a_disk_that_takes_a_look_and_no_turn_is_not_ready(database: Database, clock: TurnableClock) -> None:
    assert await Readiness(database, clock, refused=lambda: "full").trouble() == "full"


async def test_whoever_asks_in_a_loop_costs_one_look(database: Database, clock: TurnableClock) -> None:
    words = "user_version = " if database.is_sqlite else "txid_current"
    ready, count = Readiness(database, clock, refused=str), said(database)
    await asyncio.gather(*(ready.trouble() for _ in range(20)))
    at_once = count(words)
    clock.turn(KEPT / 2)
    await ready.trouble()
    soon = count(words)
    clock.turn(KEPT / 2)
    await ready.trouble()

    assert (at_once, soon, count(words)) == (1, 1, 2)


async def test_a_database_that_does_not_answer_is_not_asked_again_until_it_did(
    sqlite_maker: databases.SqliteMaker, clock: TurnableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readiness, "PATIENCE", 0.05)
    url = sqlite_maker.make()
    with closing(databases.opened(url)) as database:
        ready, count = Readiness(database, clock, refused=str), said(database)
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            held = []
            for _ in range(3):
                held.append(await ready.trouble())
                clock.turn(KEPT)
            other.execute("ROLLBACK")
        monkeypatch.undo()
        after = await ready.trouble()

    assert (set(held), after) == ({"the database has not answered for 0 seconds"}, "")
    assert count("user_version = ") == 1
