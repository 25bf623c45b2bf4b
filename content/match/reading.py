"""What the matcher sees in a text: its characters, sounds, service words, weak words and kind of question."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import repeat
from operator import add, ne
from typing import NamedTuple

from content.match import ages, tables, thesaurus
from content.match.normalise import normalise, strip_politeness, to_mandarin
from content.match.numbers import in_words
from content.match.syllables import latin_runs, segmentations, sounds_of

_LATIN_SHARE = 0.6
"""Share of Latin letters from which a text that can be read as pinyin is taken to be pinyin."""

TELLING = 0.1
"""Share of all questions up to which a character tells what a question is about."""

_USUAL = 0.002
_SOUND_DILUTION = 0.3  # a syllable is shared by words that are not weak

MOST_HEARD = 3
"""Readings of typed pinyin that are worth comparing."""

_NO_GROUPS = frozenset[int]()

_GAP = "~"
_SHORTEST_HEARD = (2, 4)  # characters, the gap included: shorter words sound like too many others
_BEGINNING = 2  # characters by which words are looked for
_WIDEST_GAP = 5
"""Characters that may stand between the two halves of a word that is written with a gap: 交~医保 is in 交了两年医保."""


class Reading(NamedTuple):
    """A text taken apart: for each character its sound and what is known of the words it is part of.

    That is how usual it is in any question, the thesaurus groups, and a bit for each kind of question that a word
    which starts here shows. `is_heard` tells that only sounds are known, as with typed pinyin.
    """

    chars: str
    sounds: str
    usual: list[float]
    groups: list[frozenset[int]]
    kinds: list[int]
    is_heard: bool


def plain(text: str) -> str:
    """Return the normalised text in Mandarin without politeness, its numbers in words, as it is compared."""
    return strip_politeness(in_words(to_mandarin(_initials().sub(_spelt_out, normalise(text)))))


@cache
def _initials() -> re.Pattern[str]:
    """Return the pattern of first letters that stand for a service word."""
    return re.compile(f"(?<![a-z])(?:{'|'.join(_words_by_initials())})(?![a-z])")


@cache
def _words_by_initials() -> dict[str, str]:
    """Return service words by the first letters people type for them."""
    return dict(row for row in tables.rows("initials.tsv") if len(row) == 2)  # noqa: PLR2004  # letters and a word


def _spelt_out(found: re.Match[str]) -> str:
    return _words_by_initials()[found[0]]


def read(text: str) -> Reading:
    """Take apart a text that `plain` returned."""
    chars = text.replace(" ", "")
    return _take_apart(chars, sounds_of(chars), is_heard=False)


def read_typed(text: str) -> Reading:
    """Take apart a question that `plain` returned: a service word may be misspelt, an age means people."""
    reading = read(text)
    senses = _senses()
    meant = [*senses.misspelt_in(reading.chars, reading.sounds), *senses.aged_in(reading.chars)]
    for start, end, groups in meant:
        reading.groups[start:end] = [own | groups for own in reading.groups[start:end]]
    return reading


def heard(text: str, *, most: int = MOST_HEARD) -> list[Reading]:
    """Return the likeliest ways to read a text as typed pinyin, none when it is not Latin enough."""
    letters = sum(map(len, latin_runs().findall(text)))
    if not letters or letters < _LATIN_SHARE * len(text):
        return []
    ways = [""]
    end = 0
    for run in latin_runs().finditer(text):
        between = sounds_of(text[end : run.start()].replace(" ", ""))
        ways = [way + between + sounds for way in ways for sounds in segmentations(run[0])[:most]]
        end = run.end()
    tail = sounds_of(text[end:].replace(" ", ""))
    return [read_sounds(way + tail) for way in ways[:most]]


def words_in(chars: str) -> list[tuple[int, int, frozenset[int]]]:
    """Return where words of the thesaurus start and end in a text, with their groups."""
    return [(start, end, sense.groups) for start, end, sense in _senses().found_in(chars) if sense.groups]


def ages_in(chars: str) -> list[tuple[int, int, frozenset[int]]]:
    """Return where ages start and end in a question, with the groups of the people they stand for."""
    return list(_senses().aged_in(chars))


def is_weak(usual: float) -> bool:
    """Tell whether a character that is in so many questions tells nothing of what one is about."""
    return usual >= TELLING


def usual_levels() -> list[float]:
    """Return all shares by which a character may be usual, from the smallest up."""
    return sorted({_USUAL, *_senses().levels})


def read_sounds(sounds: str) -> Reading:
    """Take apart a text of which only the sounds are known."""
    return _take_apart(sounds, sounds, is_heard=True)


def _take_apart(chars: str, sounds: str, *, is_heard: bool) -> Reading:
    senses = _senses()
    usual = list(map(senses.usual.get, chars, repeat(_USUAL)))
    groups = [_NO_GROUPS] * len(chars)
    kinds = [0] * len(chars)
    for start, end, sense in senses.found_in(chars):
        if sense.kinds:
            kinds[start] |= sense.kinds
        if more := sense.groups:
            for place in range(start, end):
                own = groups[place]
                groups[place] = own | more if own else more
        if sense.usual:
            usual[start:end] = [max(own, sense.usual) for own in usual[start:end]]
    return Reading(chars, sounds, usual, groups, kinds, is_heard)


@dataclass(slots=True)
class _Sense:
    """What the tables say about one word."""

    usual: float = 0.0
    groups: frozenset[int] = _NO_GROUPS
    kinds: int = 0
    spelt: tuple[str, ...] = ()


class _Tails(NamedTuple):
    """The second halves of the words with a gap that have one first half, and the characters these begin with."""

    beginnings: set[str]
    words: list[tuple[str, _Sense]]


class _Senses:
    """The words of all tables, written and as sounds; `usual` holds the single characters any question may have."""

    def __init__(self) -> None:
        senses: dict[str, _Sense] = {}
        alike = {_NO_GROUPS: _NO_GROUPS}  # equal sets are one: there are ten thousand words
        for word, usual, groups, kinds in _table_words():
            for form, share in ((word, 1.0), (sounds_of(word), _SOUND_DILUTION if len(word) == 1 else 1.0)):
                if form != word and not usual and len(word) < _SHORTEST_HEARD[_GAP in word]:
                    continue
                sense = senses.setdefault(form, _Sense())
                if form != word and groups:
                    sense.spelt += (word,)
                sense.usual = max(sense.usual, usual * share)
                both = sense.groups | groups
                sense.groups = alike.setdefault(both, both)
                sense.kinds |= kinds
        single = {word: sense for word, sense in senses.items() if len(word) == 1}
        self.usual = {char: max(sense.usual, _USUAL) for char, sense in single.items()}
        self._single = {char: sense for char, sense in single.items() if sense.groups or sense.kinds}
        self.levels = {*self.usual.values(), *(max(sense.usual, _USUAL) for sense in senses.values())}
        self._aged = {word: senses[word].groups for word in ages.words()}
        self._longer = {word: sense for word, sense in senses.items() if len(word) > 1 and _GAP not in word}
        lengths: dict[str, set[int]] = {}
        for word in self._longer:
            lengths.setdefault(word[:_BEGINNING], set()).add(len(word))
        self._lengths = {beginning: tuple(some) for beginning, some in lengths.items()}
        parted: dict[str, _Tails] = {}
        for word, sense in senses.items():
            head, gap, tail = word.partition(_GAP)
            if gap:
                tails = parted.setdefault(head, _Tails(set(), []))
                tails.beginnings.add(tail[0])
                tails.words.append((tail, sense))
        self._parted: dict[str, dict[str, list[tuple[str, _Tails]]]] = {}
        for head, tails in parted.items():
            self._parted.setdefault(head[0], {}).setdefault(head[1:_BEGINNING], []).append((head, tails))

    def found_in(self, chars: str) -> list[tuple[int, int, _Sense]]:
        """Return where table words start and end, all but those that are only `usual`; words may hold shorter ones."""
        found: list[tuple[int, int, _Sense]] = []
        if not self._single.keys().isdisjoint(chars):
            found += [(at, at + 1, self._single[char]) for at, char in enumerate(chars) if char in self._single]
        found += self._longer_in(chars)
        found += self._parted_in(chars)
        return found

    def misspelt_in(self, chars: str, sounds: str) -> Iterator[tuple[int, int, frozenset[int]]]:
        """Yield where service words stand with one character written as another that sounds the same."""
        for start, end, sense in self._longer_in(sounds):
            if sense.spelt:
                written = chars[start:end]
                if written not in sense.spelt and any(sum(map(ne, written, word)) == 1 for word in sense.spelt):
                    yield start, end, sense.groups

    def aged_in(self, chars: str) -> Iterator[tuple[int, int, frozenset[int]]]:
        """Yield where ages stand, with the groups of the people they stand for."""
        return ((start, end, self._aged[word]) for start, end, word in ages.ages_in(chars))

    def _longer_in(self, chars: str) -> list[tuple[int, int, _Sense]]:
        """Return where words of two characters or more stand in one piece."""
        found: list[tuple[int, int, _Sense]] = []
        longer, last = self._longer, len(chars)
        for start, lengths in enumerate(map(self._lengths.get, map(add, chars, chars[1:]))):
            for length in lengths or ():
                end = start + length
                if end <= last and (sense := longer.get(chars[start:end])):
                    found.append((start, end, sense))
        return found

    def _parted_in(self, chars: str) -> Iterator[tuple[int, int, _Sense]]:
        """Yield both halves of each word with a gap; none reaches over the end of a text."""
        for start, heads in enumerate(map(self._parted.get, chars)):
            if not heads:
                continue
            for head, tails in (*heads.get("", ()), *heads.get(chars[start + 1 : start + _BEGINNING], ())):
                end = start + len(head)
                if tails.beginnings.isdisjoint(chars[end : end + _WIDEST_GAP + 1]) or not chars.startswith(head, start):
                    continue
                for tail, sense in tails.words:
                    at = chars.find(tail, end, end + _WIDEST_GAP + len(tail))
                    if at >= 0 and "\0" not in chars[end:at]:
                        yield start, end, sense
                        yield at, at + len(tail), sense


@cache
def _senses() -> _Senses:
    return _Senses()


def _table_words() -> Iterator[tuple[str, float, frozenset[int], int]]:
    for usual, *words in tables.rows("weak_words.txt"):
        yield from ((word, float(usual), _NO_GROUPS, 0) for word in words)
    for group, words in enumerate(thesaurus.groups()):
        yield from ((in_words(to_mandarin(word)), 0.0, frozenset({group}), 0) for word in words)
    for kind, (_name, *words) in enumerate(tables.rows("question_types.txt")):
        yield from ((word, 0.0, _NO_GROUPS, 1 << kind) for word in words)
