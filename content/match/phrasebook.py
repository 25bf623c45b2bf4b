"""Short commands and triggers, found however they are spelt, and never inside a longer question."""

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache

from rapidfuzz.distance import OSA

from content.match import tables
from content.match.normalise import LONGEST_TEXT, normalise
from content.match.rewriting import Edges
from content.match.syllables import LONGEST_SYLLABLE, latin_runs, segmentations, sounds_of

_SHORTEST_EDITED = 4
"""Characters a phrase needs before one wrong character may be forgiven: in shorter ones it is another word."""

_REMEMBERED = 1024  # texts: people say the same things

_SHORTEST_HEARD = 2
"""Syllables a phrase needs to be found by sound: a single one is shared by dozens of words."""


class PhraseBook:
    """Phrases and the key each stands for: exact first, then by sound, then with one slip of the finger."""

    def __init__(self, phrases: Mapping[str, str]) -> None:
        """Index phrases by spelling and by sound; several phrases may share a key."""
        self._raw = dict(phrases)
        self._spelt: dict[str, set[str]] = {}
        self._heard: dict[str, set[str]] = {}
        for phrase, key in phrases.items():
            spelt = _compact(normalise(phrase))
            if not spelt:
                continue
            self._spelt.setdefault(spelt, set()).add(key)
            if len(spelt) >= _SHORTEST_HEARD and not _has_digit(spelt):
                self._heard.setdefault(sounds_of(spelt), set()).add(key)
        self._syllables = {len(sounds) for sounds in self._heard}
        self._editable: dict[int, list[str]] = {}
        for phrase in self._spelt:
            if len(phrase) >= _SHORTEST_EDITED and not _has_digit(phrase):
                self._editable.setdefault(len(phrase), []).append(phrase)
        self._found_inexact = lru_cache(_REMEMBERED)(self._find_inexact)

    def find(self, text: str) -> str | None:
        """Return the key of the phrase that a text is, or nothing when it is none or could be two."""
        if (key := self._raw.get(text)) is not None:
            return key
        if len(text) > LONGEST_TEXT:
            return None
        spelt = normalise(text)
        exact = self._spelt.get(_compact(spelt))
        if exact or not spelt or _has_digit(spelt):
            return _only(exact)
        return self._found_inexact(spelt)

    def _find_inexact(self, spelt: str) -> str | None:
        cores = tuple(dict.fromkeys(map(_compact, _without_edges(spelt))))
        exact = next((self._spelt[core] for core in cores if core in self._spelt), None)
        if exact:
            return _only(exact)
        heard = set[str]().union(*(self._heard.get(sound, ()) for core in cores for sound in self._sounds(core)))
        return _only(heard) if heard else _only(self._nearly(cores))

    def _sounds(self, core: str) -> Iterator[str]:
        """Yield the sounds of a text that a phrase may have, every reading of it when it is typed pinyin."""
        if len(core) in self._syllables:
            yield sounds_of(core)
        if len(core) <= LONGEST_SYLLABLE * max(self._syllables, default=0) and latin_runs().fullmatch(core):
            yield from segmentations(core)

    def _nearly(self, cores: tuple[str, ...]) -> set[str]:
        """Return the keys of the phrases one edit away, a swap of two neighbours being one edit."""
        near: set[str] = set()
        for core in cores:
            for length in (len(core) - 1, len(core), len(core) + 1):
                for phrase in self._editable.get(length, ()):
                    if OSA.distance(core, phrase, score_cutoff=1) <= 1 and not _is_turned(core, phrase):
                        near |= self._spelt[phrase]
        return near


def _is_turned(core: str, phrase: str) -> bool:
    """Tell whether the slip would be a negation, which turns the meaning round."""
    return any(word in core and word not in phrase for word in tables.words("negations.txt"))


def _without_edges(spelt: str) -> Iterator[str]:
    """Yield a text as it is, then without what people say before and after a command."""
    yield spelt
    for edges in _edges():
        yield edges.strip(spelt, keep=1)


@cache
def _edges() -> tuple[Edges, ...]:
    openers, closers = tables.words("command_openers.txt"), tables.words("command_closers.txt")
    return Edges(closers=closers), Edges(openers), Edges(openers, closers)


def _compact(text: str) -> str:
    return text.replace(" ", "")


def _has_digit(text: str) -> bool:
    return any(map(str.isdecimal, text))


def _only(keys: set[str] | None) -> str | None:
    return next(iter(keys)) if keys and len(keys) == 1 else None
