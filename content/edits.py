"""Reads what of a card is to be something else: the part, if a cadre names one, and the new words for it; pure."""

import functools
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from content.loader import load_yaml

_FILE = Path(__file__).with_name("edits.yaml")
_MARKS = " :,，、。"


@dataclass(frozen=True, slots=True)
class Edit:
    """The part that was named (``title``, ``when``, ``place``, ``seats``, or nothing) and the words for it."""

    part: str
    words: str


def read(text: str) -> Edit:
    """Return what is to be changed; without a part its words show what they are for."""
    plain = unicodedata.normalize("NFKC", text).strip()
    told = _words()
    for mark in told["to"]:
        before, found, after = plain.partition(mark)
        if found:
            return Edit(_part(before), after.strip(_MARKS))
    for part, names in told["fields"].items():
        for name in names:
            if plain.startswith(name):
                return Edit(part, plain.removeprefix(name).strip(_MARKS))
    return Edit("", plain)


def _part(words: str) -> str:
    return next((part for part, names in _words()["fields"].items() if any(name in words for name in names)), "")


@functools.cache
def _words() -> dict[str, Any]:
    return cast("dict[str, Any]", load_yaml(_FILE))
