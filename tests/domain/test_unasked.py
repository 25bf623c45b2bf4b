"""Nobody is told more unasked in a week than they should be; the rest comes in one message."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import agenda, unasked
from bot.domain.outgoing.outbox import Target
from bot.domain.persons import merging, people
from bot.domain.unasked import Letter
from db.models import DigestItem, OutboxKind, OutboxRow, Person, UnaskedCount
from db.sql import Database
from tests.kit import databases
from tests.kit.databases import ZONE
from tests.kit.talk import MORNING

WEEK = timedelta(days=7)


@pytest.fixture
def li(db: Session) -> Person:
    return people.known_at(db, Target("test", "bot", "li"), now=MORNING)[0]


def letter(person: Person, title: str = "主题党日") -> Letter:
    values: dict[str, object] = {
        "title": title,
        "starts_at": MORNING + WEEK,
        "place": "村委",
        "principal": "",
        "days": 7,
        "hours": 0,
    }
    return Letter(person.id or 0, person.id or 0, "reminders/session", values)


def tell(db: Session, person: Person, cause: str, *, now: datetime = MORNING, until: datetime = MORNING + WEEK) -> None:
    unasked.tell(db, [letter(person, cause)], cause=cause, kind=OutboxKind.REMINDER, now=now, until=until)


def told(db: Session) -> list[str]:
    """The first lines of all that was written."""
    rows = db.execute(select(OutboxRow).order_by(col(OutboxRow.id))).scalars()
    return [row.content["text"].splitlines()[0] for row in rows if row.content]


def do_what_is_due(db: Session, now: datetime) -> int:
    count = 0
    while (item := agenda.take(db, now=now)) is not None:
        unasked.digest(db, item, now)
        agenda.done(db, item, now=now)
        count += 1
    return count


def test_the_sixth_message_of_a_week_comes_with_the_seventh_in_the_evening(db: Session, li: Person) -> None:
    for number in range(7):
        tell(db, li, f"第{number}件")
    evening = datetime(2026, 11, 23, 18, 0, tzinfo=ZONE)

    assert told(db) == [f"【第{number}件】" for number in range(5)]
    assert do_what_is_due(db, evening - timedelta(seconds=1)) == 0
    assert do_what_is_due(db, evening) == 1
    digest = db.execute(select(OutboxRow).order_by(col(OutboxRow.id).desc()).limit(1)).scalar_one()
    assert digest.content is not None
    assert digest.content["text"].splitlines()[1:] == [
        "· 【第5件】 11月30日 周一 9:00",
        "· 【第6件】 11月30日 周一 9:00",
    ]


def test_what_was_gathered_is_told_once(db: Session, li: Person) -> None:
    for number in range(6):
        tell(db, li, f"第{number}件")
    do_what_is_due(db, MORNING + timedelta(days=1))
    tell(db, li, "第6件", now=MORNING + timedelta(days=1))
    do_what_is_due(db, MORNING + timedelta(days=3))

    assert len(told(db)) == 5 + 2
    assert {item.told_at is None for item in db.execute(select(DigestItem)).scalars()} == {False}


def test_a_new_week_begins_anew(db: Session, li: Person) -> None:
    for number in range(5):
        tell(db, li, f"第{number}件")
    tell(db, li, "下周", now=MORNING + WEEK, until=MORNING + 2 * WEEK)

    assert told(db)[-1] == "【下周】"
    counts = db.execute(select(UnaskedCount).order_by(col(UnaskedCount.week))).scalars()
    assert [(one.week.isoformat(), one.count) for one in counts] == [("2026-11-23", 5), ("2026-11-30", 1)]


def test_what_would_be_too_late_in_the_evening_is_told_at_once(db: Session, li: Person) -> None:
    for number in range(6):
        tell(db, li, f"第{number}件", until=MORNING + timedelta(hours=3))

    assert do_what_is_due(db, MORNING) == 1


def test_who_can_be_reached_nowhere_is_named(db: Session, li: Person) -> None:
    nobody = Person(created_at=MORNING)
    db.add(nobody)
    db.flush()
    letters = [letter(li), letter(nobody)]
    missed = unasked.tell(db, letters, cause="a", kind=OutboxKind.REMINDER, now=MORNING, until=MORNING + WEEK)

    assert missed == {nobody.id}
    assert len(told(db)) == 1


def test_the_same_cause_is_told_once(db: Session, li: Person) -> None:
    tell(db, li, "一件")
    tell(db, li, "一件")

    assert told(db) == ["【一件】"]


def test_what_was_held_back_for_who_turns_out_to_be_somebody_else_is_told_to_them(db: Session, li: Person) -> None:
    evening = datetime(2026, 11, 23, 18, 0, tzinfo=ZONE)
    unasked.hold(db, li.id or 0, "one", "第一件", now=MORNING, until=MORNING + WEEK)
    member = Person(created_at=MORNING)
    db.add(member)
    db.flush()
    merging.merge(db, li, member)

    assert (do_what_is_due(db, evening), told(db)) == (1, ["这周给您的消息不少了，下面几件合在一起说："])


def test_what_is_held_back_while_the_digest_is_told_comes_in_another(database: Database, database_url: str) -> None:
    other = databases.opened(database_url)
    person_id = database.run(lambda db: people.known_at(db, Target("test", "bot", "li"), now=MORNING)[0].id or 0)
    until, evening = MORNING + WEEK, datetime(2026, 11, 23, 18, 0, tzinfo=ZONE)
    database.run(lambda db: unasked.hold(db, person_id, "one", "第一件", now=MORNING, until=until))
    is_telling = threading.Event()

    def tells(db: Session) -> None:
        item = agenda.take(db, now=evening)
        assert item is not None
        unasked.digest(db, item, evening)
        is_telling.set()
        time.sleep(0.3)  # the other is held back by now
        agenda.done(db, item, now=evening)

    with ThreadPoolExecutor(2) as pool:
        telling = pool.submit(other.run, tells)
        assert is_telling.wait(10)
        before = evening - timedelta(seconds=1)
        pool.submit(
            database.run, lambda db: unasked.hold(db, person_id, "two", "第二件", now=before, until=until)
        ).result()
        telling.result()
    other.close()

    assert database.run(lambda db: do_what_is_due(db, evening)) == 1
    waiting = select(DigestItem.line).where(col(DigestItem.told_at).is_(None))
    assert database.run(lambda db: list(db.execute(waiting).scalars())) == []
