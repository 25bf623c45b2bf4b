"""When something takes place, as papers say it."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from content.words import on_paper


def day(moment: datetime | date, zone: ZoneInfo) -> str:
    """Return a day with its weekday, in the house's zone."""
    local = moment.astimezone(zone) if isinstance(moment, datetime) else moment
    return on_paper("day", month=local.month, day=local.day, weekday=on_paper("weekdays")[local.weekday()])


def full_day(moment: datetime | date, zone: ZoneInfo) -> str:
    """Return a day with its year."""
    local = moment.astimezone(zone) if isinstance(moment, datetime) else moment
    return on_paper("full_day", year=local.year, month=local.month, day=local.day)


def clock(moment: datetime, zone: ZoneInfo) -> str:
    """Return hour and minute."""
    return moment.astimezone(zone).strftime("%H:%M").removeprefix("0")


def span(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
    """Return from when to when, on one day or over several."""
    parts = {
        "day": day(starts_at, zone),
        "start": clock(starts_at, zone),
        "last_day": day(ends_at, zone),
        "end": clock(ends_at, zone),
    }
    is_one_day = parts["day"] == parts["last_day"]
    return on_paper("span" if is_one_day else "span_of_days", **parts)
