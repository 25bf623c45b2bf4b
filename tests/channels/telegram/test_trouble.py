"""The real delivery against a Bot API that misbehaves, a burst of each fault: what it costs is counted."""

from collections import Counter as Tally
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from bot.channels.telegram.channel import Telegram
from bot.channels.telegram.limits import limits
from bot.clock import TurnableClock
from bot.domain.files import FileStore
from bot.domain.messages import Message
from bot.domain.outgoing import outbox
from bot.domain.outgoing.outbox import Draft, Target
from bot.jobs.delivery import Delivery
from db.models import OutboxKind, OutboxRow, OutboxState
from db.sql import Database
from tests.kit.talk import MORNING
from tests.kit.telegram_server import (
    Mishap,
    TelegramServer,
    drops,
    gibberish,
    gives_up,
    hangs,
    hangs_up,
    server_error,
    slow,
    too_fast,
)
from tests.kit.telegram_updates import BOT_ID, TOKEN

EACH = 12
KINDS = (OutboxKind.REPLY, OutboxKind.NOTICE, OutboxKind.BROADCAST)
BURST = 10
PATIENCE = 0.3
"""Seconds the channel waits for an answer."""

HARMLESS = {"waits for it": slow(PATIENCE / 3), "is told to wait": too_fast(10)}
DOUBTFUL = {
    "fails": server_error(500),
    "cannot be reached behind its gateway": server_error(502),
    "hangs up before": hangs_up(),
}
DOUBTFUL_AND_DONE = {
    "hangs up after": drops(),
    "never answers": hangs(),
    "answers too late": slow(3 * PATIENCE),
    "is slower than its gateway": gives_up(),
    "talks nonsense": gibberish(),
}


@pytest.fixture
def clock() -> TurnableClock:
    return TurnableClock(start=MORNING)


@pytest.fixture
async def delivery(
    server: TelegramServer, database: Database, store: FileStore, clock: TurnableClock
) -> AsyncIterator[Delivery]:
    channel = Telegram(
        TOKEN, api_url=server.url, files=store, database=database, timeout=PATIENCE, limits=limits(1000, 0)
    )
    await channel.start()
    yield Delivery(database, {"telegram": channel}, clock=clock, owner="tests")
    await channel.stop()


def write(database: Database) -> None:
    """Write a message of each kind to many chats, so that a burst meets all kinds."""

    def write_all(db: Session) -> None:
        for number in range(1, EACH * len(KINDS) + 1):
            kind = KINDS[number % len(KINDS)]
            message = Message(template="engine/help", text=f"{number}")
            draft = Draft(f"test:{number}", kind, Target("telegram", str(BOT_ID), str(number)), message, MORNING)
            outbox.write(db, draft, now=MORNING)

    database.run(write_all)


def trouble(server: TelegramServer, mishap: Mishap) -> None:
    """Let some calls go well, then some not, and again: so each kind is hit."""
    for _ in KINDS:
        server.misbehave("sendMessage", None, times=2)
        server.misbehave("sendMessage", mishap, times=BURST)


async def sent_out(delivery: Delivery, database: Database, clock: TurnableClock) -> list[OutboxRow]:
    """Deliver until everything has come to its end, and return how."""
    for _ in range(60):
        await delivery.sweep()
        rows = list(database.run(lambda db: db.execute(select(OutboxRow).order_by(col(OutboxRow.id))).scalars().all()))
        if all(row.state not in {OutboxState.PENDING, OutboxState.LEASED} for row in rows):
            return rows
        clock.turn(timedelta(seconds=11))
    raise AssertionError("some of it never comes to its end")


def heard(server: TelegramServer) -> Tally[str]:
    return Tally(str(call.arguments["chat_id"]) for call in server.delivered)


@pytest.mark.parametrize("mishap", HARMLESS.values(), ids=HARMLESS.keys())
async def test_what_leaves_no_doubt_costs_nothing(
    server: TelegramServer, delivery: Delivery, database: Database, clock: TurnableClock, mishap: Mishap
) -> None:
    write(database)
    trouble(server, mishap)

    rows = await sent_out(delivery, database, clock)

    assert {row.state for row in rows} == {OutboxState.SENT}
    assert heard(server) == {row.chat: 1 for row in rows}


@pytest.mark.parametrize(
    "mishap",
    [*DOUBTFUL.values(), *DOUBTFUL_AND_DONE.values()],
    ids=[*DOUBTFUL.keys(), *DOUBTFUL_AND_DONE.keys()],
)
async def test_what_leaves_doubt_is_said_again_unless_it_is_a_broadcast(
    server: TelegramServer, delivery: Delivery, database: Database, clock: TurnableClock, mishap: Mishap
) -> None:
    write(database)
    trouble(server, mishap)

    rows = await sent_out(delivery, database, clock)

    times = heard(server)
    broadcasts = [row for row in rows if row.kind is OutboxKind.BROADCAST]
    uncertain = [row for row in broadcasts if row.state is OutboxState.UNCERTAIN]
    went_wrong = len(server.called("sendMessage")) - len(rows) + len(uncertain)
    assert went_wrong == BURST * len(KINDS)
    assert {row.state for row in rows if row not in uncertain} == {OutboxState.SENT}
    assert [row.chat for row in rows if row not in uncertain and not times[row.chat]] == []
    assert [row.chat for row in broadcasts if times[row.chat] > 1] == []
    assert {times[row.chat] for row in uncertain} == {int(mishap.takes_effect)}
    again = sum(times.values()) - len(times)
    assert again == (went_wrong - len(uncertain) if mishap.takes_effect else 0)
