"""What visits may be for and how many are asked for, as ``visits.yaml`` has it."""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from content.loader import load_yaml

_FILE = Path(__file__).parent / "visits.yaml"


def kinds() -> Mapping[str, str]:
    """Return the name of every kind of visit by its key, in the order they are offered."""
    return cast("Mapping[str, str]", _table()["kinds"])


def kind_name(key: str) -> str:
    """Return what people call a kind; one that the table no longer has is called by the first."""
    return kinds().get(key, next(iter(kinds().values())))


def a_day() -> int:
    """Return how many households are offered for one day."""
    return int(_table()["a_day"])


def unseen_days() -> int:
    """Return after how many days without a visit a household counts as long unseen."""
    return int(_table()["unseen_days"])


@functools.cache
def _table() -> dict[str, Any]:
    return cast("dict[str, Any]", load_yaml(_FILE))
