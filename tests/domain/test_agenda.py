"""What is planned is done once, at its time, whatever happens meanwhile."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.domain import agenda
from db.models import AgendaItem, AgendaState
from db.sql import Database
from tests.kit.talk import MORNING

LATER = MORNING + timedelta(hours=1)


def taken(db: Session, now: datetime = MORNING) -> agenda.Item:
    item = agenda.take(db, now=now)
    assert item is not None
    return item


def test_the_same_cause_is_planned_once(db: Session) -> None:
    assert agenda.plan(db, "offer:1", "bench", due_at=MORNING, signup=1) is True
    assert agenda.plan(db, "offer:1", "bench", due_at=LATER, signup=2) is False

    item = taken(db)
    assert (item.kind, item.payload, item.due_at) == ("bench", {"signup": 1}, MORNING)


def test_nothing_is_taken_before_its_time(db: Session) -> None:
    agenda.plan(db, "offer:1", "bench", due_at=LATER)

    assert agenda.take(db, now=LATER - timedelta(seconds=1)) is None
    assert agenda.next_due(db) == LATER
    assert taken(db, LATER).due_at == LATER


def test_what_is_done_is_not_taken_again(db: Session) -> None:
    agenda.plan(db, "offer:1", "bench", due_at=MORNING)
    agenda.done(db, taken(db), now=MORNING)

    assert agenda.take(db, now=LATER) is None
    assert agenda.plan(db, "offer:1", "bench", due_at=LATER) is False


def test_what_is_moved_is_done_at_its_new_time(db: Session) -> None:
    agenda.plan(db, "offer:1", "bench", due_at=MORNING)

    assert agenda.move(db, "offer:1", due_at=LATER) is True
    assert agenda.take(db, now=MORNING) is None
    assert agenda.move(db, "offer:2", due_at=LATER) is False


def test_what_is_withdrawn_is_never_done_and_what_was_done_stays_done(db: Session) -> None:
    for number in (1, 2, 3):
        agenda.plan(db, f"session:7:{number}", "bench", due_at=MORNING)
    agenda.plan(db, "session:70:1", "bench", due_at=MORNING)
    agenda.done(db, taken(db), now=MORNING)

    assert agenda.withdraw(db, "session:7:", now=MORNING) == 2
    assert taken(db).id == 4


def test_an_item_that_goes_on_later_keeps_how_far_it_came(db: Session) -> None:
    agenda.plan(db, "rung:1", "bench", due_at=MORNING, session=1)
    item = taken(db)
    agenda.again(db, item, at=LATER, after=50)
    agenda.done(db, item, now=MORNING)

    assert agenda.take(db, now=MORNING) is None
    assert taken(db, LATER).payload == {"session": 1, "after": 50}


def test_an_item_that_goes_on_at_once_is_not_over(db: Session) -> None:
    agenda.plan(db, "rung:1", "bench", due_at=MORNING)
    item = taken(db)
    agenda.again(db, item, at=MORNING)
    agenda.done(db, item, now=MORNING)

    assert taken(db, LATER).attempts == 0


def test_an_item_that_keeps_breaking_is_left_to_a_person_in_the_end(db: Session) -> None:
    agenda.plan(db, "offer:1", "bench", due_at=MORNING)
    now, waits = MORNING, list[timedelta]()
    while (item := agenda.take(db, now=now)) is not None:
        agenda.failed(db, item, "KeyError", now=now)
        due = agenda.next_due(db)
        waits.append(due - now if due else timedelta(0))
        now = due or now

    row = db.get_one(AgendaItem, 1)
    assert (row.state, row.attempts, row.reason) == (AgendaState.FAILED, 8, "KeyError")
    assert waits == [timedelta(minutes=2**tries) for tries in range(7)] + [timedelta(0)]


def test_two_processes_do_not_take_the_same_item(database: Database) -> None:
    database.run(lambda db: agenda.plan(db, "offer:1", "bench", due_at=MORNING))
    if database.is_sqlite:  # there the transaction itself keeps the other one out
        return
    with database.transaction() as first, database.transaction() as second:
        assert taken(first).id == 1
        assert agenda.take(second, now=MORNING) is None
