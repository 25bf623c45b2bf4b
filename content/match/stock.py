"""Everything one matcher can find: entries by number with their phrases, and the index over these."""

from collections.abc import Iterable, Iterator, Sequence

from content.match.ranking import Ranker
from content.match.reading import plain

_WORN = 1000
_WORN_SHARE = 0.25
"""Phrases that came or went since a stock was made, by number and as a share of all, from which it is made anew."""


class Stock:
    """Entries and phrases by number; grows at its end and forgets in place, so that one may write while others ask."""

    def __init__(self, entries: Iterable[tuple[str, Sequence[str]]]) -> None:
        """Read every phrase of every entry; of two entries of one id the later one counts."""
        self.ids: list[str] = []
        self.phrases: list[str] = []
        self._owners: list[int] = []
        self._numbers: dict[str, int] = {}
        self._spans: list[tuple[int, int]] = []
        self._first: dict[str, int] = {}
        self._others: dict[str, tuple[int, ...]] = {}
        self._changed = 0
        spelt: list[str] = []
        for entry_id, phrases in dict(entries).items():
            spelt += self._note(entry_id, phrases)
        self.ranker = Ranker(spelt, self._owners)

    def __len__(self) -> int:
        """Return how many entries can be found."""
        return len(self._numbers)

    @property
    def is_worn(self) -> bool:
        """Tell whether so much came and went that a new stock would be faster."""
        return self._changed > max(_WORN, _WORN_SHARE * len(self.phrases))

    def put(self, entry_id: str, phrases: Sequence[str]) -> None:
        """Find an entry by these phrases from now on, and by no others."""
        if self.phrases_of(entry_id) == tuple(phrases):
            return
        before = self._numbers.get(entry_id)
        self.ranker.add(self._note(entry_id, phrases))
        self._changed += len(phrases)
        if before is not None:
            self._drop(before)

    def remove(self, entry_id: str) -> None:
        """Find an entry no more; nothing happens when there is none."""
        owner = self._numbers.pop(entry_id, None)
        if owner is not None:
            self._drop(owner)

    def phrases_of(self, entry_id: str) -> tuple[str, ...] | None:
        """Return the phrases of an entry, nothing when there is no such entry."""
        owner = self._numbers.get(entry_id)
        return None if owner is None else tuple(self.phrases[slice(*self._spans[owner])])

    def entries(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Return all entries of now with their phrases, in the order in which they came; they may be read later."""
        spans, phrases = self._spans, self.phrases
        return ((entry_id, tuple(phrases[slice(*spans[owner])])) for entry_id, owner in self._numbers.copy().items())

    def spelt_out(self, asked: str) -> dict[int, str]:
        """Return the entries that have the question among their phrases, each with its first such phrase."""
        first = self._first.get(asked)
        if first is None or not asked:
            return {}
        numbers = (first, *self._others.get(asked, ()))
        return {self._owners[number]: self.phrases[number] for number in reversed(numbers)}

    def _note(self, entry_id: str, phrases: Sequence[str]) -> list[str]:
        """Give an entry and its phrases the next numbers and return the phrases as they are compared."""
        owner, start = len(self.ids), len(self.phrases)
        spelt = [spelt if (spelt := plain(phrase)) != phrase else phrase for phrase in phrases]
        self.ids.append(entry_id)
        self.phrases += phrases
        self._owners += [owner] * len(phrases)
        self._spans.append((start, len(self.phrases)))
        self._numbers[entry_id] = owner
        for number, phrase in enumerate(spelt, start=start):
            if self._first.setdefault(phrase, number) != number:
                self._others[phrase] = (*self._others.get(phrase, ()), number)
        return spelt

    def _drop(self, owner: int) -> None:
        self.ranker.remove(owner)
        for number in range(*self._spans[owner]):
            self._forget(plain(self.phrases[number]), number)
            self._changed += 1

    def _forget(self, spelt: str, number: int) -> None:
        numbers = (self._first.pop(spelt), *self._others.pop(spelt, ()))
        first, *others = [one for one in numbers if one != number] or [None]
        if first is not None:
            self._first[spelt] = first
        if others:
            self._others[spelt] = tuple(one for one in others if one is not None)
