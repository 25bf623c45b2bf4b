"""What is written comes back as it was, and nothing of it is ever a formula."""

import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest

from bot.sheets import Page, read, workbook
from bot.sheets.rows import Cell


def written(tmp_path: Path, *pages: Page) -> Path:
    path = tmp_path / "made.xlsx"
    path.write_bytes(workbook(pages))
    return path


def cells(path: Path) -> list[tuple[Cell, ...]]:
    return [row.cells for row in read(path, most=1000)]


def test_what_is_written_comes_back(tmp_path: Path) -> None:
    page = Page("名册", ["姓名", "时间"], [["陈大文", date(2001, 7, 1)], [None, 3]], above=[["番村党员名册"]])

    assert cells(written(tmp_path, page)) == [
        ("番村党员名册",),
        ("姓名", "时间"),
        ("陈大文", datetime(2001, 7, 1)),  # noqa: DTZ001  # Excel knows no zones
        (None, 3),
    ]


@pytest.mark.parametrize("text", ["=1+1", "+86 138", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x","y")'])
def test_no_text_becomes_a_formula(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, Page("a", ["x"], [[text]]))

    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    [_, (back,)] = cells(path)
    assert (b"<f>" in sheet, str(back).strip()) == (False, text.strip())


def test_what_no_file_can_hold_is_left_out(tmp_path: Path) -> None:
    path = written(tmp_path, Page("一:二/[三]", ["x"], [["a\x00b\x0bc\ud800"], ["长" * 40_000]]))

    [_, (text,), (long,)] = cells(path)
    assert (text, len(str(long))) == ("abc", 32_767)


def test_the_header_stays_in_sight_and_columns_are_as_wide_as_their_words(tmp_path: Path) -> None:
    path = written(tmp_path, Page("a", ["姓名", "x" * 90], [["欧阳阿依古丽买买提"]], above=[["标题"]]))

    with zipfile.ZipFile(path) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert ('topLeftCell="A3"' in sheet, 'width="20"' in sheet, 'width="40"' in sheet) == (True, True, True)
