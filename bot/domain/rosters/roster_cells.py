"""Phone numbers and dates as they stand in cells: whatever the shape, one value or one reason why not."""

import re
import unicodedata
from datetime import date, datetime, time, timedelta

from bot.domain.persons import people
from bot.sheets import Cell
from content import rosters

EARLIEST = 1900
_MOBILE = re.compile(r"1[3-9]\d{9}")
_MOBILE_DIGITS = 11
_LANDLINE = re.compile(r"0\d{9,11}|[2-8]\d{6,7}")
_ROUNDED = re.compile(r"\d(\.\d+)?e\+?\d+", re.IGNORECASE)
_SEPARATORS = re.compile(r"[/、,，;；|\n]|\bor\b")
_YEAR_MONTH_DAY = re.compile(
    r"(\d{4})[^\d]{1,3}(\d{1,2})(?:[^\d]{1,3}(\d{1,2})?[^\d:]?)?(?:[^\d]{0,3}\d{1,2}:\d{2}(?::\d{2})?)?"
)
_COMPACT = re.compile(r"(\d{4})(?:(\d{2})(\d{2})?)?")
_SERIALS = range(10_000, 73_051)  # 1927 to 2099 as Excel counts days; fewer digits would be a year
_EPOCH = date(1899, 12, 30)
_IDENTITY_CARD = re.compile(r"\d{17}[\dXx]")


class Unread(Exception):  # what a cell says is a matter of its author's, not a fault
    """A cell cannot be read; the message is the reason, for whoever mends it."""


def words(cell: Cell) -> str:
    """Return what a cell says as one line: half width, without blanks around it; whole numbers without a point."""
    if cell is None or isinstance(cell, time | timedelta):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, date):
        return f"{cell:%Y-%m-%d}"
    return " ".join(unicodedata.normalize("NFKC", str(cell)).split())


def mobile(cell: Cell) -> str:
    """Return the eleven digits of a mobile number, nothing for an empty cell; raise :class:`Unread`."""
    said = words(cell)
    if rosters.is_nothing(said):
        return ""
    if _ROUNDED.fullmatch(said):
        raise Unread(rosters.problem("phone_rounded", value=said))
    parts = [one for one in map(_digits, _SEPARATORS.split(said)) if one]
    if len(set(parts)) > 1 and any(_MOBILE.fullmatch(one) for one in parts):
        raise Unread(rosters.problem("phone_two"))
    digits = parts[0] if len(set(parts)) == 1 else _digits(said)
    if _MOBILE.fullmatch(digits):
        return digits
    raise Unread(_phone_problem(said, digits))


def _digits(text: str) -> str:
    bare = text.removesuffix(".0")
    digits = people.plain_mobile(bare)
    return digits.removeprefix("00").removeprefix("86") if digits.startswith("0086") else digits


def _phone_problem(said: str, digits: str) -> str:
    is_short_or_long = digits.startswith("1") and len(digits) != _MOBILE_DIGITS
    if is_short_or_long and _MOBILE_DIGITS - 3 <= len(digits) < _MOBILE_DIGITS:
        return rosters.problem("phone_short", missing=rosters.numeral(_MOBILE_DIGITS - len(digits)), value=digits)
    if is_short_or_long and _MOBILE_DIGITS < len(digits) <= _MOBILE_DIGITS + 3:
        return rosters.problem("phone_long", extra=rosters.numeral(len(digits) - _MOBILE_DIGITS), value=digits)
    if _LANDLINE.fullmatch(digits):
        return rosters.problem("phone_landline", value=digits)
    return rosters.problem("phone_odd", value=said[:20])


def day(cell: Cell, column: str, *, today: date) -> date | None:
    """Return a day of the past, the first where only its month or year is told; nothing for an empty cell.

    Raises :class:`Unread` for what is no day, lies ahead, or has lost which month it was (2001.1 for 2001.10).
    """
    said = words(cell)
    if rosters.is_nothing(said):
        return None
    if isinstance(cell, float) and re.fullmatch(r"\d{4}\.1", said):
        raise Unread(rosters.problem("month_unclear", column=column, value=said))
    try:
        found = _day(cell, said)
    except ValueError:
        found = None
    if found is None or found.year < EARLIEST:
        raise Unread(rosters.problem("date_odd", column=column, value=said[:20]))
    if found > today:
        raise Unread(rosters.problem("date_future", column=column, value=said[:20]))
    return found


def _day(cell: Cell, said: str) -> date | None:
    """Return the day; raise ``ValueError`` for one that no month has."""
    if isinstance(cell, date):
        return cell.date() if isinstance(cell, datetime) else cell
    bare = said if ":" in said else said.replace(" ", "").rstrip(".")
    if compact := _COMPACT.fullmatch(bare):
        year, month, date_ = compact.groups()
        return date(int(year), int(month or 1), int(date_ or 1))
    if bare.isascii() and bare.isdigit() and int(bare) in _SERIALS:
        return _EPOCH + timedelta(days=int(bare))
    if written := _YEAR_MONTH_DAY.fullmatch(bare):
        year, month, date_ = written.groups()
        return date(int(year), int(month), int(date_ or 1))
    return None


def without_identity_cards(cell: Cell) -> Cell:
    """Return a cell as it may be written into a file of ours: identity-card numbers are not."""
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        return cell
    return _IDENTITY_CARD.sub("", words(cell)) if _IDENTITY_CARD.search(words(cell)) else cell
