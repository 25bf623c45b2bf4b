"""Tables as people have them, and files that are none: each is read, or refused with its reason."""

import contextlib
import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.sheets import LARGEST, Fault, Row, UnreadableSheet, read
from tests.kit.spreadsheets import excel, repacked

TABLE = [["姓名", "手机"], ["陈大文", 13800002236]]
SHEET = "xl/worksheets/sheet1.xml"


def rows(path: Path, *, most: int = 100) -> list[Row]:
    return list(read(path, most=most))


def fault(path: Path, *, most: int = 100) -> Fault:
    with pytest.raises(UnreadableSheet) as refused:
        rows(path, most=most)
    return refused.value.fault


def test_cells_come_as_they_are_and_blank_rows_not_at_all(tmp_path: Path) -> None:
    path = excel(tmp_path / "a.xlsx", [["姓名", None, " "], [], [None, 1.5, date(2001, 7, 1)]])

    assert rows(path) == [
        Row("Sheet1", 1, ("姓名",)),
        Row("Sheet1", 3, (None, 1.5, datetime(2001, 7, 1))),  # noqa: DTZ001  # Excel knows no zones
    ]


def test_sheets_are_read_one_after_another_and_hidden_ones_not(tmp_path: Path) -> None:
    path = excel(tmp_path / "a.xlsx", {"一": [["a"]], "二": [["b"]], "三": [["c"]]}, hidden="二")

    assert rows(path) == [Row("一", 1, ("a",)), Row("三", 1, ("c",))]


def test_a_cell_merged_over_rows_says_its_value_in_each(tmp_path: Path) -> None:
    table = [["支部", "姓名"], ["潘一", "甲"], [None, "乙"], [None, "丙"], [None, "丁"]]
    path = excel(tmp_path / "a.xlsx", table, merged=["A2:A4"])

    assert [row.cells for row in rows(path)][1:] == [("潘一", "甲"), ("潘一", "乙"), ("潘一", "丙"), (None, "丁")]


def test_a_merged_last_column_is_filled_too(tmp_path: Path) -> None:
    path = excel(tmp_path / "a.xlsx", [["姓名", "支部"], ["甲", "潘一"], ["乙", None]], merged=["B2:B3"])

    assert rows(path)[2].cells == ("乙", "潘一")


def test_a_formula_counts_as_what_it_came_to(tmp_path: Path) -> None:
    path = excel(tmp_path / "a.xlsx", [["姓名"], ["=1+1"]])
    repacked(path, SHEET, rb"<v ?/>|<v></v>", b"<v>2</v>")

    assert rows(path)[1].cells == (2,)


def test_what_a_file_says_of_its_own_size_need_not_be_so(tmp_path: Path) -> None:
    path = excel(tmp_path / "a.xlsx", TABLE)
    repacked(path, SHEET, rb'<dimension ref="[^"]*"', b'<dimension ref="A1:A1"')

    assert len(rows(path)[1].cells) == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_is_read_in_whatever_way_it_was_saved(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"姓名{delimiter}手机\n\n陈大文{delimiter}13800002236\n", encoding=encoding)

    assert rows(path) == [Row("", 1, ("姓名", "手机")), Row("", 3, ("陈大文", "13800002236"))]


def test_an_excel_file_may_have_any_name(tmp_path: Path) -> None:
    assert len(rows(excel(tmp_path / "a.xlsx", TABLE).rename(tmp_path / "a.csv"))) == 2


def test_the_name_its_sender_gave_says_whether_text_is_a_table(tmp_path: Path) -> None:
    path = tmp_path / "0a1b2c"
    path.write_text("姓名,手机\n", encoding="utf-8")

    assert (len(list(read(path, name="名册.CSV", most=9))), fault(path)) == (1, Fault.NOT_A_TABLE)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").touch()

    assert fault(tmp_path / "a.xlsx") is Fault.EMPTY


