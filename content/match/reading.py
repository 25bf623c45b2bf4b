"""What the matcher sees in a text: its characters, sounds, service words, weak words and kind of question."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from content.match import tables
from content.match.normalise import normalise, strip_politeness, to_mandarin
from content.match.syllables import is_sound, latin_runs, segmentations, sounds_of

_LATIN_SHARE = 0.6
"""Share of Latin letters from which a text that can be read as pinyin is taken to be pinyin."""

_USUAL = 0.002
_SOUND_DILUTION = 0.3  # a syllable is shared by words that are not weak
_FEW = 3  # readings of typed pinyin that are worth comparing


@dataclass(frozen=True, slots=True)
class Reading:
    """A text taken apart; `usual` holds, for each character, how usual it is in any question."""

    chars: str
    sounds: str
    usual: tuple[float, ...]
    groups_at: tuple[frozenset[int], ...]
    groups: frozenset[int]
    kinds: frozenset[str]

    @property
    def is_heard(self) -> bool:
        """Tell whether only sounds are known, as with typed pinyin."""
        return any(map(is_sound, self.chars))


def plain(text: str) -> str:
    """Return the normalised text in Mandarin without politeness, as it is compared."""
    return strip_politeness(to_mandarin(normalise(text)))


def read(text: str) -> Reading:
    """Take apart a text that `plain` returned."""
    chars = text.replace(" ", "")
    return _take_apart(chars, sounds_of(chars))


def heard(text: str) -> list[Reading]:
    """Return the ways to read a text as typed pinyin, none when it is not Latin enough."""
    letters = sum(map(len, latin_runs().findall(text)))
    if not letters or letters < _LATIN_SHARE * len(text):
        return []
    ways = [""]
    end = 0
    for run in latin_runs().finditer(text):
        between = sounds_of(text[end : run.start()].replace(" ", ""))
        ways = [way + between + sounds for way in ways for sounds in segmentations(run[0])[:_FEW]]
        end = run.end()
    tail = sounds_of(text[end:].replace(" ", ""))
    return [_take_apart(way + tail, way + tail) for way in ways[:_FEW]]


def as_heard(reading: Reading) -> Reading:
    """Return the same text as typed pinyin would give it."""
    return _take_apart(reading.sounds, reading.sounds)


def together(readings: Sequence[Reading]) -> Reading:
    """Return several texts as one to look things up in; nothing runs from one into the next."""
    groups = frozenset[int]().union(*(reading.groups for reading in readings))
    chars, sounds = (" ".join(texts) for texts in zip(*((r.chars, r.sounds) for r in readings), strict=True))
    return Reading(chars, sounds, (), (), groups, frozenset())


def _take_apart(chars: str, sounds: str) -> Reading:
    usual = [_USUAL] * len(chars)
    groups: list[set[int]] = [set() for _ in chars]
    kinds: set[str] = set()
    for start, word, sense in _senses_in(chars):
        for place in range(start, start + len(word)):
            usual[place] = max(usual[place], sense.usual)
            groups[place] |= sense.groups
        kinds |= sense.kinds
    frozen = tuple(map(frozenset, groups))
    return Reading(chars, sounds, tuple(usual), frozen, frozenset[int]().union(*frozen), frozenset(kinds))


@dataclass(slots=True)
class _Sense:
    """What the tables say about one word."""

    usual: float
    groups: set[int]
    kinds: set[str]


@cache
def _senses() -> dict[str, list[tuple[str, _Sense]]]:
    """Return the words of all tables by their first character, longest first, written and as sounds."""
    senses: dict[str, _Sense] = {}
    for word, usual, group, kind in _table_words():
        for form, share in ((word, 1.0), (sounds_of(word), _SOUND_DILUTION if len(word) == 1 else 1.0)):
            if form != word and len(word) == 1 and not usual:
                continue
            sense = senses.setdefault(form, _Sense(0.0, set(), set()))
            sense.usual = max(sense.usual, usual * share)
            sense.groups |= {group} if group is not None else set()
            sense.kinds |= {kind} if kind else set()
    by_first: dict[str, list[tuple[str, _Sense]]] = {}
    for word in sorted(senses, key=len, reverse=True):
        by_first.setdefault(word[0], []).append((word, senses[word]))
    return by_first


def _table_words() -> Iterator[tuple[str, float, int | None, str]]:
    for usual, *words in tables.rows("weak_words.txt"):
        yield from ((word, float(usual), None, "") for word in words)
    for group, words in enumerate(tables.rows("thesaurus.txt")):
        yield from ((to_mandarin(word), 0.0, group, "") for word in words)
    for kind, *words in tables.rows("question_types.txt"):
        yield from ((word, 0.0, None, kind) for word in words)


def _senses_in(chars: str) -> Iterator[tuple[int, str, _Sense]]:
    """Yield every table word of a text; words may overlap and hold shorter ones."""
    by_first = _senses()
    for start, first in enumerate(chars):
        for word, sense in by_first.get(first, ()):
            if chars.startswith(word, start):
                yield start, word, sense
