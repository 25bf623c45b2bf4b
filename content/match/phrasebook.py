"""Short commands and triggers, found however they are spelt, and never inside a longer question."""

from collections.abc import Iterator, Mapping
from itertools import chain

from rapidfuzz.distance import OSA

from content.match import tables
from content.match.normalise import LONGEST_TEXT, normalise, strip_edges
from content.match.syllables import latin_runs, segmentations, sounds_of

_SHORTEST_EDITED = 4
"""Characters a phrase needs before one wrong character may be forgiven: in shorter ones it is another word."""

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
        self._longest = max((len(phrase) for phrase in self._spelt), default=0)

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
        return self._find_inexact(spelt)

    def _find_inexact(self, spelt: str) -> str | None:
        cores = tuple(dict.fromkeys(map(_compact, _without_edges(spelt))))
        exact = next((self._spelt[core] for core in cores if core in self._spelt), None)
        if exact:
            return _only(exact)
        heard = set[str]().union(*(self._heard.get(sound, ()) for core in cores for sound in _pronunciations(core)))
        return _only(heard) if heard else _only(self._nearly(cores))

    def _nearly(self, cores: tuple[str, ...]) -> set[str]:
        """Return the keys of the phrases one edit away, a swap of two neighbours being one edit."""
        near: set[str] = set()
        for phrase, keys in self._spelt.items():
            if len(phrase) >= _SHORTEST_EDITED and any(_one_slip(core, phrase) for core in cores):
                near |= keys
        return near


def _one_slip(core: str, phrase: str) -> bool:
    if abs(len(core) - len(phrase)) > 1 or _has_digit(phrase):
        return False
    turned = any(word in core and word not in phrase for word in tables.words("negations.txt"))
    return not turned and OSA.distance(core, phrase, score_cutoff=1) <= 1


def _without_edges(spelt: str) -> Iterator[str]:
    """Yield a text as it is, then without what people say before and after a command."""
    openers, closers = tables.words("command_openers.txt"), tables.words("command_closers.txt")
    yield spelt
    yield strip_edges(spelt, (), closers, keep=1)
    yield strip_edges(spelt, openers, (), keep=1)
    yield strip_edges(spelt, openers, closers, keep=1)


def _pronunciations(core: str) -> list[str]:
    """Return the sounds of a text, every reading of it when it is typed pinyin."""
    spaced = core if latin_runs().fullmatch(core) else ""
    return list(chain([sounds_of(core)], segmentations(spaced)))


def _compact(text: str) -> str:
    return text.replace(" ", "")


def _has_digit(text: str) -> bool:
    return any(c.isdecimal() for c in text)


def _only(keys: set[str] | None) -> str | None:
    return next(iter(keys)) if keys and len(keys) == 1 else None
