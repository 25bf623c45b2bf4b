"""Reads how many people of which kind are wanted, as a cadre says it: pure."""

import re
import unicodedata

from content.moments.numbers import number, number_pattern
from content.words import answer_words

ANYBODY = "anybody"
"""Under what a number stands that names no kind of people."""


def read(text: str) -> dict[str, int]:
    """Return the numbers a text names, by the key of a kind in ``answers.yaml``; empty when it names none."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    kinds = {word: key for key, words in answer_words()["kinds"].items() for word in words}
    count = rf"(?P<count>[0-9]{{1,9}}|{number_pattern()})"
    named = rf"(?P<kind>{'|'.join(sorted(kinds, key=len, reverse=True))})[^0-9]{{0,2}}?{count}"
    found: dict[str, int] = {}
    for match in re.finditer(named, plain):
        found[kinds[match["kind"]]] = _number(match["count"])
    if found:
        return found
    alone = re.search(count, plain)
    return {ANYBODY: _number(alone["count"])} if alone else {}


def _number(text: str) -> int:
    return number(text) or 0
