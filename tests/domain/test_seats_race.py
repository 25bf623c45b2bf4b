"""Fifty people tap the last seat at the same moment, and one of them has it."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.orm import Session

from bot.conversation.engine import Taken
from bot.conversation.turn import Inbound
from bot.domain import units
from bot.domain.volunteers import activities
from db.models import UnitKind
from db.sql import Database
from tests.kit import databases
from tests.kit.activities import overbooked, published, somebody, states
from tests.kit.talk import World

CROWD = 50


@pytest.fixture
def replicas(database: Database, database_url: str) -> Iterator[tuple[World, World]]:
    """Two processes' worth of engine over one database."""
    world = World(database)
    other = databases.opened(database_url)
    yield world, World(other, clock=world.clock)
    other.close()


def at_once(works: Sequence[Callable[[], Taken]]) -> list[Taken]:
    barrier = threading.Barrier(len(works))

    def start(work: Callable[[], Taken]) -> Taken:
        barrier.wait(timeout=30)
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(start, works))


def tapping(worlds: Sequence[World], buttons: Sequence[Inbound]) -> list[Callable[[], Taken]]:
    engines = [worlds[place % len(worlds)].engine for place in range(len(buttons))]
    return [lambda engine=engine, one=one: engine.take(one) for engine, one in zip(engines, buttons, strict=True)]


@pytest.mark.integration
def test_fifty_people_tap_the_last_seat_at_once_and_exactly_one_has_it(replicas: tuple[World, World]) -> None:
    world = replicas[0]
    crowd = [world.person(f"p{number}") for number in range(CROWD)]

    def gather(db: Session) -> int:
        town = units.add(db, "石湾镇街道", UnitKind.COMMITTEE)
        for person in crowd:
            somebody(db, person.name, town)
        return published(db, town, seats={None: 1}).id or 0

    activity_id = world.run(gather)
    shown = {person.name: person.says("活动", "1") for person in crowd}
    buttons = [person.inbound(button=f"{shown[person.name].outbox_id}:1") for person in crowd]

    taken = at_once(tapping(replicas, buttons))

    said = Counter(one.reply.message.template if one.reply else "" for one in taken)
    assert said == {"volunteering/signed_up": 1, "volunteering/waitlisted": CROWD - 1}
    found = world.run(lambda db: states(db, activities.found(db, activity_id)))
    assert Counter(found.values()) == {"confirmed": 1, "waitlisted": CROWD - 1}
    assert world.run(overbooked) == []
