"""What the engines do for whoever works on them when a server goes away, in mid-work or at the end of it."""

import select as waiting
import shutil
import socket
import socketserver
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import bindparam, event, insert, select, text
from sqlalchemy.orm import Session

from bot.conversation.engine import Taken
from bot.conversation.flow import Form, flow
from bot.conversation.turn import Inbound, Reply, Turn
from bot.errors import DatabaseUnavailable
from content.words import trigger_phrases
from db import schema
from db.claims import named, table_of
from db.engines import POOL
from db.models import InboxRecord, InboxState, OutboxRow, Version
from db.prepared import Prepared
from db.sql import Database, give_back_pages, undoable
from handlers import FLOWS
from tests.kit import postgresql
from tests.kit.databases import PostgresqlMaker, opened
from tests.kit.flows import NOTED, rows, world_of_tests, write_down, written_down
from tests.kit.talk import MORNING, World

PATIENCE = 5.0
"""Seconds after which work goes on once the server is back."""

VERSION = table_of(Version)
PUT = Prepared(insert(VERSION).values(named(Version, "name", "mark")))
SPAN = Prepared(select(VERSION.c.mark).where(VERSION.c.name == bindparam("name")))


@pytest.fixture
def server() -> Iterator[Path]:
    """A server of this test's own, to be restarted."""
    with postgresql.server(is_durable=True) as folder:
        if folder is None:
            pytest.skip("no PostgreSQL server programs on this machine")
        yield folder


@pytest.fixture
def url(postgresql_maker: PostgresqlMaker) -> Iterator[str]:
    made = postgresql_maker.make()
    yield made
    postgresql_maker.drop(made)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    with closing(opened(url)) as database:
        yield database


@pytest.fixture
def other(url: str) -> Iterator[Database]:
    """Somebody else on the same server, who can end other people's connections."""
    with closing(opened(url)) as database:
        yield database


def put(db: Session, name: str) -> None:
    db.add(Version(name=name))
    db.flush()


def names(database: Database) -> list[str]:
    known = select(VERSION.c.name).where(VERSION.c.name != "schema.oldest_code").order_by(VERSION.c.name)
    return list(database.run(lambda db: db.execute(known).scalars().all(), write=False))


def hang_up(db: Session, other: Database) -> None:
    """End the connection a session works on, and return once it has ended."""
    mine = db.execute(text("SELECT pg_backend_pid()")).scalar_one()
    end = text("SELECT pg_terminate_backend(:mine, 10000)")
    assert other.run(lambda db: db.execute(end, {"mine": mine}).scalar_one())


