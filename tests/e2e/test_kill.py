"""kill -9 of a real process, between turns and inside them: nothing acknowledged is lost, nothing happens twice."""

import random
import time
from collections import Counter as Tally
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from bot.domain.messages import Message
from bot.domain.outgoing import outbox
from bot.domain.outgoing.outbox import LEASE, Draft, Target
from db.models import InboxRecord, OutboxKind, OutboxRow, OutboxState
from tests.kit.flows import SLOW, rows, world_of_tests, written_down
from tests.kit.talk import World
from tests.kit.victim import Victims

pytestmark = pytest.mark.e2e

INBOUNDS = 60
REPLIES = 12
BROADCASTS = 6000
KILLED_TURNS = 10
KILLED_SENDERS = 5
KILLED = -9
ONE_TURN_SECONDS = 0.04


@pytest.fixture(scope="module")
def victims() -> Iterator[Victims]:
    started = Victims()
    yield started
    started.close()


@pytest.fixture
def world(database: Any) -> World:
    return world_of_tests(database)


@dataclass
class Town:
    """A database, processes that work on it and die, and what they said in time."""

    victims: Victims
    url: str
    told: Path
    ahead: float = 0.0
    chance: random.Random = field(default_factory=random.Random)
    statuses: list[int] = field(default_factory=list)

    def lines(self) -> list[str]:
        return self.told.read_text().splitlines() if self.told.exists() else []

    def start(self, do: str, **order: Any) -> int:
        """Start a process at a time when the leases of those before it have run out."""
        self.ahead += LEASE.total_seconds() + 1
        before = len(self.lines())
        self.victims.start(do, url=self.url, told=str(self.told), ahead=self.ahead, **order)
        return before

    def kill_after(self, lines: int, seconds: float) -> None:
        """Kill the process that runs, so many lines and a moment from now."""
        give_up = time.monotonic() + 20
        while len(self.lines()) < lines and time.monotonic() < give_up:
            time.sleep(0.002)
        time.sleep(self.chance.uniform(0, seconds))
        self.statuses.append(self.victims.kill())

    def finish(self) -> None:
        self.statuses.append(self.victims.wait())


def inbounds() -> list[dict[str, str]]:
    """Return what some people say, ten things each: half of it makes a slow turn."""
    return [
        {
            "sender": f"p{number // 10}",
            "chat": f"p{number // 10}",
            "message_id": f"m{number}",
            "text": f"{SLOW if number % 2 else ''}灯坏了{number}号",
        }
        for number in range(INBOUNDS)
    ]


def broadcast(world: World, how_many: int) -> None:
    """Write broadcasts to many chats, due at once."""
    now = datetime.now(UTC)

    def write(db: Session) -> None:
        for number in range(how_many):
            message = Message(template="engine/help", text=f"{number}")
            target = Target("test", "bot", f"b{number}")
            outbox.write(db, Draft(f"broadcast:1:{number}", OutboxKind.BROADCAST, target, message, now), now=now)

    world.run(write)


def kept(world: World) -> list[OutboxRow]:
    return list(world.run(lambda db: db.execute(select(OutboxRow).order_by(col(OutboxRow.id))).scalars().all()))


def test_a_process_killed_again_and_again_takes_each_inbound_once(
    victims: Victims, world: World, database_url: str, tmp_path: Path
) -> None:
    town = Town(victims, database_url, tmp_path / "acknowledged")
    said = inbounds()
    for _ in range(KILLED_TURNS):
        before = town.start("turns", inbounds=unacknowledged(said, town))
        town.kill_after(before + 1, 2 * ONE_TURN_SECONDS)
    town.start("turns", inbounds=unacknowledged(said, town))
    town.finish()

    assert town.statuses == [KILLED] * KILLED_TURNS + [0]
    assert town.lines() == [one["message_id"] for one in said]
    assert Tally(written_down(world, "test.note")) == Tally(one["text"] for one in said)
    assert rows(world, InboxRecord) == INBOUNDS
    assert Tally((row.kind, row.state) for row in kept(world)) == {(OutboxKind.REPLY, OutboxState.LEASED): INBOUNDS}


def unacknowledged(said: list[dict[str, str]], town: Town) -> list[dict[str, str]]:
    acknowledged = set(town.lines())
    return [one for one in said if one["message_id"] not in acknowledged]


def test_senders_killed_again_and_again_lose_no_reply_and_repeat_no_broadcast(
    victims: Victims, world: World, database_url: str, tmp_path: Path
) -> None:
    for one in inbounds()[:REPLIES]:
        world.clock.turn(timedelta(seconds=5))
        world.engine.take(world.person(one["sender"]).inbound("帮助", message_id=one["message_id"]))
    broadcast(world, BROADCASTS)
    town = Town(victims, database_url, tmp_path / "delivered", ahead=world_ahead(world))
    for _ in range(KILLED_SENDERS):
        before = town.start("deliver")
        town.kill_after(before + town.chance.randint(5, 45), 0.02)
    town.start("deliver")
    town.finish()

    delivered = Tally(int(line) for line in town.lines())
    replies = [row for row in kept(world) if row.kind is OutboxKind.REPLY]
    broadcasts = [row for row in kept(world) if row.kind is OutboxKind.BROADCAST]
    assert town.statuses == [KILLED] * KILLED_SENDERS + [0]
    assert {row.state for row in replies} == {OutboxState.SENT}
    assert [row.id for row in replies if row.id not in delivered] == []
    assert {row.state for row in broadcasts} <= {OutboxState.SENT, OutboxState.UNCERTAIN}
    assert [row.id for row in broadcasts if delivered[row.id or 0] > 1] == []
    assert [row.id for row in broadcasts if row.state is OutboxState.SENT and row.id not in delivered] == []
    assert {row.reason for row in broadcasts if row.state is OutboxState.UNCERTAIN} <= {
        "in flight when its sender stopped"
    }
    assert len(delivered) + sum(row.id not in delivered for row in broadcasts) == REPLIES + BROADCASTS


def world_ahead(world: World) -> float:
    """Return how far the world's clock is ahead of the machine's, in seconds."""
    return max(0.0, (world.clock.now() - datetime.now(UTC)).total_seconds())
