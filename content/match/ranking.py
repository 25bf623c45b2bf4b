"""Order entries by how well one of their phrases fits a question."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from content.match import confidence, features
from content.match.index import Index, Weighed
from content.match.reading import Reading
from content.match.texts import Floats

_CANDIDATES = 10
"""Phrases compared in full; the right one is among them in practice, and more cost time."""

_WHOLE = 0.95
"""Share of what a text tells from which all of it counts as told."""

_SPELT = 0.85
"""Likeness by sound from which a question counts as the phrase itself, misspelt or with a particle more."""

_DIGITS = 9  # of a rank: what is left of rounding must not put one of two equal entries first

_PLACES = {name: place for place, name in enumerate(features.NAMES)}


class Found(NamedTuple):
    """The phrases that were compared with a question by their numbers, and the entries they belong to."""

    owners: list[int]
    phrases: list[int]


class Ranking:
    """All entries that fit a question at all, best first, and the weighed question.

    Of each entry only the phrase that fits best counts; what is not looked at is not taken out of the arrays.
    """

    def __init__(self, question: Weighed, values: Floats, ranks: Sequence[float], found: Found) -> None:
        """Put phrases that were compared in order: a column of features and a rank each."""
        self.question, self.values, self.found = question, values, found
        self._ranks = ranks
        best: dict[int, int] = {}
        for column in sorted(range(len(ranks)), key=ranks.__getitem__, reverse=True):
            best.setdefault(found.owners[column], column)
        self._columns = [*best.values()]
        self.entries = [*best]

    def phrase(self, place: int) -> int:
        """Return the number of the phrase by which the entry at a place was found."""
        return self.found.phrases[self._columns[place]]

    def value(self, name: str, place: int = 0) -> float:
        """Return a feature of the entry at a place."""
        return float(self.values[_PLACES[name], self._columns[place]])

    def confidence(self, place: int, *, size: int) -> float:
        """Return the probability that the entry at a place is meant; its rival is the best other entry."""
        own, rival = self._columns[place], self._columns[1 if place == 0 else 0 :][:1]
        lead = self._ranks[own] - self._ranks[rival[0]] if rival and rival[0] != own else None
        reading = self.question.reading
        here = confidence.Circumstances(lead=lead, size=size, length=len(reading.chars), heard=reading.is_heard)
        return confidence.confidence(here.inputs(self.values[:, own].tolist()))

    def best_rank(self) -> float:
        """Return the rank of the best entry, by which two readings of a question compare."""
        return self._ranks[self._columns[0]] if self._columns else float("-inf")

    def told(self) -> float:
        """Return how much of what the question tells the best entry holds, 0 when it tells nothing."""
        return self.value("entry_telling") if self._columns and self.question.tells else 0.0

    def is_spelt(self) -> bool:
        """Tell whether the question is a phrase of the best entry by its sound."""
        return self.value("sound_ratio") >= _SPELT

    def rivals(self) -> int:
        """Return how many entries, the best included, hold all that the question tells, none being asked outright."""
        if self.value("phrase_telling") >= _WHOLE or self.is_spelt():
            return 1
        others = self.values[:, self._columns[1:]]
        told = others[_PLACES["entry_telling"]] >= _WHOLE * self.value("entry_telling")
        return 1 + int(np.count_nonzero(told & (others[_PLACES["other_kind"]] == 0)))


class Ranker:
    """Phrases indexed for comparison; `owners` says which entry each phrase belongs to, in the entries' order."""

    def __init__(self, phrases: Sequence[str], owners: Sequence[int]) -> None:
        """Index all phrases, as `plain` returned them."""
        self._index = Index(phrases, owners)
        self._weights = np.array(confidence.model().rank)[:, None]

    def rank(self, question: Reading) -> Ranking:
        """Compare a question with its best candidates and keep the best phrase of each entry."""
        asked = self._index.weigh(question)
        numbers = self._index.candidates(asked, _CANDIDATES)
        if not len(numbers):
            return Ranking(asked, np.zeros((len(_PLACES), 0)), (), Found([], []))
        picked = self._index.phrases.pick(numbers, is_heard=question.is_heard)
        values = features.compare(asked, picked, self._index)
        ranks = np.add.reduce(self._weights * values).round(_DIGITS)
        return Ranking(asked, values, ranks.tolist(), Found(picked.owners, numbers.tolist()))

    def add(self, phrases: Sequence[str]) -> None:
        """Index the phrases of one more entry, as `plain` returned them."""
        self._index.add(phrases)

    def remove(self, owner: int) -> None:
        """Find an entry no more."""
        self._index.remove(owner)
