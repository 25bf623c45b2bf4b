"""What each character of a text is worth in one index, and which phrases are worth comparing with a question."""

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from itertools import compress, pairwise
from math import log
from typing import NamedTuple

import numpy as np

from content.match.phrases import Columns, Phrases, columns_of
from content.match.postings import Postings
from content.match.reading import Reading, is_weak, read, read_sounds
from content.match.texts import Floats, GroupSets, Ints, Texts, Weights, lay_out, usuals
from content.match.vocabulary import Vocabulary, pairs_of

_BACKGROUND = 200
"""Size of the imagined collection behind the index: without it a small index calls 去哪里 rare and 医保 common."""

_PAIR_SHARE = 0.6
_GROUP_SHARE = 0.8

HEARD_CREDIT = 0.6
"""Share of a character's weight that another character of the same sound earns: two syllables agree by chance too."""

MEANT_CREDIT = 0.85
"""Share of a character's weight that another word of the same thesaurus group earns."""


_ALWAYS_FRESH = 2000
_STALE_SHARE = 50
"""Changes, as one of so many phrases beyond the first, from which what places are worth is reckoned anew."""


class Weighed(NamedTuple):
    """A question in one index, ready to be compared.

    Each of its terms has a slot from 1 on, then each group of its words; slot 0 is for what is not in the index. A row
    of `slots` is one way in which a text may hold the places of the question: by their characters, their sounds with
    the next or with the one before; `worths` is what that is worth, and `meant` what a word of each group is worth.
    `shares` has two rows: what a place's worth is of all weights, and of the weights of what `tells`, which is so many
    places.
    """

    reading: Reading
    kinds: int
    terms: dict[int, float]
    groups: dict[int, float]
    rarities: list[float]
    slots: Ints
    worths: Floats
    meant: Floats | None
    shares: Floats
    tells: int


