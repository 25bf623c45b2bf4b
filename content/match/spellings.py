"""Which phrases are spelt as a question is, by 64 bits of each: a dictionary of them takes eight times the memory."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence

import numpy as np


class Spellings:
    """Phrases by number, as `plain` returned them, known by Python's keyed hash of each.

    Of 50,000 phrases one has the bits of another text once in 10^14 questions, and nobody can look for such a text.
    Those it was made of are kept in order of their bits. One thread may add and drop while others ask.
    """

    def __init__(self, spelt: Sequence[str]) -> None:
        """Keep the bits of the first phrases."""
        marks = np.fromiter(map(hash, spelt), np.int64, len(spelt))
        order = marks.argsort(kind="stable")
        self._marks = array("q", marks[order].tobytes())
        self._numbers = array("i", order.astype(np.int32).tobytes())
        self._later: dict[int, tuple[int, ...]] = {}
        self._dropped: set[int] = set()

    def add(self, spelt: Iterable[str], *, start: int) -> None:
        """Keep more phrases, by the numbers from `start` on."""
        for number, text in enumerate(spelt, start=start):
            mark = hash(text)
            self._later[mark] = (*self._later.get(mark, ()), number)

    def drop(self, numbers: Iterable[int]) -> None:
        """Find phrases no more."""
        self._dropped.update(numbers)

    def of(self, text: str) -> list[int]:
        """Return the phrases that are spelt so, in their order."""
        mark, marks = hash(text), self._marks
        start = end = bisect_left(marks, mark)
        while end < len(marks) and marks[end] == mark:
            end += 1
        found = (*self._numbers[start:end], *self._later.get(mark, ()))
        return [number for number in found if number not in self._dropped]
