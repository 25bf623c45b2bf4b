"""On which days something repeats: every Wednesday, the 10th of each month, the first Friday of each month."""

import calendar
import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from content.moments.days import weekday_of, weekday_pattern
from content.moments.numbers import number, number_pattern
from content.moments.words import any_of, words

Rule = Mapping[str, int | str]
_LONGEST_MONTH = 31
_YEARS_AHEAD = 60
"""Months that are looked through for a first day."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """Where it was said that something repeats, and on which days; no rule when there are no such days."""

    start: int
    end: int
    rule: Rule | None


def find_repeat(text: str) -> Repeat | None:
    """Return how a text says that something repeats, ``None`` when it does not."""
    match = _pattern().search(text)
    return Repeat(match.start(), match.end(), _rule(match)) if match else None


def first_day(rule: Rule, today: date) -> date:
    """Return the first day from today on that a rule names."""
    if rule["freq"] == "weekly":
        return today + timedelta(days=(int(rule["weekday"]) - today.weekday()) % 7)
    for ahead in range(_YEARS_AHEAD):
        months = today.year * 12 + today.month - 1 + ahead
        day = _day_in(rule, months // 12, months % 12 + 1)
        if day is not None and day >= today:
            return day
    raise ValueError(f"no such day: {dict(rule)}")


@functools.cache
def _pattern() -> re.Pattern[str]:
    told, n = words(), number_pattern()
    every, month = any_of(told["every"]), any_of(told["month"])
    before, after = told["place"]
    nth = f"(?P<nth>{any_of(told['nth'])}|{before}(?P<place>{n}){after})"
    a_day, last = any_of(told["day_mark"]), any_of(told["last_day"])
    of_month = f"{month}{told['of']}?(?:{nth}{told['of']}?{weekday_pattern()}|(?P<day>{n}){a_day}|(?P<last>{last}))"
    weekly = weekday_pattern().replace("weekday", "each_week")
    return re.compile(f"{every}(?:{of_month}|{weekly})")


def _rule(match: re.Match[str]) -> Rule | None:
    if match["each_week"]:
        return {"freq": "weekly", "weekday": weekday_of(match["each_week"])}
    if match["last"]:
        return {"freq": "monthly", "day": -1}
    if match["nth"]:
        place = number(match["place"]) if match["place"] else words()["nth"][match["nth"]]
        is_there = place is not None and -1 <= place <= 4  # noqa: PLR2004  # every month has four of each weekday
        return (
            {"freq": "monthly", "nth": place, "weekday": weekday_of(match["weekday"])} if place and is_there else None
        )
    day = number(match["day"]) or 0
    return {"freq": "monthly", "day": day} if 1 <= day <= _LONGEST_MONTH else None


def _day_in(rule: Rule, year: int, month: int) -> date | None:
    """Return the day a monthly rule names in one month, if that month has it."""
    length = calendar.monthrange(year, month)[1]
    if "nth" not in rule:
        day = int(rule["day"])
        return date(year, month, length if day == -1 else day) if day <= length else None
    days = [day for day in range(1, length + 1) if date(year, month, day).weekday() == rule["weekday"]]
    place = int(rule["nth"])
    return date(year, month, days[place if place < 0 else place - 1])