class Index:
    """All phrases by what they hold; a phrase is known by its number."""

    def __init__(self, phrases: Sequence[str], owners: Sequence[int]) -> None:
        """Build the index; one thread may add and remove entries afterwards while others ask."""
        self.sets = GroupSets()
        texts = lay_out([phrase.replace(" ", "") for phrase in phrases], self.sets, read)
        self._vocabulary = Vocabulary(texts)
        terms = self._vocabulary.all_rows(texts)
        self._alive, self._changed = len(phrases), 0
        self._postings = Postings(self._held(texts, terms), texts.sizes - 1, len(self._vocabulary))
        columns = columns_of(texts, terms, self._worth_of(terms[0], texts))
        self.phrases = Phrases(columns, texts.sounds, owners, self._read_heard)

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
        terms = self._vocabulary.rows(texts)
        columns = columns_of(texts, terms, self._worth_of(terms[0], texts, more=1))
        ends = texts.sizes.cumsum().tolist()
        sounds = [texts.sounds[end - size : end - 1] for end, size in zip(ends, texts.sizes.tolist(), strict=True)]
        self.phrases.add(columns, sounds)
        numbers = self.phrases.numbers_of(self.phrases.entries - 1)
        if numbers:
            self._postings.add(list(map(self._terms_of, numbers)), texts.sizes - 1)
            self._alive += len(numbers)
            self._note(len(numbers))

    def remove(self, owner: int) -> None:
        """Find the phrases of an entry no more."""
        numbers = self.phrases.numbers_of(owner)
        self._postings.remove(numbers, map(self._terms_of, numbers))
        self._alive -= len(numbers)
        self._note(len(numbers))

    def weigh(self, reading: Reading) -> Weighed:
        """Give each character of a question its inverse document frequency, mixed with how usual it is anywhere."""
        chars = list(self._vocabulary.numbers(reading.chars))
        pairs = list(self._vocabulary.numbers(pairs_of(reading.sounds)))
        size, frequency = self._size, self._postings.frequency.take(chars, mode="clip").tolist()
        usually = zip(frequency, reading.usual, strict=True)
        weights = [log(size / (known + _BACKGROUND * usual + 0.5)) for known, usual in usually]
        vouched = [HEARD_CREDIT * min(pair) for pair in pairwise(weights)]
        meant, rarities = self._meant(reading, weights)
        tells = [not is_weak(usual) for usual in reading.usual]
        total, telling = sum(weights) or 1.0, sum(compress(weights, tells))
        terms = dict(zip(chars, weights, strict=True))
        terms.update((pair, _PAIR_SHARE * worth) for pair, worth in zip(pairs, vouched, strict=True))
        terms.pop(self._vocabulary.stop, None)
        nothing = [0.0] if chars else []
        return Weighed(
            reading=reading,
            kinds=reduce(int.__or__, reading.kinds, 0),
            terms=terms,
            groups={group: _GROUP_SHARE * sum(worths) for group, worths in meant.items()},
            rarities=rarities,
            slots=_slots(terms, chars, pairs),
            worths=np.array([weights, [*vouched, *nothing], [*nothing, *vouched]])[:, :, None],
            meant=np.array([*meant.values()])[:, :, None] if meant else None,
            shares=np.array([[1 / total] * len(chars), [one / (telling or 1.0) for one in tells]]),
            tells=sum(tells),
        )

    def candidates(self, question: Weighed, limit: int) -> Ints:
        """Return the phrases with the best BM25 score over characters, sound pairs and service words."""
        return self._postings.best(question.terms, question.groups, limit)

    def rarity(self, group: int) -> float:
        """Return the inverse document frequency of a thesaurus group."""
        return log(self._size / (int(self._postings.frequency[group]) + 0.5))

    @property
    def _size(self) -> int:
        return self._alive + _BACKGROUND + 1

    def _meant(self, reading: Reading, weights: Sequence[float]) -> tuple[dict[int, list[float]], list[float]]:
        """Return what each group of a question's words that is held is worth at each place, and how rare it is."""
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
        return meant, list(map(rarities.__getitem__, meant))

    def _worth_of(self, chars: Ints, texts: Texts | Columns, *, more: int = 0) -> Weights:
        """Weigh characters of texts as `weigh` does, as if each were held by so many `more`; a stop weighs nothing."""
        worth = (_BACKGROUND * usuals() + 0.5).astype(np.float32).take(texts.levels)
        worth += self._postings.frequency.take(chars, mode="clip") + np.int32(more)
        np.divide(np.float32(self._size), worth, out=worth)
        np.log(worth, out=worth)
        worth[texts.sizes.cumsum() - 1] = 0.0
        return worth

    def _note(self, changes: int) -> None:
        """Weigh all places anew when enough has changed to matter."""
        self._changed += changes
        if self._changed * _STALE_SHARE > self._alive - _ALWAYS_FRESH:
            self.phrases.weigh(lambda columns: self._worth_of(columns.terms[0], columns))
            self._changed = 0

    def _read_heard(self, sounds: Sequence[str]) -> Columns:
        texts = lay_out(sounds, self.sets, read_sounds)
        terms = self._vocabulary.rows(texts)
        return columns_of(texts, terms, self._worth_of(terms[0], texts))

    def _terms_of(self, number: int) -> Ints:
        """Return the numbers of all terms and groups of a phrase, each once."""
        columns = self.phrases.as_written(number)
        sounds = self._vocabulary.numbers(self.phrases.sounds(np.array([number]))[0])
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


def _slots(terms: Iterable[int], chars: Sequence[int], pairs: Sequence[int]) -> Ints:
    """Return the slots of the ways in which a text may hold the places of a question."""
    slot_of = {term: slot for slot, term in enumerate(terms, start=1)}
    of_chars, of_pairs = ([slot_of.get(term, 0) for term in some] for some in (chars, pairs))
    nothing = [0] if chars else []
    return np.array([of_chars, [*of_pairs, *nothing], [*nothing, *of_pairs]])
