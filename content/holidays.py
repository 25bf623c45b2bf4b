"""Which days are working days: weekdays but for the holidays of the year, and the weekend days worked instead."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, cast

from content.loader import load_yaml

_FILE = Path(__file__).with_name("holidays.yaml")
_FRIDAY = 4


@dataclass(frozen=True, slots=True)
class _Year:
    off: frozenset[date]
    worked: frozenset[date]


def is_working_day(day: date) -> bool:
    """Tell whether offices are open on a day; of a year nobody listed only the fixed holidays are known."""
    known = _years().get(day.year)
    if known is None:
        return day.weekday() <= _FRIDAY and f"{day:%m-%d}" not in _every_year()
    return day in known.worked or (day.weekday() <= _FRIDAY and day not in known.off)


@functools.cache
def _years() -> Mapping[int, _Year]:
    return {
        int(year): _Year(
            frozenset(day for first, last in said["off"] for day in _days(first, last)),
            frozenset(map(date.fromisoformat, said["worked"])),
        )
        for year, said in _file().items()
        if year.isdecimal()
    }


@functools.cache
def _every_year() -> frozenset[str]:
    return frozenset(_file()["every_year"])


def _days(first: str, last: str) -> list[date]:
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    return [begin + timedelta(days=one) for one in range((end - begin).days + 1)]


@functools.cache
def _file() -> dict[str, Any]:
    return cast("dict[str, Any]", load_yaml(_FILE))
