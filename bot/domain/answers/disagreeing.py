"""Entries that answer the same question for the same place with other figures: one of them is wrong or out of date."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from bot.domain.library import Library
from content.match import normalise
from content.schema import Entry, numbers_in

_NEAR = 3
"""Entries looked at that are nearest to a way of asking."""

_ALIKE = 0.5
"""Score from which another entry would be offered for the same question."""


def with_others(entry: Entry, library: Library) -> Entry | None:
    """Return an entry that would be found for the same question in the same place and gives other figures, if any."""
    for phrase in entry.phrases:
        for match in library.matcher.search(phrase, limit=_NEAR):
            if match.score >= _ALIKE and match.entry_id != entry.id:
                other = library.entries[match.entry_id]
                if disagree(entry, other):
                    return other
    return None


def in_same_words(entry: Entry, library: Library) -> Entry | None:
    """Return a spoken entry that makes one of the :func:`pairs` with another, without reading all the others, if any.

    Entries that are merely near to each other are pointed out to who writes one, and not looked for afterwards: every
    fourth of those that are shipped has such a neighbour, and none of them is wrong.
    """
    for phrase in entry.phrases:
        for match in library.matcher.search(phrase, limit=_NEAR + 1):
            other = library.entries[match.entry_id]
            is_same = normalise(phrase) in {normalise(one) for one in other.phrases}
            if other.id != entry.id and is_same and disagree(entry, other):
                return other
    return None


def pairs(entries: Sequence[Entry]) -> Iterator[tuple[Entry, Entry]]:
    """Yield entries of one place that are asked for in the same words and give other figures, each pair once."""
    asked: Mapping[tuple[str, str], dict[str, Entry]] = defaultdict(dict)
    seen: set[tuple[str, str]] = set()
    for entry in entries:
        for phrase in entry.phrases:
            same = asked[entry.scope, normalise(phrase)]
            for other in same.values():
                if other.id != entry.id and (other.id, entry.id) not in seen and disagree(entry, other):
                    seen.add((other.id, entry.id))
                    yield other, entry
            same[entry.id] = entry


def disagree(one: Entry, other: Entry) -> bool:
    """Tell whether two entries of the same place give other figures where both give some."""
    first, second = _figures(one), _figures(other)
    return one.scope == other.scope and bool(first and second) and first != second


def _figures(entry: Entry) -> frozenset[str]:
    return frozenset(numbers_in(entry.answer))
