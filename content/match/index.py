"""The inverted index: which phrases share characters, pairs of sounds or service words with a question."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from content.match.reading import Reading

_BACKGROUND = 200
"""Size of the imagined collection behind the index: without it a small index calls 去哪里 rare and 医保 common."""

_TELLING = 0.1
"""Share of all questions up to which a character tells what a question is about."""

_PAIR_SHARE = 0.6
_GROUP_SHARE = 0.8

_HEARD_CREDIT = 0.6
"""Share of a character's weight that another character of the same sound earns: two syllables agree by chance too."""

_MEANT_CREDIT = 0.85
"""Share of a character's weight that another word of the same thesaurus group earns."""

_SATURATION = 1.2  # BM25's k1, with b = 1: in short texts each unmatched character counts


_NOWHERE = "\0"  # in no normalised text


class Place(NamedTuple):
    """A character of a weighed text, and what the other text may hold in its stead, for how much of its weight."""

    char: str
    weight: float
    telling: float
    groups: tuple[tuple[int, float], ...]
    sound_before: str
    before_credit: float
    sound_after: str
    after_credit: float


@dataclass(frozen=True, slots=True)
class Weighed:
    """A reading with the weight of each of its characters in one index."""

    reading: Reading
    places: tuple[Place, ...]
    total: float
    telling: float


class Index:
    """Postings of all phrases; a phrase is known by its number."""

    def __init__(self, readings: Sequence[Reading]) -> None:
        """Build the postings once; the index never changes afterwards."""
        postings: dict[str | int, list[int]] = {}
        for number, reading in enumerate(readings):
            for term in _terms(reading):
                postings.setdefault(term, []).append(number)
        self.size = len(readings)
        self._postings = {term: np.array(numbers, dtype=np.int64) for term, numbers in postings.items()}
        lengths = np.array([len(reading.chars) for reading in readings], dtype=np.float64)
        mean = max(float(lengths.mean()), 1.0) if self.size else 1.0
        self._damping = (_SATURATION + 1) / (1 + _SATURATION * lengths / mean)
        self.ceiling = log(self.size + _BACKGROUND + 1)

    def knows(self, term: str) -> bool:
        """Tell whether any phrase holds a character or a sound."""
        return term in self._postings

    def weigh(self, reading: Reading) -> Weighed:
        """Give each character its inverse document frequency, mixed with how usual it is in any question."""
        weights = [self._rarity(char, usual) for char, usual in zip(reading.chars, reading.usual, strict=True)]
        places = tuple(self._places(reading, weights))
        return Weighed(reading, places, sum(weights) or 1.0, sum(place.telling for place in places))

    def candidates(self, question: Weighed, limit: int) -> list[int]:
        """Return the phrases with the best BM25 score over characters, sound pairs and service words."""
        scores = np.zeros(self.size)
        for term, weight in _weighted_terms(question).items():
            numbers = self._postings.get(term)
            if numbers is not None:
                scores[numbers] += weight
        scores *= self._damping
        return _best(scores, limit)

    def _places(self, reading: Reading, weights: Sequence[float]) -> Iterator[Place]:
        """Yield the places; a sound counts as far as its neighbour vouches for it, a service word as far as it is rare."""
        chars, sounds = reading.chars, reading.sounds
        rarity = {group: self._rarity(group, 0.0) for group in reading.groups}
        for at, (char, weight) in enumerate(zip(chars, weights, strict=True)):
            before, before_credit = (
                (sounds[at - 1 : at + 1], _HEARD_CREDIT * min(weight, weights[at - 1])) if at else (_NOWHERE, 0.0)
            )
            groups = tuple((group, _MEANT_CREDIT * min(weight, rarity[group])) for group in reading.groups_at[at])
            after, after_credit = _NOWHERE, 0.0
            if at + 1 < len(chars):
                after, after_credit = sounds[at : at + 2], _HEARD_CREDIT * min(weight, weights[at + 1])
            telling = weight if reading.usual[at] < _TELLING else 0.0
            yield Place(char, weight, telling, groups, before, before_credit, after, after_credit)

    def _rarity(self, term: str | int, usual: float) -> float:
        held = self._postings.get(term)
        frequency = (0 if held is None else len(held)) + _BACKGROUND * usual
        return log((self.size + _BACKGROUND + 1) / (frequency + 0.5))


def _terms(reading: Reading) -> Iterable[str | int]:
    sounds = reading.sounds
    return {*reading.chars, *sounds, *(a + b for a, b in pairwise(sounds)), *reading.groups}


def _weighted_terms(question: Weighed) -> dict[str | int, float]:
    terms: dict[str | int, float] = {}
    for place in question.places:
        terms[place.char] = place.weight
        terms[place.sound_after] = _PAIR_SHARE * place.after_credit
        for group, credit in place.groups:
            terms[group] = terms.get(group, 0.0) + _GROUP_SHARE * credit
    return terms


def _best(scores: NDArray[np.float64], limit: int) -> list[int]:
    if len(scores) > limit:
        chosen = np.argpartition(-scores, limit)[:limit]
    else:
        chosen = np.arange(len(scores))
    ordered = chosen[np.argsort(-scores[chosen], kind="stable")]
    return [int(number) for number in ordered if scores[number] > 0]
