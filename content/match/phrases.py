"""All phrases of an index in a few arrays, from which those that are compared with a question are picked at once."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from content.match.texts import Bools, Floats, Ints, ranges

_REMEMBERED = 4096
"""Phrases kept as they sound, so that a village's are read once and those of a huge index do not fill the memory."""


class Columns(NamedTuple):
    """Weighed texts laid end to end: size (with its stop), kinds and totals of each, and what each place holds.

    A place has two terms, its character and its sound with the next one, and what each is worth; it has a set of
    thesaurus groups, and `tells` what the text is about or does not. The totals are of the weights twice and of what
    tells.
    """

    sizes: Ints
    kinds: Ints
    totals: Floats
    terms: Ints
    sets: Ints
    worths: Floats
    tells: Bools


class Picked(NamedTuple):
    """Some phrases, then each of their entries with all its phrases as one text; only the phrases have weights.

    `starts` says where each text starts, `text_of` to which one each place belongs, `entry_of` which text is the
    phrase's entry.
    """

    columns: Columns
    starts: Ints
    text_of: Ints
    sounds: list[str]
    owners: list[int]
    entry_of: list[int]


class Phrases:
    """Phrases by number, those of one entry next to each other; `owners` says which entry each belongs to."""

    def __init__(
        self, columns: Columns, sounds: str, owners: Sequence[int], weigh_heard: Callable[[Sequence[str]], Columns]
    ) -> None:
        """Keep the phrases; `weigh_heard` gives them as typed pinyin would, by their sounds."""
        self._columns, self._sounds, self._weigh_heard = columns, sounds, weigh_heard
        self._owners = np.array(owners, np.int64)
        self._firsts = np.concatenate(([0], np.bincount(self._owners).cumsum()))
        self._starts = np.concatenate(([0], columns.sizes.cumsum()))
        entries = self._starts[self._firsts]
        spans = ((texts[:-1], texts[1:] - texts[:-1]) for texts in (self._starts, entries))
        self._spans = np.concatenate([np.array(span) for span in spans], axis=1)
        self._heard: dict[int, Columns] = {}

    def pick(self, numbers: Ints, *, is_heard: bool) -> Picked:
        """Return phrases by their numbers, as they sound when the question is only heard."""
        owners = self._owners.take(numbers).tolist()
        places = {owner: place for place, owner in enumerate(dict.fromkeys(owners), start=len(owners))}
        entries = np.array(list(places))
        starts, sizes = self._spans.take(np.concatenate((numbers, entries + len(self._owners))), axis=1)
        spans = zip(starts.tolist(), (starts + sizes - 1)[: len(owners)].tolist(), strict=False)
        sounds = [self._sounds[start:end] for start, end in spans]
        if is_heard:
            columns = self._as_heard(numbers.tolist(), list(places))
        else:
            at = ranges(starts, sizes)
            columns = self._as_written(numbers, sizes, at, at[: sizes[: len(owners)].sum()])
        sizes = columns.sizes
        text_of = np.arange(len(sizes)).repeat(sizes)
        return Picked(columns, sizes.cumsum() - sizes, text_of, sounds, owners, [places[owner] for owner in owners])

    def _as_written(self, numbers: Ints, sizes: Ints, at: Ints, near: Ints) -> Columns:
        _, kinds, totals, terms, sets, worths, tells = self._columns
        return Columns(
            sizes,
            kinds.take(numbers),
            totals.take(numbers, axis=1),
            terms.take(at, axis=1),
            sets.take(at),
            worths.take(near, axis=1),
            tells.take(near),
        )

    def _as_heard(self, near: list[int], entries: list[int]) -> Columns:
        spans = [range(self._firsts[entry], self._firsts[entry + 1]) for entry in entries]
        far = [number for span in spans for number in span]
        heard = self._heard_columns({*near, *far})
        ours, theirs = (_joined([heard[number] for number in some]) for some in (near, far))
        firsts = np.cumsum([0, *map(len, spans[:-1])])
        return ours._replace(
            sizes=np.concatenate((ours.sizes, np.add.reduceat(theirs.sizes, firsts))),
            terms=np.concatenate((ours.terms, theirs.terms), axis=1),
            sets=np.concatenate((ours.sets, theirs.sets)),
        )

    def _heard_columns(self, numbers: set[int]) -> dict[int, Columns]:
        """Return phrases as typed pinyin would give them, each by its number."""
        found = {number: known for number in numbers if (known := self._heard.get(number))}
        missing = sorted(numbers - found.keys())
        if missing:
            sounds = [self._sounds[self._starts[number] : self._starts[number + 1] - 1] for number in missing]
            new = dict(zip(missing, _parted(self._weigh_heard(sounds)), strict=True))
            if len(self._heard) + len(new) > _REMEMBERED:
                self._heard.clear()
            self._heard.update(new)
            found |= new
        return found

    def _sounds_between(self, start: int, size: int) -> str:
        """Return the sounds of a text without its stop."""
        return self._sounds[start : start + size - 1]


def _joined(parts: list[Columns]) -> Columns:
    """Lay texts end to end."""
    return Columns(*(np.concatenate(column, axis=-1) for column in zip(*parts, strict=True)))


def _parted(columns: Columns) -> Iterator[Columns]:
    """Yield each text on its own."""
    sizes, kinds, totals, terms, sets, worths, tells = columns
    ends = sizes.cumsum().tolist()
    for number, (start, end) in enumerate(zip([0, *ends], ends, strict=False)):
        one, at = slice(number, number + 1), slice(start, end)
        yield Columns(sizes[one], kinds[one], totals[:, one], terms[:, at], sets[at], worths[:, at], tells[at])
