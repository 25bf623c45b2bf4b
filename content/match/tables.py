"""The matcher's hand-written tables, read from the text files beside this module."""

from functools import cache
from importlib.resources import files


@cache
def rows(name: str) -> tuple[tuple[str, ...], ...]:
    """Return the rows of a table split at tabs, or at blanks where a row has no tab; `#` starts a comment."""
    text = files("content.match").joinpath("tables", name).read_text(encoding="utf-8")
    lines = (line.strip() for line in text.splitlines())
    return tuple(tuple(line.split("\t" if "\t" in line else None)) for line in lines if line and line[0] != "#")


@cache
def words(name: str) -> tuple[str, ...]:
    """Return the words of a one-word-a-line table, longest first, so that the first that fits is the best."""
    return tuple(sorted({word for row in rows(name) for word in row}, key=lambda word: (-len(word), word)))
