"""What was understood of when something is to be."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Outcome(StrEnum):
    """What became of reading a time.

    ``AMBIGUOUS`` has several options to ask about; ``PAST`` is over already; ``IMPOSSIBLE`` is no day or hour there is
    (February 30); ``NOTHING`` names no time at all.
    """

    FOUND = "found"
    AMBIGUOUS = "ambiguous"
    PAST = "past"
    IMPOSSIBLE = "impossible"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class When:
    """One moment, aware and in the zone it was said in; ``has_time`` is false when only a day was said (then 0:00)."""

    starts_at: datetime
    ends_at: datetime | None = None
    has_time: bool = True


@dataclass(frozen=True, slots=True)
class Read:
    """What was understood: the options, the earliest first, and ``rest``, the text without the words for time.

    ``rule`` tells on which days something repeats, ``None`` when it does not: ``{"freq": "weekly", "weekday": 0–6}``,
    ``{"freq": "monthly", "day": 1–31 or -1}`` or ``{"freq": "monthly", "nth": 1–4 or -1, "weekday": 0–6}``. Its first
    day is the first option's. ``has_day`` is false when only a time of day was said.
    """

    outcome: Outcome
    options: tuple[When, ...] = ()
    rest: str = ""
    rule: Mapping[str, int | str] | None = None
    has_day: bool = False

    @property
    def when(self) -> When:
        """Return the only option; raise ``ValueError`` unless it was found."""
        if self.outcome is not Outcome.FOUND:
            raise ValueError(f"not one moment: {self.outcome}")
        return self.options[0]
