"""kill -9, twice, of the process that sends a broadcast: nobody hears it twice, nobody is lost, doubts are listed."""

import time
from collections import Counter as Tally
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session, col

from bot.domain.outgoing.outbox import LEASE
from db.models import BroadcastState, Recipient, RecipientState
from db.sql import Database
from tests.kit.audience import Crowded
from tests.kit.victim import Victims

pytestmark = pytest.mark.e2e

PEOPLE = 1000
KILLED = -9
KILLED_AFTER = (40, 80)
"""Messages that were delivered when the process is killed; in its first page, and further on."""


@pytest.fixture(scope="module")
def victims() -> Iterator[Victims]:
    started = Victims()
    yield started
    started.close()


def lines(told: Path) -> list[int]:
    return [int(line) for line in told.read_text().split()] if told.exists() else []


def wait_for(told: Path, count: int) -> None:
    give_up = time.monotonic() + 20
    while len(lines(told)) < count and time.monotonic() < give_up:
        time.sleep(0.002)


def test_a_broadcast_killed_twice_halfway_reaches_everybody_at_most_once(
    victims: Victims, database: Database, database_url: str, tmp_path: Path
) -> None:
    crowded = Crowded.found(database, PEOPLE, now=datetime.now(UTC))
    broadcast_id = crowded.sends(is_urgent=True)
    told, ahead, statuses = tmp_path / "told", 0.0, list[int]()
    for delivered in KILLED_AFTER:
        order: dict[str, Any] = {"url": database_url, "told": str(told), "ahead": ahead}
        before = len(lines(told))
        victims.start("broadcast", **order)
        wait_for(told, before + delivered)
        statuses.append(victims.kill())
        ahead += LEASE.total_seconds() + 1
    victims.start("broadcast", url=database_url, told=str(told), ahead=ahead)
    statuses.append(victims.wait())

    def ends(db: Session) -> list[tuple[RecipientState, int]]:
        rows = select(col(Recipient.state), col(Recipient.outbox_id)).where(col(Recipient.broadcast_id) == broadcast_id)
        return [(state, outbox_id or 0) for state, outbox_id in db.execute(rows)]

    delivered_rows = Tally(lines(told))
    ended = database.run(ends)
    theirs = {outbox_id for _, outbox_id in ended}
    stands = crowded.stands(broadcast_id)
    assert (statuses[0], statuses[1] in {KILLED, 0}, statuses[2]) == (KILLED, True, 0)  # the second may be done before
    assert (len(ended), len(theirs)) == (PEOPLE, PEOPLE)
    assert [row for row in theirs if delivered_rows[row] > 1] == []
    assert {state for state, _ in ended} <= {RecipientState.SENT, RecipientState.UNCERTAIN}
    assert [row for state, row in ended if state is RecipientState.SENT and row not in delivered_rows] == []
    assert (stands.state, stands.sent + stands.uncertain) == (BroadcastState.FINISHED, PEOPLE)
