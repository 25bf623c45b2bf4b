"""What people say that asks nothing: greetings, thanks, farewells, abuse, small talk."""

import re
from functools import cache

from content.match import tables
from content.match.normalise import normalise
from content.match.outcomes import Talk

_LONGEST = 40
"""Characters of the longest text that may be nothing but talk."""


def talk_in(text: str) -> Talk | None:
    """Return what kind of talk a text is when it is nothing else, the most serious kind of those it holds."""
    said = normalise(text[: 2 * _LONGEST]).replace(" ", "")
    if not said or len(said) > _LONGEST or not _whole().fullmatch(said):
        return None
    kinds = {_kinds()[word] for word in _word().findall(said)}
    return next((kind for kind in Talk if kind in kinds), None)


@cache
def _kinds() -> dict[str, str]:
    """Return the kind of each word, the first that names it."""
    rows = reversed(tables.rows("talk.txt"))
    return {normalise(word).replace(" ", ""): kind for kind, *words in rows for word in words}


@cache
def _word() -> re.Pattern[str]:
    """Return the pattern of one word, the longest that fits."""
    return re.compile("|".join(map(re.escape, sorted(_kinds(), key=lambda word: (-len(word), word)))))


@cache
def _whole() -> re.Pattern[str]:
    """Return the pattern of a text that is made of nothing but words, each taken for good."""
    return re.compile(f"(?:{_word().pattern})++")
