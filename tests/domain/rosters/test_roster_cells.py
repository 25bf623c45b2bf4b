"""Phone numbers and days in any usual shape: one value, or one reason."""

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.rosters.roster_cells import Unread, day, mobile, without_identity_cards, words

TODAY = date(2026, 11, 23)
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
PHONES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
DAYS = st.dates(date(1901, 1, 1), TODAY)
PHONE_SHAPES = (
    "{0}", " {0} ", "{1} {2} {3}", "{1}-{2}-{3}", "+86{0}", "+86 {1} {2} {3}", "86{0}", "0086{0}", "{0}.0", "手机{0}",
    "(+86){0}", "{0}、{0}", "{0}/{0}", "{0}\t", "\u202d{0}\u202c",
)  # fmt: skip
DAY_SHAPES = (
    "{0}-{1}-{2}", "{0}/{1}/{2}", "{0}.{1}.{2}", "{0}年{1}月{2}日", "{0} 年 {1} 月 {2} 日", "{0}年{1:02}月{2:02}日",
    "{0}{1:02}{2:02}", "{0}-{1:02}-{2:02} 00:00:00", "{0}.{1:02}.{2:02}", " {0}-{1}-{2} ",
)  # fmt: skip
MONTH_SHAPES = ("{0}.{1}", "{0}年{1}月", "{0}-{1:02}", "{0}/{1}", "{0}{1:02}", "{0}.{1:02}.", "{0} 年{1}月")


def reason(cell: Any) -> str:
    with pytest.raises(Unread) as unread:
        mobile(cell)
    return str(unread.value)


def reason_of_day(cell: Any) -> str:
    with pytest.raises(Unread) as unread:
        day(cell, "入党时间", today=TODAY)
    return str(unread.value)


@given(phone=PHONES, shape=st.sampled_from(PHONE_SHAPES), is_wide=st.booleans())
def test_a_phone_is_read_in_any_shape(phone: str, shape: str, is_wide: bool) -> None:  # noqa: FBT001  # drawn
    written = shape.format(phone, phone[:3], phone[3:7], phone[7:])

    assert mobile(written.translate(WIDE) if is_wide else written) == phone


@given(phone=PHONES)
def test_a_phone_may_be_a_number(phone: str) -> None:
    assert (mobile(int(phone)), mobile(float(phone))) == (phone, phone)


@pytest.mark.parametrize("cell", [None, "", " ", "无", "-", "/", "——", "不详"])
def test_nothing_is_no_phone_and_no_day(cell: Any) -> None:
    assert (mobile(cell), day(cell, "", today=TODAY)) == ("", None)


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("1382236771", "手机号少一位（1382236771）"),
        (138223677, "手机号少两位（138223677）"),
        ("138223677123", "手机号多一位（138223677123）"),
        ("0757-82223333", "这是座机（075782223333），请填手机号，没有就留空"),
        ("82223333", "这是座机（82223333），请填手机号，没有就留空"),
        ("1.38E+10", "手机号被表格改成了1.38E+10，请重新填写"),
        ("13822367712/13922367712", "手机号填了不止一个，请只留一个"),
        ("12345678901", "手机号不对（12345678901）"),
        ("问他儿子", "手机号不对（问他儿子）"),
        (True, "手机号不对（True）"),
    ],
)
def test_what_is_wrong_with_a_phone_is_said(cell: Any, said: str) -> None:
    assert reason(cell) == said


@given(cell=st.one_of(st.text(max_size=40), st.floats(), st.integers(), st.booleans()))
def test_whatever_a_cell_says_it_is_a_phone_a_day_or_a_reason(cell: Any) -> None:
    for read in (mobile, lambda one: day(one, "入党时间", today=TODAY)):
        try:
            found = read(cell)
        except Unread as unread:
            found = str(unread)
        assert found is None or isinstance(found, str | date)


@given(moment=DAYS, shape=st.sampled_from(DAY_SHAPES), is_wide=st.booleans())
def test_a_day_is_read_in_any_shape(moment: date, shape: str, is_wide: bool) -> None:  # noqa: FBT001  # drawn
    written = shape.format(moment.year, moment.month, moment.day)

    assert day(written.translate(WIDE) if is_wide else written, "", today=TODAY) == moment


@given(moment=DAYS, shape=st.sampled_from(MONTH_SHAPES))
def test_a_month_is_its_first_day(moment: date, shape: str) -> None:
    assert day(shape.format(moment.year, moment.month), "", today=TODAY) == moment.replace(day=1)


@given(moment=st.dates(date(1930, 1, 1), TODAY))
def test_excels_own_days_are_read_with_and_without_their_format(moment: date) -> None:
    serial = (moment - date(1899, 12, 30)).days
    at_noon = datetime(moment.year, moment.month, moment.day, 12)  # noqa: DTZ001  # Excel knows no zones

    assert [day(one, "", today=TODAY) for one in (moment, at_noon, serial, float(serial), str(serial))] == [moment] * 5


@pytest.mark.parametrize(
    ("cell", "expected"),
    [(2001.7, date(2001, 7, 1)), (2001.12, date(2001, 12, 1)), (20010701, date(2001, 7, 1)), (2001, date(2001, 1, 1))],
)
def test_a_day_may_be_a_number(cell: float, expected: date) -> None:
    assert day(cell, "", today=TODAY) == expected


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (2001.1, "入党时间“2001.1”是1月还是10月，请写成 2001-01 这样"),
        ("2001-02-30", "入党时间“2001-02-30”看不懂，请写成 2001-07-01"),
        ("85.3", "入党时间“85.3”看不懂，请写成 2001-07-01"),
        ("去年", "入党时间“去年”看不懂，请写成 2001-07-01"),
        ("2031-07-01", "入党时间“2031-07-01”还没到"),
        ("1799-07-01", "入党时间“1799-07-01”看不懂，请写成 2001-07-01"),
    ],
)
def test_what_is_wrong_with_a_day_is_said(cell: Any, said: str) -> None:
    assert reason_of_day(cell) == said


def test_numbers_of_identity_cards_are_left_out() -> None:
    cells = ["440600195801011234", "44060019580101123X", "证号440600195801011234", 440600195801011234, "13822367712"]

    assert [without_identity_cards(one) for one in cells] == ["", "", "证号", "", "13822367712"]
    assert words(3.0) == "3"
