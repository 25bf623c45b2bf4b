"""Numbers for what texts are made of: thesaurus groups, characters, sounds, and pairs of neighbouring sounds."""

from collections.abc import Iterable, Iterator
from itertools import repeat
from operator import add

import numpy as np

from content.match import thesaurus
from content.match.texts import STOP, Ints, Texts, distinct

_CODE_POINT = 21  # bits
_CODE_POINTS = 0x110000


class Vocabulary:
    """All terms of some texts by number: first the groups, then the stop, then characters, sounds and their pairs.

    The number of the stop also stands for every term that none of the texts holds.
    """

    def __init__(self, texts: Texts) -> None:
        """Collect the terms of texts laid end to end, each closed by a stop."""
        self.stop = len(thesaurus.groups())
        is_single = np.zeros(_CODE_POINTS, np.bool_)
        for codes in map(_codes, (STOP, texts.chars, texts.sounds)):
            is_single[codes] = True
        self._codes = distinct([is_single.nonzero()[0], _pair_codes(texts.sounds)])
        self._numbers = {_term(code): number for number, code in enumerate(self._codes.tolist(), start=self.stop)}

    def __len__(self) -> int:
        """Return how many terms there are."""
        return self.stop + len(self._numbers)

    def numbers(self, terms: Iterable[str]) -> Iterator[int]:
        """Return the numbers of a few characters, sounds or pairs of sounds."""
        return map(self._numbers.get, terms, repeat(self.stop))

    def learn(self, texts: Texts) -> None:
        """Give numbers to the terms of more texts."""
        for term in (*texts.chars, *texts.sounds, *pairs_of(texts.sounds)):
            if term not in self._numbers and (len(term) == 1 or STOP not in term):
                self._numbers[term] = len(self)

    def rows(self, texts: Texts) -> Iterator[Ints]:
        """Yield numbers of all places of the texts this was made of: characters, sounds, and sounds with the next."""
        for codes in (_codes(texts.chars), _codes(texts.sounds), _pair_codes(texts.sounds)):
            yield self._places(codes)

    def _places(self, codes: Ints) -> Ints:
        return np.where(codes > 0, self._codes.searchsorted(codes) + self.stop, self.stop).astype(np.int32)


def pairs_of(sounds: str) -> Iterator[str]:
    """Return each sound with the next one."""
    return map(add, sounds, sounds[1:])


def _codes(text: str) -> Ints:
    return np.frombuffer(text.encode("utf-32-le"), np.uint32).astype(np.int64)


def _pair_codes(sounds: str) -> Ints:
    """Return a number for each sound with the next one, larger than any character's; a stop's where a text ends."""
    codes = np.append(_codes(sounds), 0)
    left, right = codes[:-1], codes[1:]
    return np.where((left > 0) & (right > 0), (left << _CODE_POINT) | right, 0)


def _term(code: int) -> str:
    left, right = divmod(code, 1 << _CODE_POINT)
    return (chr(left) if left else "") + chr(right)
