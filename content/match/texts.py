"""Texts taken apart and laid end to end in numpy arrays: small in memory, and compared many at a time."""

import threading
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from content.match.reading import Reading, usual_levels

Ints = NDArray[np.integer]
Floats = NDArray[np.float64]

STOP = "\0"
"""Closes every text, so that none is empty and no word or pair of sounds runs into the next; in no normalised text."""

_AT_ONCE = 1000
"""Texts read in one go: what a reading holds for a moment is many times what is kept of it."""


class Texts(NamedTuple):
    """Texts read as one, each closed by a stop: their sizes with the stop, their kinds, and what their places hold.

    `levels` says how usual the character of a place is in any question, as a place in `usuals`.
    """

    sizes: Ints
    kinds: Ints
    chars: str
    sounds: str
    levels: Ints
    sets: Ints


class GroupSets:
    """The sets of thesaurus groups that one place of a text may belong to, by number; 0 is the empty set."""

    def __init__(self) -> None:
        """Know only the empty set."""
        self._sets = [frozenset[int]()]
        self._numbers = {self._sets[0]: 0}
        self._growing = threading.Lock()

    def numbers(self, sets: Sequence[frozenset[int]]) -> Ints:
        """Return the numbers of sets, new ones the first time."""
        for groups in {*sets} - self._numbers.keys():
            with self._growing:
                if groups not in self._numbers:
                    self._sets.append(groups)
                    self._numbers[groups] = len(self._sets) - 1
        return np.fromiter(map(self._numbers.__getitem__, sets), np.uint16, len(sets))

    def sets(self, numbers: Iterable[int]) -> list[frozenset[int]]:
        """Return sets by their numbers."""
        return list(map(self._sets.__getitem__, numbers))

    def union(self, numbers: Iterable[int]) -> frozenset[int]:
        """Return the groups of a few sets by their numbers."""
        return self._sets[0].union(*self.sets({*numbers}))

    def members(self, numbers: Ints) -> tuple[Ints, Ints]:
        """Return the groups of sets by their numbers, those of one set after another, and how many each has."""
        counts = np.fromiter(map(len, self._sets), np.int64, len(self._sets))
        groups = np.fromiter(chain.from_iterable(self._sets), np.int32, int(counts.sum()))
        sizes = counts[numbers]
        return groups[ranges((counts.cumsum() - counts)[numbers], sizes)], sizes


def lay_out(texts: Sequence[str], sets: GroupSets, read: Callable[[str], Reading]) -> Texts:
    """Read texts many at a time: words end at a stop, so it changes nothing but is much faster."""
    starts = range(0, max(len(texts), 1), _AT_ONCE)
    parts = [_lay_out(texts[start : start + _AT_ONCE], sets, read) for start in starts]
    sizes, kinds, chars, sounds, levels, groups = zip(*parts, strict=True)
    numbers = (np.concatenate(some) for some in (sizes, kinds, levels, groups))
    sizes, kinds, levels, groups = numbers
    return Texts(sizes, kinds, "".join(chars), "".join(sounds), levels, groups)


def _lay_out(texts: Sequence[str], sets: GroupSets, read: Callable[[str], Reading]) -> Texts:
    reading = read("".join(chain.from_iterable((text, STOP) for text in texts)))
    sizes = np.fromiter(map(len, texts), np.int32, len(texts)) + np.int32(1)
    kinds = np.array(reading.kinds, np.int16)
    kinds = np.bitwise_or.reduceat(kinds, sizes.cumsum() - sizes) if texts else kinds
    levels = np.array(usuals()).searchsorted(reading.usual).astype(np.uint8)
    return Texts(sizes, kinds, reading.chars, reading.sounds, levels, sets.numbers(reading.groups))


@cache
def usuals() -> tuple[float, ...]:
    """Return how usual a character may be in any question, as shares of questions from the smallest up."""
    return tuple(usual_levels())


def ranges(starts: Ints, sizes: Ints) -> Ints:
    """Return the numbers from each start on, as many as its size, one range after another."""
    ends = sizes.cumsum()
    return (starts - ends + sizes).repeat(sizes) + np.arange(ends[-1] if len(ends) else 0)


def distinct(numbers: Sequence[Ints]) -> Ints:
    """Return all numbers in order, each once."""
    ordered = np.concatenate(numbers)
    ordered.sort()
    return ordered[np.concatenate(([True], ordered[1:] != ordered[:-1]))[: len(ordered)]]