def test_a_renamed_pdf_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"%PDF-1.7\n" + bytes(200))
    (tmp_path / "a.csv").write_bytes(b"%PDF-1.7\n" + bytes(200))

    assert (fault(tmp_path / "a.xlsx"), fault(tmp_path / "a.csv")) == (Fault.NOT_A_TABLE, Fault.NOT_A_TABLE)


def test_another_kind_of_document_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("word/document.xml", "<document/>")

    assert fault(tmp_path / "a.xlsx") is Fault.NOT_A_TABLE


def test_a_password_and_an_old_excel_are_told_apart(tmp_path: Path) -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)
    (tmp_path / "locked.xlsx").write_bytes(ole + "EncryptedPackage".encode("utf-16-le"))
    (tmp_path / "old.xls").write_bytes(ole)

    assert (fault(tmp_path / "locked.xlsx"), fault(tmp_path / "old.xls")) == (Fault.LOCKED, Fault.OLD_EXCEL)


def test_two_hundred_megabytes_are_refused_unopened(tmp_path: Path) -> None:
    with (tmp_path / "a.xlsx").open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(200 * 1024 * 1024)

    assert fault(tmp_path / "a.xlsx") is Fault.TOO_LARGE
    assert LARGEST < 200 * 1024 * 1024


def test_more_rows_than_are_wanted_are_refused(tmp_path: Path) -> None:
    assert fault(excel(tmp_path / "a.xlsx", [["a"]] * 12), most=11) is Fault.TOO_LONG


@pytest.mark.parametrize(
    "blank",
    [
        b"".join(b'<row r="%d" spans="1:2"/>' % number for number in range(3, 1_000_003)),
        b'<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>x</t></is></c></row>',
        b'<row r="99999999999"><c r="XFD99999999999"><v>1</v></c></row>',
    ],
    ids=["written out", "left out", "beyond all rows"],
)
def test_a_million_blank_rows_are_refused(tmp_path: Path, blank: bytes) -> None:
    path = excel(tmp_path / "a.xlsx", TABLE)
    repacked(path, SHEET, b"</sheetData>", blank + b"</sheetData>")

    assert fault(path) is Fault.BLANK_ROWS


def test_what_unfolds_to_a_giant_is_refused_folded(tmp_path: Path) -> None:
    path = excel(tmp_path / "a.xlsx", TABLE)
    repacked(path, SHEET, b"</sheetData>", b" " * 130_000_000 + b"</sheetData>")

    assert fault(path) is Fault.BLANK_ROWS


def test_formulas_whose_results_are_not_there_are_refused(tmp_path: Path) -> None:
    assert fault(excel(tmp_path / "a.xlsx", [["姓名"], ["=A1"]])) is Fault.FORMULAS


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 4000), damage=st.binary(min_size=1, max_size=40))
def test_a_damaged_file_is_read_or_refused_and_never_breaks(tmp_path: Path, at: int, damage: bytes) -> None:
    path = excel(tmp_path / "a.xlsx", TABLE)
    raw = path.read_bytes()
    at %= len(raw)
    path.write_bytes(raw[:at] + damage + raw[at + len(damage) :])

    with contextlib.suppress(UnreadableSheet):
        rows(path)


@pytest.mark.parametrize(
    ("part", "pattern", "replacement"),
    [
        (SHEET, rb"<sheetData>", b"<sheetData><row r='x'>"),
        (SHEET, rb'r="A1"', b'r="!"'),
        (SHEET, rb't="inlineStr">', b't="s"><v>99</v>'),
        ("xl/workbook.xml", rb"<sheets>", b"<sheets"),
        ("xl/styles.xml", rb"(?s).+", b"<"),
    ],
)
def test_a_broken_part_is_damage(tmp_path: Path, part: str, pattern: bytes, replacement: bytes) -> None:
    path = repacked(excel(tmp_path / "a.xlsx", TABLE), part, pattern, replacement)

    assert fault(path) is Fault.DAMAGED
