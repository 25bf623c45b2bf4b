"""Names as a cadre pastes them from a paper sheet, found among those who are expected: pure, and asks when in doubt."""

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.domain.persons.people import name_key
from content.match import PhraseBook
from content.words import answer_words

LONGEST = 400
"""Names of one sheet that are read."""

_BETWEEN = re.compile(r"[、，,;；/|\n\r\t]+")
_COLON = re.compile(r"[:：]")
_NOISE = re.compile(r"[\d\W_]+$|^[\d\W_]+")
_SHORTEST_MISREAD = 3


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a sheet says: ids that are sure, names that may be one of some people, names nobody here has.

    ``away`` are the ids on a line that says its people did not come.
    """

    sure: tuple[int, ...]
    doubtful: tuple[tuple[str, tuple[int, ...]], ...]
    unknown: tuple[str, ...]
    away: tuple[int, ...]


def read(text: str, expected: Mapping[int, str]) -> Sheet:
    """Read a pasted sheet; ``expected`` are the people who may stand on it, name by id.

    A name spelt as on the roster is sure when one person has it. One that sounds the same or has one wrong character
    is doubtful, and so is one two people share.
    """
    known = _Known(expected)
    sure, away = dict[int, None](), dict[int, None]()
    doubtful, unknown = dict[str, tuple[int, ...]](), dict[str, None]()
    for name, came in _names(text, known):
        exact = known.exact(name)
        if len(exact) == 1:
            (sure if came else away)[exact[0]] = None
        elif came and (near := exact or known.near(name)):
            doubtful[name] = near
        elif came:
            unknown[name] = None
    for one in away:
        sure.pop(one, None)
    open_questions = tuple((name, ids) for name, ids in doubtful.items() if not set(ids) <= sure.keys())
    return Sheet(tuple(sure), open_questions, tuple(unknown), tuple(away))


class _Known:
    """The names that are expected, found by spelling, by sound, and with one character misread."""

    def __init__(self, expected: Mapping[int, str]) -> None:
        self._ids: dict[str, tuple[int, ...]] = {}
        for person_id, name in expected.items():
            key = name_key(name)
            if key:
                self._ids[key] = (*self._ids.get(key, ()), person_id)

    def exact(self, name: str) -> tuple[int, ...]:
        return self._ids.get(name_key(name), ())

    def near(self, name: str) -> tuple[int, ...]:
        key = name_key(name)
        heard = [one for one in self._ids if len(one) == len(key) and _sounds_like(one, key)]
        misread = [one for one in self._ids if _is_misread(one, key)]
        return tuple(dict.fromkeys(one for found in (*heard, *misread) for one in self._ids[found]))


def _sounds_like(name: str, said: str) -> bool:
    return len(said) > 1 and _book(name).find(said) == name


@functools.lru_cache(maxsize=4096)
def _book(name: str) -> PhraseBook:
    return PhraseBook({name: name})


def _is_misread(name: str, said: str) -> bool:
    if len(name) != len(said) or len(name) < _SHORTEST_MISREAD:
        return False
    return sum(one != other for one, other in zip(name, said, strict=True)) == 1


def _names(text: str, known: _Known) -> Iterator[tuple[str, bool]]:
    """Yield each name, and whether its line says that they came."""
    came, count = True, 0
    for part in _BETWEEN.split(text):
        head, colon, rest = _headed(part)
        if colon:
            came = not any(word in head for word in answer_words()["did_not_come"])
        for name in _apart(rest, known):
            count += 1
            if count <= LONGEST:
                yield name, came


def _headed(part: str) -> tuple[str, bool, str]:
    pieces = _COLON.split(part, maxsplit=1)
    return (pieces[0], True, pieces[1]) if len(pieces) > 1 else ("", False, part)


def _apart(part: str, known: _Known) -> list[str]:
    """Tell names apart that only blanks divide; two characters with a blank between are one name."""
    whole = _bare(part)
    if not whole or known.exact(whole):
        return [whole] if whole else []
    pieces: list[str] = []
    pending = ""
    for piece in (_bare(one) for one in whole.split()):
        if len(piece) == 1:
            pending += piece
            continue
        pieces += [pending, piece]
        pending = ""
    return [one for one in (*pieces, pending) if one]


def _bare(piece: str) -> str:
    """Return a name without the numbers and ticks around it."""
    return _NOISE.sub("", piece.strip())
