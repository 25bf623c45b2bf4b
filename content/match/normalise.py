"""One spelling for everything that is typed: simplified, half width, lower case, no punctuation."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import cache
from itertools import pairwise
from typing import cast

from opencc import OpenCC

from content.match import tables

LONGEST_TEXT = 200
"""Characters read of a text: no question is longer, and a pasted book must not cost time."""

_IS = re.compile("(?<![关關联聯体體干])係(?![数數统統列])")  # 係 is 是, but OpenCC writes 系 as in 关系
_LOOKING_BACK = re.compile(r"^\(\?<[=!][^)]*\)")


@cache
def _to_simplified() -> Callable[[str], str]:
    return cast("Callable[[str], str]", OpenCC("t2s").convert)


@cache
def _cantonese() -> dict[str, list[tuple[re.Pattern[str], str]]]:
    """Return the rewriting rules by the first character they can match at."""
    rules: dict[str, list[tuple[re.Pattern[str], str]]] = {}
    for pattern, word in tables.rows("cantonese.tsv"):
        rules.setdefault(_LOOKING_BACK.sub("", pattern)[0], []).append((re.compile(pattern), word))
    return rules


def normalise(text: str) -> str:
    """Return letters and digits only, in one spelling; one blank stays between Latin words and numbers."""
    text = "".join(c for c in text[:LONGEST_TEXT] if unicodedata.category(c) not in {"Cs", "Co", "Cn"})
    text = unicodedata.normalize("NFKC", text)[:LONGEST_TEXT].lower()
    text = _to_simplified()(_IS.sub("是", text))
    kept = "".join(c if unicodedata.category(c)[0] in "LN" else _gap(c) for c in text)
    return "".join(_latin_gaps(kept.split()))


def to_mandarin(text: str) -> str:
    """Rewrite Cantonese words of a normalised text in Mandarin, so that both sides speak one language."""
    rules = _cantonese()
    if rules.keys().isdisjoint(text):
        return text
    rewritten: list[str] = []
    place = 0
    while place < len(text):
        matches = ((pattern.match(text, place), word) for pattern, word in rules.get(text[place], ()))
        found, word = next(((found, word) for found, word in matches if found), (None, text[place]))
        rewritten.append(word)
        place = found.end() if found else place + 1
    return "".join(rewritten)


def strip_edges(text: str, openers: tuple[str, ...], closers: tuple[str, ...], *, keep: int) -> str:
    """Take openers from the front and closers from the end, again and again, leaving at least `keep` characters."""
    before = ""
    while text != before:
        before = text
        if text.startswith(openers):
            text = text[_fitting(len(text) - keep, filter(text.startswith, openers)) :].lstrip()
        if text.endswith(closers):
            text = text[: len(text) - _fitting(len(text) - keep, filter(text.endswith, closers))].rstrip()
    return text


def _fitting(room: int, found: Iterable[str]) -> int:
    """Return the length of the first word that leaves enough behind, else 0."""
    return next((len(word) for word in found if len(word) <= room), 0)


def strip_politeness(text: str) -> str:
    """Drop greetings and thanks around a normalised question: they are the same around every question."""
    return strip_edges(text, tables.words("openers.txt"), tables.words("closers.txt"), keep=2)


def _gap(character: str) -> str:
    """Return a blank for what parts words, nothing for marks and controls inside them."""
    return "" if unicodedata.category(character)[0] == "M" or unicodedata.category(character) == "Cf" else " "


def _latin_gaps(parts: list[str]) -> list[str]:
    """Put the blank back only where two Latin words or numbers would otherwise run together."""
    spaced = [parts[0]] if parts else []
    for left, right in pairwise(parts):
        spaced.append(f" {right}" if left[-1].isascii() and right[0].isascii() else right)
    return spaced
