"""Puts rows into a sheet without tearing it: heights, merged cells, formulas, names, rules and pictures move along."""

from copy import copy
from typing import Any

from openpyxl import Workbook
from openpyxl.formatting.formatting import ConditionalFormattingList
from openpyxl.worksheet.cell_range import MultiCellRange
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.worksheet import Worksheet

from bot.sheets.formulas import Gap, area, moved
from bot.sheets.places import cells_of

_SERIES = ("val", "cat", "xVal", "yVal", "bubbleSize", "tx")


def open_gap(book: Workbook, sheet: Worksheet, gap: Gap) -> None:
    """Put rows in below ``gap.row``; they are empty, but as high and merged as that row is."""
    _move_cells(sheet, gap)
    _move_heights(sheet, gap)
    _move_merged(sheet, gap)
    for one in book.worksheets:
        _move_formulas(one, gap)
        _move_charts(one, gap)
        _move_names(one.defined_names, one.title, gap)
    _move_names(book.defined_names, "", gap)
    _move_rules(sheet, gap)
    _move_areas(sheet, gap)


def _move_cells(sheet: Worksheet, gap: Gap) -> None:
    """Move what stands below: the library's own way makes every cell there could be up to the furthest one."""
    held: Any = sheet
    for cell in reversed(cells_of(sheet)):
        if cell.row > gap.row:
            del held._cells[cell.row, cell.column]  # noqa: SLF001  # where else are they
            cell.row += gap.count
            held._cells[cell.row, cell.column] = cell  # noqa: SLF001  # as above


def _move_heights(sheet: Worksheet, gap: Gap) -> None:
    heights: Any = sheet.row_dimensions
    for row in sorted((row for row in heights if row > gap.row), reverse=True):
        one = heights.pop(row)
        one.index = row + gap.count
        heights[row + gap.count] = one
    if gap.row in heights:
        for below in range(1, gap.count + 1):
            one = copy(heights[gap.row])
            one.index = gap.row + below
            heights[gap.row + below] = one
    for stop in sheet.row_breaks.brk:
        stop.id = gap.moved(stop.id)


def _move_merged(sheet: Worksheet, gap: Gap) -> None:
    ranges = list(sheet.merged_cells.ranges)
    for one in ranges:
        if one.min_row > gap.row:
            one.shift(row_shift=gap.count)
    sheet.merged_cells = MultiCellRange(set(ranges))  # pyright: ignore[reportArgumentType]  # it takes any collection


def merge_like(sheet: Worksheet, row: int, count: int) -> None:
    """Merge the cells of the next rows as those of a row are."""
    own = [one for one in sheet.merged_cells.ranges if one.min_row == one.max_row == row]
    for one in own:
        for below in range(1, count + 1):
            sheet.merge_cells(
                start_row=row + below, end_row=row + below, start_column=one.min_col, end_column=one.max_col
            )


def _move_formulas(sheet: Worksheet, gap: Gap) -> None:
    is_here = sheet.title == gap.sheet
    for one in cells_of(sheet):
        cell: Any = one  # one that is merged into another has no value, and none is given to it
        if is_here and cell.hyperlink is not None:
            cell.hyperlink.ref = cell.coordinate
        value = cell.value
        is_repeated = is_here and cell.row == gap.row
        if isinstance(value, ArrayFormula):
            value.ref = area(value.ref, gap) if is_here and not is_repeated else value.ref
            value.text = moved(value.text or "", gap, sheet=sheet.title, is_repeated=is_repeated)
        elif cell.data_type == "f" and isinstance(value, str):
            cell.value = moved(value, gap, sheet=sheet.title, is_repeated=is_repeated)


def _move_names(names: Any, sheet: str, gap: Gap) -> None:  # noqa: ANN401  # a book's or a sheet's, which share no type
    for one in names.values():
        if one.attr_text:
            one.attr_text = _bare(one.attr_text, gap, sheet)


def _move_rules(sheet: Worksheet, gap: Gap) -> None:
    fresh: Any = ConditionalFormattingList()  # the stubs leave its parts open
    held: Any = sheet.conditional_formatting
    for one in held:
        for rule in one.rules:
            rule.formula = [_bare(formula, gap, sheet.title) for formula in rule.formula]
            fresh.add(area(str(one.sqref), gap), rule)
    sheet.conditional_formatting = fresh
    for check in sheet.data_validations.dataValidation:
        check.sqref = MultiCellRange(area(str(check.sqref), gap))  # pyright: ignore[reportArgumentType]  # or a text
        for name in ("formula1", "formula2"):
            formula = getattr(check, name)
            if formula:
                setattr(check, name, _bare(formula, gap, sheet.title))


def _move_areas(sheet: Worksheet, gap: Gap) -> None:
    if sheet.auto_filter.ref:
        sheet.auto_filter.ref = area(sheet.auto_filter.ref, gap)
    for table in sheet.tables.values():
        table.ref = area(table.ref, gap)
        if table.autoFilter is not None and table.autoFilter.ref:
            table.autoFilter.ref = area(table.autoFilter.ref, gap)
    printed = sheet.print_area
    if printed:
        sheet.print_area = ",".join(_bare(one, gap, sheet.title) for one in printed.split(","))
    held: Any = sheet
    for drawing in (*held._images, *held._charts):  # noqa: SLF001  # where else are they
        for corner in (getattr(drawing.anchor, "_from", None), getattr(drawing.anchor, "to", None)):
            if corner is not None:
                corner.row = gap.moved(corner.row + 1) - 1


def _move_charts(sheet: Worksheet, gap: Gap) -> None:
    held: Any = sheet
    for chart in held._charts:  # noqa: SLF001  # as above
        for series in chart.series:
            for name in _SERIES:
                source = getattr(series, name, None)
                for kind in ("numRef", "strRef"):
                    reference = getattr(source, kind, None)
                    if reference is not None and reference.f:
                        reference.f = _bare(reference.f, gap, sheet.title)


def _bare(formula: str, gap: Gap, sheet: str) -> str:
    return moved(f"={formula}", gap, sheet=sheet)[1:]
