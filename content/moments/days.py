"""Which day was meant: a date, a weekday, so many days from now."""

import calendar
import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from content.moments.numbers import number, number_pattern
from content.moments.words import any_of, words

_OVER_LATELY = timedelta(days=90)
"""A date without a year that is over for less than this is over, not next year's."""

_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Days:
    """Where a day was named, and which days it may be: several when it is unclear, none when there is no such day."""

    start: int
    end: int
    days: tuple[date, ...]


def find_day(text: str, today: date) -> Days | None:
    """Return the first day a text names, ``None`` when it names none."""
    found = [(match, work) for pattern, work in _patterns() if (match := pattern.search(text))]
    if not found:
        return None
    match, work = min(found, key=lambda one: (one[0].start(), -one[0].end()))
    try:
        days = work(match, today)
    except ValueError:  # there is no such day
        days = ()
    return Days(match.start(), match.end(), days)


def weekday_of(word: str) -> int:
    """Return which day of the week a word or digit names, Monday being 0."""
    return (int(word) - 1) % 7 if word.isascii() else words()["weekdays"][word]


def weekday_pattern() -> str:
    """Return a regular expression for a day of the week, whose group ``weekday`` names it."""
    told = words()
    return f"{any_of(told['week'])}(?P<weekday>[{''.join(told['weekdays'])}]|[1-7](?![0-9]))"


@functools.cache
def _patterns() -> list[tuple[re.Pattern[str], Callable[[re.Match[str], date], tuple[date, ...]]]]:
    told, n = words(), number_pattern()
    year, month = told["year"], told["month_mark"]
    a_day = f"(?:{any_of(told['day_mark'])}(?![{told['numbered']}]))"
    weeks, months, years = (any_of(told[name]) for name in ("which_week", "which_month", "which_year"))
    last = any_of(told["last_day"])
    shapes = [
        (f"(?P<year>[0-9]{{4}})(?:{year}|[-./])(?P<month>{n})(?:{month}|[-./])(?P<day>{n}){a_day}?", _date),
        (f"(?P<which>{years})?(?P<month>{n}){month}(?P<day>{n}){a_day}?", _date),
        (r"(?<![0-9./])(?P<month>[0-9]{1,2})/(?P<day>[0-9]{1,2})(?![0-9/])", _date),
        (f"(?P<which>{months})(?:(?P<day>{n}){a_day}|{any_of(told['end_of'])}|{last})", _day_of_month),
        (f"(?<![0-9])(?P<day>{n}){a_day}", _next_day_of_month),
        (f"(?P<which>{years})?(?P<month>{n}){month}{any_of(told['end_of'])}", _end_of_named_month),
        (f"(?P<which>{years})?{any_of(told['end_of_year'])}|(?P<short>{years}){any_of(told['end_of'])}", _end_of_year),
        (last, _last_of_month),
        (f"(?P<which>{weeks})?{weekday_pattern()}", _weekday),
        (any_of(told["weekend"]), _weekend),
        (f"(?P<count>{n}){any_of(told['later'])}", _days_later),
        (any_of(told["days"]), _named),
    ]
    return [(re.compile(shape), work) for shape, work in shapes]


def _value(match: re.Match[str], name: str) -> int:
    value = number(match[name])
    if value is None:
        raise ValueError(match[name])
    return value


def _date(match: re.Match[str], today: date) -> tuple[date, ...]:
    month, day = _value(match, "month"), _value(match, "day")
    groups = match.groupdict()
    if groups.get("year"):
        return (date(int(match["year"]), month, day),)
    if groups.get("which"):
        return (date(today.year + words()["which_year"][match["which"]], month, day),)
    meant = date(_year_with(month, day, today.year), month, day)
    if meant < today - _OVER_LATELY:
        meant = date(_year_with(month, day, today.year + 1), month, day)
    return (meant,)


def _year_with(month: int, day: int, year: int) -> int:
    """Return the year itself, or the next leap year where February 29 is meant."""
    while (month, day) == (2, 29) and not calendar.isleap(year):
        year += 1
    return year


def _day_of_month(match: re.Match[str], today: date) -> tuple[date, ...]:
    first = _months_later(today, words()["which_month"][match["which"]])
    return (first.replace(day=_value(match, "day") if match["day"] else _length(first)),)


def _next_day_of_month(match: re.Match[str], today: date) -> tuple[date, ...]:
    day = _value(match, "day")
    if not 1 <= day <= 31:  # noqa: PLR2004  # days of the longest month
        raise ValueError(day)
    if day >= today.day and day <= _length(today):
        return (today.replace(day=day),)
    first = _months_later(today, 1)
    while day > _length(first):
        first = _months_later(first, 1)
    return (first.replace(day=day),)


def _last_of_month(_match: re.Match[str], today: date) -> tuple[date, ...]:
    return (today.replace(day=_length(today)),)


def _end_of_named_month(match: re.Match[str], today: date) -> tuple[date, ...]:
    month = _value(match, "month")
    if match["which"]:
        first = date(today.year + words()["which_year"][match["which"]], month, 1)
        return (first.replace(day=_length(first)),)
    first = date(today.year, month, 1)
    meant = first.replace(day=_length(first))
    if meant < today - _OVER_LATELY:
        first = date(today.year + 1, month, 1)
        meant = first.replace(day=_length(first))
    return (meant,)


def _end_of_year(match: re.Match[str], today: date) -> tuple[date, ...]:
    which = match["which"] or match["short"]
    return (date(today.year + (words()["which_year"][which] if which else 0), 12, 31),)


def _weekday(match: re.Match[str], today: date) -> tuple[date, ...]:
    weekday = weekday_of(match["weekday"])
    if match["which"]:
        monday = today - timedelta(days=today.weekday())
        return (monday + words()["which_week"][match["which"]] * _WEEK + timedelta(days=weekday),)
    meant = today + timedelta(days=(weekday - today.weekday()) % 7)
    return (meant, meant + _WEEK) if meant == today else (meant,)


def _weekend(_match: re.Match[str], today: date) -> tuple[date, ...]:
    saturday = today - timedelta(days=today.weekday()) + timedelta(days=5)
    return (saturday, saturday + timedelta(days=1))


def _days_later(match: re.Match[str], today: date) -> tuple[date, ...]:
    return (today + timedelta(days=_value(match, "count")),)


def _named(match: re.Match[str], today: date) -> tuple[date, ...]:
    return (today + timedelta(days=words()["days"][match[0]]),)


def _months_later(day: date, count: int) -> date:
    months = day.year * 12 + day.month - 1 + count
    return date(months // 12, months % 12 + 1, 1)


def _length(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]
