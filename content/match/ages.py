"""Ages that stand for whoever is of that age: who says eighty-three asks for what there is for the old."""

import re
from collections.abc import Iterator
from functools import cache

from content.match import tables


def ages_in(chars: str) -> Iterator[tuple[int, int, str]]:
    """Yield where ages stand in a text whose numbers are in words, and the word of the thesaurus each stands for."""
    hints, patterns = _table()
    if not hints.isdisjoint(chars):
        for word, pattern in patterns:
            for found in pattern.finditer(chars):
                yield found.start(1), found.end(1), word


def words() -> set[str]:
    """Return the words of the thesaurus that an age may stand for."""
    return {word for word, _ in _table()[1]}


@cache
def _table() -> tuple[frozenset[str], list[tuple[str, re.Pattern[str]]]]:
    """Return the characters of which every age has one, and the patterns of ages, each with its word."""
    (_, hints), *rows = tables.rows("ages.tsv")
    return frozenset(hints), [(word, re.compile(pattern)) for word, pattern in rows]
