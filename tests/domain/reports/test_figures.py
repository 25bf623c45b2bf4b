"""Every figure equals a recount of the records in plain Python, over made-up townships, on both databases."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from bot.domain.reports.counting import scope
from bot.domain.reports.periods import Period, PeriodKind, period_of
from bot.domain.reports.report import FIGURES, report, share, trend
from db.models import (
    Activity,
    Address,
    Attendance,
    Broadcast,
    Case,
    CheckIn,
    GridReport,
    Member,
    Person,
    Question,
    Recipient,
    ServiceRecord,
    StudySession,
    Unit,
    Visit,
)
from tests.kit.databases import ZONE
from tests.kit.records import Records, make_up
from tests.kit.talk import MORNING

M = TypeVar("M", bound=SQLModel)
NOW = MORNING + timedelta(days=2, hours=3)
WEEK = PeriodKind.WEEK
PERIODS = (
    period_of(date(2026, 11, 9), WEEK),
    period_of(date(2026, 11, 16), WEEK),
    period_of(date(2026, 11, 23), WEEK),
    period_of(date(2026, 11, 1), PeriodKind.MONTH),
)


class Recount:
    """Everything of the database in lists, counted with loops and nothing else."""

    def __init__(self, db: Session, unit: Unit, period: Period) -> None:
        self.db, self.unit, self.period = db, unit, period
        self.units = {one.id: one for one in self.all(Unit)}
        self.until = min(NOW, datetime.combine(period.last + timedelta(days=1), datetime.min.time(), ZONE))

    def all(self, model: type[M]) -> list[M]:
        return list(self.db.execute(select(model)).scalars())

    def below(self, unit_id: int | None) -> bool:
        while unit_id is not None and unit_id != self.unit.id:
            unit_id = self.units[unit_id].parent_id
        return unit_id == self.unit.id

    def within(self, moment: datetime | None) -> bool:
        if moment is None or moment >= self.until:
            return False
        return self.period.first <= moment.astimezone(ZONE).date() <= self.period.last

    def asked(self, outcomes: Iterable[str]) -> int:
        people = {one.id: one for one in self.all(Person)}
        rosters = {one.person_id: one.unit_id for one in self.all(Member) if one.state == "active"}
        whose = {one.id: people[one.person_id] for one in self.all(Address)}
        seen = set[tuple[int | None, str]]()
        for one in self.all(Question):
            if one.address_id is None or one.outcome not in outcomes or not self.within(one.asked_at):
                continue
            person = whose[one.address_id]
            homes = [person.unit_id, rosters.get(person.id or 0)]
            if self.unit.parent_id is None or any(self.below(home) for home in homes if home):
                seen.add((person.id, one.text))
        return len(seen)

    def cases(self) -> list[Case]:
        return [one for one in self.all(Case) if self.unit.parent_id is None or self.below(one.unit_id)]

    def seen(self) -> list[GridReport]:
        return [one for one in self.all(GridReport) if self.unit.parent_id is None or self.below(one.unit_id)]

    def open_cases(self) -> list[Case]:
        found = list[Case]()
        for one in self.cases():
            was_answered = one.answered_at is not None and one.answered_at < self.until
            was_given_up = one.answered_at is None and one.state != "open"
            if one.opened_at < self.until and not was_answered and not was_given_up:
                found.append(one)
        return found

    def is_overdue(self, case: Case) -> bool:
        day, days = case.opened_at.astimezone(ZONE), 0
        while days < 2:
            day += timedelta(days=1)
            days += day.weekday() < 5
        return day <= self.until

    def held(self, model: type[M]) -> set[int]:
        return {
            one.id
            for one in self.all(model)
            if one.state in {"published", "closed"}
            and self.below(one.unit_id)
            and self.within(one.starts_at)
            and one.ends_at <= self.until
        }

    def came(self) -> list[int]:
        held = self.held(Activity)
        return [one.person_id for one in self.all(CheckIn) if one.activity_id in held]

    def minutes(self) -> int:
        theirs = {one.id for one in self.all(Activity) if self.below(one.unit_id)}
        return sum(
            one.minutes
            for one in self.all(ServiceRecord)
            if one.state == "confirmed"
            and one.activity_id in theirs
            and self.period.first <= one.served_on <= self.period.last
            and datetime.combine(one.served_on, datetime.min.time(), ZONE) < self.until
        )

    def paid(self) -> list[Visit]:
        return [one for one in self.all(Visit) if self.below(one.unit_id) and self.within(one.visited_at)]

    def began(self) -> set[int]:
        return {one.id for one in self.all(Broadcast) if self.below(one.unit_id) and self.within(one.began_at)}

    def meant(self, *states: str) -> int:
        held, rows = self.held(StudySession), self.all(Attendance)
        return sum(one.session_id in held and not one.is_guest and (not states or one.state in states) for one in rows)


RECOUNTS: dict[str, Callable[[Recount], int]] = {
    "questions": lambda one: one.asked({"answered", "offered", "unanswered", "handed_off", "not_solved"}),
    "handed_off": lambda one: one.asked({"handed_off"}),
    "answered": lambda one: sum(one.within(case.answered_at) for case in one.cases()),
    "waiting": lambda one: len(one.open_cases()),
    "overdue": lambda one: sum(one.is_overdue(case) for case in one.open_cases()),
    "activities": lambda one: len(one.held(Activity)),
    "visits": lambda one: len(one.came()),
    "volunteers": lambda one: len(set(one.came())),
    "minutes": lambda one: one.minutes(),
    "sessions": lambda one: len(one.held(StudySession)),
    "expected": lambda one: one.meant(),
    "present": lambda one: one.meant("present"),
    "reported": lambda one: sum(one.within(seen.opened_at) for seen in one.seen()),
    "mended": lambda one: sum(one.within(seen.done_at) for seen in one.seen()),
    "visits_paid": lambda one: len(one.paid()),
    "households": lambda one: len({visit.household_id for visit in one.paid()} - {None}),
    "broadcasts": lambda one: len(one.began()),
    "told": lambda one: sum(row.broadcast_id in one.began() and row.state == "sent" for row in one.all(Recipient)),
}


@pytest.mark.parametrize("seed", range(4))
def test_every_figure_equals_a_recount(db: Session, seed: int) -> None:
    made = make_up(db, seed)

    counted = {
        (unit.name, period.named()): report(db, unit, period, now=NOW).figures
        for unit in made.units
        for period in PERIODS
    }

    recounted = {
        (unit.name, period.named()): {name: count(Recount(db, unit, period)) for name, count in RECOUNTS.items()}
        for unit in made.units
        for period in PERIODS
    }
    assert counted == recounted
    assert _never_nought(counted) == set(FIGURES)


def test_there_is_a_recount_of_every_figure() -> None:
    assert set(RECOUNTS) == set(FIGURES)


def test_a_report_has_the_figures_of_the_period_before(db: Session) -> None:
    made = make_up(db, 7)
    this, last = PERIODS[1], PERIODS[0]

    assert report(db, made.units[0], this, now=NOW).before == report(db, made.units[0], last, now=NOW).figures


def test_a_trend_counts_each_period_by_itself(db: Session) -> None:
    made = make_up(db, 8)
    week = PERIODS[1]

    found = trend(db, made.units[0], week, "questions", now=NOW)

    assert [period.first for period, _ in found] == [
        date(2026, 11, 16) - timedelta(days=7 * one) for one in range(7, -1, -1)
    ]
    assert found[-1] == (week, report(db, made.units[0], week, now=NOW).figures["questions"])


def test_what_is_asked_a_moment_before_monday_belongs_to_the_week_before(db: Session) -> None:
    made = make_up(db, 9, size=3)
    midnight = datetime(2026, 11, 15, 16, 0, tzinfo=UTC)
    for words, moment in (("早", midnight - timedelta(microseconds=1)), ("晚", midnight)):
        _ask(made, words, moment)

    weeks = [_asked(db, made.units[0], period, {"早", "晚"}) for period in PERIODS[:2]]

    assert weeks == [{"早"}, {"晚"}]


def test_a_period_that_lies_ahead_has_nothing_yet(db: Session) -> None:
    made = make_up(db, 10)

    ahead = report(db, made.units[0], period_of(date(2026, 12, 7), WEEK), now=NOW)

    nothing = {name: count for name, count in ahead.figures.items() if name not in {"waiting", "overdue"}}
    assert set(nothing.values()) == {0}


def test_a_unit_with_no_records_is_empty(db: Session) -> None:
    made = make_up(db, 11, size=0)

    found = report(db, made.units[0], PERIODS[1], now=NOW)

    assert (found.is_empty, found.rate) == (True, None)


@pytest.mark.parametrize(
    ("part", "whole", "expected"), [(88, 100, 88), (1, 2, 50), (1, 3, 33), (2, 3, 67), (1, 200, 1), (0, 0, None)]
)
def test_a_share_is_rounded_to_whole_hundredths(part: int, whole: int, expected: int | None) -> None:
    assert share(part, whole) == expected


def _ask(made: Records, words: str, moment: datetime) -> None:
    made.db.add(Question(address_id=made.addresses[0].id, text=words, outcome="answered", asked_at=moment))
    made.db.flush()


def _asked(db: Session, unit: Unit, period: Period, words: set[str]) -> set[str]:
    meant = scope(db, unit, period, now=NOW)
    rows = db.execute(select(Question).where(meant.holds(Question.asked_at))).scalars()
    return {one.text for one in rows} & words


def _never_nought(counted: dict[Any, Any]) -> set[str]:
    """Figures that were somewhere more than nought, so that the recount compared something."""
    return {name for figures in counted.values() for name, value in figures.items() if value}
