"""A week or a month that is reported on, as its days are in the house's zone: pure."""

import calendar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.domain import recurrence

_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)


class PeriodKind(StrEnum):
    """How long a period is."""

    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Period:
    """A week from Monday to Sunday, or a month; both days belong to it."""

    kind: PeriodKind
    first: date
    last: date

    @property
    def before(self) -> "Period":
        """The period right before it."""
        return period_of(self.first - _DAY, self.kind)

    def span(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return its first moment and the first one that is no longer in it, in UTC."""
        midnight = time()
        return recurrence.moment(self.first, midnight, zone), recurrence.moment(self.last + _DAY, midnight, zone)

    def line_of(self, count: int) -> list["Period"]:
        """Return so many periods that end with this one, the earliest first."""
        found: list[Period] = [self]
        while len(found) < count:
            found.append(found[-1].before)
        return found[::-1]

    def named(self) -> str:
        """Return it in one word, as the order of a paper names it: ``week.2026-11-16``."""
        return f"{self.kind}.{self.first.isoformat()}"


def period_of(day: date, kind: PeriodKind) -> Period:
    """Return the week or the month a day lies in."""
    if kind is PeriodKind.WEEK:
        first = day - timedelta(days=day.weekday())
        return Period(kind, first, first + _WEEK - _DAY)
    length = calendar.monthrange(day.year, day.month)[1]
    return Period(kind, day.replace(day=1), day.replace(day=length))


def from_name(name: str) -> Period:
    """Return the period :meth:`Period.named` named; raise ``ValueError`` for anything else."""
    kind, _, first = name.partition(".")
    return period_of(date.fromisoformat(first), PeriodKind(kind))


def today(now: datetime, zone: ZoneInfo) -> date:
    """Return which day it is."""
    return now.astimezone(zone).date()
