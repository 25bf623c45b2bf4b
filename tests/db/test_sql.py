import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import IntegrityError, InvalidRequestError
from sqlmodel import Session, col

from bot.errors import DatabaseUnavailable
from db.models import Version
from db.sql import Database, ring, undoable
from tests.kit.databases import HOUSE, PostgresqlMaker, SqliteMaker, opened


def put(db: Session, name: str) -> None:
    db.add(Version(name=name))


def names(database: Database) -> list[str]:
    ordered = select(Version.name).where(col(Version.name) != "schema.oldest_code").order_by(col(Version.name))
    return list(database.run(lambda db: db.execute(ordered).scalars().all(), write=False))


def put_and(error: BaseException) -> Callable[[Session], None]:
    """Return work that writes and then raises."""

    def work(db: Session) -> None:
        put(db, "a")
        db.flush()
        raise error

    return work


def test_work_is_committed_when_it_returns(database: Database) -> None:
    assert database.run(lambda db: [put(db, "a"), "done"][1]) == "done"
    assert names(database) == ["a"]


@pytest.mark.parametrize("error", [ZeroDivisionError(), KeyboardInterrupt(), SystemExit()])
def test_work_is_rolled_back_when_it_raises(database: Database, error: BaseException) -> None:
    with pytest.raises(type(error)):
        database.run(put_and(error))

    assert names(database) == []


def test_a_transaction_is_committed_when_it_ends(database: Database) -> None:
    with database.transaction() as db:
        put(db, "a")

    assert names(database) == ["a"]


