"""Two servers and two workers on one PostgreSQL, any of them killed at any time.

What ``deploy/compose.replicas.yaml`` starts, as plain processes on loopback.
"""

import time
from collections import Counter as Tally
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import SystemRandom
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from sqlmodel import Session, col

from bot.clock import SystemClock
from bot.domain.messages import Message
from bot.domain.outgoing import outbox
from bot.domain.outgoing.leasing import HORIZON
from bot.domain.outgoing.outbox import LEASE, Draft, Target
from db.models import InboxRecord, OutboxKind, OutboxRow, OutboxState, Question, Sender
from db.sql import Database
from tests.kit.processes import eventually, hongyan
from tests.kit.replicas import Front, Replica, running, settings_for
from tests.kit.telegram_server import TelegramServer
from tests.kit.telegram_updates import BOT_ID, Json, said

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

KILLS = 10
PAUSES = (0.3, 1.0)
"""Seconds between two kills, the shortest and the longest."""

BROADCASTS = 200
FIRST_CHAT, FIRST_AUDIENCE = 10_000, 50_000
WORD = "鸿雁亭灯会"
ENTRY = f"""
- id: shiwan.lantern_evening
  title: {WORD}
  ask: [{WORD}几点开始, {WORD}在哪里, 什么时候办{WORD}]
  answer: {WORD}在番村祠堂前。
  unstated: [要不要门票]
  figures: []
  scope: 石湾镇街道
  source: {{title: 告示, publisher: 番村, date: 2026-11-01, url: null}}
  check_by: 2036-11-01
  related: []
  systems: []
  samples: [{WORD}系边度, 灯会点去, 几时有灯会]
"""


@pytest.fixture
def telegram() -> Iterator[TelegramServer]:
    with TelegramServer() as server:
        yield server


@pytest.fixture
def database(postgresql_database: Database) -> Database:
    return postgresql_database


@pytest.fixture
def settings(database: Database, telegram: TelegramServer) -> dict[str, str]:
    return settings_for(database.url, telegram.url, HONGYAN_TELEGRAM_RATE="200")


def several(folder: Path, settings: dict[str, str], *, servers: int = 0, workers: int = 0) -> list[Replica]:
    commands = [("serve", "--no-worker")] * servers + [("worker",)] * workers
    places = [folder / f"{number}" for number in range(len(commands))]
    for place in places:
        place.mkdir()
    return [Replica(command, place, settings) for command, place in zip(commands, places, strict=True)]


def asked(number: int) -> Json:
    """Return the update in which somebody who was never here asks what nobody else asks."""
    person = {"id": FIRST_CHAT + number, "is_bot": False, "first_name": "李"}
    return said(f"第{number}盏路灯坏了怎么办", person)


def broadcast(database: Database, how_many: int) -> None:
    now = SystemClock().now()

    def write(db: Session) -> None:
        for number in range(how_many):
            message = Message(template="engine/help", text=f"{number}")
            target = Target("telegram", str(BOT_ID), str(FIRST_AUDIENCE + number))
            outbox.write(db, Draft(f"broadcast:{number}", OutboxKind.BROADCAST, target, message, now), now=now)

    database.run(write)


def kept(database: Database, model: Any) -> list[Any]:
    return list(database.run(lambda db: db.execute(select(model).order_by(col(model.id))).scalars().all(), write=False))


def open_rows(database: Database) -> int:
    waiting = col(OutboxRow.state).in_([OutboxState.PENDING, OutboxState.LEASED])
    return database.run(lambda db: db.execute(select(func.count()).where(waiting)).scalar_one(), write=False)


def holder(database: Database, workers: list[Replica]) -> Replica | None:
    """Return the worker that pushes for the bot now."""
    owner = database.run(lambda db: db.execute(select(col(Sender.owner))).scalar_one_or_none(), write=False) or ""
    return next((one for one in workers if f"-{one.pid}-" in owner), None)


