"""One spelling for everything that is typed: simplified, half width, lower case, no punctuation."""

import re
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache
from typing import cast

from opencc import OpenCC

from content.match import tables
from content.match.rewriting import Edges, Rewriting

LONGEST_TEXT = 200
"""Characters read of a text: no question is longer, and a pasted book must not cost time."""

_REMEMBERED = 1024  # texts: within a turn the same one is read several times

_IS = re.compile("(?<![关關联聯体體干])係(?![数數统統列])")  # 係 is 是, but OpenCC writes 系 as in 关系
_NO_LETTERS = re.compile(r"[\W_]+")


def normalise(text: str) -> str:
    """Return letters and digits only, in one spelling; one blank stays between Latin words and numbers."""
    return _normalised(text[:LONGEST_TEXT])


@lru_cache(_REMEMBERED)
def _normalised(text: str) -> str:
    if not text.isprintable():
        text = "".join(c for c in text if unicodedata.category(c) not in {"Cs", "Co", "Cn"})
    text = unicodedata.normalize("NFKC", text)[:LONGEST_TEXT].lower()
    text = _to_simplified()(_IS.sub("是", text))
    return text if text.isalnum() else _NO_LETTERS.sub(_gap, text)


def to_mandarin(text: str) -> str:
    """Rewrite Cantonese words of a normalised text in Mandarin, so that both sides speak one language."""
    return _cantonese().rewrite(text)


def strip_politeness(text: str) -> str:
    """Drop greetings and thanks around a normalised question: they are the same around every question."""
    return _politeness().strip(text, keep=2)


@cache
def _to_simplified() -> Callable[[str], str]:
    return cast("Callable[[str], str]", OpenCC("t2s").convert)


@cache
def _cantonese() -> Rewriting:
    return Rewriting((_to_simplified()(pattern), word) for pattern, word in tables.rows("cantonese.tsv"))


@cache
def _politeness() -> Edges:
    return Edges(tables.words("openers.txt"), tables.words("closers.txt"))


def _gap(between: re.Match[str]) -> str:
    """Return a blank where two Latin words or numbers would run together, nothing for marks and controls inside one."""
    before, after = between.string[: between.start()][-1:], between.string[between.end() :][:1]
    is_between_latin = bool(before and after) and before.isascii() and after.isascii()
    return " " if is_between_latin and not all(map(_is_mark, between[0])) else ""


def _is_mark(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] == "M" or category == "Cf"
