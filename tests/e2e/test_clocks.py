"""Real processes on machines whose clocks are wrong, or are set while they work."""

import time
from collections import Counter as Tally
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlmodel import Session, col

from bot.clock import SystemClock
from bot.domain.messages import Message
from bot.domain.outgoing import outbox
from bot.domain.outgoing.outbox import Draft, Target
from db.models import InboxRecord, OutboxKind, OutboxRow, OutboxState
from db.sql import Database
from tests.kit import databases
from tests.kit.processes import eventually
from tests.kit.replicas import Front, Replica, running, settings_for, skewed
from tests.kit.telegram_server import TelegramServer
from tests.kit.telegram_updates import BOT_ID, Json, said

pytestmark = pytest.mark.e2e

MINUTE = 60
HOUR = 60 * MINUTE
RATE = 40
BROADCASTS = 120
SEEN_WITHIN = 12.0
"""Seconds until a process has seen that its machine's clock was set: it looks every ten."""

ANSWERED_WITHIN = 5.0


@pytest.fixture
def telegram() -> Iterator[TelegramServer]:
    with TelegramServer() as server:
        yield server


def asked(number: int) -> Json:
    """Return the update of one of a few people who keep asking, not too fast."""
    return said(f"第{number}盏路灯坏了怎么办", {"id": 10_000 + number % 100, "is_bot": False, "first_name": "李"})


def broadcast(database: Database) -> None:
    now = SystemClock().now()

    def write(db: Session) -> None:
        for number in range(BROADCASTS):
            message = Message(template="engine/help", text=f"{number}")
            target = Target("telegram", str(BOT_ID), str(50_000 + number))
            outbox.write(db, Draft(f"broadcast:{number}", OutboxKind.BROADCAST, target, message, now), now=now)

    database.run(write)


def states(database: Database) -> Tally[tuple[OutboxKind, OutboxState]]:
    rows: Any = select(col(OutboxRow.kind), col(OutboxRow.state))
    return Tally(database.run(lambda db: [tuple(row) for row in db.execute(rows)], write=False))


def heard(telegram: TelegramServer) -> Tally[str]:
    return Tally(str(call.arguments["chat_id"]) for call in telegram.delivered)


@pytest.mark.parametrize("ahead", [MINUTE, -MINUTE])
def test_two_workers_whose_clocks_are_a_minute_apart_send_nothing_twice(
    postgresql_maker: databases.PostgresqlMaker, telegram: TelegramServer, tmp_path: Path, ahead: int
) -> None:
    url = postgresql_maker.make()
    settings = settings_for(url, telegram.url, HONGYAN_TELEGRAM_RATE=f"{RATE}")
    (tmp_path / "other").mkdir()
    one = Replica(("worker",), tmp_path, settings)
    other = Replica(("worker",), tmp_path / "other", settings, program=skewed(tmp_path / "ahead", ahead))

    with closing(databases.opened(url)) as database:
        with running([one, other]):
            broadcast(database)
            all_sent = {(OutboxKind.BROADCAST, OutboxState.SENT): BROADCASTS}
            is_sent = eventually(lambda: states(database) == all_sent, seconds=30)  # before the two are killed
        ended = states(database)

    postgresql_maker.drop(url)
    assert (is_sent, ended) == (True, all_sent)
    assert heard(telegram) == {str(50_000 + number): 1 for number in range(BROADCASTS)}


@pytest.mark.timeout(180)
def test_a_clock_set_by_hours_while_people_talk_costs_nobody_an_answer(
    sqlite_maker: databases.SqliteMaker, telegram: TelegramServer, tmp_path: Path
) -> None:
    url = sqlite_maker.make()
    settings = settings_for(url, telegram.url, HONGYAN_TELEGRAM_RATE="100")
    server = Replica(("serve",), tmp_path, settings, program=skewed(tmp_path / "ahead", 0))
    front = Front([server.url])

    with closing(databases.opened(url)) as database, running([server]):
        broadcast(database)
        with front.posting(asked, at_once=2, pause=0.3):
            for ahead in (5 * HOUR, -5 * HOUR):
                (tmp_path / "ahead").write_text(f"{ahead}")
                time.sleep(SEEN_WITHIN)
        taken = len(front.acknowledged)
        all_sent = {
            (OutboxKind.REPLY, OutboxState.SENT): taken,
            (OutboxKind.BROADCAST, OutboxState.SENT): BROADCASTS,
        }
        is_sent = eventually(lambda: states(database) == all_sent, seconds=ANSWERED_WITHIN)
        turns = database.run(lambda db: db.execute(select(func.count()).select_from(InboxRecord)).scalar_one())
        log = (tmp_path / "log").read_text(encoding="utf-8")

    assert (is_sent, turns) == (True, taken)
    assert heard(telegram) == Tally(str(update["message"]["chat"]["id"]) for update in front.acknowledged) + Tally(
        {str(50_000 + number): 1 for number in range(BROADCASTS)}
    )
    assert log.count("clock_jumped") == 2
