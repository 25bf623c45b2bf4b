"""A workbook somebody else designed is filled in, and all the rest of it stays as it was."""

import contextlib
import zipfile
from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.formula import ArrayFormula

from bot.sheets import Cell, Fault, Problem, Trouble, UnreadableSheet, filled, look
from tests.kit.spreadsheets import repacked

MARK = "由 潘志明 导出"
SHEET = "xl/worksheets/sheet1.xml"
VALUES: dict[str, Cell] = {"答疑": 42, "单位": "番村", "填表日期": date(2026, 11, 26), "服务小时": 1.5, "到会率": None}
ROWS: list[dict[str, Cell]] = [
    {"活动.名称": "清理村道", "活动.人次": 31, "活动.序号": 1},
    {"活动.名称": "=1+1", "活动.人次": 16, "活动.序号": 2},
    {"活动.名称": "敬老探访", "活动.人次": 0, "活动.序号": 3},
]


class Sample:
    """What goes into the places of these tests."""

    def __init__(self, rows: list[dict[str, Cell]] = ROWS, **more: Cell) -> None:
        self.values, self.listed = {**VALUES, **more}, rows

    def list_of(self, words: str) -> str | None:
        if words in ROWS[0]:
            return "activities"
        if words == "待办.编号":
            return "waiting"
        return "" if words in self.values else None

    def value(self, words: str) -> Cell:
        return self.values[words]

    def rows(self, list_: str) -> int:
        assert list_ == "activities"
        return len(self.listed)

    def cell(self, list_: str, words: str, row: int) -> Cell:
        assert list_ == "activities"
        return self.listed[row][words]


def design(path: Path, change: Callable[[Workbook], None] | None = None) -> Path:
    """A superior's form: title over merged cells, figures, a list with a sum below it, a note at the end."""
    book = Workbook()
    sheet = book.active
    sheet.title = "月报"
    thin = Side(style="thin", color="FF0000")
    sheet["A1"] = "{{单位}}党建工作月报表"
    sheet.merge_cells("A1:D1")
    sheet["A1"].font, sheet["A1"].alignment = Font(name="仿宋", size=18, bold=True), Alignment(horizontal="center")
    sheet["A2"], sheet["B2"], sheet["C2"], sheet["D2"] = "答疑", "{{ 答疑 }}", "日期", "{{填表日期}}"
    sheet["B2"].number_format, sheet["B2"].fill = "0.00", PatternFill("solid", fgColor="FFFF00")
    sheet["A4"], sheet["B4"], sheet["D4"] = "序号", "活动", "人次"
    sheet["A5"], sheet["B5"], sheet["D5"] = "{{活动.序号}}", "{{活动.名称}}", "{{活动.人次}}"
    sheet.merge_cells("B5:C5")
    for column in "ABCD":
        sheet[f"{column}5"].border = Border(left=thin, right=thin, top=thin, bottom=thin)
    sheet["A6"], sheet["D6"], sheet["C6"] = "合计", "=SUM(D5:D5)", "=D6/B2"
    sheet["A7"] = "填表人签名"
    sheet.merge_cells("A7:D7")
    sheet.column_dimensions["B"].width = 33.5
    sheet.row_dimensions[5].height, sheet.row_dimensions[6].height = 28, 40
    sheet.conditional_formatting.add("D6", CellIsRule(operator="lessThan", formula=["$B$2"], font=Font(color="FF0000")))
    check = DataValidation(type="list", formula1='"是,否"')
    check.add("D7")
    sheet.add_data_validation(check)
    sheet.print_area = "A1:D7"
    book.defined_names["服务小时"] = DefinedName("服务小时", attr_text="月报!$D$8")
    other = book.create_sheet("汇 总")
    other["A1"] = "=月报!D6"
    if change:
        change(book)
    book.save(path)
    return path


def fill(path: Path, source: Sample | None = None) -> Workbook:
    return openpyxl.load_workbook(BytesIO(filled(path, source or Sample(), mark=MARK)))


def shown(sheet: Any) -> list[list[object]]:
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


@pytest.fixture
def form(tmp_path: Path) -> Path:
    return design(tmp_path / "form.xlsx")


