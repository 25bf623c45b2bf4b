"""Weeks and months: where they begin and end in Shanghai, and what came before them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.domain.reports.periods import Period, PeriodKind, from_name, period_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEK, MONTH = PeriodKind.WEEK, PeriodKind.MONTH


@pytest.mark.parametrize(
    ("day", "kind", "first", "last"),
    [
        (date(2026, 11, 23), WEEK, date(2026, 11, 23), date(2026, 11, 29)),
        (date(2026, 11, 29), WEEK, date(2026, 11, 23), date(2026, 11, 29)),
        (date(2027, 1, 1), WEEK, date(2026, 12, 28), date(2027, 1, 3)),
        (date(2028, 2, 10), MONTH, date(2028, 2, 1), date(2028, 2, 29)),
        (date(2026, 12, 31), MONTH, date(2026, 12, 1), date(2026, 12, 31)),
    ],
)
def test_a_day_lies_in_its_week_and_month(day: date, kind: PeriodKind, first: date, last: date) -> None:
    assert period_of(day, kind) == Period(kind, first, last)


def test_a_week_begins_at_midnight_in_shanghai() -> None:
    begins, ends = period_of(date(2026, 11, 23), WEEK).span(SHANGHAI)

    assert (begins, ends) == (datetime(2026, 11, 22, 16, tzinfo=UTC), datetime(2026, 11, 29, 16, tzinfo=UTC))


def test_the_month_before_january_is_december() -> None:
    assert period_of(date(2027, 1, 15), MONTH).before == period_of(date(2026, 12, 1), MONTH)


@pytest.mark.parametrize("kind", [WEEK, MONTH])
def test_a_period_is_found_by_its_name(kind: PeriodKind) -> None:
    period = period_of(date(2026, 11, 23), kind)

    assert from_name(period.named()) == period


@pytest.mark.parametrize("name", ["", "week", "week.x", "year.2026-01-01", "week.2026-13-01"])
def test_what_names_no_period_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        from_name(name)
