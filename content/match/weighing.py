"""Texts as they are compared in one index: what each of their characters is worth there."""

from collections.abc import Sequence
from functools import reduce
from typing import NamedTuple

from content.match.reading import TELLING, Reading, is_weak
from content.match.vocabulary import pairs_of

HEARD_CREDIT = 0.6
"""Share of a character's worth that another character of the same sound earns: two syllables agree by chance too."""

MEANT_CREDIT = 0.85
"""Share of a character's worth that another word of the same thesaurus group earns."""

_NONE = "\0\0"  # pair of sounds that no text holds
_NO_GROUPS = frozenset[int]()


class Weighed(NamedTuple):
    """A text with the worth of each of its places, of all of them and of those that tell what it is about.

    `tells` says of each place what it is worth when it tells, `groups` of what words it is part of, and `meanings`
    holds all of these; `pairs` are each sound with the next one, at the last place one that is nowhere, and
    `vouched` what that is worth.
    """

    chars: str
    sounds: str
    pairs: Sequence[str]
    vouched: Sequence[float]
    groups: Sequence[frozenset[int]]
    meanings: frozenset[int]
    worths: Sequence[float]
    tells: Sequence[float]
    total: float
    telling: float
    kinds: int
    is_heard: bool


class Whole(NamedTuple):
    """All phrases of an entry as one: what any of them holds, the entry holds."""

    chars: str
    sounds: str
    meanings: frozenset[int]


class Question(NamedTuple):
    """A question in one index, ready to be compared.

    `terms` says what each character and pair of sounds is worth that some phrase may hold, `groups` the same of the
    thesaurus groups of its words that some phrase does hold, and `rarities` how rare these are.
    """

    reading: Reading
    text: Weighed
    terms: dict[int, float]
    groups: dict[int, float]
    rarities: dict[int, float]

    @property
    def tells(self) -> int:
        """How many of its characters tell what it is about."""
        return sum(not is_weak(usual) for usual in self.reading.usual)


def weighed(reading: Reading, worths: Sequence[float]) -> Weighed:
    """Return a text that was read with what its places are worth."""
    tells = [0.0 if usual >= TELLING else worth for worth, usual in zip(worths, reading.usual, strict=True)]
    kinds = reading.kinds
    return Weighed(
        chars=reading.chars,
        sounds=reading.sounds,
        pairs=[*pairs_of(reading.sounds), _NONE],
        vouched=[*[HEARD_CREDIT * both for both in map(min, worths, worths[1:])], 0.0],
        groups=reading.groups,
        meanings=_NO_GROUPS.union(*reading.groups),
        worths=worths,
        tells=tells,
        total=sum(worths),
        telling=sum(tells),
        kinds=reduce(int.__or__, kinds) if any(kinds) else 0,
        is_heard=reading.is_heard,
    )
