"""The words people have for time, from ``words.yaml``."""

import functools
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

from content.loader import load_yaml

_FILE = Path(__file__).parent / "words.yaml"


@functools.cache
def words() -> dict[str, Any]:
    """Return every list and table of ``words.yaml`` by its name."""
    loaded = load_yaml(_FILE)
    if not isinstance(loaded, dict):
        raise TypeError("words.yaml must be a mapping")
    return cast("dict[str, Any]", loaded)


def any_of(choices: Iterable[str]) -> str:
    """Return a regular expression for any of these words, longer ones first."""
    return "(?:" + "|".join(re.escape(one) for one in sorted(choices, key=len, reverse=True)) + ")"
