"""Everything one matcher can find: entries by number with their phrases, and the index over these."""

from array import array
from collections.abc import Iterable, Iterator, Sequence

from content.match.ranking import Ranker
from content.match.reading import plain
from content.match.spellings import Spellings

_WORN = 1000
_WORN_SHARE = 0.25
"""Phrases that came or went since a stock was made, by number and as a share of all, from which it is made anew."""


class Stock:
    """Entries and phrases by number; grows at its end and forgets in place, so that one may write while others ask."""

    def __init__(self, entries: Iterable[tuple[str, Sequence[str]]]) -> None:
        """Read every phrase of every entry; of two entries of one id the later one counts."""
        self.ids: list[str] = []
        self.phrases: list[str] = []
        self._owners = array("i")
        self._numbers: dict[str, int] = {}
        self._starts = array("i", (0,))
        self._changed = 0
        spelt: list[str] = []
        for entry_id, phrases in dict(entries).items():
            spelt += self._note(entry_id, phrases)
        self._spellings = Spellings(spelt)
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
        spelt = self._note(entry_id, phrases)
        self.ranker.add(spelt)
        self._spellings.add(spelt, start=len(self.phrases) - len(spelt))
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
        return None if owner is None else tuple(self.phrases[slice(*self._starts[owner : owner + 2])])

    def entries(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Return all entries of now with their phrases, in the order in which they came; they may be read later."""
        starts, phrases = self._starts, self.phrases
        known = self._numbers.copy().items()
        return ((entry_id, tuple(phrases[slice(*starts[owner : owner + 2])])) for entry_id, owner in known)

    def spelt_out(self, asked: str) -> dict[int, str]:
        """Return the entries that have the question among their phrases, each with its first such phrase."""
        if not asked:
            return {}
        return {self._owners[number]: self.phrases[number] for number in reversed(self._spellings.of(asked))}

    def _note(self, entry_id: str, phrases: Sequence[str]) -> list[str]:
        """Give an entry and its phrases the next numbers and return the phrases as they are compared."""
        owner = len(self.ids)
        self.ids.append(entry_id)
        self.phrases += phrases
        self._owners.extend([owner] * len(phrases))
        self._starts.append(len(self.phrases))
        self._numbers[entry_id] = owner
        return [spelt if (spelt := plain(phrase)) != phrase else phrase for phrase in phrases]

    def _drop(self, owner: int) -> None:
        numbers = range(*self._starts[owner : owner + 2])
        self.ranker.remove(owner)
        self._spellings.drop(numbers)
        self._changed += len(numbers)
