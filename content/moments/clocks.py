"""Which time of day was meant, and until when."""

import functools
import re
from dataclasses import dataclass

from content.moments.numbers import number, number_pattern
from content.moments.words import any_of, words

DAY = 24 * 60
_NOON = 12
_FIRST_OF_MORNING, _LAST_OF_AFTERNOON = 9, 5


@dataclass(frozen=True, slots=True)
class Clocks:
    """Where a time was said, and which it may be: (begin, end) in minutes after midnight, the end perhaps missing.

    Several when it is unclear (half past seven), none when there is no such time. What lies past 24 hours is the next
    day's.
    """

    start: int
    end: int
    spans: tuple[tuple[int, int | None], ...]


def find_clock(text: str) -> Clocks | None:
    """Return the first time of day a text says, with its end or how long it takes; ``None`` when it says none."""
    first = _time().search(text)
    if first is None:
        return None
    begins = _minutes(first)
    second = _until().match(text, first.end())
    if second:
        spans = tuple((begin, end) for begin in begins if (end := _end_after(begin, second)) is not None)
        return Clocks(first.start(), second.end(), spans)
    lasting = _lasting().match(text, first.end())
    if lasting:
        spans = tuple((begin, begin + _length(lasting)) for begin in begins)
        return Clocks(first.start(), lasting.end(), spans)
    return Clocks(first.start(), first.end(), tuple((begin, None) for begin in begins))


def _shape() -> str:
    told, n = words(), number_pattern()
    half = f"{any_of(told['half'])}(?!{any_of(told['half_goes_on'])})"
    after = f"{half}|{any_of(told['quarters'])}|{n}{any_of(told['minute'])}?|{any_of(told['sharp'])}"
    spoken = f"(?P<hour>{n}){any_of(told['hour'])}(?P<after>{after})?"
    written = r"(?P<written>[0-9]{1,2}):(?P<minutes>[0-5][0-9])(?![0-9])"
    return f"(?P<part>{any_of(told['parts'])})?(?:{spoken}|(?<![0-9]){written})"


@functools.cache
def _time() -> re.Pattern[str]:
    return re.compile(_shape())


@functools.cache
def _until() -> re.Pattern[str]:
    return re.compile(rf"\s*(?:{any_of(words()['until'])}|[-~—–]+)\s*{_shape()}")


@functools.cache
def _lasting() -> re.Pattern[str]:
    told, n = words(), number_pattern()
    half = any_of(told["half_hour"])
    with_half = f"(?P<more>{told['and_a_half']}){any_of(told['after_and_a_half'])}"
    whole = f"(?P<hours>{n})(?:{with_half}|{any_of(told['hours_long'])}(?P<half>{any_of(told['half'])})?)"
    return re.compile(rf"(?:\s|{any_of(told['from_then'])})*(?:{half}|{whole}|(?P<only>{n}){any_of(told['minute'])})")


def _length(lasting: re.Match[str]) -> int:
    if lasting["only"]:
        return number(lasting["only"]) or 0
    if lasting["hours"] is None:
        return 30
    return 60 * (number(lasting["hours"]) or 0) + (30 if lasting["more"] or lasting["half"] else 0)


def _minutes(time: re.Match[str]) -> tuple[int, ...]:
    """Return the minutes after midnight a time may mean, several without a part of the day."""
    hour, past = _hour(time), _past(time)
    if hour is None or past is None:
        return ()
    if time["part"]:
        return tuple(60 * one + past for one in _within(hour, time["part"]))
    return tuple(60 * one + past for one in _guessed(hour, is_written=bool(time["written"])))


def _hour(time: re.Match[str]) -> int | None:
    return number(time["written"] or time["hour"])


def _past(time: re.Match[str]) -> int | None:
    """Return the minutes past the hour."""
    if time["written"]:
        return int(time["minutes"])
    told, after = words(), time["after"] or ""
    if after in told["half"]:
        return 30
    if after in told["quarters"]:
        return told["quarters"][after]
    if not after or after in told["sharp"]:
        return 0
    minutes = number(re.sub(any_of(told["minute"]), "", after))
    return minutes if minutes is not None and minutes < 60 else None  # noqa: PLR2004  # minutes of an hour


def _within(hour: int, part: str) -> tuple[int, ...]:
    low, high = words()["parts"][part]
    return next(((one,) for one in (hour, hour + _NOON, hour % _NOON) if low <= one < high), ())


def _guessed(hour: int, *, is_written: bool) -> tuple[int, ...]:
    """Return the hour itself where it is clear: written like a clock, past noon, or one at which people meet."""
    if hour > 24:  # noqa: PLR2004  # hours of a day
        return ()
    if is_written or hour == 0 or hour >= _FIRST_OF_MORNING:
        return (hour,)
    return (hour + _NOON,) if hour <= _LAST_OF_AFTERNOON else (hour, hour + _NOON)


def _end_after(begin: int, until: re.Match[str]) -> int | None:
    """Return the first moment after ``begin`` that an end may mean; the end's own part of the day decides."""
    hour, past = _hour(until), _past(until)
    if hour is None or past is None or hour > 24:  # noqa: PLR2004  # hours of a day
        return None
    hours = _within(hour, until["part"]) if until["part"] else (hour, hour + _NOON)
    if until["part"]:
        return next((60 * one + past for one in hours), None)
    return min((end for one in hours if (end := 60 * one + past) > begin), default=60 * hour + past)