def test_each_update_is_answered_once_whichever_processes_are_killed_meanwhile(
    database: Database, settings: dict[str, str], telegram: TelegramServer, tmp_path: Path
) -> None:
    replicas = several(tmp_path, settings, servers=2, workers=2)
    front, chance = Front([one.url for one in replicas[:2]]), SystemRandom()

    with running(replicas):
        broadcast(database, BROADCASTS)
        with front.posting(asked):
            for _ in range(KILLS):
                time.sleep(chance.uniform(*PAUSES))
                victim = chance.choice(replicas)
                victim.kill()
                victim.start()
            for one in replicas:
                one.wait_until_ready()
        assert eventually(lambda: not open_rows(database), seconds=LEASE.total_seconds() + 10)

    messages: list[Any] = [update["message"] for update in front.acknowledged]
    rows = {row.chat: row for row in kept(database, OutboxRow)}
    heard = Tally(str(call.arguments["chat_id"]) for call in telegram.delivered)
    assert Tally(row.message_id for row in kept(database, InboxRecord)) == Tally(
        str(one["message_id"]) for one in messages
    )
    assert Tally(row.text for row in kept(database, Question)) == Tally(one["text"] for one in messages)
    assert len(rows) == len(messages) + BROADCASTS
    assert {row.state for row in rows.values() if row.kind is OutboxKind.REPLY} == {OutboxState.SENT}
    assert [chat for chat, row in rows.items() if row.state is OutboxState.SENT and chat not in heard] == []
    assert [chat for chat, times in heard.items() if times > rows[chat].attempts] == []
    assert [chat for chat, row in rows.items() if row.kind is OutboxKind.BROADCAST and heard[chat] > 1] == []


def test_a_change_of_entries_is_spoken_by_the_very_next_turn_of_every_server(
    settings: dict[str, str], telegram: TelegramServer, tmp_path: Path
) -> None:
    servers = several(tmp_path, settings, servers=2)
    pack = tmp_path / "pack.yaml"
    pack.write_text(ENTRY, encoding="utf-8")

    with running(servers), httpx.Client(timeout=10, trust_env=False) as client:
        for number, one in enumerate(servers):
            Front([one.url]).post(client, asked(number))
        with hongyan("entries", "import", str(pack), folder=tmp_path, settings=settings) as importing:
            assert importing.wait(100) == 0
        for number, one in enumerate(servers, start=len(servers)):
            person = {"id": FIRST_CHAT + number, "is_bot": False, "first_name": "王"}
            Front([one.url]).post(client, said(f"{WORD}在哪里", person))
        assert eventually(lambda: len(telegram.delivered) == 2 * len(servers))

    first_lines = [call.text.splitlines()[0] for call in telegram.delivered[len(servers) :]]
    assert first_lines == [f"【{WORD}】"] * len(servers)


def test_the_other_worker_takes_over_when_the_lease_of_the_one_that_was_killed_has_run_out(
    database: Database, settings: dict[str, str], telegram: TelegramServer, tmp_path: Path
) -> None:
    rate = 40
    workers = several(tmp_path, {**settings, "HONGYAN_TELEGRAM_RATE": f"{rate}"}, workers=2)

    with running(workers):
        broadcast(database, BROADCASTS)
        assert eventually(lambda: len(telegram.delivered) >= rate)
        pushing = holder(database, workers)
        assert pushing
        pushing.kill()
        killed_at, sent_before = time.monotonic(), len(telegram.delivered)
        assert eventually(lambda: len(telegram.delivered) > sent_before, seconds=LEASE.total_seconds() + 10)
        took_over_after = timedelta(seconds=time.monotonic() - killed_at)
        assert eventually(lambda: not open_rows(database), seconds=30)

    rows = kept(database, OutboxRow)
    heard = Tally(str(call.arguments["chat_id"]) for call in telegram.delivered)
    doubtful = [row for row in rows if row.state is OutboxState.UNCERTAIN]
    assert took_over_after <= LEASE + timedelta(seconds=1)
    assert Tally(row.state for row in rows if row not in doubtful) == {OutboxState.SENT: BROADCASTS - len(doubtful)}
    assert [row.chat for row in rows if heard[row.chat] > 1] == []
    assert [row.chat for row in rows if row not in doubtful and heard[row.chat] != 1] == []
    assert len(doubtful) <= 2 * rate * HORIZON.total_seconds()
