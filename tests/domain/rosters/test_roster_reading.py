"""Headers as cadres write them, titles above them, several sheets: the people below are found."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.domain.rosters.roster_reading import Line, Reading, read_roster
from db.models import Category, MemberKind
from tests.kit.spreadsheets import excel

TODAY = date(2026, 11, 23)


def reading(path: Path) -> Reading:
    return read_roster(path, name=path.name, most=1000, today=TODAY)


def lines(tmp_path: Path, rows: Sequence[Sequence[Any]], **more: Any) -> list[Line]:
    return reading(excel(tmp_path / "a.xlsx", rows, **more)).lines


@pytest.mark.parametrize("name", ["姓名", "名字", "姓 名", "党员姓名", "姓名（必填）", "*姓名"])
@pytest.mark.parametrize("phone", ["手机", "电话", "联系方式", "手机号码", "聯繫電話", "手机\n号码"])
@pytest.mark.parametrize("unit", ["支部", "所在支部", "党组织", "所在党支部"])
def test_columns_are_known_by_the_words_above_them(tmp_path: Path, name: str, phone: str, unit: str) -> None:
    [line] = lines(tmp_path, [[unit, phone, name], ["潘一支部", 13822367712, "陈大文"]])

    assert (line.name, line.mobile, line.unit, line.place) == ("陈大文", "13822367712", "潘一支部", ("Sheet1", 2))


def test_everything_a_roster_has_is_read(tmp_path: Path) -> None:
    header = ["序号", "姓名", "性别", "出生年月", "身份证号", "入党日期", "类别", "联系电话", "支部"]
    row = [
        1,
        "阿依古丽·买买提",
        "女",
        "1990.5",
        "440600199005011234",
        "2012年7月1日",
        "流动 预备党员",
        "138 2236 7712",
        "潘一",
    ]

    assert lines(tmp_path, [header, row]) == [
        Line(
            ("Sheet1", 2),
            name="阿依古丽·买买提",
            mobile="13822367712",
            unit="潘一",
            gender="女",
            born_on=date(1990, 5, 1),
            joined_on=date(2012, 7, 1),
            kind=MemberKind.PARTY_MEMBER,
            category=Category.FLOATING,
            is_probationary=True,
        )
    ]


def test_titles_sums_notes_and_repeated_headers_are_nobody(tmp_path: Path) -> None:
    table = [
        ["番村党员名册"],
        ["填报单位：番村", None, "2026年11月"],
        ["序号", "姓名", "手机"],
        [1, "甲某", 13822367712],
        [2, None, None],
        ["序号", "姓名", "手机"],
        [3, "乙某", 13822367713],
        ["合计", "2人"],
        ["填表人：丙某", None, "13822367714"],
    ]

    assert [line.name for line in lines(tmp_path, table)] == ["甲某", "乙某"]


def test_a_branch_merged_over_its_people_is_everybodys(tmp_path: Path) -> None:
    table = [
        ["支部", "姓名", "手机"],
        ["潘一", "甲某", None],
        [None, "乙某", None],
        [None, None, None],
        ["潘二", "丙某", None],
    ]

    found = lines(tmp_path, table, merged=["A2:A4"])

    assert [(line.name, line.unit) for line in found] == [("甲某", "潘一"), ("乙某", "潘一"), ("丙某", "潘二")]


def test_a_header_of_two_rows_is_one(tmp_path: Path) -> None:
    table = [["序号", "姓名", "联系", None], [None, None, "住宅", "手机"], [1, "甲某", "82223333", 13822367712]]

    [line] = lines(tmp_path, table, merged=["A1:A2", "B1:B2", "C1:D1"])

    assert (line.name, line.mobile) == ("甲某", "13822367712")


def test_each_sheet_has_its_own_header_and_one_without_is_passed_over(tmp_path: Path) -> None:
    pages = {
        "说明": [["请如实填写"]],
        "潘一": [["姓名", "手机"], ["甲某", 13822367712]],
        "潘二": [["手机", "姓名"], [13822367713, "乙某"], [1382236771, "丙某"]],
    }

    found = reading(excel(tmp_path / "a.xlsx", pages))

    assert [(line.name, line.mobile) for line in found.lines] == [("甲某", "13822367712"), ("乙某", "13822367713")]
    assert [found.where(place) for place in found.problems] == ["“潘二”第3行"]


@pytest.mark.parametrize(
    ("row", "reasons"),
    [
        ([None, 13822367712, None, None], ["姓名空"]),
        (["123", None, None, None], ["姓名“123”不像姓名"]),
        (["甲某", "1382236771", "人", None], ["手机号少一位（1382236771）", "性别“人”请写男或女"]),
        (["甲某", None, None, "2031.7"], ["入党时间“2031.7”还没到"]),
    ],
)
def test_every_reason_of_a_row_is_told(tmp_path: Path, row: list[Any], reasons: list[str]) -> None:
    found = reading(excel(tmp_path / "a.xlsx", [["姓名", "手机", "性别", "入党时间"], row]))

    assert (found.lines, found.problems) == ([], {("Sheet1", 2): reasons})


def test_somebody_cannot_have_joined_before_they_were_born(tmp_path: Path) -> None:
    found = reading(excel(tmp_path / "a.xlsx", [["姓名", "出生", "入党时间"], ["甲某", "1990.5", "1989.7"]]))

    assert found.problems == {("Sheet1", 2): ["入党时间早于出生日期"]}
