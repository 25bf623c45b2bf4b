"""Kinds of things people report, guessed by words; the table is data, kept in ``grid.yaml``."""

import functools
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from content.loader import load_yaml
from content.match import normalise

_FILE = Path(__file__).parent / "grid.yaml"


def guess(text: str) -> str:
    """Return the key of the kind that a text speaks of, or an empty string.

    The longest word that is said decides; of words as long as each other, the kind more of whose words are said.
    """
    said = _folded(text)
    found = [(word, key) for word, key in _words().items() if word in said]
    often = Counter(key for _, key in found)
    return max(((len(word), often[key], key) for word, key in found), default=(0, 0, ""))[2]


def kind_name(key: str) -> str:
    """Return what people call a kind; one that the table no longer has is something else."""
    found = _table()["kinds"].get(key)
    return str(found["name"] if found else _table()["other"])


def without_kind(text: str, key: str) -> str:
    """Return a text as it is compared, without the words that tell of its kind: mostly where it is."""
    said = _folded(text)
    for word in sorted(_words(), key=len, reverse=True):
        if _words()[word] == key:
            said = said.replace(word, " ")
    return said


def tells_of_trouble(text: str) -> bool:
    """Tell whether a text says that something of a kind is wrong, and asks nothing."""
    said = _folded(text)
    is_question = any(word in said for word in _those("asking"))
    return not is_question and any(word in said for word in _those("wrong")) and bool(guess(text))


def kinds() -> Mapping[str, str]:
    """Return the name of every kind by its key, in the order of the table."""
    return {key: str(one["name"]) for key, one in _table()["kinds"].items()}


@functools.cache
def _words() -> Mapping[str, str]:
    return {_folded(word): key for key, one in _table()["kinds"].items() for word in one["words"]}


@functools.cache
def _those(name: str) -> tuple[str, ...]:
    return tuple(_folded(word) for word in _table()[name])


def _folded(text: str) -> str:
    return normalise(text).replace(" ", "")


@functools.cache
def _table() -> dict[str, Any]:
    return cast("dict[str, Any]", load_yaml(_FILE))
