"""The sentences in which the matcher explains itself; they stand in a data file."""

from collections.abc import Sequence
from functools import cache

from content.match import tables


def say(name: str, **values: str) -> str:
    """Return a sentence with its values; raise ``KeyError`` when there is none of that name."""
    return _sentences()[name].format_map(values)


def listed(words: Sequence[str]) -> str:
    """Return words one after another."""
    return say("between").join(words)


@cache
def _sentences() -> dict[str, str]:
    return dict(row for row in tables.rows("reasons.tsv") if len(row) == 2)  # noqa: PLR2004  # a name and a sentence
