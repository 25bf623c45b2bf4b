"""What each character of a text is worth in one index, and which phrases are worth comparing with a question."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log
from typing import TYPE_CHECKING, NamedTuple

from content.match.reading import Reading

if TYPE_CHECKING:
    from content.match.postings import Term

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
    """All phrases by what they hold; a phrase is known by its number."""

    def __init__(self, readings: Sequence[Reading]) -> None:
        """Build the postings once; the index never changes afterwards."""
        from content.match.postings import Postings  # noqa: PLC0415 - numpy loads slowly and a phrase book needs none

        lengths = [len(reading.chars) for reading in readings]
        self._postings = Postings([_terms(reading) for reading in readings], lengths)
        self._size = len(readings)
        self.ceiling = log(self._size + _BACKGROUND + 1)

    def weigh(self, reading: Reading) -> Weighed:
        """Give each character its inverse document frequency, mixed with how usual it is in any question."""
        weights = [self._rarity(char, usual) for char, usual in zip(reading.chars, reading.usual, strict=True)]
        places = tuple(self._places(reading, weights))
        return Weighed(reading, places, sum(weights) or 1.0, sum(place.telling for place in places))

    def candidates(self, question: Weighed, limit: int) -> list[int]:
        """Return the phrases with the best BM25 score over characters, sound pairs and service words."""
        return self._postings.best(_weighted_terms(question), limit)

    def _places(self, reading: Reading, weights: Sequence[float]) -> Iterator[Place]:
        """Yield the places; a sound counts as far as its neighbour vouches, a service word as far as it is rare."""
        sounds = reading.sounds
        vouched = [_HEARD_CREDIT * min(pair) for pair in pairwise(weights)]
        pairs = [(sounds[at : at + 2], credit) for at, credit in enumerate(vouched)]
        around = [(_NOWHERE, 0.0), *pairs, (_NOWHERE, 0.0)]
        rarity = {group: self._rarity(group, 0.0) for group in reading.groups}
        for at, (char, weight) in enumerate(zip(reading.chars, weights, strict=True)):
            telling = weight if reading.usual[at] < _TELLING else 0.0
            groups = tuple((group, _MEANT_CREDIT * min(weight, rarity[group])) for group in reading.groups_at[at])
            yield Place(char, weight, telling, groups, *around[at], *around[at + 1])

    def _rarity(self, term: "Term", usual: float) -> float:
        frequency = self._postings.frequency(term) + _BACKGROUND * usual
        return log((self._size + _BACKGROUND + 1) / (frequency + 0.5))


def _terms(reading: Reading) -> "set[Term]":
    sounds = reading.sounds
    return {*reading.chars, *sounds, *(left + right for left, right in pairwise(sounds)), *reading.groups}


def _weighted_terms(question: Weighed) -> "dict[Term, float]":
    terms: dict[Term, float] = {}
    for place in question.places:
        terms[place.char] = place.weight
        terms[place.sound_after] = _PAIR_SHARE * place.after_credit
        for group, credit in place.groups:
            terms[group] = terms.get(group, 0.0) + _GROUP_SHARE * credit
    return terms
