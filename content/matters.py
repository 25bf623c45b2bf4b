"""Important matters: their kinds, the steps they take, and the share of people each step needs; kept as data."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, cast

from content.loader import load_yaml

_FILE = Path(__file__).parent / "matters.yaml"


@dataclass(frozen=True, slots=True)
class Share:
    """A share of people: the share itself is enough, or (``is_exceeded``) only more than it."""

    part: Fraction
    is_exceeded: bool
    of: Literal["expected", "present"] = "expected"

    def needs(self, total: int) -> int:
        """Return how many of ``total`` people it takes."""
        whole = total * self.part
        return int(whole) + 1 if self.is_exceeded else -int(-whole // 1)

    @property
    def words(self) -> str:
        """How the share is called."""
        text = str(self.part)
        return str(_table()["shares"].get(text, text))


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a matter: a meeting where ``attend`` says how many must come, public for ``days`` where it has some."""

    key: str
    name: str
    meeting: str
    attend: Share | None = None
    agree: Share | None = None
    public: str = ""
    days: int = 0

    @property
    def is_public(self) -> bool:
        """Whether villagers see a matter from this step on."""
        return bool(self.public)


@functools.cache
def steps() -> Sequence[Step]:
    """Return the steps of a matter, in order; raise ``ValueError`` for a share that is none."""
    return tuple(_step(one) for one in _table()["steps"])


def step(key: str) -> Step:
    """Return a step; one that the table no longer has is called by its key."""
    return next((one for one in steps() if one.key == key), Step(key, key, key))


def kinds() -> Mapping[str, str]:
    """Return the name of every kind by its key, in the order of the table."""
    return cast("dict[str, str]", _table()["kinds"])


def kind_name(key: str) -> str:
    """Return what a kind is called; one that the table no longer has is called by its key."""
    return kinds().get(key, key)


def idle_days() -> int:
    """Return after how many days without a step whoever is in charge is reminded."""
    return int(_table()["idle_days"])


def told(name: str) -> Any:  # noqa: ANN401  # what stands in a table
    """Return a table of words by its name."""
    return _table()[name]


def _step(row: dict[str, Any]) -> Step:
    return Step(
        key=row["key"],
        name=row["name"],
        meeting=row.get("meeting", row["name"]),
        attend=_share(row["attend"]) if "attend" in row else None,
        agree=_share(row["agree"]) if "agree" in row else None,
        public=row.get("public", ""),
        days=int(row.get("days", 0)),
    )


def _share(row: dict[str, str]) -> Share:
    is_exceeded = "more_than" in row
    part = Fraction(row["more_than"] if is_exceeded else row["at_least"])
    of = row.get("of", "expected")
    if not 0 < part <= 1 or of not in {"expected", "present"}:
        raise ValueError(f"{row} is no share of people")
    return Share(part, is_exceeded, "present" if of == "present" else "expected")


@functools.cache
def _table() -> dict[str, Any]:
    return cast("dict[str, Any]", load_yaml(_FILE))