def test_a_transaction_that_broke_frees_what_it_held(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        database.run(put_and(ZeroDivisionError()))

    database.run(lambda db: put(db, "a"))

    assert names(database) == ["a"]


def test_nothing_is_seen_before_it_is_committed(database: Database) -> None:
    with database.transaction() as db:
        put(db, "a")
        db.flush()

        assert names(database) == []


def test_the_house_travels_with_every_session(database: Database) -> None:
    assert database.run(lambda db: db.info["house"].keys) is HOUSE.keys


async def test_work_in_a_database_thread_is_committed(database: Database) -> None:
    await database.do(lambda db: put(db, "a"))

    assert names(database) == ["a"]


async def test_work_in_a_database_thread_that_raises_is_rolled_back(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        await database.do(put_and(ZeroDivisionError()))

    assert names(database) == []


def test_sqlite_keeps_what_it_acknowledged_through_a_power_cut(sqlite_maker: SqliteMaker) -> None:
    database = Database(sqlite_maker.make())

    found = [
        database.run(lambda db, one=one: db.execute(text(f"PRAGMA {one}")).scalar_one())
        for one in ("journal_mode", "synchronous", "foreign_keys")
    ]

    assert found == ["wal", 2, 1]
    database.close()


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Let another program write to a SQLite file."""
    other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.rollback()
        other.close()


def test_a_locked_sqlite_is_unavailable_for_writing_and_not_for_reading(sqlite_maker: SqliteMaker) -> None:
    url = sqlite_maker.make()
    database = opened(url, lock_timeout_ms=20)

    with locked(url):
        with pytest.raises(DatabaseUnavailable) as caught:
            database.run(lambda db: put(db, "a"))
        assert names(database) == []

    assert str(caught.value) == "OperationalError: database is locked"
    database.run(lambda db: put(db, "a"))
    assert names(database) == ["a"]
    database.close()


def test_a_locked_row_on_postgresql_is_unavailable(postgresql_maker: PostgresqlMaker) -> None:
    url = postgresql_maker.make()
    database = opened(url, lock_timeout_ms=20)
    held = select(Version).where(col(Version.name) == "a").with_for_update()
    database.run(lambda db: put(db, "a"))

    with database.transaction() as db:
        db.execute(held).scalar_one()
        with pytest.raises(DatabaseUnavailable) as caught:
            database.run(lambda other: other.execute(held).scalar_one())

    assert str(caught.value) == "LockNotAvailable: canceling statement due to lock timeout"
    database.close()


def test_a_full_sqlite_is_unavailable_and_keeps_nothing_of_the_turn(sqlite_maker: SqliteMaker) -> None:
    database = opened(sqlite_maker.make())
    names(database)
    database.engine.dispose()
    event.listen(database.engine, "connect", _no_more_pages)

    with pytest.raises(DatabaseUnavailable) as caught:
        database.run(lambda db: [put(db, f"{number:040}") for number in range(2000)])

    meaning, file = "the disk of the database is full", database.engine.url.database
    assert str(caught.value) == f"{meaning} ({file}; OperationalError: database or disk is full)"
    assert names(database) == []
    database.close()


def _no_more_pages(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA max_page_count = 1").close()


def test_a_read_only_sqlite_file_is_unavailable_for_writing_and_not_for_reading(
    sqlite_maker: SqliteMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    database = opened(f"sqlite:///file:{sqlite_maker.make().removeprefix('sqlite:///')}?mode=ro&uri=true")

    with pytest.raises(DatabaseUnavailable) as caught:
        database.run(lambda db: put(db, "a"))

    assert str(caught.value).endswith(" it lies in (OperationalError: attempt to write a readonly database)")
    assert names(database) == []
    database.close()


def test_a_file_named_by_its_uri_makes_no_folder_of_that_name(
    sqlite_maker: SqliteMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    opened(f"sqlite:///file:{sqlite_maker.make().removeprefix('sqlite:///')}?mode=ro&uri=true").close()

    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="only Linux has a folder nobody may write to, root neither")
def test_a_read_only_folder_is_unavailable() -> None:
    database = opened("sqlite:////proc/self/hongyan.sqlite3")

    with pytest.raises(DatabaseUnavailable) as caught:
        database.run(lambda db: put(db, "a"))

    meaning = "the database cannot be opened; look at who owns it and the folder it lies in"
    assert (
        str(caught.value)
        == f"{meaning} ({database.engine.url.database}; OperationalError: unable to open database file)"
    )
    database.close()


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(DatabaseUnavailable):
        opened(f"sqlite:///{tmp_path}/file/folder/hongyan.sqlite3").run(lambda db: put(db, "a"))


def test_a_folder_that_is_not_there_yet_is_made(tmp_path: Path) -> None:
    database = opened(f"sqlite:///{tmp_path}/a/b/hongyan.sqlite3")

    assert database.run(lambda db: db.execute(text("SELECT 1")).scalar_one()) == 1
    database.close()


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("二次报销" * 1000, encoding="utf-8")
    database = opened(f"sqlite:///{tmp_path}/letter.txt")

    with pytest.raises(DatabaseUnavailable):
        database.run(lambda db: put(db, "a"))

    database.close()


def test_a_file_that_was_moved_away_is_not_written_into(sqlite_maker: SqliteMaker, tmp_path: Path) -> None:
    file = Path(sqlite_maker.make().removeprefix("sqlite:///"))
    database = opened(f"sqlite:///{file}")
    database.run(lambda db: put(db, "a"))
    assert database.is_present()

    file.rename(tmp_path / "moved")

    assert not database.is_present()
    with pytest.raises(DatabaseUnavailable):
        database.run(lambda db: put(db, "b"))
    assert not file.exists()
    (tmp_path / "moved").rename(file)
    assert names(database) == ["a"]
    database.close()


def test_a_file_that_was_replaced_is_not_served_from(sqlite_maker: SqliteMaker) -> None:
    file, other = (Path(sqlite_maker.make().removeprefix("sqlite:///")) for _ in range(2))
    database = opened(f"sqlite:///{file}")
    database.run(lambda db: put(db, "a"))

    other.replace(file)

    assert not database.is_present()
    with pytest.raises(DatabaseUnavailable, match="moved away or replaced"):
        names(database)
    database.close()


def test_what_a_driver_says_in_several_lines_is_one(tmp_path: Path) -> None:
    database = opened(f"postgresql+psycopg://hongyan@/nowhere?host={tmp_path}")

    with pytest.raises(DatabaseUnavailable) as caught:
        names(database)

    assert len(str(caught.value).splitlines()) == 1
    database.close()


def test_a_postgresql_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    database = opened(f"postgresql+psycopg://hongyan@/nowhere?host={tmp_path}")

    with pytest.raises(DatabaseUnavailable):
        database.run(lambda db: put(db, "a"))

    database.close()


def test_a_postgresql_that_may_only_be_read_is_unavailable(postgresql_maker: PostgresqlMaker) -> None:
    database = opened(postgresql_maker.make())

    with pytest.raises(DatabaseUnavailable) as caught:
        database.run(lambda db: [db.execute(text("SET TRANSACTION READ ONLY")), put(db, "a"), db.flush()])

    words = "ReadOnlySqlTransaction: cannot execute INSERT in a read-only transaction"
    assert str(caught.value) == f"the database may only be read ({words})"
    database.close()


def test_a_postgresql_that_hung_up_is_reached_again(postgresql_maker: PostgresqlMaker) -> None:
    database = opened(postgresql_maker.make())
    hang_up = text("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(DatabaseUnavailable):
        database.run(lambda db: db.execute(hang_up))
    database.run(lambda db: put(db, "a"))

    assert names(database) == ["a"]
    database.close()


def test_a_deadlock_on_postgresql_is_tried_again_and_both_are_done(postgresql_database: Database) -> None:
    database = postgresql_database
    database.run(lambda db: [put(db, "a"), put(db, "b")])
    both_hold_one = threading.Barrier(2)
    tries: list[str] = []

    def add_to(first: str, second: str, db: Session) -> None:
        tries.append(first)
        for name in (first, second):
            row = db.execute(select(Version).where(col(Version.name) == name).with_for_update()).scalar_one()
            row.mark += "+"
            if name == first and tries.count(first) == 1:
                both_hold_one.wait(timeout=10)

    with ThreadPoolExecutor(2) as pool:
        works = [pool.submit(database.run, lambda db, pair=pair: add_to(*pair, db)) for pair in ("ab", "ba")]
        for work in works:
            work.result()

    assert database.run(lambda db: [db.get_one(Version, name).mark for name in "ab"]) == ["++", "++"]
    assert len(tries) > 2  # who gave way may be the first to take its row again, before the other wakes up


def test_what_is_no_conflict_is_tried_once(sqlite_maker: SqliteMaker) -> None:
    database = opened(sqlite_maker.make())
    tries: list[int] = []

    def work(db: Session) -> None:
        tries.append(1)
        db.execute(text("SELECT * FROM nowhere"))

    with pytest.raises(DatabaseUnavailable):
        database.run(work)

    assert tries == [1]
    database.close()


def test_errors_do_not_quote_what_people_said(database: Database) -> None:
    said = "身份证4406"

    def work(db: Session) -> None:
        db.execute(text("SELECT * FROM nowhere WHERE name = :said"), {"said": said})

    with pytest.raises(Exception) as caught:  # noqa: PT011  # each database says it with an error of its own
        database.run(work)

    assert said not in f"{caught.value} {caught.value.__cause__}"


def put_undoably(db: Session, *inner_names: str, error: Exception | None = None) -> None:
    """Write inside an undoable session, and raise there if there is something to raise."""
    with undoable(db) as inner:
        for name in inner_names:
            put(inner, name)
            inner.flush()
        if error:
            raise error


def test_what_is_undoable_is_committed_with_the_rest(database: Database) -> None:
    database.run(lambda db: [put(db, "before"), put_undoably(db, "a", "b"), put(db, "later")])

    assert names(database) == ["a", "b", "before", "later"]


def test_what_is_undone_is_only_what_was_done_inside(database: Database) -> None:
    def work(db: Session) -> None:
        put(db, "before")
        with pytest.raises(ZeroDivisionError):
            put_undoably(db, "a", error=ZeroDivisionError())
        put(db, "later")
        put_undoably(db, "b")

    database.run(work)

    assert names(database) == ["b", "before", "later"]


def test_what_was_undoable_is_undone_with_the_rest(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        database.run(lambda db: [put_undoably(db, "b"), put_and(ZeroDivisionError())(db)])

    assert names(database) == []


def test_a_flush_that_fails_undoes_only_what_was_done_inside(database: Database) -> None:
    def work(db: Session) -> None:
        put(db, "before")
        with pytest.raises(IntegrityError):
            put_undoably(db, "a", "before")
        put_undoably(db, "b")
        put(db, "later")

    database.run(work)

    assert names(database) == ["b", "before", "later"]


def test_a_flush_that_failed_and_was_ignored_is_not_taken_for_done(database: Database) -> None:
    def ignore(db: Session) -> None:
        with undoable(db) as inner:
            put(inner, "a")
            inner.flush()
            put(inner, "before")
            with pytest.raises(IntegrityError):
                inner.flush()

    def work(db: Session) -> None:
        put(db, "before")
        with pytest.raises(InvalidRequestError):
            ignore(db)
        put(db, "later")

    database.run(work)

    assert names(database) == ["before", "later"]


@pytest.mark.parametrize(
    ("innermost_fails", "inner_fails", "left"),
    [
        (False, False, ["a", "b", "before", "c", "later"]),
        (True, False, ["a", "before", "c", "later"]),
        (False, True, ["before", "later"]),
        (True, True, ["before", "later"]),
    ],
)
def test_what_is_undoable_inside_what_is_undoable(
    database: Database,
    innermost_fails: bool,  # noqa: FBT001  # drawn
    inner_fails: bool,  # noqa: FBT001  # drawn
    left: list[str],
) -> None:
    def both(db: Session) -> None:
        with undoable(db) as inner:
            put(inner, "a")
            if innermost_fails:
                with pytest.raises(IntegrityError):
                    put_undoably(inner, "b", "a")
            else:
                put_undoably(inner, "b")
            put(inner, "c")
            if inner_fails:
                put(inner, "before")

    def work(db: Session) -> None:
        put(db, "before")
        if inner_fails:
            with pytest.raises(IntegrityError):
                both(db)
        else:
            both(db)
        put(db, "later")

    database.run(work)

    assert names(database) == left


def test_what_was_added_before_is_seen_inside_and_stays(database: Database) -> None:
    def work(db: Session) -> None:
        put(db, "before")
        with undoable(db) as inner:
            inner.get_one(Version, "before").mark = "seen"

    database.run(work)

    assert database.run(lambda db: db.get_one(Version, "before").mark) == "seen"


def test_an_undoable_session_that_is_never_used_costs_no_savepoint(database: Database) -> None:
    savepoints: list[str] = []
    event.listen(database.engine, "savepoint", lambda _connection, name: savepoints.append(name))

    def work(db: Session) -> None:
        put(db, "a")
        put_undoably(db)
        with pytest.raises(ZeroDivisionError):
            put_undoably(db, error=ZeroDivisionError())
        assert savepoints == []
        put_undoably(db, "b")

    database.run(work)

    assert (len(savepoints), names(database)) == (1, ["a", "b"])


def test_the_house_and_the_bell_travel_into_what_is_undoable(database: Database) -> None:
    rung: list[frozenset[str]] = []
    database.on_ring = rung.append

    def work(db: Session) -> None:
        with undoable(db) as inner:
            ring(inner, f"inside {inner.info['house'].keys is HOUSE.keys}")

    database.run(work)

    assert rung == [frozenset({"inside True"})]
