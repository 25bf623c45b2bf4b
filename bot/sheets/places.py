"""Places to fill in: words between double braces in the cells of a workbook, and the names its cells were given."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast
from xml.etree.ElementTree import ParseError

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell as ExcelCell
from openpyxl.cell.rich_text import CellRichText
from openpyxl.drawing.image import PILImage
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula
from openpyxl.worksheet.worksheet import Worksheet

from bot.sheets.asking import ListOf, Looked, Problem, Trouble
from bot.sheets.faults import Fault, UnreadableSheet
from bot.sheets.formulas import reaches_outside
from bot.sheets.guarding import LARGEST, insist_on_harmless
from bot.sheets.reading import insist_on_excel

PLACE = re.compile(r"(?:\{\{|\uff5b\uff5b)\s*([^{}\uff5b\uff5d]{0,40}?)\s*(?:\}\}|\uff5d\uff5d)")
"""A place in a text, and the words in it; a Chinese keyboard writes wide braces."""

_MOST_REPEATED = 300
"""Cells of all rows together that are repeated for lists of thousands: more would not be held."""

_PICTURE_BOMB: type[Exception] = cast("Any", PILImage).DecompressionBombError
_LINKS = ("http://", "https://", "mailto:", "#")
_PICTURES = {"png", "jpeg", "jpg", "gif"}
_MALFORMED = (
    zipfile.BadZipFile, zlib.error, ParseError, EOFError, KeyError, IndexError, ValueError, TypeError, AttributeError,
    NotImplementedError, OverflowError, OSError, InvalidFileException, _PICTURE_BOMB,
)  # fmt: skip
"""What openpyxl and zipfile raise for files that are not as they should be."""


def opened(path: Path) -> Workbook:
    """Open a workbook to be filled in; raise :class:`UnreadableSheet` for one that is none, or may do harm.

    What it takes from outside is taken out: a formula that reaches there leaves the value it had.
    """
    insist_on_excel(path, largest=LARGEST)
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            insist_on_harmless(archive)
            book = load_workbook(file, rich_text=True, keep_links=False)
            _cut_off(book, file)
    except _MALFORMED:
        raise UnreadableSheet(Fault.DAMAGED) from None
    return book


def look(path: Path, list_of: ListOf) -> Looked:
    """Look through a workbook for its places; raise :class:`UnreadableSheet` as :func:`opened` does."""
    book = opened(path)
    insist_on_room(book, list_of)
    found = [_judged(cell, words, list_of) for sheet in book.worksheets for cell, words in places(sheet)]
    torn = [one for sheet in book.worksheets for one in _torn_rows(sheet, list_of)]
    named = sum(1 for name, _ in named_cells(book) if list_of(name) == "")
    return Looked(len(found) + named, (*(one for one in found if one), *torn))


def insist_on_room(book: Workbook, list_of: ListOf) -> None:
    """Refuse a workbook of which so much would be repeated that it could not be held."""
    rows = [(sheet, row) for sheet in book.worksheets for row in list_rows(sheet, list_of)]
    if sum(len(repeated_cells(sheet, row)) for sheet, row in rows) > _MOST_REPEATED:
        raise UnreadableSheet(Fault.TOO_LARGE)


def cells_of(sheet: Worksheet, row: int | None = None) -> list[ExcelCell]:
    """Return the cells there are, row by row, of one row or of all: a stray one far off makes no others."""
    held: dict[tuple[int, int], ExcelCell] = cast("Any", sheet)._cells  # noqa: SLF001  # all else makes cells on its way
    return [held[place] for place in sorted(held) if row is None or place[0] == row]


def places(sheet: Worksheet) -> Iterator[tuple[ExcelCell, str]]:
    """Yield every place of a sheet: its cell and the words in it."""
    for cell in cells_of(sheet):
        for words in PLACE.findall(text_of(cell)):
            yield cell, words


def repeated_cells(sheet: Worksheet, row: int) -> list[Any]:
    """Return the cells of a row that are repeated with it: those that say something or look like something.

    What is only coloured further right than anything is said in the sheet is left as it is.
    """
    last = max((one.column for one in cells_of(sheet) if one.value is not None), default=0)
    return [one for one in cells_of(sheet, row) if one.column <= last and (one.value is not None or one.has_style)]


def text_of(cell: Any) -> str:  # noqa: ANN401  # a cell, or one that is merged into another
    """Return what a cell says, a formula as it is written; nothing where it says no words."""
    value = cell.value
    if isinstance(value, ArrayFormula):
        return value.text or ""
    return str(value) if isinstance(value, str | CellRichText) else ""


def list_rows(sheet: Worksheet, list_of: ListOf) -> dict[int, set[str]]:
    """Return the rows that are repeated, and for which lists."""
    found: dict[int, set[str]] = {}
    for cell, words in places(sheet):
        if list_ := list_of(words):
            found.setdefault(cell.row, set()).add(list_)
    return found


def named_cells(book: Workbook) -> Iterator[tuple[str, Any]]:
    """Yield every name that is given to one cell, in the book or on a sheet, and the cell; merged ones are one."""
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    for names in (book.defined_names, *(sheet.defined_names for sheet in book.worksheets)):
        for name, given in names.items():
            try:
                targets = list(given.destinations)
            except (ValueError, TypeError, AttributeError):  # it refers to something that is gone, or to no cells
                continue
            if len(targets) == 1 and targets[0][0] in sheets:
                cell = _corner(sheets[targets[0][0]], targets[0][1].replace("$", ""))
                if cell is not None:
                    yield name, cell


def _corner(sheet: Worksheet, reference: str) -> Any:  # noqa: ANN401  # a cell, or nothing
    """Return the cell a reference means: where cells are merged it is the first of them, whichever is named."""
    held: Any = sheet
    is_area = ":" in reference
    for area in sheet.merged_cells.ranges:
        if reference == area.coord or (not is_area and reference in area):
            return held.cell(area.min_row, area.min_col)
    return None if is_area else held[reference]


def _judged(cell: ExcelCell, words: str, list_of: ListOf) -> Problem | None:
    if cell.data_type == "f":
        return Problem(_where(cell), words, Trouble.IN_FORMULA)
    return Problem(_where(cell), words, Trouble.UNKNOWN) if list_of(words) is None else None


def _torn_rows(sheet: Worksheet, list_of: ListOf) -> Iterator[Problem]:
    """Yield what is wrong with rows that are to be repeated: two lists in one, or cells merged with other rows."""
    for row, lists in list_rows(sheet, list_of).items():
        cell, words = next((cell, words) for cell, words in places(sheet) if cell.row == row and list_of(words))
        if len(lists) > 1:
            yield Problem(_where(cell), words, Trouble.TWO_LISTS)
        elif any(one.min_row <= row <= one.max_row and one.min_row < one.max_row for one in sheet.merged_cells.ranges):
            yield Problem(_where(cell), words, Trouble.MERGED_DOWN)


def _where(cell: Any) -> str:  # noqa: ANN401  # a cell, whose sheet the stubs do not know
    sheet = cell.parent
    is_only_sheet = len(sheet.parent.worksheets) == 1
    return str(cell.coordinate) if is_only_sheet else f"{sheet.title}!{cell.coordinate}"


def _cut_off(book: Workbook, file: IO[bytes]) -> None:
    values: Workbook | None = None
    for sheet in book.worksheets:
        held: Any = sheet
        held._images = [one for one in held._images if (one.format or "").lower() in _PICTURES]  # noqa: SLF001  # where else are they
        for one in cells_of(sheet):
            cell: Any = one  # one that is merged into another has no value, and none is given to it
            if cell.hyperlink is not None and not _is_plain_link(cell.hyperlink.target):
                cell.hyperlink = None
            if cell.data_type == "f" and _is_outside(cell.value):
                values = values or load_workbook(file, data_only=True, keep_links=False)
                before: Any = values[sheet.title][cell.coordinate]
                cell.value = before.value


def _is_plain_link(target: str | None) -> bool:
    return not target or target.lower().startswith(_LINKS)


def _is_outside(value: object) -> bool:
    if isinstance(value, DataTableFormula):
        return True
    text = value.text if isinstance(value, ArrayFormula) else value
    return not isinstance(text, str) or reaches_outside(text)
