"""Whoever asked in vain is not forgotten while a process still makes its index anew."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from bot.domain import agenda, entries
from bot.domain.answers import tidings
from bot.domain.house import house_of
from content.loader import load_entries
from db.sql import Database
from tests.kit import databases
from tests.kit.talk import MORNING

OLD, NEW, *_ = load_entries()


@pytest.fixture
def server_url(postgresql_maker: databases.PostgresqlMaker) -> Iterator[str]:
    """A PostgreSQL: on a file nobody waits for a table while another reads it."""
    url = postgresql_maker.make()
    yield url
    postgresql_maker.drop(url)


@pytest.fixture
def pair(server_url: str) -> Iterator[tuple[Database, Database]]:
    both = databases.opened(server_url), databases.opened(server_url)
    yield both
    for one in both:
        one.close()


def look(db: Session) -> frozenset[str]:
    return frozenset(house_of(db).shelf.current(db).entries)


def tells(db: Session) -> None:
    item = agenda.take(db, now=MORNING)
    assert item is not None
    tidings.tell(db, item, MORNING)
    agenda.done(db, item, now=MORNING)


def test_it_is_told_once_the_index_has_followed(pair: tuple[Database, Database]) -> None:
    database, other = pair
    database.run(lambda db: entries.import_pack(db, [OLD], now=MORNING))
    before = database.run(look)
    other.run(lambda db: entries.edit(db, NEW, author=None, now=MORNING))
    database.run(lambda db: tidings.plan(db, NEW.id, cause="test", now=MORNING))
    is_shut, is_told = threading.Event(), threading.Event()

    def shut(db: Session) -> None:
        db.execute(text("LOCK TABLE entry_revision IN ACCESS EXCLUSIVE MODE"))
        is_shut.set()
        assert is_told.wait(10)

    with ThreadPoolExecutor(2) as pool:
        shutting = pool.submit(other.run, shut)
        assert is_shut.wait(10)
        following = pool.submit(database.run, look)
        time.sleep(0.2)  # it reads the changes by now, and waits
        database.run(tells)
        due = database.run(agenda.next_due)
        is_told.set()
        shutting.result()
        after = following.result()

    assert (before, after) == ({OLD.id}, {OLD.id, NEW.id})
    assert due is not None
    assert MORNING < due <= MORNING + timedelta(seconds=5)
