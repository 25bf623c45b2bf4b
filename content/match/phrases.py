"""All phrases of an index laid end to end, and those that are asked for again and again kept as they are compared."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from content.match.growing import extended
from content.match.reading import Reading, read_sounds
from content.match.texts import GroupSets, Texts, usuals
from content.match.weighing import Weighed, Whole, weighed

_REMEMBERED = 2048
"""Phrases kept as they are compared, so that a village's are weighed once and a huge index does not fill the memory."""


class _Known(NamedTuple):
    """What was asked for since phrases were last weighed anew, as it is written and as typed pinyin would give it."""

    phrases: dict[tuple[int, bool], Weighed]
    wholes: dict[tuple[int, bool], Whole]


class Phrases:
    """Phrases by number, those of one entry next to each other; `owners` says which entry each belongs to."""

    def __init__(
        self, texts: Texts, owners: Sequence[int], sets: GroupSets, worths_of: Callable[[Reading], list[float]]
    ) -> None:
        """Keep the phrases; `worths_of` says what the places of one are worth by now."""
        self._worths_of, self._sets = worths_of, sets
        self._count, self._places = len(texts.sizes), len(texts.chars)
        self._kinds, self._levels, self._groups = texts.kinds, texts.levels, texts.sets
        self._starts = np.concatenate(([0], texts.sizes.cumsum())).astype(np.int32)
        self._owners = np.array(owners, np.int32)
        entries = int(self._owners[-1]) + 1 if len(owners) else 0
        self._firsts = self._owners.searchsorted(np.arange(entries + 1)).astype(np.int32)
        self._chars, self._sounds = texts.chars, texts.sounds
        self._later: dict[int, tuple[str, str]] = {}
        self.entries = entries
        self._known = _Known({}, {})

    def add(self, texts: Texts) -> None:
        """Keep the phrases of one more entry, by the next numbers."""
        count, more = self._count, len(texts.sizes)
        self._starts = extended(self._starts, count + 1, texts.sizes.cumsum() + np.int32(self._places))
        self._kinds = extended(self._kinds, count, texts.kinds)
        self._levels = extended(self._levels, self._places, texts.levels)
        self._groups = extended(self._groups, self._places, texts.sets)
        self._owners = extended(self._owners, count, np.full(more, self.entries, np.int32))
        self._firsts = extended(self._firsts, self.entries + 1, np.array([count + more], np.int32))
        self._later[self.entries] = texts.chars, texts.sounds
        self._count, self._places, self.entries = count + more, self._places + len(texts.chars), self.entries + 1

    def numbers_of(self, owner: int) -> range:
        """Return the numbers of an entry's phrases."""
        return range(*self._firsts[owner : owner + 2].tolist())

    def owners_of(self, numbers: Sequence[int]) -> list[int]:
        """Return which entries phrases belong to."""
        return self._owners[numbers].tolist()

    def weigh(self) -> None:
        """Weigh phrases anew from now on, because what places are worth has changed."""
        self._known = _Known({}, {})

    def reading(self, number: int) -> Reading:
        """Return a phrase as it was read, all kinds of question that it shows as one."""
        start, end = self._starts[number : number + 2].tolist()
        chars, sounds = self._slice(int(self._owners[number]), start, end - 1)
        usual = list(map(usuals().__getitem__, self._levels[start : end - 1].tolist()))
        groups = self._sets.sets(self._groups[start : end - 1].tolist())
        return Reading(chars, sounds, usual, groups, [int(self._kinds[number])], is_heard=False)

    def phrase(self, number: int, *, is_heard: bool) -> Weighed:
        """Return a phrase as it is compared, with a question of which only the sounds are known or any other."""
        known = self._known.phrases
        found = known.get((number, is_heard))
        if found is None:
            reading = self.reading(number)
            reading = read_sounds(reading.sounds) if is_heard else reading
            found = weighed(reading, self._worths_of(reading))
            if len(known) >= _REMEMBERED:
                known.clear()
            known[number, is_heard] = found
        return found

    def whole(self, owner: int, *, is_heard: bool) -> Whole:
        """Return all phrases of an entry as one."""
        known = self._known.wholes
        found = known.get((owner, is_heard))
        if found is None:
            if len(known) >= _REMEMBERED:
                known.clear()
            found = known[owner, is_heard] = self._whole(owner, is_heard=is_heard)
        return found

    def _whole(self, owner: int, *, is_heard: bool) -> Whole:
        numbers = self.numbers_of(owner)
        start, end = self._starts[numbers.start], self._starts[numbers.stop]
        chars, sounds = self._slice(owner, int(start), int(end))
        if is_heard:
            return Whole(sounds, sounds, frozenset[int]().union(*read_sounds(sounds).groups))
        return Whole(chars, sounds, self._sets.union(self._groups[start:end].tolist()))

    def _slice(self, owner: int, start: int, end: int) -> tuple[str, str]:
        """Return the characters and sounds of places that are all of one entry."""
        later = self._later.get(owner)
        if later is None:
            return self._chars[start:end], self._sounds[start:end]
        first = int(self._starts[self._firsts[owner]])
        chars, sounds = later
        return chars[start - first : end - first], sounds[start - first : end - first]
