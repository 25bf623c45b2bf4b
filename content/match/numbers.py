"""Numbers written one way: in words, as they are said, so that 60岁 is 六十岁 and typed pinyin can mean it too."""

import re
from functools import cache
from typing import NamedTuple

from content.match import tables

_YEAR = 4  # digits of a year, each said on its own


class _Words(NamedTuple):
    digits: str
    powers: str
    other: dict[int, str]
    number: re.Pattern[str]
    spelt: re.Pattern[str]


def in_words(text: str) -> str:
    """Return a text whose numbers before a year or a unit are written in words; other digits stay as they are."""
    words = _words()
    if words.spelt.search(text):
        text = words.spelt.sub(lambda found: found[0].translate(words.other), text)
    return words.number.sub(_said, text) if not text.isalpha() else text


def _said(found: re.Match[str]) -> str:
    """Return a number as it is said: a year digit by digit, anything else with tens, hundreds and thousands."""
    number, words = found[0], _words()
    if len(number) == _YEAR and found["year"] is not None:
        return "".join(words.digits[int(digit)] for digit in number)
    said, gap = "", False
    for place, digit in enumerate(number.lstrip("0"), start=1 - len(number.lstrip("0"))):
        if digit == "0":
            gap = True
            continue
        said += (words.digits[0] if gap and said else "") + words.digits[int(digit)]
        said += words.powers[-place - 1] if place else ""
        gap = False
    ten = words.digits[1] + words.powers[0]
    return (said[1:] if said.startswith(ten) else said) or words.digits[0]


@cache
def _words() -> _Words:
    rows = {name: found for name, *found in tables.rows("number_words.tsv")}
    digits, powers = rows["digits"][0], rows["powers"][0]
    other = {ord(pair[0]): pair[1:] for pair in " ".join(rows["other"]).split()}
    counted = "|".join(" ".join(rows["counted"]).split())
    year = rows["years"][0]
    number = re.compile(rf"(?<![\da-z.])\d{{1,4}}(?=(?P<year>{year})|{counted})")
    known = "".join(map(chr, other))
    near = f"[{digits}{powers}{known}]"
    spelt = re.compile(rf"(?:(?<={near})[{known}]|[{known}](?={near}))+")
    return _Words(digits, powers, other, number, spelt)
