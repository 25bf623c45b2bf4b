"""Important matters: their kinds, the steps they take, and the share of people each step needs; kept as data."""

import functools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, cast

from content.loader import load_yaml

_FILE = Path(__file__).parent / "matters.yaml"
_LONGEST_KEY, _MOST_DAYS = 24, 90


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


def step_keys() -> list[str]:
    """Return the keys of the steps, whatever else is said of them."""
    return [str(one["key"]) for one in _table()["steps"]]


def shipped_faults() -> list[str]:
    """Return what is wrong with the table that is there, a line each."""
    return faults(_table())


def faults(table: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a table of kinds and steps, a line each, so that whoever changed it can mend it."""
    rows: list[dict[str, Any]] = table["steps"]
    keys = [*table["kinds"], *(one["key"] for one in rows)]
    found = [f"key {one!r} is longer than {_LONGEST_KEY} characters" for one in keys if len(str(one)) > _LONGEST_KEY]
    found += [
        f"two steps have the key {one!r}" for one, count in Counter(one["key"] for one in rows).items() if count > 1
    ]
    for row in rows:
        found += [f"{row['key']}: {fault}" for fault in _wrong(row)]
    if not rows or not rows[0].get("key") or "attend" in rows[0] or "public" in rows[0]:
        found.append("the first step is what a matter begins with: neither a meeting nor public")
    return [f"matters.yaml: {one}" for one in found]


def _wrong(row: dict[str, Any]) -> list[str]:
    found: list[str] = []
    for name in ("attend", "agree"):
        try:
            _share(row.get(name, {"at_least": 1}))
        except (KeyError, ValueError, TypeError, ZeroDivisionError):
            found.append(f"{name} is no share of people, such as {{at_least: 2/3}}")
    if "agree" in row and "attend" not in row:
        found.append("who agrees is counted where it is counted who came: attend is missing")
    if ("public" in row) != (0 < int(row.get("days", 0)) <= _MOST_DAYS):
        found.append(f"a step that is public hangs out for 1 to {_MOST_DAYS} days, and no other does")
    return found


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
