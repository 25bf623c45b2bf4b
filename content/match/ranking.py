"""Order entries by how well one of their phrases fits a question."""

from collections.abc import Sequence
from operator import mul
from typing import NamedTuple

from content.match import confidence, features
from content.match.index import Index
from content.match.reading import Reading
from content.match.weighing import Question

_CANDIDATES = 10
"""Phrases compared in full; the right one is among them in practice, and more cost time."""

_WHOLE = 0.95
"""Share of what a text tells from which all of it counts as told."""

_SPELT = 0.85
"""Likeness by sound from which a question counts as the phrase itself, misspelt or with a particle more."""

_DIGITS = 9  # of a rank: what is left of rounding must not put one of two equal entries first

_PLACES = {name: place for place, name in enumerate(features.NAMES)}


class Compared(NamedTuple):
    """A phrase that was compared with a question: its number, its entry, its features, and its rank by these."""

    phrase: int
    owner: int
    values: tuple[float, ...]
    rank: float


class Ranking:
    """The question, and all entries that fit it at all, best first; of each only the phrase that fits best counts."""

    def __init__(self, question: Question, compared: Sequence[Compared]) -> None:
        """Put what was compared in order, equals as they came."""
        self.question, self.compared = question, compared
        best: dict[int, Compared] = {}
        for one in sorted(compared, key=lambda one: one.rank, reverse=True):
            best.setdefault(one.owner, one)
        self._best = [*best.values()]
        self.entries = [*best]

    def phrase(self, place: int) -> int:
        """Return the number of the phrase by which the entry at a place was found."""
        return self._best[place].phrase

    def value(self, name: str, place: int = 0) -> float:
        """Return a feature of the entry at a place."""
        return self._best[place].values[_PLACES[name]]

    def confidence(self, place: int, *, size: int) -> float:
        """Return the probability that the entry at a place is meant; its rival is the best other entry."""
        own, rival = self._best[place], self._best[1 if place == 0 else 0 :][:1]
        lead = own.rank - rival[0].rank if rival and rival[0] is not own else None
        reading = self.question.reading
        here = confidence.Circumstances(lead=lead, size=size, length=len(reading.chars), heard=reading.is_heard)
        return confidence.confidence(here.inputs(own.values))

    def best_rank(self) -> float:
        """Return the rank of the best entry, by which two readings of a question compare."""
        return self._best[0].rank if self._best else float("-inf")

    def told(self) -> float:
        """Return how much of what the question tells the best entry holds, 0 when it tells nothing."""
        return self.value("entry_telling") if self._best and self.question.tells else 0.0

    def is_spelt(self) -> bool:
        """Tell whether the question is a phrase of the best entry by its sound."""
        return self.value("sound_ratio") >= _SPELT

    def rivals(self) -> int:
        """Return how many entries, the best included, hold all that the question tells, none being asked outright."""
        if self.value("phrase_telling") >= _WHOLE or self.is_spelt():
            return 1
        told, other = _PLACES["entry_telling"], _PLACES["other_kind"]
        enough = _WHOLE * self.value("entry_telling")
        return 1 + sum(one.values[told] >= enough and not one.values[other] for one in self._best[1:])


class Ranker:
    """Phrases indexed for comparison; `owners` says which entry each phrase belongs to, in the entries' order."""

    def __init__(self, phrases: Sequence[str], owners: Sequence[int]) -> None:
        """Index all phrases, as `plain` returned them."""
        self._index = Index(phrases, owners)
        self._weights = confidence.model().rank

    def rank(self, reading: Reading) -> Ranking:
        """Compare a question with its best candidates and keep the best phrase of each entry."""
        index, phrases, is_heard = self._index, self._index.phrases, reading.is_heard
        question = index.weigh(reading)
        numbers = index.candidates(question, _CANDIDATES)
        ceiling, text, rarities = index.ceiling, question.text, question.rarities
        wholes: dict[int, features.Share] = {}
        compared: list[Compared] = []
        for number, owner in zip(numbers, phrases.owners_of(numbers), strict=True):
            phrase = phrases.phrase(number, is_heard=is_heard)
            mine = features.held(text, phrase, rarities)
            whole = wholes.get(owner)
            if whole is None:
                is_all = not mine.worst or len(phrases.numbers_of(owner)) == 1
                whole = mine if is_all else features.held(text, phrases.whole(owner, is_heard=is_heard), rarities)
                wholes[owner] = whole
            values = features.compare(question, phrase, mine, whole, ceiling)
            compared.append(Compared(number, owner, values, round(sum(map(mul, self._weights, values)), _DIGITS)))
        return Ranking(question, compared)

    def add(self, phrases: Sequence[str]) -> None:
        """Index the phrases of one more entry, as `plain` returned them."""
        self._index.add(phrases)

    def remove(self, owner: int) -> None:
        """Find an entry no more."""
        self._index.remove(owner)
