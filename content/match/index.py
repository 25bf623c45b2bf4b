"""What each character of a text is worth in one index, and which phrases are worth comparing with a question."""

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from itertools import compress, pairwise
from math import log
from typing import NamedTuple

import numpy as np

from content.match.phrases import Columns, Phrases, columns_of
from content.match.postings import Postings
from content.match.reading import Reading, read, read_sounds
from content.match.texts import Floats, GroupSets, Ints, Texts, lay_out, usuals
from content.match.vocabulary import Vocabulary, pairs_of

_BACKGROUND = 200
"""Size of the imagined collection behind the index: without it a small index calls 去哪里 rare and 医保 common."""

_TELLING = 0.1
"""Share of all questions up to which a character tells what a question is about."""

_PAIR_SHARE = 0.6
_GROUP_SHARE = 0.8

_HEARD_CREDIT = 0.6
"""Share of a character's weight that another character of the same sound earns: two syllables agree by chance too."""

MEANT_CREDIT = 0.85
"""Share of a character's weight that another word of the same thesaurus group earns."""


class Weighed(NamedTuple):
    """A question in one index, ready to be compared.

    Each of its terms has a slot from 1 on, then each group of its words; slot 0 is for what is not in the index. A row
    of `slots` is one way in which a text may hold the places of the question: by their characters, their sounds with
    the next or with the one before, or words of a group; `worths` is what that is worth. The totals are of all
    weights, of the same again, and of the weights of what `tells`.
    """

    reading: Reading
    kinds: int
    terms: dict[int, float]
    groups: dict[int, float]
    slots: Ints
    worths: Floats
    tells: Floats
    totals: Floats
    telling: float


class Worths(NamedTuple):
    """What the places of some texts are worth: by their characters and by their sounds with the next; which tell.

    The totals of each text are of the weights twice and of what tells.
    """

    weights: Floats
    vouched: Floats
    tells: Floats
    totals: Floats


