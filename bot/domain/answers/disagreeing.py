"""Entries that answer the same question for the same place with other figures: one of them is wrong or out of date."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from bot.domain.library import Library
from content.match import Matcher, Outcome, normalise
from content.measures import contradict
from content.schema import Entry, numbers_in

_NEAR = 3
"""Entries looked at that are nearest to a way of asking."""

_ALIKE = 0.5
"""Score from which another entry would be offered for the same question."""

_LOOKED_AT = 8
"""Entries nearest to a way of asking that are looked at for a contradiction."""

_MOST_WAYS = 0.6
"""Share of the ways to ask for an entry that another must answer, as 96 % of those shipped do for their own samples."""


def with_others(entry: Entry, library: Library) -> Entry | None:
    """Return an entry that would be found for the same question in the same place and gives other figures, if any."""
    for phrase in entry.phrases:
        for match in library.matcher.search(phrase, limit=_NEAR):
            if match.score >= _ALIKE and match.entry_id != entry.id:
                other = library.entries[match.entry_id]
                if disagree(entry, other):
                    return other
    return contradicted(entry, library)


def contradicted(entry: Entry, library: Library) -> Entry | None:
    """Return a spoken entry that answers the same question for the same place otherwise, if any.

    Either it makes one of the :func:`pairs` with this one, or most of what is asked for the one would be answered by
    the other, and the other way round, and both measure the same and give other numbers. What is merely near is pointed
    out to who writes an entry, and not looked for afterwards: every fourth of those that are shipped has such a
    neighbour, and none of them is wrong.
    """
    seen: set[str] = {entry.id}
    for phrase in entry.phrases:
        for match in library.matcher.search(phrase, limit=_LOOKED_AT):
            other = library.entries.get(match.entry_id)
            if other is None or other.id in seen:
                continue
            seen.add(other.id)
            is_same = disagree(entry, other) and _shares_words(entry, other)
            if is_same or (says_otherwise(entry, other) and _answers(entry, other) and _answers(other, entry)):
                return other
    return None


def _shares_words(one: Entry, other: Entry) -> bool:
    return not {normalise(phrase) for phrase in one.phrases}.isdisjoint(normalise(phrase) for phrase in other.phrases)


def says_otherwise(one: Entry, other: Entry) -> bool:
    """Tell whether two entries of the same place measure the same and give other numbers for it."""
    return one.scope == other.scope and contradict(one.answer, other.answer)


def _answers(entry: Entry, asked: Entry) -> bool:
    """Tell whether most ways to ask for one entry would be answered outright by another, if it were the only one."""
    alone = Matcher([entry])
    answered = sum(alone.decide(phrase).outcome is Outcome.ANSWER for phrase in asked.phrases)
    return answered >= _MOST_WAYS * len(asked.phrases)


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
