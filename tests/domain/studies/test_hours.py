"""Hours of study: of the year it is where people live, and never of another."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from bot.domain.house import house_of
from bot.domain.studies import attendance, hours, study
from bot.domain.studies.study import Design
from db.models import CheckInWay, MeetingKind, Person, Role, StudySession
from tests.domain.conftest import Tree
from tests.kit.branch import enter
from tests.kit.talk import MORNING


def held(tree: Tree, at: datetime, credit: float = 2.0) -> StudySession:
    design = Design(
        MeetingKind.PARTY_LECTURE, "党课", tree.branch, tree.branch, "活动室", at, at + timedelta(hours=2), credit
    )
    return study.announce(tree.db, design, by_id=None, now=at - timedelta(days=1))


def came(tree: Tree, session: StudySession, person: Person) -> None:
    cadre = tree.person("cadre", Role.SECRETARY, tree.branch)
    attendance.tick(tree.db, session, [person.id or 0], way=CheckInWay.TAPPED, by=cadre, now=session.starts_at)


@pytest.fixture
def member(tree: Tree) -> Person:
    person = tree.person("member")
    enter(tree.db, person, tree.branch, "陈大文")
    return person


def done(db: Session, person: Person, now: datetime) -> tuple[int, float]:
    balance = hours.balance(db, person.id or 0, now=now)
    return balance.year, balance.done


def test_a_session_on_new_years_eve_counts_in_the_year_of_the_place(tree: Tree, member: Person) -> None:
    last = held(tree, datetime(2026, 12, 31, 15, 0, tzinfo=UTC))
    first = held(tree, datetime(2026, 12, 31, 16, 0, tzinfo=UTC), credit=3.0)
    came(tree, last, member)
    came(tree, first, member)

    assert done(tree.db, member, datetime(2026, 12, 31, 15, 59, tzinfo=UTC)) == (2026, 2.0)
    assert done(tree.db, member, datetime(2026, 12, 31, 16, 1, tzinfo=UTC)) == (2027, 3.0)


def test_the_year_ends_when_it_does_where_the_clocks_change(tree: Tree, member: Person) -> None:
    tree.db.info["house"] = replace(house_of(tree.db), zone=ZoneInfo("America/New_York"))
    came(tree, held(tree, datetime(2027, 1, 1, 4, 59, tzinfo=UTC)), member)

    assert done(tree.db, member, datetime(2027, 1, 1, 4, 30, tzinfo=UTC)) == (2026, 2.0)
    assert done(tree.db, member, datetime(2027, 1, 1, 5, 0, tzinfo=UTC)) == (2027, 0.0)


def test_a_secretary_is_meant_to_study_longer(tree: Tree, member: Person) -> None:
    secretary = tree.person("cadre", Role.SECRETARY, tree.branch)

    assert hours.balance(tree.db, member.id or 0, now=MORNING).meant == 32.0
    assert hours.balance(tree.db, secretary.id or 0, now=MORNING).meant == 56.0


def test_more_than_was_meant_leaves_nothing_missing(tree: Tree, member: Person) -> None:
    for day in range(2):
        came(tree, held(tree, MORNING + timedelta(days=day + 1), credit=16.25), member)

    balance = hours.balance(tree.db, member.id or 0, now=MORNING)
    assert balance.shown == {"done": "32.5", "meant": "32", "missing": "0"}
