"""Days that repeat: month ends, leap days, year ends, and hours the clocks leave out."""

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.domain import recurrence


def days(rule: dict[str, Any], after: str, until: str) -> list[str]:
    found = recurrence.dates(rule, after=date.fromisoformat(after), until=date.fromisoformat(until))
    return [day.isoformat() for day in found]


def test_every_friday_begins_after_the_day_it_is_asked_on() -> None:
    rule = {"freq": "weekly", "weekday": 4}

    assert days(rule, "2026-11-27", "2026-12-11") == ["2026-12-04", "2026-12-11"]
    assert days(rule, "2026-11-26", "2026-12-04") == ["2026-11-27", "2026-12-04"]


def test_the_tenth_of_each_month_goes_on_over_the_year() -> None:
    assert days({"freq": "monthly", "day": 10}, "2026-11-10", "2027-02-09") == ["2026-12-10", "2027-01-10"]


def test_the_thirty_first_is_the_last_day_of_a_shorter_month() -> None:
    rule = {"freq": "monthly", "day": 31}

    assert days(rule, "2027-12-31", "2028-04-30") == ["2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30"]


def test_the_last_day_of_february_follows_the_leap_year() -> None:
    rule = {"freq": "monthly", "day": -1}

    assert days(rule, "2027-02-01", "2027-02-28") == ["2027-02-28"]
    assert days(rule, "2028-02-01", "2028-02-29") == ["2028-02-29"]
    assert days(rule, "2100-02-01", "2100-02-28") == ["2100-02-28"]


def test_the_first_and_the_last_friday_of_each_month() -> None:
    assert days({"freq": "monthly", "weekday": 4, "nth": 1}, "2026-11-30", "2027-01-31") == ["2026-12-04", "2027-01-01"]
    assert days({"freq": "monthly", "weekday": 4, "nth": -1}, "2026-11-01", "2026-12-31") == [
        "2026-11-27",
        "2026-12-25",
    ]


def test_a_month_without_a_fifth_friday_has_none() -> None:
    assert days({"freq": "monthly", "weekday": 4, "nth": 5}, "2026-10-01", "2027-01-31") == ["2026-10-30", "2027-01-29"]


@pytest.mark.parametrize("rule", [{}, {"freq": "daily"}, {"freq": "weekly", "weekday": 7}, {"freq": "monthly"}])
def test_what_is_no_rule_is_refused(rule: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no rule"):
        recurrence.dates(rule, after=date(2026, 1, 1), until=date(2026, 12, 31))


def test_the_same_hour_of_the_day_is_kept_when_the_clocks_change() -> None:
    berlin, at = ZoneInfo("Europe/Berlin"), time(19, 30)

    assert recurrence.moment(date(2026, 10, 24), at, berlin) == datetime(2026, 10, 24, 17, 30, tzinfo=UTC)
    assert recurrence.moment(date(2026, 10, 25), at, berlin) == datetime(2026, 10, 25, 18, 30, tzinfo=UTC)


def test_an_hour_the_clocks_leave_out_is_the_hour_after_it() -> None:
    moment = recurrence.moment(date(2026, 3, 29), time(2, 30), ZoneInfo("Europe/Berlin"))

    assert moment.astimezone(ZoneInfo("Europe/Berlin")).time() == time(3, 30)
