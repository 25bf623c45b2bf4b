"""Order entries by how well one of their phrases fits a question."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from content.match import confidence, features
from content.match.index import Index, Weighed
from content.match.reading import Reading

_CANDIDATES = 20
"""Phrases compared in full; the right one is among them in practice, and more cost time."""

_WHOLE = 0.95
"""Share of what a text tells from which all of it counts as told."""

_SPELT = 0.85
"""Likeness by sound from which a question counts as the phrase itself, misspelt or with a particle more."""

_DIGITS = 9  # of a rank: what is left of rounding must not put one of two equal entries first

_PLACES = {name: place for place, name in enumerate(features.NAMES)}


class Compared(NamedTuple):
    """The phrase of an entry that fits a question best, with its features and rank."""

    entry: int
    phrase: int
    values: tuple[float, ...]
    rank: float

    def value(self, name: str) -> float:
        """Return a feature by its name."""
        return self.values[_PLACES[name]]


class Ranking(NamedTuple):
    """All entries that fit a question at all, best first, and the weighed question."""

    question: Weighed
    entries: list[Compared]

    def confidence(self, place: int, *, size: int) -> float:
        """Return the probability that the entry at a place is meant; its rival is the best other entry."""
        own = self.entries[place]
        lead = next((own.rank - other.rank for other in self.entries[:2] if other is not own), None)
        reading = self.question.reading
        here = confidence.Circumstances(lead=lead, size=size, length=len(reading.chars), heard=reading.is_heard)
        return confidence.confidence(here.inputs(own.values))

    def best_rank(self) -> float:
        """Return the rank of the best entry, by which two readings of a question compare."""
        return self.entries[0].rank if self.entries else float("-inf")

    def told(self) -> float:
        """Return how much of what the question tells the best entry holds, 0 when it tells nothing."""
        return self.entries[0].value("entry_telling") if self.entries and self.question.telling else 0.0

    def rivals(self) -> int:
        """Return how many entries, the best included, hold all that the question tells, none being asked outright."""
        best, *others = self.entries
        if best.value("phrase_telling") >= _WHOLE or best.value("sound_ratio") >= _SPELT:
            return 1
        told = _WHOLE * best.value("entry_telling")
        return 1 + sum(other.value("entry_telling") >= told and not other.value("other_kind") for other in others)


class Ranker:
    """Phrases indexed for comparison; `owners` says which entry each phrase belongs to, in the entries' order."""

    def __init__(self, phrases: Sequence[str], owners: Sequence[int]) -> None:
        """Index all phrases, as `plain` returned them."""
        self._index = Index(phrases, owners)
        self._weights = np.array(confidence.model().rank)[:, None]

    def rank(self, question: Reading) -> Ranking:
        """Compare a question with its best candidates and keep the best phrase of each entry."""
        asked = self._index.weigh(question)
        best: dict[int, Compared] = {}
        for compared in sorted(self.compared(asked), key=lambda one: -one.rank):
            best.setdefault(compared.entry, compared)
        return Ranking(asked, list(best.values()))

    def add(self, phrases: Sequence[str]) -> None:
        """Index the phrases of one more entry, as `plain` returned them."""
        self._index.add(phrases)

    def remove(self, owner: int) -> None:
        """Find an entry no more."""
        self._index.remove(owner)

    def weigh(self, question: Reading) -> Weighed:
        """Give each character of a question its weight in this index."""
        return self._index.weigh(question)

    def compared(self, asked: Weighed) -> list[Compared]:
        """Compare a question with its best candidates, several phrases of one entry among them."""
        numbers = self._index.candidates(asked, _CANDIDATES)
        if not len(numbers):
            return []
        picked = self._index.phrases.pick(numbers, is_heard=asked.reading.is_heard)
        values = features.compare(asked, picked, self._index)
        ranks = np.add.reduce(self._weights * values).round(_DIGITS)
        found = zip(picked.owners, numbers.tolist(), zip(*values.tolist(), strict=True), ranks.tolist(), strict=True)
        return [Compared(*one) for one in found]
