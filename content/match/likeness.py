"""Which of some names was probably meant by one that is none of them; to be asked, never to be taken for granted."""

import re
from collections.abc import Mapping
from functools import cache

from rapidfuzz import fuzz

from content.match import tables
from content.match.normalise import normalise
from content.match.syllables import sounds_of

_LEAST = 60.0
_CLEARLY = 5.0
_DIGITS = re.compile(r"10|[0-9]")


def likeliest(text: str, names: Mapping[str, str]) -> str | None:
    """Return the key of the name that is most like a text, or nothing when none is like it or two are equally.

    ``names`` are the ways to write each, with its key. Digits are the same however they are written, and what sounds
    alike is nearly the same.
    """
    said = _folded(text)
    best: dict[str, float] = {}
    for name, key in names.items():
        best[key] = max(best.get(key, 0.0), _likeness(said, _folded(name)))
    ranked = sorted(best.items(), key=lambda item: -item[1])[:2]
    if not ranked or ranked[0][1] < _LEAST or (len(ranked) > 1 and ranked[0][1] - ranked[1][1] < _CLEARLY):
        return None
    return ranked[0][0]


def _likeness(said: str, name: str) -> float:
    return max(fuzz.ratio(said, name), 0.9 * fuzz.ratio(_sounds(said), _sounds(name)))


@cache
def _sounds(text: str) -> str:
    return sounds_of(text)


def _folded(text: str) -> str:
    return _DIGITS.sub(lambda found: _numerals()[found[0]], normalise(text).replace(" ", ""))


@cache
def _numerals() -> dict[str, str]:
    return dict(row for row in tables.rows("numerals.tsv") if len(row) == 2)  # noqa: PLR2004  # a digit and its word
