"""Monday's picture: once, to whoever leads a unit and wants it; late on Monday still, on Tuesday no more."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, agenda, duties
from bot.domain.reports import weekly
from bot.domain.reports.showing import highest
from db.claims import table_of
from db.models import Address, AgendaItem, OutboxRow, Person, Question, Role
from tests.domain.conftest import Tree
from tests.kit.talk import MORNING

MONDAY = datetime(2026, 11, 30, 0, 30, tzinfo=UTC)
"""Half past eight in the morning of the Monday after :data:`MORNING`."""


def asked(tree: Tree, person: Person, words: str = "路灯坏了") -> None:
    """A neighbour in the branch asked something last week."""
    neighbour = tree.person(f"neighbour of {person.id}")
    neighbour.unit_id = tree.branch.id
    at = MORNING + timedelta(hours=1)
    row = Question(address_id=_address(tree.db, neighbour), text=words, outcome="answered", asked_at=at)
    tree.db.add_all([neighbour, row])
    tree.db.flush()


def _address(db: Session, person: Person) -> int:
    return db.execute(select(col(Address.id)).where(col(Address.person_id) == person.id)).scalar_one()


def works(db: Session, now: datetime) -> None:
    """Do what the agenda has of the weekly picture."""
    while item := agenda.take(db, now=now):
        if item.kind == weekly.WEEKLY:
            weekly.tell_all(db, item, now)
        db.flush()
        agenda.done(db, item, now=now)


def told(db: Session) -> list[tuple[str, str]]:
    """Who was told of which unit."""
    rows = db.execute(select(OutboxRow).order_by(col(OutboxRow.id))).scalars()
    return [(row.chat, (row.content or {})["text"].split("周报")[0].lstrip("【")) for row in rows]


def due(db: Session) -> datetime:
    return db.execute(select(col(AgendaItem.due_at)).where(col(AgendaItem.cause) == weekly.WEEKLY)).scalar_one()


@pytest.fixture
def secretary(tree: Tree) -> Person:
    """Who leads a branch in which something was asked, with Monday planned."""
    person = tree.person("secretary", Role.SECRETARY, tree.branch)
    asked(tree, person)
    weekly.begin(tree.db, now=MORNING)
    return person


@contextmanager
def setting(db: Session, at: time | None) -> Iterator[None]:
    before = db.info["house"]
    db.info["house"] = replace(before, weekly_report=at)
    yield
    db.info["house"] = before


@pytest.mark.usefixtures("secretary")
def test_on_monday_morning_a_secretary_gets_last_week(tree: Tree) -> None:
    works(tree.db, MONDAY - timedelta(seconds=1))
    assert told(tree.db) == []

    works(tree.db, MONDAY)

    assert told(tree.db) == [("secretary", "番村潘一支部")]
    assert due(tree.db) == MONDAY + timedelta(days=7)


@pytest.mark.usefixtures("secretary")
def test_it_comes_once_however_often_it_is_begun(tree: Tree) -> None:
    works(tree.db, MONDAY)
    weekly.begin(tree.db, now=MONDAY)
    works(tree.db, MONDAY + timedelta(hours=1))

    assert told(tree.db) == [("secretary", "番村潘一支部")]


@pytest.mark.usefixtures("secretary")
def test_a_late_start_on_monday_sends_it_still_and_on_tuesday_no_more(tree: Tree) -> None:
    works(tree.db, MONDAY + timedelta(hours=9))
    assert len(told(tree.db)) == 1

    works(tree.db, MONDAY + timedelta(days=8, hours=9))

    assert len(told(tree.db)) == 1
    assert due(tree.db) == MONDAY + timedelta(days=14)


def test_who_wants_none_gets_none_until_they_want_it_again(tree: Tree, secretary: Person) -> None:
    weekly.opt_out(tree.db, secretary, now=MORNING)
    weekly.opt_out(tree.db, secretary, now=MORNING)
    works(tree.db, MONDAY)
    assert told(tree.db) == []

    weekly.opt_in(tree.db, secretary)
    asked(tree, secretary, "再问一次")
    tree.db.execute(update(table_of(Question)).values(asked_at=MONDAY))
    works(tree.db, MONDAY + timedelta(days=7))

    assert len(told(tree.db)) == 1


def test_a_unit_in_which_nothing_happened_is_not_told_so(tree: Tree) -> None:
    tree.person("secretary", Role.SECRETARY, tree.shencun)
    weekly.begin(tree.db, now=MORNING)

    works(tree.db, MONDAY)

    assert told(tree.db) == []


@pytest.mark.usefixtures("secretary")
def test_cadres_and_who_cannot_be_reached_get_none(tree: Tree) -> None:
    tree.person("cadre", Role.CADRE, tree.branch)
    silent = Person(created_at=MORNING)
    tree.db.add(silent)
    tree.db.flush()
    access.grant(tree.db, silent, Role.SECRETARY, tree.branch)

    works(tree.db, MONDAY)

    assert told(tree.db) == [("secretary", "番村潘一支部")]


def test_who_leads_a_village_and_its_branch_gets_the_village(tree: Tree, secretary: Person) -> None:
    access.grant(tree.db, secretary, Role.SECRETARY, tree.fancun)

    works(tree.db, MONDAY)

    assert told(tree.db) == [("secretary", "番村")]


@pytest.mark.usefixtures("secretary")
def test_many_are_told_a_page_at_a_time(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weekly, "_PAGE", 2)
    for number in range(4):
        tree.person(f"s{number}", Role.SECRETARY, tree.branch)

    for second in range(3):
        works(tree.db, MONDAY + timedelta(seconds=second))

    assert sorted(chat for chat, _ in told(tree.db)) == ["s0", "s1", "s2", "s3", "secretary"]


def test_the_time_is_a_setting_and_may_be_never(tree: Tree) -> None:
    tree.person("secretary", Role.SECRETARY, tree.branch)
    asked(tree, tree.person("secretary"))
    with setting(tree.db, time(10, 0)):
        weekly.begin(tree.db, now=MORNING)
        assert due(tree.db) == MORNING + timedelta(hours=1)
    with setting(tree.db, None):
        works(tree.db, MONDAY + timedelta(hours=2))

    assert told(tree.db) == []


def test_a_time_that_is_set_anew_holds_for_the_monday_that_is_planned(tree: Tree) -> None:
    tree.person("secretary", Role.SECRETARY, tree.branch)
    weekly.begin(tree.db, now=MORNING)
    assert due(tree.db) == MONDAY

    with setting(tree.db, time(9, 15)):
        weekly.begin(tree.db, now=MORNING)
        assert due(tree.db) == MONDAY + timedelta(minutes=45)
        weekly.begin(tree.db, now=MONDAY + timedelta(hours=1))
        assert due(tree.db) == MONDAY + timedelta(minutes=45)


def test_the_paths_of_what_lies_below_another_are_left_out() -> None:
    assert sorted(highest(["/1/2/", "/1/2/3/", "/1/20/", "/1/2/"])) == ["/1/2/", "/1/20/"]


def test_the_duty_is_done_by_who_works_off_the_agenda() -> None:
    assert duties.DUTIES[weekly.WEEKLY] is weekly.tell_all
