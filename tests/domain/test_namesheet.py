"""A sheet of names as people write it by hand, paste it from a spreadsheet, or mistype it."""

import pytest

from bot.domain import namesheet
from bot.domain.namesheet import Sheet

EXPECTED = {1: "陈大文", 2: "林小梅", 3: "王芳", 4: "阿依古丽·买买提", 5: "潘志明", 6: "潘志明", 7: "李四"}


@pytest.mark.parametrize(
    "text",
    [
        "陈大文 林小梅 王芳",
        "陈大文、林小梅，王芳",
        "1. 陈大文\n2. 林小梅\n3. 王 芳",
        "签到：陈大文√\n林小梅 ✓\n王　芳 13800000003",
        "到会人员:陈大文/林小梅/王芳/",
        "陳大文;林小梅;王芳;王芳",
    ],
)
def test_a_sheet_is_read_however_it_is_written(text: str) -> None:
    assert namesheet.read(text, EXPECTED) == Sheet((1, 2, 3), (), (), ())


@pytest.mark.parametrize("spelt", ["阿依古丽·买买提", "阿依古丽买买提", "阿依古丽 买买提", "阿依古丽•买买提"])
def test_a_minority_name_is_read_with_any_dot(spelt: str) -> None:
    assert namesheet.read(spelt, EXPECTED).sure == (4,)


def test_a_name_two_people_share_is_doubtful() -> None:
    assert namesheet.read("潘志明", EXPECTED) == Sheet((), (("潘志明", (5, 6)),), (), ())


@pytest.mark.parametrize("spelt", ["陈大闻", "陈大交", "程大文"])
def test_a_name_that_sounds_the_same_or_is_misread_is_doubtful(spelt: str) -> None:
    assert namesheet.read(spelt, EXPECTED) == Sheet((), ((spelt, (1,)),), (), ())


def test_a_name_nobody_has_is_told() -> None:
    assert namesheet.read("陈大文 赵六子", EXPECTED) == Sheet((1,), (), ("赵六子",), ())


def test_a_line_of_those_who_did_not_come_marks_nobody_present() -> None:
    assert namesheet.read("到会：陈大文、王芳\n请假：林小梅、李四", EXPECTED) == Sheet((1, 3), (), (), (2, 7))


@pytest.mark.parametrize("text", ["", "。。。", "1 2 3", "13800000001\n√"])
def test_a_sheet_without_names_says_nothing(text: str) -> None:
    assert namesheet.read(text, EXPECTED) == Sheet((), (), (), ())


def test_a_doubt_about_somebody_who_is_sure_is_none() -> None:
    assert namesheet.read("陈大文 陈大闻", EXPECTED) == Sheet((1,), (), (), ())


def test_a_sheet_without_end_is_read_up_to_a_point() -> None:
    assert (
        len(namesheet.read("、".join(f"某{chr(0x4E00 + n)}{chr(0x5E00 + n)}" for n in range(900)), {}).unknown) == 400
    )
