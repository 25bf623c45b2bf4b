"""Reads which week or month somebody means who asks for a report: pure."""

import functools
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Literal, cast

from content.loader import load_yaml
from content.match import normalise
from content.moments.numbers import number, number_pattern
from content.moments.words import any_of

Kind = Literal["week", "month"]

_FILE = Path(__file__).with_name("periods.yaml")
_YEARS = range(2020, 2100)


def read(text: str, today: date) -> tuple[Kind, date] | None:
    """Return a week or month that was said, as its kind and one of its days; ``None`` when none was.

    A month without a year is the last one of that name which has begun.
    """
    said = normalise(text)
    words = _words()
    if said in words["this_week"]:
        return "week", today
    if said in words["last_week"]:
        return "week", today - timedelta(days=7)
    if said in words["this_month"]:
        return "month", today
    if said in words["last_month"]:
        return "month", today.replace(day=1) - timedelta(days=1)
    match = _month().fullmatch(said.replace(" ", ""))
    return _named(match, today) if match else None


def _named(match: re.Match[str], today: date) -> tuple[Kind, date] | None:
    month = number(match["month"]) or 0
    year = int(match["year"]) if match["year"] else today.year
    if match["last"] or (not match["year"] and month > today.month):
        year -= 1
    if month not in range(1, 13) or year not in _YEARS:
        return None
    return "month", date(year, month, 1)


@functools.cache
def _month() -> re.Pattern[str]:
    words = _words()
    year = rf"(?:(?P<year>[0-9]{{4}}){words['year']}|(?P<last>{words['last_year']}))?"
    return re.compile(rf"{year}(?P<month>{number_pattern()}){words['month']}{any_of(words['report'])}?")


@functools.cache
def _words() -> dict[str, Any]:
    return cast("dict[str, Any]", load_yaml(_FILE))
