"""A branch that is about to miss a meeting hears it a week ahead, once, and nobody else does."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import agenda, duties, units
from bot.domain.studies import cadence, study
from bot.domain.studies.study import Design
from content.cadence import cadences
from db.models import AgendaItem, MeetingKind, OutboxRow, Role, StudySession, Unit, UnitKind
from tests.domain.conftest import Tree
from tests.kit.talk import MORNING

SHANGHAI = ZoneInfo("Asia/Shanghai")
NAMES = {"party_day": "主题党日", "committee_meeting": "支委会"}


def hold(tree: Tree, kind: MeetingKind, audience: Unit, at: datetime) -> StudySession:
    design = Design(kind, kind, audience, audience, "活动室", at, at + timedelta(hours=2), 2.0)
    return study.announce(tree.db, design, by_id=None, now=MORNING)


def look(db: Session, now: datetime) -> None:
    """Do what the agenda has of the watch."""
    while item := agenda.take(db, now=now):
        if item.kind == cadence.WATCH:
            cadence.watch(db, item, now)
        agenda.done(db, item, now=now)


def told(db: Session) -> list[tuple[str, list[str]]]:
    """Who was told, and the lines between the first and the last."""
    rows: Sequence[OutboxRow] = db.execute(select(OutboxRow).order_by(col(OutboxRow.id))).scalars().all()
    return [(row.chat, (row.content or {})["text"].split("\n")[1:-1]) for row in rows]


def morning(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), datetime.min.time(), SHANGHAI).replace(hour=9, minute=1)


@pytest.mark.parametrize(
    ("day", "every", "first", "last"),
    [
        ("2026-11-23", "month", "2026-11-01", "2026-11-30"),
        ("2026-12-31", "month", "2026-12-01", "2026-12-31"),
        ("2028-02-10", "month", "2028-02-01", "2028-02-29"),
        ("2027-02-10", "month", "2027-02-01", "2027-02-28"),
        ("2026-11-23", "quarter", "2026-10-01", "2026-12-31"),
        ("2027-03-31", "quarter", "2027-01-01", "2027-03-31"),
    ],
)
def test_months_and_quarters_end_where_they_do(day: str, every: str, first: str, last: str) -> None:
    found = cadence.period(date.fromisoformat(day), every)

    assert [one.isoformat() for one in found] == [first, last]


def test_it_is_told_a_week_before_on_a_working_day() -> None:
    assert cadence.tell_on(date(2026, 11, 30)) == date(2026, 11, 23)
    assert cadence.tell_on(date(2027, 1, 31)) == date(2027, 1, 22)
    assert cadence.tell_on(date(2027, 2, 28)) == date(2027, 2, 19)


def test_only_the_secretary_of_the_branch_that_lacks_a_meeting_hears_it(tree: Tree) -> None:
    tree.person("secretary", Role.SECRETARY, tree.branch)
    tree.person("above", Role.SECRETARY, tree.fancun)
    tree.person("admin", Role.ADMIN, tree.town)
    other = units.add(tree.db, "深村支部", UnitKind.BRANCH, tree.shencun)
    tree.person("other", Role.SECRETARY, other)
    hold(tree, MeetingKind.PARTY_DAY, other, morning("2026-11-24"))
    hold(tree, MeetingKind.COMMITTEE_MEETING, other, morning("2026-11-25"))
    cadence.begin(tree.db, now=MORNING - timedelta(hours=1))

    look(tree.db, morning("2026-11-23"))

    assert told(tree.db) == [("secretary", ["本月主题党日", "本月支委会"])]


def test_what_is_held_for_the_whole_village_serves_its_branches(tree: Tree) -> None:
    tree.person("secretary", Role.SECRETARY, tree.branch)
    hold(tree, MeetingKind.PARTY_DAY, tree.fancun, morning("2026-11-24"))
    cadence.begin(tree.db, now=MORNING - timedelta(hours=1))

    look(tree.db, morning("2026-11-23"))

    assert told(tree.db) == [("secretary", ["本月支委会"])]


def test_it_is_told_once_however_often_it_is_looked_at(tree: Tree) -> None:
    tree.person("secretary", Role.SECRETARY, tree.branch)
    cadence.begin(tree.db, now=MORNING - timedelta(days=10))
    cadence.begin(tree.db, now=MORNING - timedelta(days=9))

    for day in ("2026-11-20", "2026-11-23", "2026-11-24", "2026-11-30"):
        look(tree.db, morning(day))

    assert told(tree.db) == [("secretary", ["本月主题党日", "本月支委会"])]


def test_a_meeting_that_is_called_off_in_the_last_week_is_told_and_nothing_else_again(tree: Tree) -> None:
    secretary = tree.person("secretary", Role.SECRETARY, tree.branch)
    planned = hold(tree, MeetingKind.PARTY_DAY, tree.branch, morning("2026-11-28"))
    cadence.begin(tree.db, now=MORNING - timedelta(days=10))
    look(tree.db, morning("2026-11-23"))

    study.cancel(tree.db, planned.id or 0, "下雨", by=secretary, now=morning("2026-11-24"))
    for day in ("2026-11-25", "2026-11-26"):
        look(tree.db, morning(day))

    assert told(tree.db) == [("secretary", ["本月支委会"]), ("secretary", ["本月主题党日"])]


def test_the_end_of_a_quarter_is_told_together_with_that_of_its_month(tree: Tree) -> None:
    tree.person("secretary", Role.SECRETARY, tree.branch)
    cadence.begin(tree.db, now=MORNING)

    look(tree.db, morning("2026-12-24"))

    assert told(tree.db) == [("secretary", ["本月主题党日", "本月支委会", "本季度党员大会", "本季度党课"])]


def test_a_machine_that_slept_over_the_day_tells_it_when_it_wakes(tree: Tree) -> None:
    tree.person("secretary", Role.SECRETARY, tree.branch)
    cadence.begin(tree.db, now=MORNING - timedelta(days=10))

    look(tree.db, morning("2026-11-27"))

    assert [chat for chat, _lines in told(tree.db)] == ["secretary"]


def test_a_branch_without_a_secretary_who_can_be_reached_is_told_to_nobody_above(tree: Tree) -> None:
    tree.person("above", Role.SECRETARY, tree.fancun)
    cadence.begin(tree.db, now=MORNING)

    look(tree.db, morning("2026-11-24"))

    assert told(tree.db) == []


def test_a_group_that_lacks_its_meeting_is_told_to_the_secretary_of_its_branch(tree: Tree) -> None:
    tree.person("secretary", Role.SECRETARY, tree.branch)
    units.add(tree.db, "第一党小组", UnitKind.GROUP, tree.branch)
    for kind in (MeetingKind.PARTY_DAY, MeetingKind.COMMITTEE_MEETING):
        hold(tree, kind, tree.branch, morning("2026-11-28"))
    cadence.begin(tree.db, now=MORNING - timedelta(hours=1))

    look(tree.db, morning("2026-11-23"))

    assert told(tree.db) == [("secretary", ["本月党小组会"])]


def test_every_line_of_the_table_names_what_there_is() -> None:
    assert {one.kind for one in cadences()} <= {kind.value for kind in MeetingKind}
    assert {kind for one in cadences() for kind in one.units} <= {kind.value for kind in UnitKind}


def test_the_first_look_is_planned_by_whatever_starts(db: Session) -> None:
    duties.begin(db, MORNING)
    duties.begin(db, MORNING + timedelta(days=3))

    planned = select(col(AgendaItem.due_at)).where(col(AgendaItem.kind) == cadence.WATCH)
    assert db.execute(planned).scalars().all() == [datetime(2026, 11, 24, 1, 0, tzinfo=UTC)]
