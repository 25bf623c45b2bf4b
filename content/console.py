"""The console's words that stand in no template: names of columns and states, what was done, refusals in a sentence."""

import functools
from pathlib import Path
from typing import Any, cast

from content.loader import load_yaml

_FILE = Path(__file__).parent / "console.yaml"


def word(group: str, key: str) -> str:
    """Return the word for something; raise ``KeyError`` for one nobody wrote."""
    return _words()[group][key]


def words(group: str) -> dict[str, str]:
    """Return every word of a group, in order."""
    return _words()[group]


def said(key: str) -> str:
    """Return the sentence with which a page answers, nothing for a key nobody wrote: it may come from an address."""
    return _words()["said"].get(key, "")


def refusal(key: str, **values: object) -> str:
    """Return why a form cannot be taken, in a sentence."""
    return _words()["refusals"][key].format(**values)


def field_name(name: str) -> str:
    """Return what a field of a form is called."""
    return _words()["fields"].get(name, "")


def act(name: str) -> str:
    """Return what an act of the audit is called; one nobody named by its area, and else just so."""
    named = _words()["acts"]
    return named.get(name) or named.get(name.partition(".")[0]) or named["other"]


@functools.cache
def _words() -> dict[str, dict[str, Any]]:
    return cast("dict[str, dict[str, Any]]", load_yaml(_FILE))
