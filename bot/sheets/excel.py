"""Excel's own files (.xlsx), read as a stream: nothing of a sheet is held but the row in hand."""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, cast
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from bot.sheets.faults import Fault, UnreadableSheet
from bot.sheets.outline import Outline, outline
from bot.sheets.rows import WIDEST, Cell, Row, trimmed

_MOST_BLANK = 5000
_MOST_SHEET_BYTES = 120 * 1024 * 1024
_MOST_OTHER_BYTES = 40 * 1024 * 1024
_WORKBOOK = "xl/workbook.xml"
_MALFORMED = (
    zipfile.BadZipFile, zlib.error, ParseError, EOFError, KeyError, IndexError, ValueError, TypeError, AttributeError,
    NotImplementedError, OverflowError, InvalidFileException,
)  # fmt: skip
"""What openpyxl and zipfile raise for files that are not as they should be."""


def excel_rows(path: Path) -> Iterator[Row]:
    """Yield the rows that are not blank of every sheet that is shown; a merged cell's value goes down all its rows."""
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            _insist_on_sizes(archive)
            with closing(load_workbook(file, read_only=True, data_only=True, keep_links=False)) as book:
                for sheet in book.worksheets:
                    if sheet.sheet_state == "visible":
                        yield from _sheet_rows(archive, sheet)
    except _MALFORMED:
        raise UnreadableSheet(Fault.DAMAGED) from None


def _insist_on_sizes(archive: zipfile.ZipFile) -> None:
    """Refuse what would only unfold in memory, before anything is unfolded."""
    parts = archive.infolist()
    if any(part.flag_bits & 1 for part in parts):
        raise UnreadableSheet(Fault.LOCKED)
    if _WORKBOOK not in {part.filename for part in parts}:
        raise UnreadableSheet(Fault.NOT_A_TABLE)
    for part in parts:
        is_sheet = part.filename.startswith("xl/worksheets/")
        is_read = is_sheet or part.filename.endswith((".xml", ".rels"))
        if is_read and part.file_size > (_MOST_SHEET_BYTES if is_sheet else _MOST_OTHER_BYTES):
            raise UnreadableSheet(Fault.BLANK_ROWS if is_sheet else Fault.TOO_LARGE)


def _sheet_rows(archive: zipfile.ZipFile, sheet: Any) -> Iterator[Row]:  # noqa: ANN401  # its stubs know no streamed sheet
    part = str(sheet._worksheet_path)  # noqa: SLF001  # where else would it be read from
    with archive.open(part) as file:
        seen = outline(file)
    if seen.has_uncounted_formulas:
        raise UnreadableSheet(Fault.FORMULAS)
    sheet.reset_dimensions()  # what a file says of its own size need not be so
    blank = 0
    for number, values in enumerate(sheet.iter_rows(max_col=WIDEST, values_only=True), start=1):
        cells = trimmed(cast("tuple[Cell, ...]", values))
        if not cells:
            blank += 1
            if blank > _MOST_BLANK:
                raise UnreadableSheet(Fault.BLANK_ROWS)
            continue
        blank = 0
        yield Row(sheet.title or "", number, _filled(seen, number, cells))


def _filled(seen: Outline, number: int, cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """Fill in what a cell that is merged over several rows says for the rows below its first."""
    for column, last in seen.merged_from(number):
        if column < len(cells):
            seen.open[column] = (last, cells[column])
    if not seen.open:
        return cells
    filled = list(cells)
    for column, (last, value) in list(seen.open.items()):
        if number > last:
            del seen.open[column]
        elif column >= len(filled):
            filled += [None] * (column - len(filled)) + [value]
        elif filled[column] is None:
            filled[column] = value
    return tuple(filled)