def test_figures_and_lists_stand_where_they_were_asked_for(form: Path) -> None:
    sheet = fill(form)["月报"]

    assert shown(sheet) == [
        ["番村党建工作月报表", None, None, None],
        ["答疑", 42, "日期", openpyxl.utils.datetime.from_excel(46352)],
        [None, None, None, None],
        ["序号", "活动", None, "人次"],
        [1, "清理村道", None, 31],
        [2, "=1+1", None, 16],
        [3, "敬老探访", None, 0],
        ["合计", None, "=D8/B2", "=SUM(D5:D7)"],
        ["填表人签名", None, None, None],
        [None, None, None, 1.5],
    ]


def test_looks_widths_heights_and_merged_cells_stay(form: Path) -> None:
    sheet = fill(form)["月报"]

    assert (sheet["A1"].font.name, sheet["A1"].font.size, sheet["A1"].alignment.horizontal) == ("仿宋", 18, "center")
    assert (sheet["B2"].number_format, sheet["B2"].fill.fgColor.rgb) == ("0.00", "00FFFF00")
    assert sheet.column_dimensions["B"].width == 33.5
    assert [sheet.row_dimensions[row].height for row in range(5, 9)] == [28, 28, 28, 40]
    assert sorted(map(str, sheet.merged_cells.ranges)) == ["A1:D1", "A9:D9", "B5:C5", "B6:C6", "B7:C7"]
    assert [sheet[f"D{row}"].border.left.style for row in range(4, 9)] == [None, "thin", "thin", "thin", None]


def test_rules_print_areas_names_and_other_sheets_follow(form: Path) -> None:
    book = fill(form)
    sheet = book["月报"]

    assert [str(one.sqref) for one in sheet.conditional_formatting] == ["D8"]
    assert [str(one.sqref) for one in sheet.data_validations.dataValidation] == ["D9"]
    assert sheet.print_area == "'月报'!$A$1:$D$9"
    assert book.defined_names["服务小时"].attr_text == "月报!$D$10"
    assert book["汇 总"]["A1"].value == "=月报!D8"


def test_a_text_that_looks_like_a_formula_is_none(form: Path) -> None:
    book = fill(form, Sample(单位='=HYPERLINK("http://x")'))

    cells = [book["月报"]["B6"], book["月报"]["A1"]]
    assert [(cell.data_type, cell.quotePrefix) for cell in cells] == [("s", True), ("s", True)]


def test_a_list_of_nothing_leaves_its_row_blank(form: Path) -> None:
    sheet = fill(form, Sample([]))["月报"]

    assert [one.value for one in sheet[5]] == [None, None, None, None]
    assert (sheet["D6"].value, sheet.row_dimensions[5].height) == ("=SUM(D5:D5)", 28)


def test_it_says_who_took_it_along(form: Path) -> None:
    book = fill(form)

    assert [one.oddFooter.center.text for one in book.worksheets] == [MARK, MARK]
    assert (book.properties.creator, book.properties.lastModifiedBy) == (MARK, MARK)


def test_a_foot_that_says_something_keeps_it(tmp_path: Path) -> None:
    def number_pages(book: Workbook) -> None:
        book["月报"].oddFooter.center.text = "第&P页"

    foot = fill(design(tmp_path / "a.xlsx", number_pages))["月报"].oddFooter

    assert (foot.center.text, foot.left.text) == ("第&P页", MARK)


def test_values_within_words_are_written_as_words(tmp_path: Path) -> None:
    def say(book: Workbook) -> None:
        book["月报"]["A9"] = "服务{{服务小时}}小时，到会率{{到会率}}%，共{{答疑}}件"

    assert fill(design(tmp_path / "a.xlsx", say))["月报"]["A11"].value == "服务1.5小时，到会率%，共42件"


def test_two_lists_of_one_sheet_are_both_repeated(tmp_path: Path) -> None:
    def again(book: Workbook) -> None:
        book["月报"]["A10"], book["月报"]["D11"] = "{{活动.名称}}", "=SUM(D5:D10)"

    sheet = fill(design(tmp_path / "a.xlsx", again))["月报"]

    assert [sheet[f"A{row}"].value for row in range(12, 15)] == ["清理村道", "=1+1", "敬老探访"]
    assert sheet["D15"].value == "=SUM(D5:D14)"


