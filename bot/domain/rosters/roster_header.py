"""Which row of a sheet is its header, and which column holds what: guessed from the words cadres use."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.rosters import roster_cells as cells
from bot.sheets import Cell, Row
from content import rosters


@dataclass(frozen=True, slots=True)
class Layout:
    """What kind of table it is: where its headings are listed, the field each row must tell, and those that tell none.

    ``beside`` are the fields that alone make no row: a branch is merged over many rows, also over blank ones.
    """

    headings: str
    key: str
    beside: frozenset[str]

    def guess(self, heading: str) -> tuple[str, int] | None:
        """Return which field a column headed so holds, and how good a guess that is."""
        return rosters.column(heading, self.headings)


ROSTER = Layout("headers", "name", frozenset({"unit", "category", "problem", "identity_card"}))
HOUSEHOLDS = Layout("household_headers", "address", frozenset({"unit", "contact", "contact_phone", "problem"}))


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of a table by the field they hold, counted from 0, and what stands above them."""

    columns: Mapping[str, int]
    headings: tuple[str, ...]
    layout: Layout = ROSTER

    def cell(self, row: Row, field: str) -> Cell:
        """Return what a row says in a field; nothing where the table has no such column."""
        column = self.columns.get(field)
        return None if column is None else row.cell(column)

    def heading(self, field: str) -> str:
        """Return what stands above a column."""
        column = self.columns.get(field)
        return rosters.heading(field) if column is None else self.headings[column]

    def says_nothing(self, row: Row) -> bool:
        """Tell whether a row names nobody: it is blank but for a running number or a merged branch."""
        return not any(cells.words(self.cell(row, one)) for one in self.columns if one not in self.layout.beside)

    def joined(self, row: Row) -> "Header":
        """Return the header with what a second row of it adds."""
        more = _columns(_headings(row), self.layout)
        return Header({**more, **self.columns}, self.headings, self.layout)


def header_of(row: Row, layout: Layout = ROSTER) -> Header | None:
    """Return a row as a header: what each row must tell stands below it, and something else besides."""
    headings = _headings(row)
    columns = _columns(headings, layout)
    return Header(columns, headings, layout) if layout.key in columns and len(columns) > 1 else None


def is_again(header: Header, row: Row) -> bool:
    """Tell whether a row is the header once more: its second row, or repeated on a new page."""
    guess = header.layout.guess(cells.words(header.cell(row, header.layout.key)))
    return guess is not None and guess[0] == header.layout.key


def _headings(row: Row) -> tuple[str, ...]:
    return tuple(cells.words(cell) for cell in row.cells)


def _columns(headings: tuple[str, ...], layout: Layout) -> dict[str, int]:
    """Return the best column of each field, the first among equals."""
    found: dict[str, tuple[int, int]] = {}
    for column, heading in enumerate(headings):
        guess = layout.guess(heading) if heading else None
        if guess:
            field, rank = guess
            found[field] = min(found.get(field, (rank, column)), (rank, column))
    return {field: column for field, (_, column) in found.items()}
