"""Reads what people say of important matters: how far is it, who came and agreed, how much it costs; pure."""

import functools
import re
import unicodedata
from collections.abc import Iterable, Mapping
from decimal import Decimal

from content.match import normalise
from content.matters import told
from content.moments.words import any_of

_FEN = 100
_LARGEST = 10**15
_SHORTEST = 2
_WAN, _YI = 10**4 * _FEN, 10**8 * _FEN


def counts(text: str) -> dict[str, int]:
    """Return how many should have come (``expected``), did (``present``) and agreed (``agreed``), as far as said."""
    plain, found = unicodedata.normalize("NFKC", text), dict[str, int]()
    for name, pattern in _counted().items():  # a word for who should come may hold one for who came: it goes first
        match = pattern.search(plain)
        if match:
            found[name] = int(match[1])
            plain = f"{plain[: match.start()]} {plain[match.end() :]}"
    return found


def money(text: str) -> int | None:
    """Return a sum in fen, 0 for none at all, ``None`` for what is no sum."""
    plain = unicodedata.normalize("NFKC", text).replace(",", "").replace(" ", "")
    words = told("money")
    if plain in words["none"]:
        return 0
    for mark in words["marks"]:
        plain = plain.replace(mark, "")
    units: dict[str, int] = words["units"]
    match = re.fullmatch(rf"(\d{{1,12}}(?:\.\d{{1,4}})?)({'|'.join(sorted(units, key=len, reverse=True))})?", plain)
    if match is None:
        return None
    fen = Decimal(match[1]) * units.get(match[2] or "", 1) * _FEN
    return int(fen) if fen == int(fen) and fen < _LARGEST else None


def money_shown(fen: int) -> str:
    """Return a sum as people write it, such as 400 of ten thousand yuan."""
    shown = told("money")["shown"]
    if not fen:
        return str(shown["none"])
    size, unit = (_YI, "yi") if fen >= _YI else (_WAN, "wan") if fen >= _WAN else (_FEN, "yuan")
    exact = Decimal(fen) / size
    if exact != round(exact, 4):
        size, unit = _FEN, "yuan"
    return f"{_plainly(Decimal(fen) / size)}{shown[unit]}"


def asked_about(text: str) -> str:
    """Return what somebody asks how far it is, an empty string when they ask no such thing."""
    said = _folded(text)
    if not any(word in said for word in _folded_words("asking")):
        return ""
    for word in (*_folded_words("asking"), *_folded_words("around")):
        said = said.replace(word, " ")
    return said.strip()


def nearest(meant: str, titles: Mapping[int, str]) -> list[int]:
    """Return which titles, by their ids, hold most of what is meant, half of it at the least."""
    pairs = _pairs([meant])
    scores = {key: len(pairs & _pairs([_folded(title)])) for key, title in titles.items()}
    best = max(scores.values(), default=0)
    return [key for key, score in scores.items() if score == best and score * 2 >= len(pairs) > 0]


def holds(meant: str, title: str) -> bool:
    """Tell whether a title holds all of what is meant."""
    return _pairs([meant]) <= _pairs([_folded(title)])


def _pairs(texts: Iterable[str]) -> set[str]:
    parts = [part for text in texts for part in text.split()]
    return {part[at : at + _SHORTEST] for part in parts for at in range(len(part) - 1)}


def _plainly(number: Decimal) -> str:
    return f"{number:,.4f}".rstrip("0").rstrip(".")


def _folded(text: str) -> str:
    return normalise(text).replace(" ", "")


@functools.cache
def _folded_words(name: str) -> tuple[str, ...]:
    return tuple(sorted((_folded(word) for word in told(name)), key=len, reverse=True))


@functools.cache
def _counted() -> Mapping[str, re.Pattern[str]]:
    return {name: re.compile(rf"{any_of(words)}\D{{0,3}}?(\d{{1,6}})(?!\d)") for name, words in told("counts").items()}
