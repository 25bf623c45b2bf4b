"""Two processes at once: what one gives back while the other holds a broadcast stays back, and no tiding is lost."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from bot.domain.broadcasts import running
from bot.domain.outgoing import settling
from bot.domain.outgoing.settling import Settlement
from db.models import OutboxState
from db.sql import Database
from tests.kit.audience import Crowded

FEW = 3


@pytest.fixture
def few(database: Database) -> Crowded:
    return Crowded.found(database, FEW)


def at_once(first: Database, done: Callable[[Session], object], second: Callable[[], object]) -> None:
    """Let the second begin while the first has written and not committed yet."""
    has_written = threading.Event()

    def work(db: Session) -> None:
        done(db)
        has_written.set()
        time.sleep(0.3)  # the second waits by now, or has looked past what is not committed

    with ThreadPoolExecutor(2) as pool:
        writing = pool.submit(first.run, work)
        assert has_written.wait(10)
        pool.submit(second).result()
        writing.result()


@pytest.mark.parametrize("act", [running.pause, running.recall])
async def test_what_comes_back_at_the_very_moment_it_is_stopped_does_not_go(
    few: Crowded, other: Database, act: Callable[..., object]
) -> None:
    broadcast_id = few.sends()
    await few.steps()
    now = few.clock.now()
    [taken] = few.takes(1)
    back = Settlement(taken, OutboxState.PENDING, again_at=now + timedelta(seconds=1))

    at_once(
        other,
        lambda db: settling.settle(db, [back], now=now),
        lambda: few.database.run(lambda db: act(db, broadcast_id, by=few.by(db), now=now)),
    )
    few.clock.turn(timedelta(seconds=5))

    assert few.hear() == []
