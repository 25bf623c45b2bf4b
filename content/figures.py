"""What the figures of reports are called, and how a template asks for them: from ``papers/figures.yaml``."""

import functools
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from content.loader import load_yaml

_FILE = Path(__file__).parent / "papers" / "figures.yaml"
_DOT = "."
ROW = "row"
"""The key of a column of every list: which row it is."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a place in a template asks for: a figure (perhaps of the period before), or a column of a list."""

    key: str
    is_before: bool = False
    list_: str = ""


def name(key: str) -> str:
    """Return what a figure is called; raise ``KeyError`` for one nobody named."""
    return _named()[key]["name"]


def counts(key: str) -> str:
    """Return in words what a figure counts; raise ``KeyError`` for one nobody described."""
    return _named()[key]["counts"]


def figure_keys() -> frozenset[str]:
    """Return the keys of all figures that are counted."""
    return frozenset(_file()["figures"])


def derived_keys() -> frozenset[str]:
    """Return the keys of what else a template may ask for."""
    return frozenset(_file()["derived"])


def lists() -> Mapping[str, Mapping[str, str]]:
    """Return the columns of each list, as key and heading, in order, by the key of the list."""
    return {key: one["columns"] for key, one in _file()["lists"].items()}


def names() -> tuple[list[str], list[str], list[str], str]:
    """Return what a template may ask for: figures, what else, a line for each list, and the word for the one before."""
    told = _file()
    lines = [f"{one['name']}{_DOT}" + "、".join([*one["columns"].values()]) for one in told["lists"].values()]
    figures, others = ([one["name"] for one in told[group].values()] for group in ("figures", "derived"))
    return figures, others, lines, told["before"]


def list_name(key: str) -> str:
    """Return what a list is called."""
    return _file()["lists"][key]["name"]


def trouble(key: str, words: str) -> str:
    """Say why a place of a template cannot be filled in."""
    return _file()["troubles"][key].format(words=words)


def row_number() -> str:
    """Return what the number of a row is called."""
    return _file()["row_number"]


@functools.lru_cache(maxsize=1024)
def asked_for(words: str) -> Asked | None:
    """Return what the words of a place in a template ask for, ``None`` when nothing is called so."""
    plain = "".join(unicodedata.normalize("NFKC", words).split())
    return _askable().get(plain)


def list_of(words: str) -> str | None:
    """Return of which list the words of a place are: ``""`` of none, ``None`` where nothing is called so."""
    asked = asked_for(words)
    return asked.list_ if asked else None


@functools.cache
def _askable() -> dict[str, Asked]:
    told = _file()
    found = {one["name"]: Asked(key) for key, one in _named().items()}
    found |= {told["before"] + one["name"]: Asked(key, is_before=True) for key, one in told["figures"].items()}
    of_both = {key: told["derived"][key]["name"] for key in ("rate", "hours")}
    found |= {told["before"] + word: Asked(key, is_before=True) for key, word in of_both.items()}
    for list_, one in told["lists"].items():
        columns = {**one["columns"], ROW: told["row_number"]}
        found |= {f"{one['name']}{_DOT}{word}": Asked(key, list_=list_) for key, word in columns.items()}
    return found


@functools.cache
def _named() -> dict[str, Any]:
    return {**_file()["figures"], **_file()["derived"]}


@functools.cache
def _file() -> dict[str, Any]:
    return cast("dict[str, Any]", load_yaml(_FILE))
