"""What stands in sheets to download: their columns, which can be changed, and the words in them."""

import functools
from pathlib import Path
from typing import Any, cast

from content.loader import load_yaml

_FILE = Path(__file__).parent / "papers" / "columns.yaml"


def title(sheet: str) -> str:
    """Return what a sheet is called."""
    return _columns_file()[sheet]["title"]


def columns(sheet: str) -> list[tuple[str, str]]:
    """Return the columns of a sheet as heading and what stands below it, in order."""
    return [(str(heading), str(value)) for heading, value in _columns_file()[sheet]["columns"]]


def sample_note() -> str:
    """Return the line that says that a layout is a sample."""
    return _columns_file()["sample"]


def word(group: str, key: str) -> str:
    """Return the word for a state, a reason or a way; raise ``KeyError`` for one nobody wrote."""
    return _columns_file()[group][key]


def called() -> str:
    """Return what stands beside somebody who was called."""
    return _columns_file()["called"]


@functools.cache
def _columns_file() -> dict[str, Any]:
    return cast("dict[str, Any]", load_yaml(_FILE))
