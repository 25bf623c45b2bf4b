"""What people say of important matters: numbers of a meeting, sums, days that are over, and how far something is."""

from datetime import date

import pytest

from content.matter_words import asked_about, counts, money, money_shown, nearest
from content.matters import faults, kind_name, shipped_faults, step
from content.moments.past import past_day

MONDAY = date(2026, 11, 23)
TITLES = {1: "市政供水改造", 2: "征地补偿款分配", 3: "东巷排水渠"}


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("应到96 实到61", {"expected": 96, "present": 61}),
        ("实到70 赞成52", {"present": 70, "agreed": 52}),
        ("应到９６人，实到：70人，赞成52票", {"expected": 96, "present": 70, "agreed": 52}),
        ("应到会96 到会70 同意52", {"expected": 96, "present": 70, "agreed": 52}),
        ("大家都来了", {}),
        ("应到1234567", {}),
    ],
)
def test_numbers_of_a_meeting_are_read(said: str, found: dict[str, int]) -> None:
    assert counts(said) == found


@pytest.mark.parametrize(
    ("said", "fen", "shown"),
    [
        ("400万元", 400_000_000, "400万元"),
        ("约1.2亿", 12_000_000_000, "1.2亿元"),
        ("3560.5元", 356_050, "3,560.5元"),
        ("12345元", 1_234_500, "1.2345万元"),
        ("123456.78", 12_345_678, "123,456.78元"),
        ("5,000", 500_000, "5,000元"),
        ("1千万", 1_000_000_000, "1,000万元"),
        ("没有", 0, "不涉及资金"),
    ],
)
def test_a_sum_is_read_and_written(said: str, fen: int, shown: str) -> None:
    assert (money(said), money_shown(fen)) == (fen, shown)


@pytest.mark.parametrize("said", ["", "很多", "12.345元", "四百万", "-5", "9" * 30, "999999999999亿", "1万2千"])
def test_what_is_no_sum_is_none(said: str) -> None:
    assert money(said) is None


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("今天", MONDAY),
        ("昨天", date(2026, 11, 22)),
        ("4月10日", date(2026, 4, 10)),
        ("12月1号", date(2025, 12, 1)),
        ("四月十日", date(2026, 4, 10)),
        ("4/10", date(2026, 4, 10)),
        ("2025年12月3日", date(2025, 12, 3)),
        ("2026-04-10", date(2026, 4, 10)),
    ],
)
def test_a_day_that_is_over_is_read(said: str, day: date) -> None:
    assert past_day(said, MONDAY) == day


@pytest.mark.parametrize("said", ["", "明天", "下周三", "明年4月10日", "2027-04-10", "2月30日", "不记得了", "3天后"])
def test_a_day_that_is_to_come_is_none(said: str) -> None:
    assert past_day(said, MONDAY) is None


def test_the_29th_of_february_is_no_day_of_other_years() -> None:
    assert past_day("2月29日", date(2028, 2, 20)) is None


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("供水的事到哪了", [1]),
        ("供水嗰件事搞成点", [1]),
        ("市政供水改造到边度喇", [1]),
        ("供水工程進展點樣", [1]),
        ("东巷排水几时搞好", [3]),
        ("补偿款什么时候有结果", [2]),
        ("公示到几时", []),
        ("二次报销怎么办", []),
        ("村口路灯什么时候修好", []),
        ("供水", []),
    ],
)
def test_which_matter_is_asked_for_is_found_by_its_title(said: str, meant: list[int]) -> None:
    assert nearest(asked_about(said), TITLES) == meant


def test_what_the_table_no_longer_has_is_called_by_its_key() -> None:
    assert (kind_name("gone"), step("gone").name, kind_name("project")) == ("gone", "gone", "重大项目")


STEPS = ({"key": "first", "name": "甲"}, {"key": "out", "name": "乙", "public": "公示", "days": 7})


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"key": "a", "attend": {"at_least": "2/3"}}, ""),
        ({"key": "a", "attend": {"at_least": "5/3"}}, "a: attend is no share of people, such as {at_least: 2/3}"),
        ({"key": "a", "attend": {"most": "1/2"}}, "a: attend is no share of people, such as {at_least: 2/3}"),
        (
            {"key": "a", "attend": {"at_least": "2/3"}, "agree": {"more_than": "1/2", "of": "all"}},
            "a: agree is no share of people, such as {at_least: 2/3}",
        ),
        (
            {"key": "a", "agree": {"more_than": "1/2"}},
            "a: who agrees is counted where it is counted who came: attend is missing",
        ),
        ({"key": "a", "public": "公示"}, "a: a step that is public hangs out for 1 to 90 days, and no other does"),
        ({"key": "a", "days": 7}, "a: a step that is public hangs out for 1 to 90 days, and no other does"),
        ({"key": "out"}, "two steps have the key 'out'"),
        ({"key": "x" * 25}, f"key '{'x' * 25}' is longer than 24 characters"),
    ],
)
def test_a_table_that_was_changed_wrongly_says_what_is_wrong(row: dict[str, object], fault: str) -> None:
    table = {"kinds": {"other": "其他"}, "steps": [*STEPS, row]}

    assert faults(table) == ([f"matters.yaml: {fault}"] if fault else [])


def test_a_matter_begins_with_what_is_no_meeting() -> None:
    table = {"kinds": {}, "steps": STEPS[::-1]}

    assert faults(table) == ["matters.yaml: the first step is what a matter begins with: neither a meeting nor public"]


def test_nothing_is_wrong_with_the_table_that_is_shipped() -> None:
    assert shipped_faults() == []
