"""All phrases of an index in a few arrays, from which those that are compared with a question are picked at once."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from content.match.growing import extended
from content.match.texts import Ints, Texts, Weights, ranges

_REMEMBERED = 4096
"""Phrases kept as they sound, so that a village's are read once and those of a huge index do not fill the memory."""


class Columns(NamedTuple):
    """Texts laid end to end: size (with its stop) and kinds of each, and what each place holds.

    A place has two terms, its character and its sound with the next one; it has a set of thesaurus groups, a level that
    says how usual its character is, and what its character is worth.
    """

    sizes: Ints
    kinds: Ints
    terms: Ints
    sets: Ints
    levels: Ints
    weights: Weights


class Picked(NamedTuple):
    """All phrases of some entries; only some of them, which are `near`, are compared with a question.

    `starts` says where each phrase starts, `text_of` to which one each place belongs, `firsts` which phrase is the
    first one of each entry. Each of those that are near has its sounds, its owner, and a place among the entries.
    """

    columns: Columns
    starts: Ints
    text_of: Ints
    firsts: Ints
    near: Ints
    sounds: list[str]
    owners: list[int]
    entry_of: list[int]


class Phrases:
    """Phrases by number, those of one entry next to each other; `owners` says which entry each belongs to."""

    def __init__(
        self, columns: Columns, sounds: str, owners: Sequence[int], read_heard: Callable[[Sequence[str]], Columns]
    ) -> None:
        """Keep the phrases; `read_heard` reads them as typed pinyin would give them, by their sounds."""
        self._columns, self._read_heard = columns, read_heard
        self._count, self._places = len(columns.sizes), len(columns.sets)
        self._starts = columns.sizes.cumsum(dtype=np.int64) - columns.sizes
        self._owners = np.array(owners, np.int32)
        entries = int(self._owners[-1]) + 1 if len(owners) else 0
        firsts = self._owners.searchsorted(np.arange(entries + 1))
        self._entries = np.array((firsts[:-1], firsts[1:])).astype(np.int32)
        self._known = entries
        self._sounds, self._later_sounds = sounds, list[str]()
        self._heard: dict[int, Columns] = {}

    def add(self, columns: Columns, sounds: Sequence[str]) -> None:
        """Keep the phrases of one more entry, by the next numbers."""
        count, places, more = self._count, self._places, len(columns.sizes)
        sizes, kinds, terms, sets, levels, weights = columns
        held = self._columns
        starts = places + sizes.cumsum(dtype=np.int64) - sizes
        self._starts = extended(self._starts, count, starts)
        self._columns = Columns(
            extended(held.sizes, count, sizes),
            extended(held.kinds, count, kinds),
            extended(held.terms, places, terms),
            extended(held.sets, places, sets),
            extended(held.levels, places, levels),
            extended(held.weights, places, weights),
        )
        self._owners = extended(self._owners, count, np.full(more, self._known, np.int32))
        self._entries = extended(self._entries, self._known, np.array([[count], [count + more]], np.int32))
        self._later_sounds += sounds
        self._count, self._places, self._known = count + more, places + len(sets), self._known + 1

    @property
    def entries(self) -> int:
        """How many entries there ever were."""
        return self._known

    def numbers_of(self, owner: int) -> range:
        """Return the numbers of an entry's phrases."""
        first, end = self._entries[:, owner].tolist()
        return range(first, end)

    def weigh(self, weighed: Callable[[Columns], Weights]) -> None:
        """Let all places be worth what they are worth by now."""
        sizes, kinds, terms, sets, levels, weights = self._columns
        written = slice(self._places)
        alone = Columns(
            sizes[: self._count], kinds, terms[:, written], sets[written], levels[written], weights[written]
        )
        self._columns = self._columns._replace(weights=weighed(alone))
        self._heard = {}

    def as_written(self, number: int) -> Columns:
        """Return one phrase."""
        numbers = np.array([number])
        return self._as_written(numbers, self._columns.sizes.take(numbers))

    def sounds(self, numbers: Ints) -> list[str]:
        """Return the sounds of phrases."""
        starts, sizes = self._starts.take(numbers).tolist(), self._columns.sizes.take(numbers).tolist()
        laid, later, sounds = self._count - len(self._later_sounds), self._later_sounds, self._sounds
        return [
            sounds[start : start + size - 1] if number < laid else later[number - laid]
            for number, start, size in zip(numbers.tolist(), starts, sizes, strict=True)
        ]

    def pick(self, numbers: Ints, *, is_heard: bool) -> Picked:
        """Return phrases by their numbers, as they sound when the question is only heard."""
        owners = self._owners.take(numbers).tolist()
        entries = list(dict.fromkeys(owners))
        begins, ends = self._entries.take(entries, axis=1)
        counts = ends - begins
        firsts = counts.cumsum() - counts
        entry_of = list(map(dict(zip(entries, range(len(entries)), strict=True)).__getitem__, owners))
        near = numbers + (firsts - begins).take(entry_of)
        every = ranges(begins, counts)
        columns = self._as_heard(every) if is_heard else self._as_written(every, self._columns.sizes.take(every))
        sizes = columns.sizes
        text_of = np.arange(len(sizes)).repeat(sizes)
        return Picked(columns, sizes.cumsum() - sizes, text_of, firsts, near, self.sounds(numbers), owners, entry_of)

    def _as_written(self, numbers: Ints, sizes: Ints) -> Columns:
        _, kinds, terms, sets, levels, weights = self._columns
        at = ranges(self._starts.take(numbers), sizes)
        return Columns(
            sizes, kinds.take(numbers), terms.take(at, axis=1), sets.take(at), levels.take(at), weights.take(at)
        )

    def _as_heard(self, numbers: Ints) -> Columns:
        heard = self._heard_columns(numbers)
        return Columns(*(np.concatenate(column, axis=-1) for column in zip(*heard, strict=True)))

    def _heard_columns(self, numbers: Ints) -> list[Columns]:
        """Return phrases as typed pinyin would give them."""
        wanted = numbers.tolist()
        known = self._heard
        missing = [number for number in wanted if number not in known]
        if missing:
            if len(known) + len(missing) > _REMEMBERED:
                known = self._heard = {number: known[number] for number in wanted if number in known}
            known.update(zip(missing, _parted(self._read_heard(self.sounds(np.array(missing)))), strict=True))
        return [known[number] for number in wanted]


def columns_of(texts: Texts, terms: Ints, weights: Weights) -> Columns:
    """Return texts with the numbers of their terms and what their characters are worth."""
    return Columns(texts.sizes, texts.kinds, terms, texts.sets, texts.levels, weights)


def _parted(columns: Columns) -> Iterator[Columns]:
    """Yield each text on its own."""
    sizes, kinds, terms, sets, levels, weights = columns
    ends = sizes.cumsum().tolist()
    for number, (start, end) in enumerate(zip([0, *ends], ends, strict=False)):
        one, at = slice(number, number + 1), slice(start, end)
        yield Columns(sizes[one], kinds[one], terms[:, at], sets[at], levels[at], weights[at])
