"""BM25 over numbered texts that is fast in large collections: the commonest terms are looked up where they decide."""

from array import array
from collections.abc import Iterable
from typing import cast

import numpy as np

from content.match.growing import extended
from content.match.texts import Floats, Ints, distinct

_SATURATION = 1.2
"""BM25's k1. Its b is 1: in texts as short as these each character too many counts."""

_USUAL_LENGTH = 12
"""Characters of a usual phrase: the mean of an index is another after changes than when it is made anew."""

_LISTED = 1000
_LISTED_SHARE = 0.1
"""Holders, by number or as a share of all texts, up to which a term has a list of them; others have a bit a text."""

_NEAR = 0.6
"""Share of the best score below which a text has no chance, unless it is among the best three."""

_FEWEST = 3

_MOST_AT_HAND = 10_000
"""Terms whose lists are kept as they are asked for: cutting one out takes longer than all that is done with it."""

_BLOCK = 64  # scores of which only the best is looked at first
_ROUNDING = 1e-9
_TEXT_BITS = 32
_SHORT = 1 << 16  # texts that 16 bits can tell apart
_NOWHERE = np.zeros(0, np.int32)

Weights = dict[int, float]
"""Terms by their numbers, and what each is worth."""


class Postings:
    """Which texts hold which terms, and how much shorter than usual each text is.

    The texts it was made of are kept with the shortest first, what came later behind them in the order it came. A text
    that was removed scores nothing. One thread may add and remove while others ask: a text counts from the moment its
    damping is written, which is the last of it.
    """

    def __init__(self, held: Iterable[tuple[Ints, Ints]], lengths: Ints, vocabulary: int) -> None:
        """Index the texts by number; `held` pairs terms with the texts that hold them, as often as they do."""
        self._order = lengths.argsort(kind="stable").astype(np.int32)
        self._places = self._order.argsort().astype(np.int32)
        self._lengths, self._counts = np.unique(lengths, return_counts=True)
        self._ends: Ints = self._counts.cumsum()
        self._damped = self._damping_of(self._lengths)
        self._damping = self._damped.repeat(self._counts)
        self._sorted = self.count = len(lengths)
        size = max(len(lengths), 1)
        pairs = distinct([(terms.astype(np.int64) << _TEXT_BITS) | self._places[texts] for terms, texts in held])
        texts = (pairs & ((1 << _TEXT_BITS) - 1)).astype(np.int32)
        pairs >>= _TEXT_BITS
        terms = pairs.astype(np.int32)
        del pairs
        self.frequency = np.bincount(terms, minlength=vocabulary).astype(np.int32)
        is_common = self.frequency > max(_LISTED, _LISTED_SHARE * size)
        listed = np.where(is_common, 0, self.frequency)
        self._listed = texts[~is_common[terms]].astype(np.uint16 if size <= _SHORT else np.int32)
        ends = listed.cumsum(dtype=np.int64)
        self._spans = array("q", np.array((ends - listed, ends)).T.ravel().tolist())
        self._rows = {term: row for row, term in enumerate(is_common.nonzero()[0].tolist())}
        self._bits = np.zeros((len(self._rows), (size + 7) // 8), np.uint8)
        for term, row in self._rows.items():
            is_held = np.zeros(size, np.bool_)
            is_held[texts[terms.searchsorted(term) :][: self.frequency[term]]] = True
            self._bits[row] = np.packbits(is_held, bitorder="little")
        self._later: dict[int, Ints] = {}
        self._at_hand: dict[int, Ints] = {}

    def add(self, held: Iterable[Iterable[int]], lengths: Ints) -> None:
        """Index more texts, by the next numbers: the terms each holds, each named once."""
        more: dict[int, list[int]] = {}
        for number, terms in enumerate(held, start=self.count):
            for term in terms:
                more.setdefault(term, []).append(number)
        if (most := max(more, default=0)) >= len(self.frequency):
            room = np.zeros(most + 1 - len(self.frequency), np.int32)
            self.frequency = extended(self.frequency, len(self.frequency), room)
        for term, texts in more.items():
            self._later[term] = np.concatenate((self._later.get(term, _NOWHERE), np.array(texts, np.int32)))
        self.frequency[list(more)] += np.array(list(map(len, more.values())), np.int32)
        numbers = np.arange(self.count, self.count + len(lengths), dtype=np.int32)
        self._order = extended(self._order, self.count, numbers)
        self._damping = extended(self._damping, self.count, self._damping_of(lengths))
        self.count += len(lengths)

    def remove(self, numbers: Iterable[int], held: Iterable[Iterable[int]]) -> None:
        """Let texts that hold these terms score nothing from now on."""
        for number, terms in zip(numbers, held, strict=True):
            self._damping[self._places[number] if number < self._sorted else number] = 0.0
            self.frequency[[*terms]] -= 1

    def best(self, terms: Weights, groups: Weights, limit: int) -> list[int]:
        """Return the numbers of the texts that hold most of a question, best first, equals in their order.

        A place of a text holds at most two of the terms, its character and its pair of sounds, but any of the groups.
        """
        if not terms:
            return []
        damping = self._damping[: self.count]
        scores = self._listed_scores({**terms, **groups}, damping)
        least = _least(scores, limit)
        common_terms, common_groups = self._common_of(terms), self._common_of(groups)
        if common_terms or common_groups:
            enough = least * (1 - _ROUNDING) - self._most(common_terms, common_groups)
            texts = self._reaching(scores[: self._sorted], enough)
            later = (scores[self._sorted :] >= least).nonzero()[0] + self._sorted
            scored = scores.take(texts) + self._common_scores({**common_terms, **common_groups}, texts, damping)
            texts, scores = np.concatenate((texts, later)), np.concatenate((scored, scores.take(later)))
            least = _least(scores, limit)
            good = (scores >= least).nonzero()[0]
            texts, scores = texts.take(good), scores.take(good)
        else:
            texts = (scores >= least).nonzero()[0]
            scores = scores.take(texts)
        found = sorted(zip((-scores).tolist(), self._order.take(texts).tolist(), strict=True))[:limit]
        if not found:
            return []
        enough = max(_NEAR * found[0][0], found[:_FEWEST][-1][0] * (1 - _ROUNDING))
        return [number for score, number in found if score <= enough]

    def _common_of(self, weights: Weights) -> Weights:
        rows = self._rows
        return {term: weights[term] for term in weights.keys() & rows.keys()} if rows else {}

    def _damping_of(self, lengths: Ints) -> Floats:
        return (_SATURATION + 1) / (1 + _SATURATION / _USUAL_LENGTH * lengths.astype(np.float64))

    def _listed_scores(self, weights: Weights, damping: Floats) -> Floats:
        """Return what each text scores by the terms that have lists."""
        later = self._later
        lists = self._lists_of(weights)
        worths = list(weights.values())
        if later:
            more = [(later[term], worth) for term, worth in weights.items() if term in later]
            lists += [texts for texts, _ in more]
            worths += [worth for _, worth in more]
        worth = np.repeat(worths, list(map(len, lists)))
        scores = np.bincount(np.concatenate(lists), worth, len(damping))[: len(damping)]
        scores = scores.astype(np.float64, copy=False)
        scores *= damping
        return scores

    def _lists_of(self, terms: Weights) -> list[Ints]:
        """Return the lists of terms; those of terms that were asked for lately are at hand."""
        at_hand = self._at_hand
        if new := [term for term in terms if term not in at_hand]:
            if len(at_hand) > _MOST_AT_HAND:
                at_hand = self._at_hand = dict[int, Ints]()
                new = [*terms]
            spans, listed, known = self._spans, self._listed, len(self._spans) // 2
            for term in new:
                at_hand[term] = listed[spans[2 * term] : spans[2 * term + 1]] if term < known else _NOWHERE
        return list(map(at_hand.__getitem__, terms))

    def _reaching(self, scores: Floats, enough: Floats) -> Ints:
        """Return the sorted texts that score enough, which depends on their length."""
        lowest = enough.min(initial=np.inf)
        if lowest <= 0:
            return (scores >= enough.repeat(self._counts)).nonzero()[0]
        texts = (scores >= lowest).nonzero()[0]
        length_of = cast("Ints", np.searchsorted(self._ends, texts, side="right"))
        return texts[scores.take(texts) >= enough.take(length_of)]

    def _most(self, terms: Weights, groups: Weights) -> Floats:
        """Return the most that a text of each length can score by common terms: a short one holds few of them."""
        a_place = sum(sorted(terms.values())[-2:])
        most = np.minimum(self._lengths * a_place, sum(terms.values())) + sum(groups.values())
        return self._damped * most

    def _common_scores(self, weights: Weights, texts: Ints, damping: Floats) -> Floats:
        """Return what some of the sorted texts score by common terms."""
        rows = np.array([self._rows[term] for term in weights])
        bits = self._bits[rows[:, None], texts >> 3] >> (texts & 7) & 1
        return np.add.reduce(bits * np.array(list(weights.values()))[:, None]) * damping.take(texts)


def _least(scores: Floats, limit: int) -> float:
    """Return the score that the best texts reach, more than 0."""
    if len(scores) > _BLOCK * limit:
        some = np.maximum.reduce(scores[: len(scores) // _BLOCK * _BLOCK].reshape(_BLOCK, -1))
        scores = scores[scores >= _at_place(some, limit)]
    return max(_at_place(scores, limit), _ROUNDING) if len(scores) >= limit else _ROUNDING


def _at_place(scores: Floats, place: int) -> float:
    """Return the score that stands at a place from the best one on."""
    ordered = scores.copy()
    ordered.partition(len(ordered) - place)
    return float(ordered[-place])
