"""Words of township services that people use for one another, written by hand, for an editor to extend.

One file a service area, a list of groups, each the words of one thing with blanks between them. A group only adds: a
word of a question counts as found when an entry holds any word of one of its groups. A word with a gap, as in 交~医保,
stands for both halves with a few characters between them.
"""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import cast

import yaml

from content.match.normalise import normalise

AREAS = files("content.match").joinpath("tables", "thesaurus")
"""The folder of the tables."""

_FEWEST = 2
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def groups() -> tuple[tuple[str, ...], ...]:
    """Return the groups of all areas, always in the same order."""
    return tuple(words for _, words in _written())


def problems() -> list[str]:
    """Return what is wrong with the tables, a line each that names file and group, an empty list when nothing is."""
    found: list[str] = []
    places: dict[frozenset[str], str] = {}
    for place, words in _written():
        if len({*words}) < max(_FEWEST, len(words)):
            found.append(f"{place}: a group needs at least two words, each once")
        halves = {half for word in words for half in word.split("~")}
        found += [
            f"{place}: write {normalise(half)} for {half}" for half in halves if not half or normalise(half) != half
        ]
        if (other := places.setdefault(frozenset(words), place)) != place:
            found.append(f"{place}: the same group as {other}")
    return found


def _written() -> Iterator[tuple[str, tuple[str, ...]]]:
    for area in sorted(AREAS.iterdir(), key=lambda one: one.name):
        if area.name.endswith(".yaml"):
            written = yaml.load(area.read_text(encoding="utf-8"), _LOADER)  # noqa: S506  # a safe loader
            for number, words in enumerate(cast("list[str]", written), start=1):
                yield f"{area.name}, group {number}", tuple(words.split())
