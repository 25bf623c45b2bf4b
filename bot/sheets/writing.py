"""Writes tables as Excel files; whatever a cell says, it is never a formula."""

import itertools
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any
from unicodedata import east_asian_width

from openpyxl import Workbook
from openpyxl.cell.cell import Cell as ExcelCell
from openpyxl.cell.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from bot.sheets.rows import Cell, Page

_FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r")
_NEVER_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\']")
_LONGEST_TITLE = 31
_LONGEST_CELL = 32_767
_LOOKED_AT = 50
_LONGEST_FOOTER = 200
_NARROWEST, _WIDEST = 8, 40
_HEADER = (Font(bold=True), PatternFill("solid", fgColor="FFE8EEF7"), Alignment(vertical="center", wrap_text=True))


def workbook(pages: Iterable[Page], *, mark: str = "") -> bytes:
    """Return the bytes of an .xlsx file; rows are taken one by one, and no row is held.

    ``mark`` stands at the foot of every printed page, and among the properties of the file.
    """
    book = Workbook(write_only=True)
    book.properties.creator = _NEVER_IN_XML.sub("", mark) or None
    for page in pages:
        title = _NOT_IN_TITLES.sub(" ", page.title)[:_LONGEST_TITLE].strip()
        sheet = book.create_sheet(title or None)
        sheet.oddFooter.center.text = footer(mark)
        _write(sheet, page)
    made = BytesIO()
    book.save(made)
    return made.getvalue()


def footer(mark: str) -> str | None:
    """Return a mark as it stands at the foot of a page, where an ampersand would be a command."""
    return _NEVER_IN_XML.sub("", mark).replace("&", "&&")[:_LONGEST_FOOTER] or None


def _write(sheet: Any, page: Page) -> None:  # noqa: ANN401  # the stubs know no streamed sheet
    rows = iter(page.rows)
    first = list(itertools.islice(rows, _LOOKED_AT))
    for column, width in enumerate(_widths([page.header, *first]), start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = f"A{len(page.above) + 2}"
    for row in page.above:
        sheet.append([_cell(sheet, value) for value in row])
    sheet.append([_header_cell(sheet, value) for value in page.header])
    for row in itertools.chain(first, rows):
        sheet.append([_cell(sheet, value) for value in row])


def put(cell: Any, value: Cell) -> None:  # noqa: ANN401  # a cell of a sheet that is held
    """Put a value into a cell, which keeps its looks; a text is never a formula."""
    if not isinstance(value, str):
        cell.value = value
        return
    text = _NEVER_IN_XML.sub("", value)[:_LONGEST_CELL]
    cell.value = text
    if text.startswith(_FORMULA_MARKS):
        cell.data_type = "s"
        cell.quotePrefix = True


def _cell(sheet: Any, value: Cell) -> ExcelCell:  # noqa: ANN401  # as above
    if not isinstance(value, str):
        plain: Any = value  # it takes dates, times and durations as well
        made = WriteOnlyCell(sheet, value=plain)
        if isinstance(value, date) and not isinstance(value, datetime):
            made.number_format = "yyyy-mm-dd"
        return made
    text = _NEVER_IN_XML.sub("", value)[:_LONGEST_CELL]
    made = WriteOnlyCell(sheet, value=text)
    if text.startswith(_FORMULA_MARKS):
        made.data_type = "s"  # text, whatever openpyxl takes it for
        made.quotePrefix = True  # and text again when somebody edits it
    return made


def _header_cell(sheet: Any, value: Cell) -> ExcelCell:  # noqa: ANN401  # as above
    made = _cell(sheet, value)
    made.font, made.fill, made.alignment = _HEADER
    return made


def _widths(rows: Sequence[Sequence[Cell]]) -> list[int]:
    columns = itertools.zip_longest(*rows)
    return [min(max(_NARROWEST, *(_width(value) + 2 for value in column)), _WIDEST) for column in columns]


def _width(value: Cell) -> int:
    if isinstance(value, date):
        return 10
    return sum(2 if east_asian_width(mark) in "WF" else 1 for mark in str(value if value is not None else ""))
