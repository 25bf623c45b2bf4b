"""Which day that is over was meant: today at the latest."""

import re
import unicodedata
from datetime import date

from content.moments.days import find_day
from content.moments.numbers import number_pattern
from content.moments.words import any_of, words


def past_day(text: str, today: date) -> date | None:
    """Return the day a text names if it is over or today, ``None`` for any other text.

    A month and a day without a year are the last ones there were.
    """
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    found = find_day(plain, today)
    if found is None or not found.days:
        return None
    over = [one for one in found.days if one <= today]
    if over:
        return over[-1]
    said, meant = plain[found.start : found.end], found.days[0]
    if not re.fullmatch(_month_and_day(), said) or (meant.month, meant.day) == (2, 29):
        return None
    return meant.replace(year=meant.year - 1)


def _month_and_day() -> str:
    told, n = words(), number_pattern()
    return f"{n}(?:{told['month_mark']}|/){n}{any_of(told['day_mark'])}?"
