"""kill -9 at random moments of a mixed load: turns, replies, notices and broadcasts, all in one process.

Each database has its process killed :data:`KILLS` times. ``HONGYAN_TEST_KILLS=200`` asks for more than the usual few.
"""

import random
import time
from collections import Counter as Tally
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from bot.domain.messages import Message
from bot.domain.outgoing import outbox
from bot.domain.outgoing.outbox import LEASE, Draft, Target
from db.models import InboxRecord, InboxState, OutboxKind, OutboxRow, OutboxState
from tests.kit.amounts import KILLS
from tests.kit.databases import ZONE
from tests.kit.flows import world_of_tests, written_down
from tests.kit.talk import World
from tests.kit.victim import TELL, Victims, said

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120 + 2 * KILLS)]

KILLED = -9
BROADCASTS_A_LIFE = 30
LONGEST_LIFE = 0.25
"""Seconds a process lives at most once it has done something: it has begun dozens of things by then."""


@pytest.fixture(scope="module")
def victims() -> Iterator[Victims]:
    started = Victims()
    yield started
    started.close()


@pytest.fixture
def world(database: Any) -> World:
    return world_of_tests(database)


def until_tomorrow_morning() -> float:
    """Return the seconds until nine o'clock tomorrow: at night no notice is sent."""
    now = datetime.now(ZONE)
    return (datetime.combine(now.date() + timedelta(days=1), time_of_day(9), ZONE) - now).total_seconds()


@dataclass
class Load:
    """A database, what platforms said to it, and one process after the other that takes it and dies."""

    world: World
    victims: Victims
    folder: Path
    ahead: float = field(default_factory=until_tomorrow_morning)
    lives: int = 0
    chance: random.Random = field(default_factory=random.Random)

    def lines(self, name: str) -> list[int]:
        path = self.folder / name
        return [int(line) for line in path.read_text().splitlines()] if path.exists() else []

    def live(self, *, is_endless: bool = True) -> None:
        """Start a process when the leases of those before it have run out; it begins with what was not acknowledged."""
        self.ahead += LEASE.total_seconds() + 1
        begun, acknowledged = self.lines("begun"), set(self.lines("acknowledged"))
        again = sorted(set(begun) - acknowledged)
        places = {name: str(self.folder / name) for name in ("begun", "acknowledged", "delivered")}
        first = max(begun, default=0) + 1 if is_endless else None
        self.victims.start("mixed", url=self.world.database.url, ahead=self.ahead, again=again, first=first, **places)

    def die(self) -> None:
        """Kill the process at a random moment after it has done something."""
        before, give_up_at = self._done(), time.monotonic() + 20
        while self._done() == before and time.monotonic() < give_up_at:
            time.sleep(0.002)
        time.sleep(self.chance.uniform(0, LONGEST_LIFE))
        status = self.victims.kill()
        assert status == KILLED, "it ended by itself"

    def finish(self) -> None:
        self.live(is_endless=False)
        assert self.victims.wait() == 0

    def broadcast(self) -> None:
        """Write broadcasts, due at once, and let go of the database so that whoever comes next has to recover it."""
        now = datetime.now(UTC) + timedelta(seconds=self.ahead)
        first = self.lives * BROADCASTS_A_LIFE
        self.lives += 1

        def write(db: Session) -> None:
            for number in range(first, first + BROADCASTS_A_LIFE):
                message = Message(template="engine/help", text=f"{number}")
                target = Target("test", "bot", f"b{number}")
                outbox.write(db, Draft(f"broadcast:{number}", OutboxKind.BROADCAST, target, message, now), now=now)

        self.world.run(write)
        self.world.database.engine.dispose()

    def _done(self) -> int:
        files = (self.folder / name for name in ("acknowledged", "delivered"))
        return sum(file.stat().st_size for file in files if file.exists())


def kept(world: World, model: Any) -> list[Any]:
    return list(world.run(lambda db: db.execute(select(model).order_by(col(model.id))).scalars().all()))


def of_kind(rows: list[OutboxRow], kind: OutboxKind) -> list[OutboxRow]:
    return [row for row in rows if row.kind is kind]


def test_a_server_killed_at_any_moment_loses_nothing_and_does_nothing_twice(
    victims: Victims, world: World, tmp_path: Path
) -> None:
    load = Load(world, victims, tmp_path)
    for _ in range(KILLS):
        load.broadcast()
        load.live()
        load.die()
    load.finish()

    begun = sorted(set(load.lines("begun")))
    texts = {number: said(number, world).text for number in begun}
    tells = [number for number in begun if texts[number] == TELL]
    rows, inbox = kept(world, OutboxRow), kept(world, InboxRecord)
    replies, notices = of_kind(rows, OutboxKind.REPLY), of_kind(rows, OutboxKind.NOTICE)
    broadcasts = of_kind(rows, OutboxKind.BROADCAST)
    delivered = Tally(load.lines("delivered"))
    # turns: each that was acknowledged was taken, and each that was taken was taken once
    assert sorted(load.lines("acknowledged")) == begun
    assert Tally((one.message_id, one.state) for one in inbox) == {(f"m{one}", InboxState.DONE): 1 for one in begun}
    assert Tally(written_down(world, "test.note")) == Tally(texts[one] for one in begun if one not in tells)
    # the outbox: nothing is missing, and everything has come to its end
    assert Tally(row.cause for row in replies) == {f"reply:{one.id}": 1 for one in inbox}
    assert Tally(row.cause.rpartition(":")[0] for row in notices) == {f"test:m{number}": 1 for number in tells}
    assert len(broadcasts) == KILLS * BROADCASTS_A_LIFE
    assert {row.state for row in replies + notices} == {OutboxState.SENT}
    assert {row.state for row in broadcasts} <= {OutboxState.SENT, OutboxState.UNCERTAIN}
    # deliveries: at least one of each that is sent, more only where a lease was lost, and of broadcasts never
    assert [row.id for row in rows if row.state is OutboxState.SENT and row.id not in delivered] == []
    assert [row.id for row in rows if delivered[row.id] > row.attempts] == []
    assert [row.id for row in broadcasts if delivered[row.id] > 1] == []
