"""The words of ``words.yaml``, and a filter said in them."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, cast

from content.loader import load_yaml
from content.match import normalise

_FILE = Path(__file__).with_name("words.yaml")
OLDEST = 150
"""An age nobody has: ages up to it have no upper bound."""


class Missing(StrEnum):
    """What somebody has not done yet; the words of each stand in the file under its name."""

    RECEIPT = "no_receipt"
    SIGNUP = "no_signup"
    LEAVE = "no_leave"
    ANSWER = "no_answer"


@dataclass(frozen=True, slots=True)
class Spoken:
    """A filter as it is said: names of units, kinds by their keys, a gender, ages, and what is missing of which."""

    units: Sequence[str]
    kinds: Sequence[str] = ()
    gender: str = ""
    ages: tuple[int, int] | None = None
    is_bound: bool | None = None
    missing: Sequence[tuple[Missing, str]] = ()


def in_words(spoken: Spoken) -> str:
    """Say a filter in one line, such as a cadre would write it."""
    said = words()["said"]
    parts = ["、".join(spoken.units)]
    if spoken.ages:
        low, high = spoken.ages
        key = "from" if high >= OLDEST else "from_to" if low else "to"
        parts.append(said[key].format(low=low, high=high))
    parts += [spoken.gender] if spoken.gender else []
    parts += ["、".join(words()["kinds"][one][0] for one in spoken.kinds)] if spoken.kinds else []
    if spoken.is_bound is not None:
        parts.append(said["bound" if spoken.is_bound else "unbound"])
    parts += [said[what].format(title=title) for what, title in spoken.missing]
    return " ".join(parts)


def why_in_words(reasons: Mapping[str, int]) -> str:
    """Say why so many did not get it, in brackets; nothing when there is no reason."""
    return in_brackets([f"{words()['why'][reason]}{count}" for reason, count in reasons.items() if count])


def in_brackets(parts: Sequence[str]) -> str:
    """Say several things behind another, in brackets; nothing when there are none."""
    return f"（{'、'.join(parts)}）" if parts else ""


def meanings(section: str) -> dict[str, str]:
    """Return what each word of a section means, by its key, in the spelling texts are compared in."""
    listed = cast("dict[str, list[str]]", words()[section])
    return {normalise(one): key for key, spelt in listed.items() for one in spelt}


@functools.cache
def words() -> dict[str, Any]:
    """Return the whole file."""
    loaded = load_yaml(_FILE)
    if not isinstance(loaded, dict):
        raise TypeError("words.yaml must be a mapping")
    return cast("dict[str, Any]", loaded)