def hang_up_on_all(other: Database) -> int:
    """End every connection to the database but this one; return how many there were."""
    end = text(
        "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid, 10000)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    return other.run(lambda db: db.execute(end).scalar_one())


def inside(work: Callable[[Session], object]) -> Callable[[Session], None]:
    def undoably(db: Session) -> None:
        with undoable(db) as inner:
            work(inner)

    return undoably


WRITES: dict[str, Callable[[Session], object]] = {
    "orm": lambda db: put(db, "b"),
    "core": lambda db: db.execute(insert(VERSION).values(name="b", mark="")),
    "prepared": lambda db: PUT.run(db, name="b", mark=""),
    "at the end": lambda db: db.add(Version(name="b")),
    "inside orm": inside(lambda db: put(db, "b")),
    "inside prepared": inside(lambda db: PUT.run(db, name="b", mark="")),
}


@pytest.mark.parametrize("how", WRITES)
def test_work_whose_connection_is_lost_before_its_end_is_done_again_and_once(
    database: Database, other: Database, how: str
) -> None:
    tries: list[int] = []

    def work(db: Session) -> str:
        tries.append(1)
        put(db, "a")
        if len(tries) == 1:
            hang_up(db, other)
        WRITES[how](db)
        return "done"

    assert database.run(work) == "done"
    assert (len(tries), names(database)) == (2, ["a", "b"])


@pytest.mark.parametrize("how", ["orm", "core", "prepared"])
def test_what_is_undoable_is_done_again_too_when_the_connection_is_lost(
    database: Database, other: Database, how: str
) -> None:
    tries: list[int] = []

    def work(db: Session) -> None:
        with undoable(db) as inner:
            tries.append(1)
            WRITES[how](inner)
            if len(tries) == 1:
                hang_up(inner, other)

    database.run(work)

    assert (len(tries), names(database)) == (2, ["b"])


def test_work_that_loses_its_connection_each_time_is_given_up(database: Database, other: Database) -> None:
    tries: list[int] = []

    def work(db: Session) -> None:
        tries.append(1)
        put(db, "a")
        hang_up(db, other)
        put(db, "b")

    with pytest.raises(DatabaseUnavailable):
        database.run(work)

    assert (len(tries), names(database)) == (3, [])


def test_a_connection_lost_at_the_commit_is_said_and_nobody_tries_again(database: Database, other: Database) -> None:
    tries: list[int] = []

    def work(db: Session) -> None:
        tries.append(1)
        put(db, "a")
        hang_up(db, other)

    with pytest.raises(DatabaseUnavailable):
        database.run(work)

    assert (len(tries), names(database)) == (1, [])


def test_connections_that_died_in_the_pool_are_nobodys_trouble(database: Database, other: Database) -> None:
    barrier = threading.Barrier(POOL)
    with ThreadPoolExecutor(POOL) as pool:
        list(pool.map(lambda _: database.run(lambda _db: barrier.wait(10)), range(POOL)))
        assert hang_up_on_all(other) == POOL

        done = [pool.submit(database.run, lambda db, one=one: put(db, str(one))) for one in range(POOL)]
        for one in done:
            one.result()

    assert names(database) == [str(one) for one in range(POOL)]


def test_a_transaction_that_broke_for_its_own_reason_after_the_connection_was_lost_says_so(
    database: Database, other: Database
) -> None:
    def work(db: Session) -> None:
        put(db, "a")
        hang_up(db, other)
        raise ZeroDivisionError

    with pytest.raises((ZeroDivisionError, DatabaseUnavailable)):
        database.run(work)

    database.run(lambda db: put(db, "b"))
    assert names(database) == ["b"]


@flow("test.cut_off")
def cut_off(turn: Turn, _form: Form) -> Reply:
    """Write, lose the connection the first time, and write again."""
    write_down(turn, "test.cut_off", "first")
    turn.db.flush()
    cut_off_by = CUTTERS.pop() if CUTTERS else None
    if cut_off_by:
        hang_up(turn.db, cut_off_by)
    write_down(turn, "test.cut_off", "second")
    return Reply(NOTED)


CUTTERS: list[Database] = []


def test_a_turn_whose_connection_is_lost_in_its_flow_is_taken_once(database: Database, other: Database) -> None:
    world = World(database, (*FLOWS, cut_off), trigger_phrases() | {"断线重来一次": "test.cut_off"})
    CUTTERS.append(other)

    heard = world.person("li").says("断线重来一次")

    assert (heard, CUTTERS, written_down(world)) == (NOTED, [], ["first", "second"])
    assert (rows(world, InboxRecord), rows(world, OutboxRow)) == (1, 1)


class Line(socketserver.ThreadingUnixStreamServer):
    """A line to the server that can break when a commit has arrived and before that is said."""

    daemon_threads = True

    def __init__(self, url: str) -> None:
        """Lie in a folder of its own, as a server's socket does."""
        self.server = url.partition("?host=")[2] + "/.s.PGSQL.5432"
        self.folder = tempfile.mkdtemp(prefix="line-")
        self.url = url.replace(url.partition("?host=")[2], self.folder)
        self.is_breaking = False
        super().__init__(f"{self.folder}/.s.PGSQL.5432", _Carrier)
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    def end(self) -> None:
        self.shutdown()
        self.server_close()
        shutil.rmtree(self.folder)


class _Carrier(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        line: Any = self.server
        with socket.socket(socket.AF_UNIX) as server:
            server.connect(line.server)
            has_committed = False
            while True:
                for one in waiting.select([self.request, server], [], [])[0]:
                    data = one.recv(65536)
                    if not data or (one is server and has_committed):
                        return
                    has_committed = line.is_breaking and b"COMMIT" in data
                    (server if one is self.request else self.request).sendall(data)


@pytest.fixture
def line(url: str) -> Iterator[Line]:
    line = Line(url)
    yield line
    line.end()


def test_a_commit_that_was_not_acknowledged_is_not_done_twice(line: Line) -> None:
    tries: list[int] = []

    def work(db: Session) -> None:
        tries.append(1)
        put(db, "a")

    with closing(opened(line.url)) as database:
        names(database)
        line.is_breaking = True
        with pytest.raises(DatabaseUnavailable):
            database.run(work)
        line.is_breaking = False

        assert (len(tries), names(database)) == (1, ["a"])


def test_a_turn_whose_commit_was_not_acknowledged_is_recognised_when_it_is_delivered_again(line: Line) -> None:
    with closing(opened(line.url)) as database:
        world = world_of_tests(database, search="test.note")
        li = world.person("li")
        li.says("帮助")
        inbound = li.inbound("记下这句话")

        line.is_breaking = True
        with pytest.raises(DatabaseUnavailable):
            world.engine.take(inbound)
        line.is_breaking = False
        again = world.engine.take(inbound)

        assert again.reply is not None
        assert again == Taken(InboxState.DONE, again.reply, redelivered=True)
        assert (again.reply.message.template, written_down(world)) == (NOTED, ["记下这句话"])
        assert rows(world, OutboxRow) == 2


def platform(world: World, inbound: Inbound, *, give_up_at: float) -> None:
    """Deliver an inbound until it is taken, as a platform does."""
    while True:
        try:
            world.engine.take(inbound)
        except DatabaseUnavailable:
            assert time.monotonic() < give_up_at, "the database does not come back"
            time.sleep(0.02)
        else:
            return


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_server_that_is_restarted_loses_nothing_and_work_goes_on(server: Path, mode: str) -> None:
    with closing(opened(postgresql.url(str(server), "postgres"))) as database:
        schema.migrate(database)
        world = world_of_tests(database, search="test.note")
        stop, taken = threading.Event(), list[str]()
        back_after: list[float] = []

        def talk(who: int) -> None:
            for number in range(10_000):
                if stop.is_set():
                    return
                words = f"第{number}句，{who}说"
                inbound = Inbound(*("test", "bot", f"p{number}-{who}", "m"), f"p{number}-{who}", MORNING, words)
                platform(world, inbound, give_up_at=time.monotonic() + 60)
                taken.append(words)

        with ThreadPoolExecutor(4) as pool:
            people = [pool.submit(talk, who) for who in range(4)]
            for _ in range(2):
                wait_for_more(taken, 20)
                postgresql.restart(server, mode=mode)
                back_after.append(wait_for_more(taken, 8))
            stop.set()
            for one in people:
                one.result()

        assert sorted(written_down(world)) == sorted(taken)
        assert (rows(world, InboxRecord), rows(world, OutboxRow)) == (len(taken), len(taken))
        assert max(back_after) < PATIENCE


def wait_for_more(taken: list[str], how_many: int) -> float:
    """Wait until so many more turns are taken and return how many seconds that took."""
    began, enough = time.monotonic(), len(taken) + how_many
    while len(taken) < enough:
        assert time.monotonic() - began < 60, "nothing goes on"
        time.sleep(0.005)
    return time.monotonic() - began


def test_the_first_work_after_a_restart_is_done_without_a_word(server: Path) -> None:
    with closing(opened(postgresql.url(str(server), "postgres"))) as database:
        schema.migrate(database)
        database.run(lambda db: put(db, "a"))

        postgresql.restart(server, mode="immediate")

        database.run(lambda db: put(db, "b"))
        assert names(database) == ["a", "b"]


def test_processes_that_open_a_new_sqlite_file_at_once_all_write_to_it(tmp_path: Path) -> None:
    """Each has to switch to the write-ahead log, which SQLite does not wait for by itself."""
    barrier = threading.Barrier(8)

    def start(number: int) -> None:
        with closing(opened(f"sqlite:///{tmp_path}/new.sqlite3")) as database:
            barrier.wait(10)
            schema.migrate(database)
            database.run(lambda db: put(db, str(number)))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(start, range(8)))

    with closing(opened(f"sqlite:///{tmp_path}/new.sqlite3")) as database:
        assert names(database) == [str(number) for number in range(8)]


def test_the_pages_a_file_is_read_by_are_given_back_where_there_is_a_file(database: Database) -> None:
    said: list[str] = []

    with database.transaction(write=False) as db:
        event.listen(db.connection(), "before_cursor_execute", lambda *heard: said.append(heard[2]))
        give_back_pages(db)

    assert said == (["PRAGMA shrink_memory"] if database.is_sqlite else [])


def test_whoever_wants_to_write_to_a_file_looks_every_moment_whether_it_is_free(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/busy.sqlite3"
    with closing(opened(url)) as database, closing(opened(url)) as other:
        schema.migrate(database)
        looks: list[str] = []
        event.listen(database.engine, "before_cursor_execute", lambda *told: looks.append(told[2]))
        with ThreadPoolExecutor(1) as pool, other.transaction():
            writing = pool.submit(database.run, lambda db: put(db, "late"))
            while looks.count("BEGIN IMMEDIATE") < 10:
                time.sleep(0.001)
            is_done = writing.done()
        writing.result(PATIENCE)

        assert (is_done, names(database)) == (False, ["late"])


def test_whoever_looked_in_vain_waits_for_everything_else_as_long_as_before(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/busy.sqlite3"
    with closing(opened(url, lock_timeout_ms=20)) as database, closing(opened(url)) as other:
        schema.migrate(database)
        with other.transaction(), pytest.raises(DatabaseUnavailable):
            database.run(lambda db: put(db, "never"))

        assert database.run(lambda db: db.execute(text("PRAGMA busy_timeout")).scalar_one()) == 20
