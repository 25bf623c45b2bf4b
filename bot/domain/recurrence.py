"""On which days something repeats, and when it begins on such a day: pure, and right at month ends and leap days.

A rule is plain data, as a series keeps it. ``{"freq": "weekly", "weekday": 4}`` is every Friday (Monday is 0).
``{"freq": "monthly", "day": 10}`` is the tenth of each month, ``-1`` its last day; a month without that day has it on
its last. ``{"freq": "monthly", "weekday": 4, "nth": 1}`` is the first Friday of each month, ``-1`` the last; a month
without that one (a fifth Friday) has none.
"""

import calendar
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

_WEEK = 7


def dates(rule: Mapping[str, Any], *, after: date, until: date) -> Iterator[date]:
    """Yield the days of a rule later than ``after``, up to and with ``until``; raise ``ValueError`` for no rule."""
    if rule.get("freq") == "weekly" and rule.get("weekday") in range(_WEEK):
        return _weekly(int(rule["weekday"]), after, until)
    if rule.get("freq") == "monthly" and ("day" in rule or {"weekday", "nth"} <= rule.keys()):
        return (day for day in _monthly(rule, after, until) if after < day <= until)
    raise ValueError(f"no rule of days that repeat: {dict(rule)}")


def moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return when something begins that begins at ``at`` on a day, in UTC.

    An hour the clocks leave out in spring becomes the hour after it, one they show twice in autumn is the first.
    """
    return datetime.combine(day, at, zone).astimezone(UTC)


def _weekly(weekday: int, after: date, until: date) -> Iterator[date]:
    day = after + timedelta(days=(weekday - after.weekday() - 1) % _WEEK + 1)
    while day <= until:
        yield day
        day += timedelta(days=_WEEK)


def _monthly(rule: Mapping[str, Any], after: date, until: date) -> Iterator[date]:
    year, month = after.year, after.month
    while (year, month) <= (until.year, until.month):
        day = _in_month(rule, year, month)
        if day is not None:
            yield day
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)  # noqa: PLR2004  # months of a year


def _in_month(rule: Mapping[str, Any], year: int, month: int) -> date | None:
    first_weekday, length = calendar.monthrange(year, month)
    if "day" in rule:
        wanted = int(rule["day"])
        return date(year, month, length if wanted < 0 else min(wanted, length))
    first = (int(rule["weekday"]) - first_weekday) % _WEEK + 1
    days = range(first, length + 1, _WEEK)
    nth = int(rule["nth"])
    if nth < 0:
        return date(year, month, days[nth])
    return date(year, month, days[nth - 1]) if nth <= len(days) else None
