"""Reads for how long something was, as people say it: pure."""

import functools
import re
import unicodedata
from pathlib import Path
from typing import Any, cast

from content.loader import load_yaml
from content.moments.numbers import number, number_pattern

_LONGEST_HOURS = 24


def read(text: str) -> int | None:
    """Return the minutes a text names (a bare number is hours), ``None`` when it names no length up to a day."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    match = _pattern().fullmatch(plain)
    if match is None or not any(match.groupdict().values()):
        return None
    hours = _value(match["hours"]) + (0.5 if match["half"] or match["half_alone"] else 0)
    minutes = round(hours * 60 + _value(match["minutes"]))
    return minutes if 0 <= minutes <= _LONGEST_HOURS * 60 else None


def points_per_hour() -> float:
    """Return how many points an hour of service is worth, by the sample rule or the place's own."""
    return float(_rules()["service"]["per_hour"])


def points_for_visits(count: int) -> int:
    """Return how many points so many visits of one day are worth; where the rules do not know visits, none."""
    rule = _rules().get("visit")
    return min(int(rule["each"]) * count, int(rule["a_day"])) if rule else 0


@functools.cache
def _rules() -> dict[str, Any]:
    return cast("dict[str, Any]", load_yaml(Path(__file__).parent / "points.yaml"))


@functools.cache
def _pattern() -> re.Pattern[str]:
    figure = rf"(?:[0-9]+(?:\.[0-9]+)?|{number_pattern()})"
    hours = rf"(?P<hours>{figure})(?:(?:个)?(?P<half>半)?(?:小时|钟头|h)|(?P<bare>$))"
    minutes = rf"(?P<minutes>{figure})(?:分钟|分)"
    return re.compile(rf"(?:(?P<half_alone>半)个?(?:小时|钟头)|(?:{hours})?(?:{minutes})?)")


def _value(text: str | None) -> float:
    if not text:
        return 0
    return float(text) if text.isascii() else float(number(text) or 0)
