"""When something is to be, as people say it: every line was said by somebody."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.moments import Outcome, read, read_day
from content.moments.numbers import number

ZONE = ZoneInfo("Asia/Shanghai")
THURSDAY = datetime(2026, 11, 26, 17, 0, tzinfo=ZONE)
SATURDAY = datetime(2026, 11, 28, 15, 0, tzinfo=ZONE)


def told(text: str, now: datetime = THURSDAY) -> list[str]:
    """What was understood: the outcome, then each option."""
    found = read(text, now, ZONE)
    return [found.outcome, *(_said(one.starts_at, one.ends_at, has_time=one.has_time) for one in found.options)]


def _said(starts_at: datetime, ends_at: datetime | None, *, has_time: bool) -> str:
    begin = starts_at.strftime("%y-%m-%d %H:%M" if has_time else "%y-%m-%d")
    return begin if ends_at is None else f"{begin}–{ends_at.strftime('%d %H:%M')}"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("周六上午9点到11点", "26-11-28 09:00–28 11:00"),
        ("星期六 9:00-11:00", "26-11-28 09:00–28 11:00"),
        ("礼拜日14:30到16:30", "26-11-29 14:30–29 16:30"),
        ("下周四晚7点半", "26-12-03 19:30"),
        ("下下周一早上八点", "26-12-07 08:00"),
        ("本周日下午三点一刻", "26-11-29 15:15"),
        ("明早8点", "26-11-27 08:00"),
        ("听晚8点钟", "26-11-27 20:00"),
        ("明晚八点半", "26-11-27 20:30"),
        ("今晚8点", "26-11-26 20:00"),
        ("晚上8点", "26-11-26 20:00"),
        ("上午10点", "26-11-27 10:00"),
        ("后天下午两点到四点", "26-11-28 14:00–28 16:00"),
        ("三天后上午十点", "26-11-29 10:00"),
        ("大后天中午1点", "26-11-29 13:00"),
        ("12月3号晚上7点", "26-12-03 19:00"),
        ("十二月二十五日上午十点一刻,两个小时", "26-12-25 10:15–25 12:15"),
        ("3月10日", "27-03-10"),
        ("2月29日 9:00", "28-02-29 09:00"),
        ("2027-01-05 14:00-16:30", "27-01-05 14:00–05 16:30"),
        ("２０２７年１月５日 １４：００", "27-01-05 14:00"),
        ("1/5 9:00", "27-01-05 09:00"),
        ("30号", "26-11-30"),
        ("廿八号下午3点半开始一个半小时", "26-11-28 15:30–28 17:00"),
        ("5号上午9点", "26-12-05 09:00"),
        ("月底下午3点", "26-11-30 15:00"),
        ("下个月10号上午9点半", "26-12-10 09:30"),
        ("下月底下午3点", "26-12-31 15:00"),
        ("明年三月一日上午9点", "27-03-01 09:00"),
        ("周六上午9点到下午2点", "26-11-28 09:00–28 14:00"),
        ("周六上午11点到1点", "26-11-28 11:00–28 13:00"),
        ("周六晚上10点到12点", "26-11-28 22:00–29 00:00"),
        ("明天下午3点半个小时", "26-11-27 15:00–27 15:30"),
        ("明天19:30", "26-11-27 19:30"),
        ("明天3点", "26-11-27 15:00"),
    ],
)
def test_one_moment_is_understood(text: str, meant: str) -> None:
    assert told(text) == [Outcome.FOUND, meant]


@pytest.mark.parametrize(
    ("text", "now", "options"),
    [
        ("周六", SATURDAY, ["26-11-28", "26-12-05"]),
        ("周六下午5点", SATURDAY, ["26-11-28 17:00", "26-12-05 17:00"]),
        ("周末上午9点", THURSDAY, ["26-11-28 09:00", "26-11-29 09:00"]),
        ("明天7点半", THURSDAY, ["26-11-27 07:30", "26-11-27 19:30"]),
    ],
)
def test_what_may_be_two_moments_is_asked(text: str, now: datetime, options: list[str]) -> None:
    assert told(text, now) == [Outcome.AMBIGUOUS, *options]


def test_a_weekday_whose_hour_is_over_today_is_next_week() -> None:
    assert told("周六上午9点", SATURDAY) == [Outcome.FOUND, "26-12-05 09:00"]


@pytest.mark.parametrize(
    "text",
    ["今天下午2点", "本周一", "11月20日上午9点", "2026-11-26 16:59", "今年3月5日", "昨天晚上8点", "昨晚8点", "前天"],
)
def test_what_is_over_is_over(text: str) -> None:
    assert told(text) == [Outcome.PAST]


@pytest.mark.parametrize("text", ["2月30日", "13月1日上午9点", "25点", "明天8点75分", "每月32日", "0号", "中午8点"])
def test_what_cannot_be_is_said_to_be_impossible(text: str) -> None:
    assert told(text) == [Outcome.IMPOSSIBLE]


@pytest.mark.parametrize(
    "text", ["清理村道", "", "村委2号楼集合", "20人", "13800138000", "第3网格", "两委", "周到服务"]
)
def test_what_names_no_time_is_left_alone(text: str) -> None:
    found = read(text, THURSDAY, ZONE)

    assert (found.outcome, found.rest) == (Outcome.NOTHING, text)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("周六上午9点到11点 清理村道 村委集合 20人", "清理村道 村委集合 20人"),
        ("清理村道,下周四晚7点半,村委2号楼", "清理村道, ,村委2号楼"),
        ("每月10日晚上7点半 主题党日", "主题党日"),
    ],
)
def test_the_other_words_are_left_over(text: str, rest: str) -> None:
    assert read(text, THURSDAY, ZONE).rest == rest


@pytest.mark.parametrize(
    ("text", "first", "rule"),
    [
        ("每月10日晚7点半", "26-12-10 19:30", {"freq": "monthly", "day": 10}),
        ("每月31日上午9点", "26-12-31 09:00", {"freq": "monthly", "day": 31}),
        ("每个月最后一天上午9点", "26-11-30 09:00", {"freq": "monthly", "day": -1}),
        ("每周三下午3点到5点", "26-12-02 15:00–02 17:00", {"freq": "weekly", "weekday": 2}),
        ("每周四晚上8点", "26-11-26 20:00", {"freq": "weekly", "weekday": 3}),
        ("每周四下午2点", "26-12-03 14:00", {"freq": "weekly", "weekday": 3}),
        ("每月第一个周五下午3点", "26-12-04 15:00", {"freq": "monthly", "nth": 1, "weekday": 4}),
        ("每月最后一个星期五下午3点", "26-11-27 15:00", {"freq": "monthly", "nth": -1, "weekday": 4}),
    ],
)
def test_what_repeats_is_a_rule_with_its_first_day(text: str, first: str, rule: dict[str, int | str]) -> None:
    assert told(text) == [Outcome.FOUND, first]
    assert read(text, THURSDAY, ZONE).rule == rule


def test_an_hour_that_is_skipped_in_spring_is_the_one_after_it() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    found = read("3月28日 2:30", datetime(2027, 3, 1, tzinfo=UTC), berlin)

    assert found.when.starts_at.isoformat() == "2027-03-28T03:30:00+02:00"


@given(st.text(max_size=80), st.integers(0, 40 * 366 * 24 * 60))
def test_whatever_is_said_nothing_breaks_and_nothing_is_in_the_past(text: str, minutes: int) -> None:
    now = datetime(2020, 1, 1, tzinfo=ZONE) + timedelta(minutes=minutes)

    for option in read(text, now, ZONE).options:
        assert option.starts_at > now - timedelta(days=1)
        assert option.ends_at is None or option.ends_at - option.starts_at < timedelta(days=2)


_NUMERALS = "零一二三四五六七八九十廿两〇0123456789"


@given(
    st.lists(
        st.sampled_from([*_NUMERALS, "点", "半", "月", "日", "号", "周", "每", "上午", "晚", "到", "明天", "第", "个"])
    )
)
def test_any_jumble_of_the_words_for_time_is_read_without_breaking(words: list[str]) -> None:
    assert read("".join(words), THURSDAY, ZONE).outcome in set(Outcome)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("十", 10),
        ("十二", 12),
        ("二十", 20),
        ("廿八", 28),
        ("三十一", 31),
        ("两", 2),
        ("〇八", 8),
        ("十十", None),
    ],
)
def test_numbers_are_read_in_digits_and_in_words(text: str, value: int | None) -> None:
    assert number(text) == value


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("12月底前修好东巷排水", ["2026-12-31"]),
        ("6月底前修好东巷排水", ["2027-06-30"]),
        ("十二月末", ["2026-12-31"]),
        ("明年2月底", ["2027-02-28"]),
        ("10月底", ["2026-10-31"]),
        ("年底前", ["2026-12-31"]),
        ("明年底建好", ["2027-12-31"]),
        ("明年年底", ["2027-12-31"]),
        ("后年年末", ["2028-12-31"]),
        ("月底", ["2026-11-30"]),
        ("下月底", ["2026-12-31"]),
        ("昨天", ["2026-11-25"]),
        ("今天", ["2026-11-26"]),
        ("周四", ["2026-11-26", "2026-12-03"]),
        ("2026-12-31", ["2026-12-31"]),
        ("13月底", []),
        ("2月30日", []),
        ("每月10日", []),
        ("下午3点", []),
        ("尽快", []),
    ],
)
def test_a_day_is_read_past_or_to_come(text: str, days: list[str]) -> None:
    assert [one.isoformat() for one in read_day(text, THURSDAY, ZONE)] == days
