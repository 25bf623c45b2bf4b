"""What things are worth in the private ledger and what each source is called, as ``points.yaml`` says."""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from content.loader import load_yaml

_FILE = Path(__file__).with_name("points.yaml")


def for_attendance() -> int:
    """Return the points of coming to one session; where the rules do not know it, none."""
    return int(_rules().get("attendance", {}).get("each", 0))


def rule_names() -> Mapping[str, str]:
    """Return what people call each source, in the order they are told."""
    return {key: str(name) for key, name in _rules()["names"].items()}


def rule_name(key: str) -> str:
    """Return what people call a source; one the rules no longer name is told by its key."""
    return rule_names().get(key, key)


@functools.cache
def _rules() -> dict[str, Any]:
    return cast("dict[str, Any]", load_yaml(_FILE))
