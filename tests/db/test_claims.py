import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlmodel import Session

from db.claims import claim, put_if_missing, put_or_replace, table_of
from db.models import InboxRecord, InboxState, Version
from db.sql import Database
from tests.kit.talk import MORNING

KEY = ("channel", "account", "sender", "message_id")


def claimed(db: Session, message_id: str, **more: Any) -> int | None:
    values = {"channel": "test", "account": "bot", "sender": "li", "message_id": message_id}
    return claim(db, InboxRecord, {**values, "state": InboxState.DONE, "taken_at": MORNING, **more}, key=KEY)


def count(database: Database) -> int:
    return database.run(lambda db: db.execute(select(func.count()).select_from(table_of(InboxRecord))).scalar_one())


def test_whoever_claims_first_gets_the_id_and_whoever_is_second_nothing(database: Database) -> None:
    first = database.run(lambda db: claimed(db, "m1"))
    second = database.run(lambda db: claimed(db, "m1", state=InboxState.QUIET))

    assert (first, second) == (1, None)
    assert database.run(lambda db: db.get_one(InboxRecord, 1).state) is InboxState.DONE


def test_a_claim_is_taken_within_its_own_transaction_too(database: Database) -> None:
    assert database.run(lambda db: [claimed(db, "m1"), claimed(db, "m1")]) == [1, None]


@pytest.mark.parametrize("other", [{"channel": "wechat"}, {"account": "bot2"}, {"sender": "han"}, {"message_id": "m2"}])
def test_another_key_is_another_claim(database: Database, other: dict[str, str]) -> None:
    database.run(lambda db: claimed(db, "m1"))

    assert database.run(lambda db: claimed(db, **{"message_id": "m1", **other})) == 2
    assert count(database) == 2


def test_a_claim_that_was_rolled_back_is_free_again(database: Database) -> None:
    def work(db: Session) -> None:
        claimed(db, "m1")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        database.run(work)

    assert database.run(lambda db: claimed(db, "m1")) is not None
    assert count(database) == 1


def test_what_is_missing_is_put_and_what_is_there_is_left_alone(database: Database) -> None:
    for mark in ("1", "2"):
        database.run(lambda db, mark=mark: put_if_missing(db, Version, {"name": "a", "mark": mark}, key=("name",)))

    assert database.run(lambda db: db.get_one(Version, "a").mark) == "1"


@pytest.mark.parametrize("fails", [False, True], ids=["commits", "rolls back"])
def test_a_claim_waits_for_the_one_before_it_to_end(database: Database, fails: bool) -> None:  # noqa: FBT001  # drawn
    """When the first commits, the second gets nothing; when it rolls back, the second gets the claim."""
    is_claimed, may_end = threading.Event(), threading.Event()

    def first(db: Session) -> int | None:
        won = claimed(db, "m1")
        is_claimed.set()
        may_end.wait(timeout=10)
        if fails:
            raise ZeroDivisionError
        return won

    def second() -> int | None:
        is_claimed.wait(timeout=10)
        threading.Timer(0.1, may_end.set).start()
        return database.run(lambda db: claimed(db, "m1"))

    with ThreadPoolExecutor(2) as pool:
        works = [pool.submit(database.run, first), pool.submit(second)]
        ended = [outcome(work.result) for work in works]

    assert [one is not None for one in ended] == [not fails, fails]
    assert count(database) == 1


def outcome(result: Callable[[], int | None]) -> int | None:
    try:
        return result()
    except ZeroDivisionError:
        return None


def test_twenty_claims_at_once_have_one_winner(database: Database) -> None:
    barrier = threading.Barrier(20)

    def work(_number: int) -> int | None:
        barrier.wait(timeout=10)
        return database.run(lambda db: claimed(db, "m1"))

    with ThreadPoolExecutor(20) as pool:
        ended = list(pool.map(work, range(20)))

    assert len([one for one in ended if one is not None]) == 1
    assert count(database) == 1


def test_whoever_replaces_at_once_leaves_one_row(database: Database) -> None:
    barrier = threading.Barrier(8)

    def work(number: int) -> None:
        barrier.wait(timeout=10)
        values = {"name": "a", "mark": f"{number}"}
        database.run(lambda db: put_or_replace(db, Version, values, key=("name",)))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    database.run(lambda db: put_or_replace(db, Version, {"name": "a", "mark": "last"}, key=("name",)))

    assert database.run(lambda db: db.get_one(Version, "a").mark) == "last"
