"""BM25 over numbered texts with numpy; imported only when an index is built, because numpy loads slowly."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np

_SATURATION = 1.2
"""BM25's k1. Its b is 1: in texts as short as these each character too many counts."""

Term = str | int
"""A character, a sound or a pair of sounds, or the number of a thesaurus group."""


class Postings:
    """Which texts hold which terms, and how much shorter than usual each text is."""

    def __init__(self, texts: Sequence[Collection[Term]], lengths: Sequence[int]) -> None:
        """Index the texts by number, in their order."""
        holders: dict[Term, list[int]] = {}
        for number, terms in enumerate(texts):
            for term in terms:
                holders.setdefault(term, []).append(number)
        self._size = len(texts)
        self._holders = {term: np.array(numbers, dtype=np.int64) for term, numbers in holders.items()}
        mean = max(sum(lengths) / max(len(lengths), 1), 1.0)
        self._damping = (_SATURATION + 1) / (1 + _SATURATION * np.array(lengths, dtype=np.float64) / mean)

    def frequency(self, term: Term) -> int:
        """Return how many texts hold a term."""
        holders = self._holders.get(term)
        return 0 if holders is None else len(holders)

    def best(self, terms: Mapping[Term, float], limit: int) -> list[int]:
        """Return the numbers of the texts that hold most of the weighted terms, best first."""
        scores = np.zeros(self._size)
        for term, weight in terms.items():
            holders = self._holders.get(term)
            if holders is not None:
                scores[holders] += weight
        scores *= self._damping
        chosen = np.argpartition(-scores, limit)[:limit] if self._size > limit else np.arange(self._size)
        ordered = chosen[np.argsort(-scores[chosen], kind="stable")]
        return [int(number) for number in ordered if scores[number] > 0]
