"""Fills a workbook somebody else designed: values go into its places, lists into repeated rows, all else stays."""

from collections.abc import Callable
from copy import copy
from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.worksheet import Worksheet

from bot.sheets.asking import Source
from bot.sheets.formulas import Gap, repeated
from bot.sheets.gaps import merge_like, open_gap
from bot.sheets.places import (
    PLACE,
    insist_on_room,
    list_rows,
    named_cells,
    opened,
    places,
    repeated_cells,
    text_of,
)
from bot.sheets.rows import Cell
from bot.sheets.writing import footer, put


def filled(path: Path, source: Source, *, mark: str) -> bytes:
    """Return a workbook with its places filled in; raise :class:`bot.sheets.UnreadableSheet` for one that is none.

    ``mark`` says who takes it along: it stands at the foot of printed pages and among the properties of the file.
    """
    book = opened(path)
    insist_on_room(book, source.list_of)
    for sheet in book.worksheets:
        for row, lists in sorted(list_rows(sheet, source.list_of).items(), reverse=True):
            _repeat(book, sheet, row, min(lists), source)
    for sheet in book.worksheets:
        for cell, _ in list(places(sheet)):
            _fill(cell, text_of(cell), source.value)
    for name, cell in named_cells(book):
        if source.list_of(name) == "":
            put(cell, source.value(name))
    _sign(book, mark)
    made = BytesIO()
    book.save(made)
    return made.getvalue()


def _repeat(book: Workbook, sheet: Worksheet, row: int, list_: str, source: Source) -> None:
    """Put as many rows as a list has in the place of one, each like it; a list of nothing leaves it blank."""
    count = source.rows(list_)
    if count > 1:
        open_gap(book, sheet, Gap(sheet.title, row, count - 1))
    held: Any = sheet
    model = repeated_cells(sheet, row)
    said = {cell.column: (text_of(cell), cell.value, cell.data_type) for cell in model}
    for number in reversed(range(max(1, count))):
        for cell in model:
            target: Any = held.cell(row + number, cell.column)
            if number:
                target._style = copy(cell._style)  # noqa: SLF001  # all of it at once, as the library itself copies it
            text, value, kind = said[cell.column]
            if kind == "f" and isinstance(value, str):
                target.value = repeated(value, row, number)
            elif isinstance(value, ArrayFormula):
                text = repeated(value.text or "", row, number)
                target.value = ArrayFormula(repeated(f"={value.ref}", row, number)[1:], text)
            elif PLACE.search(text):
                _fill(target, text, _looked_up(source, list_, number if count else None))
            elif number:
                target.value = copy(value)
    merge_like(sheet, row, count - 1)


def _looked_up(source: Source, list_: str, number: int | None) -> Callable[[str], Cell]:
    def value(words: str) -> Cell:
        if not source.list_of(words):
            return source.value(words)
        return None if number is None else source.cell(list_, words, number)

    return value


def _fill(cell: Any, text: str, value: Callable[[str], Cell]) -> None:  # noqa: ANN401  # a cell of any sheet
    """Put the value itself where a place is all a cell says, and its words where there are others around it."""
    whole = PLACE.fullmatch(text.strip())
    if whole:
        put(cell, value(whole[1]))
    elif PLACE.search(text):
        put(cell, PLACE.sub(lambda found: _in_words(value(found[1])), text))


def _in_words(value: Cell) -> str:
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _sign(book: Workbook, mark: str) -> None:
    book.properties.creator = book.properties.lastModifiedBy = mark
    book.calculation.fullCalcOnLoad = True
    for sheet in book.worksheets:
        foot: Any = sheet.oddFooter
        free = next((one for one in (foot.center, foot.left, foot.right) if not one.text), None)
        if free is None:
            foot.center.text = f"{foot.center.text}\n{footer(mark) or ''}"
        else:
            free.text = footer(mark)
