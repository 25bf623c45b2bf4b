"""What openpyxl does not tell of a sheet while it streams: merged cells, and formulas whose results are not there."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

from bot.sheets.rows import WIDEST, Cell

_CHUNK = 1 << 20
_OVERLAP = 400
_MOST_MERGED = 50_000
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s+ref="([A-Z]{1,3})([0-9]{1,7}):[A-Z]{1,3}([0-9]{1,7})"')
_UNCOUNTED = re.compile(
    rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f\b[^<>]{0,200}/>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)


@dataclass(frozen=True, slots=True)
class Outline:
    """Cells merged over several rows, by the row they begin in, and whether a formula lacks its result.

    ``open`` are the merged cells the row in hand lies in, by column: their last row and their value.
    """

    merged: Mapping[int, Sequence[tuple[int, int]]]
    has_uncounted_formulas: bool
    open: dict[int, tuple[int, Cell]] = field(default_factory=dict[int, tuple[int, Cell]])

    def merged_from(self, number: int) -> Sequence[tuple[int, int]]:
        """Return the merged cells that begin in a row, as (column from 0, last row)."""
        return self.merged.get(number, ())


def outline(sheet: IO[bytes]) -> Outline:
    """Look through the bytes of a sheet once; they are not held."""
    merged: dict[int, set[tuple[int, int]]] = {}
    count, is_uncounted, tail = 0, False, b""
    while chunk := sheet.read(_CHUNK):
        text = tail + chunk
        is_uncounted = is_uncounted or _UNCOUNTED.search(text) is not None
        for letters, first, last in _MERGED.findall(text):
            column = _column(letters)
            if first != last and column < WIDEST and count < _MOST_MERGED:
                merged.setdefault(int(first), set()).add((column, int(last)))
                count += 1
        tail = text[-_OVERLAP:]
    return Outline({row: sorted(ranges) for row, ranges in merged.items()}, is_uncounted)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1
