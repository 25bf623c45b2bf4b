"""All phrases of an index in a few arrays, from which those that are compared with a question are picked at once."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from content.match.growing import extended
from content.match.texts import Ints, Texts, ranges

_REMEMBERED = 4096
"""Phrases kept as they sound, so that a village's are read once and those of a huge index do not fill the memory."""


class Columns(NamedTuple):
    """Texts laid end to end: size (with its stop) and kinds of each, and what each place holds.

    A place has two terms, its character and its sound with the next one; it has a set of thesaurus groups, and a level
    that says how usual its character is.
    """

    sizes: Ints
    kinds: Ints
    terms: Ints
    sets: Ints
    levels: Ints


class Picked(NamedTuple):
    """Some phrases, then each of their entries with all its phrases as one text.

    `starts` says where each text starts, `text_of` to which one each place belongs, `entry_of` which text is the
    phrase's entry; `near` is how many places the phrases have.
    """

    columns: Columns
    starts: Ints
    text_of: Ints
    near: int
    sounds: list[str]
    owners: list[int]
    entry_of: list[int]


class Phrases:
    """Phrases by number, those of one entry next to each other; `owners` says which entry each belongs to."""

    def __init__(
        self, columns: Columns, sounds: str, owners: Sequence[int], read_heard: Callable[[Sequence[str]], Columns]
    ) -> None:
        """Keep the phrases; `read_heard` reads them as typed pinyin would give them, by their sounds."""
        self._columns, self._read_heard = columns, read_heard
        self._count, self._places = len(columns.sizes), len(columns.sets)
        self._starts = columns.sizes.cumsum(dtype=np.int64) - columns.sizes
        self._owners = np.array(owners, np.int32)
        entries = int(self._owners[-1]) + 1 if len(owners) else 0
        firsts = self._owners.searchsorted(np.arange(entries + 1))
        self._entries = np.array((firsts[:-1], firsts[1:])).astype(np.int32)
        self._known = entries
        self._sounds, self._later_sounds = sounds, list[str]()
        self._heard: dict[int, Columns] = {}

    def add(self, columns: Columns, sounds: Sequence[str]) -> None:
        """Keep the phrases of one more entry, by the next numbers."""
        count, places, more = self._count, self._places, len(columns.sizes)
        sizes, kinds, terms, sets, levels = columns
        held = self._columns
        starts = places + sizes.cumsum(dtype=np.int64) - sizes
        self._starts = extended(self._starts, count, starts)
        self._columns = Columns(
            extended(held.sizes, count, sizes),
            extended(held.kinds, count, kinds),
            extended(held.terms, places, terms),
            extended(held.sets, places, sets),
            extended(held.levels, places, levels),
        )
        self._owners = extended(self._owners, count, np.full(more, self._known, np.int32))
        self._entries = extended(self._entries, self._known, np.array([[count], [count + more]], np.int32))
        self._later_sounds += sounds
        self._count, self._places, self._known = count + more, places + len(sets), self._known + 1

    @property
    def entries(self) -> int:
        """How many entries there ever were."""
        return self._known

    def numbers_of(self, owner: int) -> range:
        """Return the numbers of an entry's phrases."""
        first, end = self._entries[:, owner].tolist()
        return range(first, end)

    def as_written(self, number: int) -> Columns:
        """Return one phrase."""
        return self._as_written(np.array([number]), *self._spans(np.array([number])))

    def sounds(self, number: int) -> str:
        """Return the sounds of a phrase."""
        sorted_ones = self._count - len(self._later_sounds)
        if number >= sorted_ones:
            return self._later_sounds[number - sorted_ones]
        start = int(self._starts[number])
        return self._sounds[start : start + int(self._columns.sizes[number]) - 1]

    def pick(self, numbers: Ints, *, is_heard: bool) -> Picked:
        """Return phrases by their numbers, as they sound when the question is only heard."""
        owners = self._owners.take(numbers).tolist()
        places = {owner: place for place, owner in enumerate(dict.fromkeys(owners), start=len(owners))}
        entries = list(places)
        sounds = list(map(self.sounds, numbers.tolist()))
        if is_heard:
            columns = self._as_heard(numbers.tolist(), entries)
        else:
            spans = zip(self._spans(numbers), self._entry_spans(entries), strict=True)
            starts, sizes = map(np.concatenate, spans)
            columns = self._as_written(numbers, starts, sizes)
        sizes = columns.sizes
        text_of = np.arange(len(sizes)).repeat(sizes)
        entry_of = [places[owner] for owner in owners]
        starts = sizes.cumsum() - sizes
        near = int(starts[len(owners)])
        return Picked(columns, starts, text_of, near, sounds, owners, entry_of)

    def _spans(self, numbers: Ints) -> tuple[Ints, Ints]:
        return self._starts.take(numbers), self._columns.sizes.take(numbers)

    def _entry_spans(self, entries: list[int]) -> tuple[Ints, Ints]:
        """Return where entries that have phrases begin, and how many places these have together."""
        firsts, ends = self._entries[:, entries]
        begins, _ = self._spans(firsts)
        starts, sizes = self._spans(ends - 1)
        return begins, starts + sizes - begins

    def _as_written(self, numbers: Ints, starts: Ints, sizes: Ints) -> Columns:
        _, kinds, terms, sets, levels = self._columns
        at = ranges(starts, sizes)
        return Columns(sizes, kinds.take(numbers), terms.take(at, axis=1), sets.take(at), levels.take(at))

    def _as_heard(self, near: list[int], entries: list[int]) -> Columns:
        spans = list(map(self.numbers_of, entries))
        far = [number for span in spans for number in span]
        heard = self._heard_columns({*near, *far})
        both = _joined([heard[number] for number in (*near, *far)])
        firsts = np.cumsum([len(near), *map(len, spans[:-1])])
        sizes = np.concatenate((both.sizes[: len(near)], np.add.reduceat(both.sizes, firsts)))
        return both._replace(sizes=sizes, kinds=both.kinds[: len(near)])

    def _heard_columns(self, numbers: set[int]) -> dict[int, Columns]:
        """Return phrases as typed pinyin would give them, each by its number."""
        found = {number: known for number in numbers if (known := self._heard.get(number))}
        missing = sorted(numbers - found.keys())
        if missing:
            new = dict(zip(missing, _parted(self._read_heard(list(map(self.sounds, missing)))), strict=True))
            if len(self._heard) + len(new) > _REMEMBERED:
                self._heard = {}
            self._heard.update(new)
            found |= new
        return found


def columns_of(texts: Texts, terms: Ints) -> Columns:
    """Return texts with the numbers of their terms."""
    return Columns(texts.sizes, texts.kinds, terms, texts.sets, texts.levels)


def _joined(parts: list[Columns]) -> Columns:
    """Lay texts end to end."""
    return Columns(*(np.concatenate(column, axis=-1) for column in zip(*parts, strict=True)))


def _parted(columns: Columns) -> Iterator[Columns]:
    """Yield each text on its own."""
    sizes, kinds, terms, sets, levels = columns
    ends = sizes.cumsum().tolist()
    for number, (start, end) in enumerate(zip([0, *ends], ends, strict=False)):
        one, at = slice(number, number + 1), slice(start, end)
        yield Columns(sizes[one], kinds[one], terms[:, at], sets[at], levels[at])
