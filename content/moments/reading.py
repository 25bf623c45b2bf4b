"""Puts day and time together, and tells what is unclear, over already, or not there."""

import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from content.moments.clocks import DAY, Clocks, find_clock
from content.moments.days import Days, find_day
from content.moments.repeats import Repeat, find_repeat, first_day
from content.moments.when import Outcome, Read, When

LONGEST = 300
"""Characters that are read: nobody needs more to say when."""


def read(text: str, now: datetime, zone: ZoneInfo) -> Read:
    """Read when something is to be, as somebody in ``zone`` says it at ``now`` (aware)."""
    text = unicodedata.normalize("NFKC", text)[:LONGEST]
    today = now.astimezone(zone).date()
    repeat = find_repeat(text)
    if repeat and repeat.rule is None:
        return Read(Outcome.IMPOSSIBLE, rest=_without(text, [repeat]))
    day = None if repeat else find_day(text, today)
    clock = find_clock(text)
    named = [one for one in (repeat, day, clock) if one]
    if not named:
        return Read(Outcome.NOTHING, rest=" ".join(text.split()))
    rest = _without(text, named)
    if (day and not day.days) or (clock and not clock.spans):
        return Read(Outcome.IMPOSSIBLE, rest=rest)
    days = [first_day(repeat.rule, today)] if repeat and repeat.rule else list(day.days) if day else []
    options = _options(days, clock, now, zone)
    rule = repeat.rule if repeat else None
    if rule and not options:  # today's is over: the next one
        options = _options([first_day(rule, today + timedelta(days=1))], clock, now, zone)
    if not options:
        return Read(Outcome.PAST, rest=rest)
    outcome = Outcome.FOUND if len(options) == 1 else Outcome.AMBIGUOUS
    return Read(outcome, options, rest, rule, has_day=bool(repeat or day))


def read_day(text: str, now: datetime, zone: ZoneInfo) -> tuple[date, ...]:
    """Return which day a text may mean, past or to come, as somebody in ``zone`` says it; nothing where it names none.

    What repeats is no one day.
    """
    text = unicodedata.normalize("NFKC", text)[:LONGEST]
    found = None if find_repeat(text) else find_day(text, now.astimezone(zone).date())
    return found.days if found else ()


def _options(days: Sequence[date], clock: Clocks | None, now: datetime, zone: ZoneInfo) -> tuple[When, ...]:
    """Return what is still to come of all that may be meant; a time without a day is the next such time."""
    today = now.astimezone(zone).date()
    if clock is None:
        return tuple(When(_at(day, 0, zone), None, has_time=False) for day in days if day >= today)
    found: list[When] = []
    for day in days or (today,):
        found += [_when(day, begin, end, zone) for begin, end in clock.spans]
    ahead = tuple(sorted((one for one in found if one.starts_at > now), key=lambda one: one.starts_at))
    if ahead or days:
        return ahead
    return tuple(_when(today + timedelta(days=1), begin, end, zone) for begin, end in clock.spans)


def _when(day: date, begin: int, end: int | None, zone: ZoneInfo) -> When:
    return When(_at(day, begin, zone), None if end is None else _at(day, end, zone))


def _at(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """Return a moment of a day; an hour that is skipped when clocks are put forward is the one after it."""
    over, minutes = divmod(minutes, DAY)
    local = datetime.combine(day + timedelta(days=over), time(minutes // 60, minutes % 60), zone)
    return local.astimezone(UTC).astimezone(zone)


def _without(text: str, named: Sequence[Days | Clocks | Repeat]) -> str:
    """Return a text without the places where a time was said."""
    for one in sorted(named, key=lambda one: one.start, reverse=True):
        text = f"{text[: one.start]} {text[one.end :]}"
    return " ".join(text.split())
