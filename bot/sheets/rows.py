"""Rows of a table as plain values: one that was read, and a sheet of them that is to be written."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

Cell = str | int | float | bool | date | datetime | time | timedelta | None

WIDEST = 60
"""Columns that are read of a table; what stands further right is not seen."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row that is not blank: its sheet, its number as the person sees it, and its cells from column A on."""

    sheet: str
    number: int
    cells: tuple[Cell, ...]

    def cell(self, column: int) -> Cell:
        """Return the cell of a column, counted from 0; nothing where the row is shorter."""
        return self.cells[column] if column < len(self.cells) else None


@dataclass(frozen=True, slots=True)
class Page:
    """One sheet: the rows above its table, the header, which stays in sight, and the rows below, made as they go."""

    title: str
    header: Sequence[Cell]
    rows: Iterable[Sequence[Cell]]
    above: Sequence[Sequence[Cell]] = field(default=())


def trimmed(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """Return cells without the empty ones at the end; blanks alone are empty."""
    end = len(cells)
    while end and is_empty(cells[end - 1]):
        end -= 1
    return cells[:end]


def is_empty(cell: Cell) -> bool:
    """Tell whether nothing can be seen in a cell."""
    return cell is None or (isinstance(cell, str) and not cell.strip())