class Index:
    """All phrases by what they hold; a phrase is known by its number."""

    def __init__(self, phrases: Sequence[str], owners: Sequence[int]) -> None:
        """Build the index; one thread may add and remove entries afterwards while others ask."""
        self.sets = GroupSets()
        texts = lay_out([phrase.replace(" ", "") for phrase in phrases], self.sets, read)
        self._vocabulary = Vocabulary(texts)
        terms = self._vocabulary.all_rows(texts)
        self._alive = len(phrases)
        self._postings = Postings(self._held(texts, terms), texts.sizes - 1, len(self._vocabulary))
        self.phrases = Phrases(columns_of(texts, terms), texts.sounds, owners, self._read_heard)

    @property
    def terms(self) -> int:
        """How many terms there may be."""
        return len(self._vocabulary)

    @property
    def ceiling(self) -> float:
        """The most a character can weigh."""
        return log(self._size)

    def add(self, phrases: Sequence[str]) -> None:
        """Index the phrases of one more entry, by the next numbers."""
        texts = lay_out([phrase.replace(" ", "") for phrase in phrases], self.sets, read)
        self._vocabulary.learn(texts)
        columns = columns_of(texts, self._vocabulary.rows(texts))
        ends = texts.sizes.cumsum().tolist()
        sounds = [texts.sounds[end - size : end - 1] for end, size in zip(ends, texts.sizes.tolist(), strict=True)]
        self.phrases.add(columns, sounds)
        numbers = self.phrases.numbers_of(self.phrases.entries - 1)
        if numbers:
            self._postings.add(list(map(self._terms_of, numbers)), texts.sizes - 1)
            self._alive += len(numbers)

    def remove(self, owner: int) -> None:
        """Find the phrases of an entry no more."""
        numbers = self.phrases.numbers_of(owner)
        self._postings.remove(numbers, map(self._terms_of, numbers))
        self._alive -= len(numbers)

    def weigh(self, reading: Reading) -> Weighed:
        """Give each character of a question its inverse document frequency, mixed with how usual it is anywhere."""
        chars = list(self._vocabulary.numbers(reading.chars))
        pairs = list(self._vocabulary.numbers(pairs_of(reading.sounds)))
        size, frequency = self._size, self._postings.frequency.take(chars, mode="clip").tolist()
        usually = zip(frequency, reading.usual, strict=True)
        weights = [log(size / (known + _BACKGROUND * usual + 0.5)) for known, usual in usually]
        vouched = [_HEARD_CREDIT * min(pair) for pair in pairwise(weights)]
        meant = self._meant(reading, weights)
        tells = [float(usual < _TELLING) for usual in reading.usual]
        total, telling = sum(weights), sum(compress(weights, tells))
        terms = dict(zip(chars, weights, strict=True))
        terms.update((pair, _PAIR_SHARE * worth) for pair, worth in zip(pairs, vouched, strict=True))
        terms.pop(self._vocabulary.stop, None)
        nothing = [0.0] if chars else []
        return Weighed(
            reading=reading,
            kinds=reduce(int.__or__, reading.kinds, 0),
            terms=terms,
            groups={group: _GROUP_SHARE * sum(worths) for group, worths in meant.items()},
            slots=_slots(terms, chars, pairs, len(meant)),
            worths=np.array([weights, [*vouched, *nothing], [*nothing, *vouched], *meant.values()])[:, :, None],
            tells=np.array(tells)[:, None],
            totals=np.array([[total or 1.0], [total or 1.0], [telling or 1.0]]),
            telling=telling,
        )

    def candidates(self, question: Weighed, limit: int) -> Ints:
        """Return the phrases with the best BM25 score over characters, sound pairs and service words."""
        return self._postings.best(question.terms, question.groups, limit)

    def rarity(self, group: int) -> float:
        """Return the inverse document frequency of a thesaurus group."""
        return log(self._size / (int(self._postings.frequency[group]) + 0.5))

    def worths(self, columns: Columns, near: int) -> Worths:
        """Weigh the first texts of some, as many as have `near` places, as `weigh` does, many at a time."""
        ends = columns.sizes[: len(columns.kinds)].cumsum()
        starts = ends - columns.sizes[: len(columns.kinds)]
        known = self._postings.frequency.take(columns.terms[0, :near], mode="clip")
        levels = columns.levels[:near]
        weights = np.log(self._size / (known + (_BACKGROUND * usuals() + 0.5).take(levels)))
        weights[ends - 1] = 0.0
        vouched = np.zeros_like(weights)
        np.multiply(_HEARD_CREDIT, np.minimum(weights[:-1], weights[1:]), out=vouched[:-1])
        tells = (usuals() < _TELLING).astype(np.float64).take(levels)
        total, telling = np.add.reduceat((weights, weights * tells), starts, axis=1)
        return Worths(weights, vouched, tells, np.array((total, total, np.where(telling > 0, telling, 1.0))))

    @property
    def _size(self) -> int:
        return self._alive + _BACKGROUND + 1

    def _meant(self, reading: Reading, weights: Sequence[float]) -> dict[int, list[float]]:
        """Return for each group of a question's words that a phrase holds what it is worth at each place."""
        meant: dict[int, list[float]] = {}
        rarities: dict[int, float] = {}
        for place, groups in enumerate(reading.groups):
            for group in groups:
                rarity = rarities.get(group)
                if rarity is None:
                    rarity = rarities[group] = self.rarity(group) if self._postings.frequency[group] else 0.0
                if rarity:
                    worths = meant.setdefault(group, [0.0] * len(weights))
                    worths[place] = MEANT_CREDIT * min(weights[place], rarity)
        return meant

    def _read_heard(self, sounds: Sequence[str]) -> Columns:
        texts = lay_out(sounds, self.sets, read_sounds)
        return columns_of(texts, self._vocabulary.rows(texts))

    def _terms_of(self, number: int) -> Ints:
        """Return the numbers of all terms and groups of a phrase, each once."""
        columns = self.phrases.as_written(number)
        sounds = self._vocabulary.numbers(self.phrases.sounds(number))
        groups = self.sets.union(columns.sets.tolist())
        terms = {*columns.terms.ravel().tolist(), *sounds, *groups} - {self._vocabulary.stop}
        return np.array(sorted(terms), np.int32)

    def _held(self, texts: Texts, terms: Ints) -> Iterator[tuple[Ints, Ints]]:
        """Yield terms with the texts that hold them: characters, pairs of sounds, sounds, and groups."""
        text_of = np.arange(len(texts.sizes), dtype=np.int32).repeat(texts.sizes)
        for numbers in (*terms, self._vocabulary.all_sounds(texts)):
            is_term = numbers != self._vocabulary.stop
            yield numbers[is_term], text_of[is_term]
        places = texts.sets.nonzero()[0]
        groups, counts = self.sets.members(texts.sets[places])
        yield groups, text_of[places].repeat(counts)


def _slots(terms: Iterable[int], chars: Sequence[int], pairs: Sequence[int], groups: int) -> Ints:
    """Return the slots of the ways in which a text may hold the places of a question."""
    slot_of = {term: slot for slot, term in enumerate(terms, start=1)}
    of_chars, of_pairs = ([slot_of.get(term, 0) for term in some] for some in (chars, pairs))
    nothing = [0] if chars else []
    of_groups = ([slot] * len(chars) for slot in range(len(slot_of) + 1, len(slot_of) + groups + 1))
    return np.array([of_chars, [*of_pairs, *nothing], [*nothing, *of_pairs], *of_groups])