def test_what_reaches_outside_leaves_the_value_it_had(tmp_path: Path) -> None:
    def reach(book: Workbook) -> None:
        book["月报"]["A9"] = "=[1]Sheet1!A1"
        book["月报"]["A10"] = "=cmd|'/c calc'!A1"
        book["月报"]["A11"].value = "看这里"
        book["月报"]["A11"].hyperlink = "file:///etc/passwd"

    path = repacked(
        design(tmp_path / "a.xlsx", reach), SHEET, rb"<f>\[1\]Sheet1!A1</f><v\s*/>", b"<f>[1]Sheet1!A1</f><v>7</v>"
    )
    book = fill(path)

    with zipfile.ZipFile(BytesIO(filled(path, Sample(), mark=MARK))) as archive:
        raw = "".join(archive.read(name).decode(errors="replace") for name in archive.namelist())
    assert [book["月报"][f"A{row}"].value for row in (11, 12)] == [7, None]
    assert ("/c calc" in raw, "[1]" in raw, "passwd" in raw) == (False, False, False)


def looked(path: Path) -> list[Problem]:
    return list(look(path, Sample().list_of).problems)


def test_a_form_that_is_in_order_has_no_problems(form: Path) -> None:
    found = look(form, Sample().list_of)

    assert (found.count, found.problems) == (7, ())


def test_what_is_wrong_is_named_by_its_cell(tmp_path: Path) -> None:
    def spoil(book: Workbook) -> None:
        sheet = book["月报"]
        sheet["A9"], sheet["B9"], sheet["C9"] = "{{答题}}", "{{}}", '="{{答疑}}"'
        sheet["A10"], sheet["B10"] = "{{活动.名称}}", "{{待办.编号}}"
        sheet["C12"] = "{{活动.名称}}"
        sheet.merge_cells("A12:A13")

    assert looked(design(tmp_path / "a.xlsx", spoil)) == [
        Problem("月报!A9", "答题", Trouble.UNKNOWN),
        Problem("月报!B9", "", Trouble.UNKNOWN),
        Problem("月报!C9", "答疑", Trouble.IN_FORMULA),
        Problem("月报!A10", "活动.名称", Trouble.TWO_LISTS),
        Problem("月报!C12", "活动.名称", Trouble.MERGED_DOWN),
    ]


def test_a_name_whose_cell_is_gone_is_no_place(tmp_path: Path) -> None:
    def spoil(book: Workbook) -> None:
        book.defined_names["答疑"] = DefinedName("答疑", attr_text="#REF!")
        book.defined_names["单位"] = DefinedName("单位", attr_text="月报!$A$1:$B$2")

    path = design(tmp_path / "a.xlsx", spoil)

    assert look(path, Sample().list_of).count == 7
    assert fill(path)["月报"]["B2"].value == 42


@pytest.mark.parametrize(
    ("scope", "target"), [("book", "$K$1"), ("book", "$K$1:$L$2"), ("book", "$L$2"), ("sheet", "$K$1")]
)
def test_a_named_cell_is_filled_in_merged_or_not_and_wherever_the_name_is_kept(
    tmp_path: Path, scope: str, target: str
) -> None:
    def name(book: Workbook) -> None:
        book["月报"].merge_cells("K1:L2")
        names = book.defined_names if scope == "book" else book["月报"].defined_names
        names["单位"] = DefinedName("单位", attr_text=f"月报!{target}")

    path = design(tmp_path / "a.xlsx", name)

    assert look(path, Sample().list_of).count == 8
    assert fill(path)["月报"]["K1"].value == "番村"


def test_wide_braces_of_a_chinese_keyboard_are_a_place(tmp_path: Path) -> None:
    path = design(tmp_path / "a.xlsx", lambda book: book["月报"].__setitem__("A9", "由｛｛ 单位 ｝｝填写"))

    assert fill(path)["月报"]["A11"].value == "由番村填写"


def test_an_array_formula_of_a_repeated_row_is_each_rows_own(tmp_path: Path) -> None:
    def add(book: Workbook) -> None:
        book["月报"]["E5"] = ArrayFormula("E5", "=LEN(B5)")

    sheet = fill(design(tmp_path / "a.xlsx", add))["月报"]

    arrays = [sheet[f"E{row}"].value for row in (5, 6, 7)]
    assert [(one.ref, one.text) for one in arrays] == [("E5", "=LEN(B5)"), ("E6", "=LEN(B6)"), ("E7", "=LEN(B7)")]


