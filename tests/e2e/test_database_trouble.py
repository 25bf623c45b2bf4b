"""A real server whose database goes away, fills up or may not be written to: nothing it acknowledged is lost."""

import os
import resource
import shutil
import time
from collections import Counter as Tally
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select, text
from sqlmodel import col

from db import schema
from db.models import InboxRecord, OutboxRow, OutboxState
from db.sql import Database
from tests.kit import databases, postgresql
from tests.kit.processes import HONGYAN, eventually, launch
from tests.kit.replicas import SECRET_HEADER, WEBHOOK_SECRET, Front, Replica, running, settings_for
from tests.kit.telegram_server import TelegramServer
from tests.kit.telegram_updates import Json, said

pytestmark = pytest.mark.e2e

BACK_WITHIN = 5.0
"""Seconds after PostgreSQL listens again."""

ENOUGH = 20
REFUSALS = 5
UNPRIVILEGED = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--")


@pytest.fixture
def telegram() -> Iterator[TelegramServer]:
    with TelegramServer() as server:
        yield server


def asked(number: int) -> Json:
    """Return the update in which somebody who was never here asks something."""
    return said(f"第{number}盏路灯坏了怎么办", {"id": 10_000 + number, "is_bot": False, "first_name": "李"})


def counts(database: Database) -> tuple[int, dict[OutboxState, int]]:
    """Return how many turns were taken, and how many messages there are in each state."""
    rows = select(col(OutboxRow.state), func.count()).group_by(col(OutboxRow.state))
    turns = select(func.count()).select_from(InboxRecord)
    return database.run(lambda db: (db.execute(turns).scalar_one(), dict(db.execute(rows).all())), write=False)


def is_all_sent(database: Database, front: Front) -> bool:
    taken = len(front.acknowledged)
    return eventually(lambda: counts(database) == (taken, {OutboxState.SENT: taken}), seconds=40)


def heard(telegram: TelegramServer) -> set[str]:
    return {str(call.arguments["chat_id"]) for call in telegram.delivered}


def chats(front: Front) -> set[str]:
    return {str(update["message"]["chat"]["id"]) for update in front.acknowledged}


@pytest.mark.skipif(postgresql.programs() is None, reason="no PostgreSQL server programs on this machine")
@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_postgresql_restarted_under_load_is_worked_with_again_at_once(
    telegram: TelegramServer, tmp_path: Path, mode: str
) -> None:
    with postgresql.server(is_durable=True) as where:
        url = postgresql.url(str(where), "postgres")
        with closing(databases.opened(url)) as database:
            schema.migrate(database)
            server = Replica(("serve",), tmp_path, settings_for(url, telegram.url, HONGYAN_TELEGRAM_RATE="200"))
            front = Front([server.url])
            with running([server]):
                with front.posting(asked, pause=0.02):
                    assert eventually(lambda: len(front.acknowledged) > ENOUGH)
                    postgresql.restart(Path(str(where)), mode=mode)
                    back_after = seconds_until_more(front)
                is_sent = is_all_sent(database, front)

    assert (is_sent, back_after < BACK_WITHIN) == (True, True)
    assert heard(telegram) == chats(front)


def seconds_until_more(front: Front) -> float:
    """Return how long it takes until twenty more are acknowledged, so that all who post are served again."""
    began, before = time.monotonic(), len(front.acknowledged)
    assert eventually(lambda: len(front.acknowledged) >= before + ENOUGH, seconds=30)
    return time.monotonic() - began


def test_a_full_disk_refuses_turns_until_there_is_room_again(
    sqlite_maker: databases.SqliteMaker, telegram: TelegramServer, tmp_path: Path
) -> None:
    url = sqlite_maker.make()
    server = Replica(("serve",), tmp_path, settings_for(url, telegram.url, HONGYAN_TELEGRAM_RATE="200"))
    front = Front([server.url])
    with running([server]), httpx.Client(timeout=10, trust_env=False) as client:
        front.post(client, asked(1))
        _, hard = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (size_of(url), hard))
        refused = refused_updates(front, client, first=2)
        is_alive = client.get(f"{server.url}/healthz").status_code
        is_noticed = eventually(lambda: standing(client, server) == (503, 0.0))
        said_here, said_elsewhere = (
            client.get(f"{server.url}/readyz", headers=headers).text
            for headers in ({}, {"X-Forwarded-For": "192.0.2.1"})
        )
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (hard, hard))
        for update in refused:
            front.post(client, update)
        is_back = eventually(lambda: standing(client, server) == (200, 1.0))
        with closing(databases.opened(url)) as database:
            is_sent = is_all_sent(database, front)

    assert (len(refused), is_alive, is_noticed, is_back, is_sent) == (REFUSALS, 200, True, True, True)
    file = url.removeprefix("sqlite:///")
    assert said_here == f"the disk of the database is full or broken ({file}; OperationalError: disk I/O error)"
    assert said_elsewhere == "not ready"
    assert heard(telegram) == chats(front)
    assert "Traceback" not in (tmp_path / "log").read_text(encoding="utf-8")


