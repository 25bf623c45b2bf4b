"""BM25 over numbered texts that is fast in large collections: the commonest terms are looked up where they decide."""

from array import array
from collections.abc import Iterable

import numpy as np

from content.match.texts import Floats, Ints, distinct

_SATURATION = 1.2
"""BM25's k1. Its b is 1: in texts as short as these each character too many counts."""

_LISTED = 1000
_LISTED_SHARE = 0.1
"""Holders, by number or as a share of all texts, up to which a term has a list of them; others have a bit a text."""

_BLOCK = 64  # scores of which only the best is looked at first
_ROUNDING = 1e-9

Weights = dict[int, float]
"""Terms by their numbers, and what each is worth."""


class Postings:
    """Which texts hold which terms, and how much shorter than usual each text is; inside, the shortest comes first."""

    def __init__(self, held: Iterable[tuple[Ints, Ints]], lengths: Ints, vocabulary: int) -> None:
        """Index the texts by number; `held` pairs terms with the texts that hold them, as often as they do."""
        self._order = lengths.argsort(kind="stable")
        self._lengths, self._counts = np.unique(lengths, return_counts=True)
        mean = max(float(lengths.mean()), 1.0) if len(lengths) else 1.0
        self._damped = (_SATURATION + 1) / (1 + _SATURATION / mean * self._lengths.astype(np.float64))
        self._damping = self._damped.repeat(self._counts)
        size, places = max(len(lengths), 1), self._order.argsort()
        terms, texts = np.divmod(distinct([terms * size + places[texts] for terms, texts in held]), size)
        self.frequency = np.bincount(terms, minlength=vocabulary)
        is_common = self.frequency > max(_LISTED, _LISTED_SHARE * size)
        listed = np.where(is_common, 0, self.frequency)
        self._listed = texts[~is_common[terms]].astype(np.int32)
        self._spans = array("q", np.array((listed.cumsum() - listed, listed.cumsum())).T.ravel().tolist())
        self._rows = {term: row for row, term in enumerate(is_common.nonzero()[0].tolist())}
        self._bits = np.zeros((len(self._rows), (size + 7) // 8), np.uint8)
        for term, row in self._rows.items():
            is_held = np.zeros(size, np.bool_)
            is_held[texts[terms.searchsorted(term) :][: self.frequency[term]]] = True
            self._bits[row] = np.packbits(is_held, bitorder="little")

    def best(self, terms: Weights, groups: Weights, limit: int) -> Ints:
        """Return the numbers of the texts that hold most of a question, best first, equals in their order.

        A place of a text holds at most two of the terms, its character and its pair of sounds, but any of the groups.
        """
        if not terms:
            return self._order[:0]
        scores = self._listed_scores({**terms, **groups})
        least = _least(scores, limit)
        common = [{term: some[term] for term in some.keys() & self._rows.keys()} for some in (terms, groups)]
        if any(common):
            enough = least * (1 - _ROUNDING) - self._most(*common)
            texts = (scores >= enough.repeat(self._counts)).nonzero()[0]
            scores = scores.take(texts) + self._common_scores({**common[0], **common[1]}, texts)
            good = (scores >= _least(scores, limit)).nonzero()[0]
            texts, scores = texts.take(good), scores.take(good)
        else:
            texts = (scores >= least).nonzero()[0]
            scores = scores.take(texts)
        numbers = self._order.take(texts)
        return numbers[np.lexsort((numbers, -scores))][:limit]

    def _listed_scores(self, weights: Weights) -> Floats:
        """Return what each text scores by the terms that have lists."""
        spans, listed = self._spans, self._listed
        lists = [listed[spans[2 * term] : spans[2 * term + 1]] for term in weights]
        worth = np.repeat(list(weights.values()), list(map(len, lists)))
        scores = np.bincount(np.concatenate(lists), worth, len(self._damping)).astype(np.float64, copy=False)
        scores *= self._damping
        return scores

    def _most(self, terms: Weights, groups: Weights) -> Floats:
        """Return the most that a text of each length can score by common terms: a short one holds few of them."""
        a_place = sum(sorted(terms.values())[-2:])
        most = np.minimum(self._lengths * a_place, sum(terms.values())) + sum(groups.values())
        return self._damped * most

    def _common_scores(self, weights: Weights, texts: Ints) -> Floats:
        """Return what some texts score by common terms."""
        rows = np.array([self._rows[term] for term in weights])
        bits = self._bits[rows[:, None], texts >> 3] >> (texts & 7) & 1
        return np.add.reduce(bits * np.array(list(weights.values()))[:, None]) * self._damping.take(texts)


def _least(scores: Floats, limit: int) -> float:
    """Return the score that the best texts reach, more than 0."""
    if len(scores) > _BLOCK * limit:
        some = np.maximum.reduce(scores[: len(scores) // _BLOCK * _BLOCK].reshape(_BLOCK, -1))
        scores = scores[scores >= np.partition(some, -limit)[-limit]]
    return max(float(np.partition(scores, -limit)[-limit]), _ROUNDING) if len(scores) >= limit else _ROUNDING