def test_a_stray_cell_far_off_costs_nothing_and_stays(tmp_path: Path) -> None:
    path = design(tmp_path / "a.xlsx", lambda book: book["月报"].__setitem__("XFD9000", "落下的"))

    assert look(path, Sample().list_of).count == 7
    with zipfile.ZipFile(BytesIO(filled(path, Sample(), mark=MARK))) as archive:
        written = archive.read(SHEET)
    assert (b'r="XFD9002"' in written, len(written) < 10_000) == (True, True)


def test_rows_too_wide_to_be_repeated_thousands_of_times_are_refused(tmp_path: Path) -> None:
    def widen(book: Workbook) -> None:
        for column in range(1, 320):
            book["月报"].cell(12, column, "{{活动.名称}}")

    assert fault(design(tmp_path / "a.xlsx", widen)) is Fault.TOO_LARGE


def test_a_foot_that_is_full_keeps_all_it_says(tmp_path: Path) -> None:
    def write(book: Workbook) -> None:
        foot = book["月报"].oddFooter
        foot.left.text, foot.center.text, foot.right.text = "左", "中", "右"

    foot = fill(design(tmp_path / "a.xlsx", write))["月报"].oddFooter

    assert (foot.left.text, foot.center.text, foot.right.text) == ("左", f"中\n{MARK}", "右")


def fault(path: Path) -> Fault:
    with pytest.raises(UnreadableSheet) as refused:
        look(path, Sample().list_of)
    return refused.value.fault


def test_macros_are_refused(tmp_path: Path) -> None:
    by_part, by_type = design(tmp_path / "a.xlsm"), design(tmp_path / "b.xlsx")
    with zipfile.ZipFile(by_part, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"x")
    repacked(by_type, "[Content_Types].xml", rb"spreadsheetml\.sheet\.main", b"ms-excel.sheet.macroEnabled.main")

    assert [fault(by_part), fault(by_type)] == [Fault.MACROS, Fault.MACROS]


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        (b"</sheetData>", b"<row r='20'>" + b"<c/>" * 50_000 + b"</row></sheetData>"),
        (b"</sheetData>", b"".join(b'<row r="%d"/>' % row for row in range(20, 12_000)) + b"</sheetData>"),
        (b'ref="A1:D1"', b'ref="A1:XFD1048576"'),
        (b'ref="A1:D1"', b"ref='A1:XFD9000'"),
        (b'ref="A1:D1"', b'ref="&#65;1:xfd9000"'),
        (b"</sheetData>", b"<row\nr='20'>" + b"<c\n/>" * 50_000 + b"</row></sheetData>"),
        (b"</sheetData>", b" " * 11_000_000 + b"</sheetData>"),
    ],
    ids=["cells", "rows", "a merged giant", "one in single quotes", "one spelt out", "cells on lines", "blanks"],
)
def test_what_unfolds_to_a_giant_is_refused_folded(form: Path, pattern: bytes, replacement: bytes) -> None:
    assert fault(repacked(form, SHEET, pattern, replacement)) is Fault.TOO_LARGE


def test_a_file_of_three_megabytes_is_refused_unopened(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04" + bytes(3 * 1024 * 1024))

    assert fault(tmp_path / "a.xlsx") is Fault.TOO_LARGE


def test_entities_are_refused(form: Path) -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><worksheet'

    assert fault(repacked(form, SHEET, b"<worksheet", bomb)) is Fault.DAMAGED


@pytest.mark.parametrize(
    ("data", "expected"), [(b"", Fault.EMPTY), (b"hello", Fault.NOT_A_TABLE), (b"PK\x03\x04", Fault.DAMAGED)]
)
def test_what_is_no_workbook_is_refused(tmp_path: Path, data: bytes, expected: Fault) -> None:
    (tmp_path / "a.xlsx").write_bytes(data)

    assert fault(tmp_path / "a.xlsx") is expected


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 9000), damage=st.binary(min_size=1, max_size=40))
def test_a_damaged_form_is_filled_or_refused_and_never_breaks(form: Path, at: int, damage: bytes) -> None:
    raw = form.read_bytes()
    at %= len(raw)
    broken = form.with_name("broken.xlsx")
    broken.write_bytes(raw[:at] + damage + raw[at + len(damage) :])

    with contextlib.suppress(UnreadableSheet):
        look(broken, Sample().list_of)
        filled(broken, Sample(), mark=MARK)

    assert form.read_bytes() == raw
