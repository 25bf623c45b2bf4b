"""Those who wait are done together and end as if each had been alone."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from sqlmodel import col

from db.groups import MOST
from db.models import Version
from db.sql import Database
from tests.kit.databases import PostgresqlMaker, opened

BROKEN = "broken"


class Writer:
    """Writes names down, and remembers which it was given together."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []

    def write(self, names: Sequence[str], db: Session) -> list[str]:
        self.groups.append(list(names))
        for name in names:
            if name == BROKEN:
                raise ZeroDivisionError
            db.add(Version(name=name))
        return [name.upper() for name in names]


def names(database: Database) -> list[str]:
    ordered = select(col(Version.name)).where(col(Version.name) != "schema.oldest_code").order_by(col(Version.name))
    return list(database.run(lambda db: db.execute(ordered).scalars().all(), write=False))


async def test_those_who_come_at_once_are_done_in_one_transaction_and_in_their_order(database: Database) -> None:
    writer = Writer()
    groups = database.groups(writer.write)

    told = await asyncio.gather(*map(groups.do, "cab"))

    assert (told, writer.groups) == (["C", "A", "B"], [["c", "a", "b"]])
    assert names(database) == ["a", "b", "c"]


async def test_who_comes_alone_is_done_alone(database: Database) -> None:
    writer = Writer()
    groups = database.groups(writer.write)

    told = [await groups.do("a"), await groups.do("b")]

    assert (told, writer.groups) == (["A", "B"], [["a"], ["b"]])


async def test_a_group_is_never_larger_than_it_may_be(database: Database) -> None:
    writer = Writer()
    groups = database.groups(writer.write)
    crowd = [f"{number:03}" for number in range(2 * MOST + 1)]

    await asyncio.gather(*map(groups.do, crowd))

    assert sorted(len(group) for group in writer.groups) == [1, MOST, MOST]
    assert names(database) == crowd


async def test_one_that_fails_takes_nobody_along(database: Database) -> None:
    groups = database.groups(Writer().write)

    told = await asyncio.gather(*map(groups.do, ["a", BROKEN, "b"]), return_exceptions=True)

    assert [told[0], type(told[1]), told[2]] == ["A", ZeroDivisionError, "B"]
    assert names(database) == ["a", "b"]


async def test_when_the_commit_fails_all_have_failed_and_nothing_is_tried_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = Writer()
    groups = database.groups(writer.write)
    dialect: Any = database.engine.dialect

    def refuse(_connection: object) -> None:
        raise dialect.dbapi.OperationalError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(dialect, "do_commit", refuse)
        told = await asyncio.gather(*map(groups.do, "ab"), return_exceptions=True)

    assert list(map(repr, told)) == ["DatabaseUnavailable('OperationalError: the disk is full')"] * 2
    assert (writer.groups, names(database)) == ([["a", "b"]], [])


async def test_who_waits_no_longer_is_left_out(database: Database) -> None:
    writer = Writer()
    groups = database.groups(writer.write)
    gone = asyncio.create_task(groups.do("gone"))
    asyncio.get_running_loop().call_soon(gone.cancel)

    told = await asyncio.gather(gone, groups.do("a"), return_exceptions=True)

    assert [type(one).__name__ for one in told] == ["CancelledError", "str"]
    assert names(database) in (["a"], ["a", "gone"])


def test_the_next_event_loop_is_served_as_well(database: Database) -> None:
    groups = database.groups(Writer().write)

    async def cut_off() -> None:
        asyncio.get_running_loop().call_later(0, asyncio.current_task().cancel)  # pyright: ignore[reportOptionalMemberAccess]  # there is one
        await groups.do("a")

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cut_off())

    assert asyncio.run(groups.do("b")) == "B"


async def test_a_closed_database_takes_nobody(database: Database) -> None:
    groups = database.groups(Writer().write)
    database.close()

    with pytest.raises(RuntimeError):
        await asyncio.wait_for(groups.do("a"), 5)


async def test_a_group_waits_for_nobody_else_for_long_and_one_alone_does(postgresql_maker: PostgresqlMaker) -> None:
    """On SQLite nobody can hold a row: the whole file has one writer at a time."""
    database = opened(postgresql_maker.make())
    patience: list[str] = []

    def look(words: Sequence[str], db: Session) -> Sequence[str]:
        patience.append(db.execute(text("SHOW lock_timeout")).scalar_one())
        return words

    groups = database.groups(look)
    await asyncio.gather(*map(groups.do, "ab"))
    await groups.do("c")

    assert patience == ["100ms", "5s"]
    database.close()
