"""Two rows of one person become one while a broadcast goes out: they hear it once, and the sums hold."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import agenda, units
from bot.domain.broadcasts import feeding
from bot.domain.duties import DUTIES
from bot.domain.persons import merging
from db.models import Address, BroadcastState, OutboxState, Person, Recipient, RecipientState, UnitKind
from db.sql import Database
from tests.kit.audience import Crowded

FEW = 3
MORE_THAN_A_PAGE = 520


@pytest.fixture
def few(database: Database) -> Crowded:
    return Crowded.found(database, FEW)


def people_of(few: Crowded, *chats: str) -> list[int]:
    rows = select(col(Address.external_id), col(Address.person_id))
    found = dict(few.database.run(lambda db: [tuple(row) for row in db.execute(rows)]))
    return [found[one] for one in chats]


def merge(db: Session, gone: int, into: int) -> None:
    merging.merge(db, db.get_one(Person, gone), db.get_one(Person, into))


@pytest.mark.parametrize("is_on_its_way", ["gone", "into"])
async def test_while_one_message_is_on_its_way_the_other_does_not_go(few: Crowded, is_on_its_way: str) -> None:
    broadcast_id = few.sends()
    await few.steps()
    [taken] = few.takes(1)
    chats = [f"c{one}" for one in range(3, 3 + FEW)]
    own, another, *_ = people_of(few, taken.target.chat, *(one for one in chats if one != taken.target.chat))
    pair = (own, another) if is_on_its_way == "gone" else (another, own)
    few.database.run(lambda db: merge(db, *pair))
    few.ends([taken.id], OutboxState.SENT)
    heard = few.hear()
    await few.steps(2)

    stands = few.stands(broadcast_id)
    assert len(heard) == FEW - 2
    assert (stands.state, stands.total, stands.sent) == (BroadcastState.FINISHED, FEW - 1, FEW - 1)


async def test_who_may_have_heard_it_at_one_address_is_not_told_at_the_other(few: Crowded) -> None:
    broadcast_id = few.sends()
    await few.steps()
    [taken] = few.takes(1)
    few.ends([taken.id], OutboxState.UNCERTAIN)
    await few.steps()
    chats = [f"c{one}" for one in range(3, 3 + FEW)]
    doubtful, another, *_ = people_of(few, taken.target.chat, *(one for one in chats if one != taken.target.chat))
    few.database.run(lambda db: merge(db, doubtful, another))
    heard = few.hear()
    await few.steps(2)

    stands = few.stands(broadcast_id)
    assert (len(heard), stands.total, stands.sent, stands.uncertain) == (FEW - 2, FEW - 1, FEW - 2, 1)


async def test_who_binds_just_when_it_is_handed_over_hears_it_once(database: Database, other: Database) -> None:
    many = Crowded.found(database, MORE_THAN_A_PAGE)
    member_id = database.run(lambda db: elsewhere(db, many.clock.now()))
    last = f"c{2 + MORE_THAN_A_PAGE}"
    [guest_id] = people_of(many, last)
    many.sends()
    for _ in range(2):
        many.clock.turn(timedelta(seconds=1))
        does_one(database, many.clock.now())
    many.clock.turn(timedelta(seconds=1))
    waiting = select(func.count()).where(col(Recipient.state) == RecipientState.WAITING)
    assert database.run(lambda db: db.execute(waiting).scalar_one()) == MORE_THAN_A_PAGE - feeding.PAGE
    has_merged = threading.Event()

    def binds(db: Session) -> None:
        merge(db, guest_id, member_id)
        has_merged.set()
        time.sleep(0.3)  # whoever hands the rest over waits by now

    with ThreadPoolExecutor(2) as pool:
        binding = pool.submit(other.run, binds)
        assert has_merged.wait(10)
        pool.submit(does_one, database, many.clock.now()).result()
        binding.result()
    heard = many.hear()
    await many.steps(3)
    heard += many.hear()

    assert (heard.count(last), len(heard)) == (1, MORE_THAN_A_PAGE)


def elsewhere(db: Session, now: datetime) -> int:
    """Let somebody live where the broadcast is not for; return their id."""
    far = units.add(db, "深村", UnitKind.VILLAGE)
    person = Person(unit_id=far.id, created_at=now)
    db.add(person)
    db.flush()
    return person.id or 0


def does_one(database: Database, now: datetime) -> None:
    """Do the next item that is due, alone."""

    def do(db: Session) -> None:
        item = agenda.take(db, now=now)
        assert item is not None
        DUTIES[item.kind](db, item, now)
        agenda.done(db, item, now=now)

    database.run(do)
