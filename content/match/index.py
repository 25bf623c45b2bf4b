"""What each character of a text is worth in one index, and which phrases are worth comparing with a question."""

from collections.abc import Iterator, Sequence
from math import log

import numpy as np

from content.match.phrases import Phrases
from content.match.postings import Postings
from content.match.reading import Reading, read
from content.match.texts import GroupSets, Ints, Texts, lay_out
from content.match.vocabulary import Vocabulary, pairs_of
from content.match.weighing import MEANT_CREDIT, Question, weighed

_BACKGROUND = 200
"""Size of the imagined collection behind the index: without it a small index calls 去哪里 rare and 医保 common."""

_PAIR_SHARE = 0.6
"""Share of its worth that a pair of sounds counts beside the characters themselves when candidates are looked for."""

_WORD_SHARE = 0.8 * MEANT_CREDIT
"""The same of each place of a word of a thesaurus group."""

_ALWAYS_FRESH = 2000
_STALE_SHARE = 50
"""Changes, as one of so many phrases beyond the first, from which what places are worth is reckoned anew."""


class Index:
    """All phrases by what they hold; a phrase is known by its number."""

    def __init__(self, phrases: Sequence[str], owners: Sequence[int]) -> None:
        """Build the index; one thread may add and remove entries afterwards while others ask."""
        self._sets = GroupSets()
        texts = self._lay_out(phrases)
        self._vocabulary = Vocabulary(texts)
        self._alive, self._changed = len(phrases), 0
        self._postings = Postings(self._held(texts), texts.sizes - 1, len(self._vocabulary))
        self.phrases = Phrases(texts, owners, self._sets, self._worths_of)

    @property
    def ceiling(self) -> float:
        """The most a character can weigh."""
        return log(self._size)

    def add(self, phrases: Sequence[str]) -> None:
        """Index the phrases of one more entry, by the next numbers."""
        texts = self._lay_out(phrases)
        self._vocabulary.learn(texts)
        self.phrases.add(texts)
        numbers = self.phrases.numbers_of(self.phrases.entries - 1)
        if numbers:
            self._postings.add(map(self._terms_of, numbers), texts.sizes - 1)
            self._alive += len(numbers)
            self._note(len(numbers))

    def remove(self, owner: int) -> None:
        """Find the phrases of an entry no more."""
        numbers = self.phrases.numbers_of(owner)
        self._postings.remove(numbers, map(self._terms_of, numbers))
        self._alive -= len(numbers)
        self._note(len(numbers))

    def weigh(self, reading: Reading) -> Question:
        """Weigh a question and all of it that phrases may hold."""
        numbers = self._vocabulary.numbers
        chars = list(numbers(reading.chars))
        worths = self._worths(chars, reading.usual)
        text = weighed(reading, worths)
        terms = dict(zip(chars, worths, strict=True))
        terms.update(zip(numbers(text.pairs), [_PAIR_SHARE * worth for worth in text.vouched], strict=True))
        terms.pop(self._vocabulary.stop, None)
        rarities = {group: rarity for group in text.meanings if (rarity := self._rarity(group))}
        groups: dict[int, float] = {}
        for worth, meant in zip(worths, reading.groups, strict=True):
            for group in meant:
                if rarity := rarities.get(group):
                    groups[group] = groups.get(group, 0.0) + _WORD_SHARE * min(worth, rarity)
        return Question(reading, text, terms, groups, rarities)

    def candidates(self, question: Question, limit: int) -> list[int]:
        """Return the phrases with the best BM25 score over characters, sound pairs and service words."""
        return self._postings.best(question.terms, question.groups, limit)

    @property
    def _size(self) -> int:
        return self._alive + _BACKGROUND + 1

    def _worths_of(self, reading: Reading) -> list[float]:
        return self._worths(list(self._vocabulary.numbers(reading.chars)), reading.usual)

    def _worths(self, chars: list[int], usual: Sequence[float]) -> list[float]:
        """Return the inverse document frequency of each character, mixed with how usual it is anywhere."""
        held = self._postings.frequency.take(chars, mode="clip").tolist()
        size = self._size
        usually = zip(held, usual, strict=True)
        return [log(size / (known + _BACKGROUND * usual + 0.5)) for known, usual in usually]

    def _rarity(self, group: int) -> float:
        """Return the inverse document frequency of a thesaurus group, 0 when no phrase holds it."""
        held = int(self._postings.frequency[group])
        return log(self._size / (held + 0.5)) if held else 0.0

    def _note(self, changes: int) -> None:
        """Weigh all phrases anew when enough has changed to matter."""
        self._changed += changes
        if self._changed * _STALE_SHARE > self._alive - _ALWAYS_FRESH:
            self.phrases.weigh()
            self._changed = 0

    def _lay_out(self, phrases: Sequence[str]) -> Texts:
        return lay_out([phrase.replace(" ", "") for phrase in phrases], self._sets, read)

    def _terms_of(self, number: int) -> set[int]:
        """Return the numbers of all terms and groups of a phrase."""
        reading = self.phrases.reading(number)
        terms = {*self._vocabulary.numbers((*reading.chars, *reading.sounds, *pairs_of(reading.sounds)))}
        terms.discard(self._vocabulary.stop)
        return terms.union(*reading.groups)

    def _held(self, texts: Texts) -> Iterator[tuple[Ints, Ints]]:
        """Yield terms with the texts that hold them: characters, pairs of sounds, sounds, and groups."""
        text_of = np.arange(len(texts.sizes), dtype=np.int32).repeat(texts.sizes)
        for numbers in self._vocabulary.rows(texts):
            is_term = numbers != self._vocabulary.stop
            yield numbers[is_term], text_of[is_term]
        places = texts.sets.nonzero()[0]
        groups, counts = self._sets.members(texts.sets[places])
        yield groups, text_of[places].repeat(counts)