def standing(client: httpx.Client, server: Replica) -> tuple[int, float]:
    """Return what a server says of its database to whoever shares the load, and to whoever watches."""
    told = client.get(f"{server.url}/metrics").text
    [up] = [line.split()[-1] for line in told.splitlines() if line.startswith("hongyan_database_up ")]
    return client.get(f"{server.url}/readyz").status_code, float(up)


def size_of(url: str) -> int:
    """Return how large the files of a SQLite database are: with this as its limit none of them can grow any more."""
    path = url.removeprefix("sqlite:///")
    return max(Path(f"{path}{suffix}").stat().st_size for suffix in ("", "-wal"))


def refused_updates(front: Front, client: httpx.Client, *, first: int) -> list[Json]:
    """Post updates until some were refused, and return these; the others are acknowledged."""
    refused: list[Json] = []
    for number in range(first, first + 1000):
        update = asked(number)
        headers = {SECRET_HEADER: WEBHOOK_SECRET}
        status = client.post(f"{front.urls[0]}/telegram", json=update, headers=headers).status_code
        assert status in {200, 503}
        (front.acknowledged if status == 200 else refused).append(update)
        if len(refused) == REFUSALS:
            break
    return refused


def test_a_postgresql_that_says_its_disk_is_full_refuses_turns_until_it_has_room_again(
    postgresql_maker: databases.PostgresqlMaker, telegram: TelegramServer, tmp_path: Path
) -> None:
    url = postgresql_maker.make()
    server = Replica(("serve",), tmp_path, settings_for(url, telegram.url, HONGYAN_TELEGRAM_RATE="200"))
    front = Front([server.url])
    with (
        closing(databases.opened(url)) as database,
        running([server]),
        httpx.Client(timeout=10, trust_env=False) as client,
    ):
        front.post(client, asked(1))
        fill(database)
        refused = refused_updates(front, client, first=2)
        database.run(lambda db: db.execute(text("DROP TRIGGER full_disk ON inbox_record")))
        for update in refused:
            front.post(client, update)
        is_sent = is_all_sent(database, front)

    assert (len(refused), is_sent) == (REFUSALS, True)
    assert Tally(str(call.arguments["chat_id"]) for call in telegram.delivered) == dict.fromkeys(chats(front), 1)
    postgresql_maker.drop(url)


def fill(database: Database) -> None:
    """Let the server say what it says when it cannot extend a table: its disk is too large to be filled in a test."""
    database.run(
        lambda db: [
            db.execute(text(statement))
            for statement in (
                """CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                   RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
                   END $$""",
                "CREATE TRIGGER full_disk BEFORE INSERT ON inbox_record FOR EACH ROW EXECUTE FUNCTION full_disk()",
            )
        ]
    )


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root may write everywhere")
@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_server_that_may_not_write_its_database_says_so_and_does_not_start(
    sqlite_maker: databases.SqliteMaker, tmp_path: Path, what: str
) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    file = folder / "hongyan.sqlite3"
    shutil.copyfile(sqlite_maker.make().removeprefix("sqlite:///"), file)
    (file if what == "file" else folder).chmod(0o444 if what == "file" else 0o555)

    program = (*(UNPRIVILEGED if os.geteuid() == 0 else ()), *HONGYAN)
    server = launch("serve", folder=tmp_path, settings={"HONGYAN_DATABASE_URL": f"sqlite:///{file}"}, program=program)
    exit_code = server.wait(60)

    folder.chmod(0o755)
    said_so = (tmp_path / "log").read_text(encoding="utf-8").splitlines()
    meaning = "the database may not be written to; look at who owns it and the folder it lies in"
    assert exit_code == 1
    assert said_so == [f"{meaning} ({file}; OperationalError: attempt to write a readonly database)"]
