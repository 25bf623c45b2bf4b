"""What stands in rosters: how columns are headed, what words in them mean, and what is said about their rows."""

import functools
import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from content.loader import load_yaml
from content.match import normalise

_FILE = Path(__file__).parent / "roster.yaml"
_IN_BRACKETS = re.compile(r"[(\[【<].*?[)\]】>]")


def column(text: str, kind: str = "headers") -> tuple[str, int] | None:
    """Return which field a column headed so holds, and how good a guess that is (0 is the best)."""
    bare = _IN_BRACKETS.sub("", unicodedata.normalize("NFKC", text))
    return _columns(kind).get(normalise(bare)) or _columns(kind).get(normalise(text))


def heading(field: str) -> str:
    """Return how we head a column ourselves."""
    return _roster()["columns"][field]


def word(key: str) -> str:
    """Return a word of the file by its key, such as the title of a sheet."""
    return _roster()[key]


def problem(key: str, **values: object) -> str:
    """Say why a row is not taken."""
    return _roster()["problems"][key].format(**values)


def joined(reasons: Sequence[str]) -> str:
    """Say several reasons in one line."""
    return "；".join(reasons)


def fault(key: str, **values: object) -> str:
    """Say why a whole file is not taken."""
    return _roster()["faults"][key].format(**values)


def where(sheet: str, number: int, *, is_only_sheet: bool) -> str:
    """Say where in a file a row stands."""
    key = "where" if is_only_sheet or not sheet else "where_in_sheet"
    return _roster()[key].format(sheet=sheet, number=number)


def gender(text: str) -> str | None:
    """Return a gender as it is kept, or ``None`` when the word says none."""
    return _spoken("gender").get(normalise(text))


def categories(text: str) -> frozenset[str]:
    """Return everything that a category says of somebody, by our words for it."""
    said = normalise(text)
    words = cast("Mapping[str, list[str]]", _roster()["categories"])
    return frozenset(key for key, listed in words.items() if any(one in said for one in listed))


def category_name(key: str) -> str:
    """Return how a category is written in a file of ours."""
    return _roster()["category_names"][key]


def is_no_person(text: str) -> bool:
    """Tell whether a row that begins so is a sum or a note rather than a person."""
    return normalise(text).startswith(tuple(_roster()["not_people"]))


def is_nothing(text: str) -> bool:
    """Tell whether a cell says that there is nothing to say."""
    bare = normalise(text)
    return not bare or bare in _roster()["nothing"]


def numeral(number: int) -> str:
    """Return a small number as it is said before a measure word."""
    return _roster()["numerals"][number]


def unit_kind(text: str) -> str | None:
    """Return the kind of unit a word means, in Chinese or by its own name, or ``None``."""
    return _spoken("unit_kinds").get(normalise(text))


def unit_kind_of_name(name: str) -> str | None:
    """Return the kind of unit that a name ends with, such as a branch's, or ``None``."""
    said = normalise(name)
    endings = [one for one in _spoken("unit_kinds") if said.endswith(one) and not one.isascii()]
    return _spoken("unit_kinds")[max(endings, key=len)] if endings else None


def role(text: str) -> str | None:
    """Return the role a word means, in Chinese or by its own name, or ``None``."""
    return _spoken("roles").get(normalise(text))


def branch_form(text: str) -> str:
    """Return the short form of a branch's name, in which its different spellings are one."""
    form = normalise(text).replace(" ", "")
    branch = _roster()["branch"]
    for before in branch["before"]:
        form = form.removeprefix(before)
    for long, short in branch["instead"].items():
        form = form.replace(long, short)
    for behind in branch["behind"]:
        form = form.removesuffix(behind) or form
    return form


@functools.cache
def _columns(kind: str) -> dict[str, tuple[str, int]]:
    listed = cast("Mapping[str, list[str]]", _roster()[kind])
    return {normalise(one): (field, rank) for field, words in listed.items() for rank, one in enumerate(words)}


@functools.cache
def _spoken(kind: str) -> dict[str, str]:
    listed = cast("Mapping[str, list[str]]", _roster()[kind])
    return {normalise(one): key for key, words in listed.items() for one in (key, key.replace("_", " "), *words)}


@functools.cache
def _roster() -> dict[str, Any]:
    loaded = load_yaml(_FILE)
    if not isinstance(loaded, dict):
        raise TypeError("roster.yaml must be a mapping")
    return cast("dict[str, Any]", loaded)
