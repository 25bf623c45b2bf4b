"""Holding an activity: said step by step, checked on a card, published, moved with a reason, called off with one."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from content.words import label
from db.models import Activity, AuditLine, OccasionState, SeatQuota
from tests.handlers.conftest import Neighbour, Village
from tests.handlers.test_signups import held, member
from tests.kit.activities import DAY, catch_up

SAID = ("清理村道", "周六上午9点到11点", "村委门口", "20人", "1", "3")


@pytest.fixture
def cadre(village: Village) -> Neighbour:
    return village.cadre("cadre", "番村")


@pytest.fixture
def chen(village: Village) -> Neighbour:
    return member(village, "陈大文")


def all_of(village: Village) -> list[tuple[str, OccasionState]]:
    rows = select(col(Activity.title), col(Activity.state)).order_by(col(Activity.starts_at))
    return village.world.run(lambda db: [tuple(row) for row in db.execute(rows)])


def quotas(village: Village) -> dict[str, int]:
    rows = select(col(SeatQuota.kind), col(SeatQuota.seats))
    return village.world.run(lambda db: {str(kind or ""): seats for kind, seats in db.execute(rows)})


def test_an_activity_is_planned_in_a_few_sentences_and_published(
    village: Village, cadre: Neighbour, chen: Neighbour
) -> None:
    assert cadre.says("建活动") == "volunteering/what_title"

    card = cadre.says(*SAID)

    assert card == "volunteering/card"
    assert card.text.splitlines()[1:] == [
        "清理村道",
        "11月28日 周六 9:00–11:00",
        "村委门口，20人，候补开",
        "对象：番村，报名到11月27日 周五 9:00",
    ]
    assert cadre.says("1") == "volunteering/published"
    assert chen.says("活动").labels == ["11月28日 周六 9:00 清理村道（还差20人）"]
    audited = village.world.run(lambda db: list(db.execute(select(col(AuditLine.act))).scalars()))
    assert audited[1:] == ["activities.draft", "activities.publish"]


ONE_GO = "建活动 周六上午9点到11点 清理村道 村委集合 20人"


@pytest.mark.parametrize(
    "said",
    [
        ONE_GO,
        "建活动周六上午9点到11点清理村道 村委集合20人",
        "建活动，周六上午9点到11点，清理村道，村委集合，20人",
        "  建活动   周六 上午9点 到 11点   清理村道  村委集合   20 人 ",
        "搞活动 清理村道 20人 村委集合 周六上午9点至11点",
    ],
)
def test_an_activity_is_said_in_one_go_however_tired_and_shown_at_once(cadre: Neighbour, said: str) -> None:
    card = cadre.says(said)

    assert card.text.splitlines() == [
        "请核对：",
        "清理村道",
        "11月28日 周六 9:00–11:00",
        "村委集合，20人，候补开",
        "对象：番村，报名到11月28日 周六 9:00",
    ]
    assert card.labels == ["发布", "改", "要海报", "存草稿"]


@pytest.mark.parametrize(
    ("said", "line", "expected"),
    [
        ("15人", 3, "村委集合，15人，候补开"),
        ("党员5 义工10", 3, "村委集合，党员5人，义工10人，候补开"),
        ("改到下午3点", 2, "11月28日 周六 15:00–17:00"),
        ("改到周日", 2, "11月29日 周日 9:00–11:00"),
        ("周日下午3点到4点半", 2, "11月29日 周日 15:00–16:30"),
        ("地点改到潘一支部活动室", 3, "潘一支部活动室，20人，候补开"),
        ("地点：东巷口", 3, "东巷口，20人，候补开"),
        ("在祠堂门口", 3, "祠堂门口，20人，候补开"),
        ("名称改成清理河涌", 1, "清理河涌"),
    ],
)
@pytest.mark.parametrize("asked_first", [True, False])
def test_the_card_is_changed_by_saying_the_new_value(
    cadre: Neighbour, said: str, line: int, expected: str, *, asked_first: bool
) -> None:
    before = cadre.says(ONE_GO)
    if asked_first:
        assert cadre.says("2") == "volunteering/change_what"

    card = cadre.says(said)

    wanted = before.text.splitlines()
    wanted[line] = expected
    assert card == "volunteering/card"
    assert card.text.splitlines()[:4] == wanted[:4]


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("改到昨天", "这个时间已经过去了。请再说一次，例：下周四晚7点半。"),
        ("改到7点半", "您是说哪一个？11月28日 周六 7:30，还是11月28日 周六 19:30。请说全一点。"),
        ("好看一点", "没看懂要改什么，直接说新的就行，例：15人、改到下午3点。"),
    ],
)
def test_a_change_that_cannot_be_is_said_and_the_card_stays(cadre: Neighbour, said: str, heard: str) -> None:
    cadre.says(ONE_GO)

    answer = cadre.says(said)

    assert answer.text.splitlines()[0] == heard
    assert cadre.says("发布") == "volunteering/published"


def test_the_poster_comes_before_it_is_published_and_publishing_is_one_digit_away(
    village: Village, cadre: Neighbour
) -> None:
    poster = cadre.says(ONE_GO, "3")

    assert (poster, poster.labels) == ("volunteering/poster_first", ["发布"])
    assert [one.name for one in poster.message.attachments] == ["清理村道.png", "清理村道.pdf", "清理村道 签到码.pdf"]
    assert all_of(village) == [("清理村道", OccasionState.DRAFT)]
    assert cadre.says("1") == "volunteering/published"
    assert all_of(village) == [("清理村道", OccasionState.PUBLISHED)]


def test_saturday_said_on_saturday_afternoon_is_asked_about(village: Village, cadre: Neighbour) -> None:
    village.world.clock.turn(5 * DAY + timedelta(hours=6))

    asked = cadre.says("建活动 周六下午5点到6点 清理村道 村委集合 20人")

    assert (asked, asked.labels) == ("volunteering/when", ["11月28日 周六 17:00", "12月5日 周六 17:00"])
    assert cadre.says("2", "1", "1").text.splitlines()[2] == "12月5日 周六 17:00–18:00"


def test_a_time_that_is_over_is_said_to_be_over(cadre: Neighbour) -> None:
    asked = cadre.says("建活动 昨天上午9点到11点 清理村道 村委集合 20人")

    assert (asked, asked.text.splitlines()[0]) == ("volunteering/when", "这个时间已经过了。")


def test_the_tenth_of_each_month_is_a_series(village: Village, cadre: Neighbour) -> None:
    card = cadre.says("建活动 每月10日上午9点到11点 清理村道 村委集合 20人")

    assert (card.text.splitlines()[0], card.labels) == ("请核对（每次都这样办）：", ["发布", "改"])
    assert cadre.says("1") == "volunteering/series_begun"
    assert len(all_of(village)) > 0


def test_a_question_about_it_is_no_activity(cadre: Neighbour) -> None:
    assert not cadre.says("建活动怎么弄").startswith("volunteering/")


def test_an_unclear_audience_is_still_asked_for(village: Village, cadre: Neighbour) -> None:
    village.cadre("cadre", "深村")

    assert cadre.says(ONE_GO) == "volunteering/for_whom"


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("建活动 清理村道", "volunteering/when"),
        ("建活动：清理村道，周六上午9点", "volunteering/when"),
        ("建活动 周六上午9点到11点 清理村道", "volunteering/where"),
        ("建活动 清理村道 昨天上午9点到11点", "volunteering/when"),
        ("建活动 周六上午9点到11点", "volunteering/when"),
    ],
)
def test_what_was_not_said_clearly_in_one_go_is_asked(cadre: Neighbour, said: str, heard: str) -> None:
    assert cadre.says(said) == heard


def test_whoever_holds_nothing_may_not_say_it_in_one_go(chen: Neighbour) -> None:
    assert chen.says("建活动 周六上午9点到11点 清理村道 村委集合 20人") == "access/not_yours"


def test_one_thing_can_be_said_anew_and_the_rest_stays(village: Village, cadre: Neighbour) -> None:
    cadre.says("建活动", *SAID)

    assert cadre.says("2") == "volunteering/change_what"
    assert cadre.says("4") == "volunteering/how_many"
    assert cadre.says("党员5 社工2 义工10").text.splitlines()[3] == "村委门口，党员5人，社工2人，义工10人，候补开"
    assert cadre.says("2", "7").text.splitlines()[3].endswith("候补不开")
    cadre.says("1")
    assert quotas(village) == {"party_member": 5, "social_worker": 2, "volunteer": 10}


def test_a_draft_is_seen_by_nobody_until_it_is_published(village: Village, cadre: Neighbour, chen: Neighbour) -> None:
    assert cadre.says("建活动", *SAID, "4") == "volunteering/kept_as_draft"
    assert chen.says("活动") == "volunteering/none_soon"

    assert cadre.says("管理活动", "1").labels == [label("publish"), label("call_activity_off")]
    assert cadre.says("1") == "volunteering/published"
    assert all_of(village) == [("清理村道", OccasionState.PUBLISHED)]


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("今天上午8点到9点", "volunteering/in_the_past"),
        ("周六", "volunteering/from_when_until_when"),
        ("周六上午9点", "volunteering/from_when_until_when"),
        ("2月30日上午9点到11点", "volunteering/no_such_time"),
        ("随便", "volunteering/from_when_until_when"),
    ],
)
def test_a_time_that_cannot_be_is_asked_for_again(village: Village, cadre: Neighbour, said: str, heard: str) -> None:
    assert cadre.says("建活动", "清理村道", said) == heard
    assert cadre.says("周六上午9点到11点") == "volunteering/where"
    assert all_of(village) == []


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("0人", "volunteering/no_seats"),
        ("10000人", "volunteering/too_many_seats"),
        ("很多", "volunteering/no_seats"),
    ],
)
def test_a_number_of_seats_that_cannot_be_is_asked_for_again(cadre: Neighbour, said: str, heard: str) -> None:
    assert cadre.says("建活动", *SAID[:3], said) == heard
    assert cadre.says("二十") == "volunteering/for_whom"


def test_whoever_holds_nothing_is_told_before_saying_anything(chen: Neighbour) -> None:
    assert chen.says("建活动") == "access/not_yours"
    assert chen.says("管理活动") == "access/not_yours"


def test_a_cadre_of_another_village_can_neither_see_nor_change_it(village: Village, cadre: Neighbour) -> None:
    held(village)
    stranger = village.cadre("stranger", "深村")

    assert stranger.says("管理活动") == "volunteering/holds_nothing"
    assert cadre.says("管理活动", "1") == "volunteering/managed"


def test_what_repeats_is_open_for_four_weeks_and_then_goes_on(village: Village, cadre: Neighbour) -> None:
    said = ("清理村道", "每周六上午9点到11点", *SAID[2:])
    assert cadre.says("建活动", *said) == "volunteering/card"
    assert cadre.says("1") == "volunteering/series_begun"
    assert len(all_of(village)) == 4

    village.world.clock.turn(8 * DAY)
    catch_up(village.world)

    assert len(all_of(village)) == 5
    assert cadre.says("管理活动", "2", "5") == "volunteering/series_ended"
    village.world.clock.turn(30 * DAY)
    catch_up(village.world)
    assert len(all_of(village)) == 5


def test_whoever_signed_up_hears_once_why_it_is_called_off(village: Village, cadre: Neighbour, chen: Neighbour) -> None:
    held(village)
    chen.says("活动", "1", "1")
    shown = cadre.says("管理活动", "1")
    assert (shown, shown.labels[3]) == ("volunteering/managed", label("call_activity_off"))

    asked = cadre.says("4", "台风要来")
    assert asked.text == "不办“清理村道”，原因：台风要来。\n要告诉1人，确定吗？"
    assert cadre.says("1") == "volunteering/called_off"
    catch_up(village.world)
    catch_up(village.world)

    [told] = chen.hears()
    assert (told, told.text.splitlines()[1]) == ("volunteering/cancelled_by_organiser", "原因：台风要来")
    assert chen.says("我的活动") == "volunteering/none_of_mine"
    assert cadre.presses(shown, label("move_it")) == "volunteering/is_cancelled"


def test_whoever_signed_up_hears_of_another_time_and_may_leave_by_a_digit(
    village: Village, cadre: Neighbour, chen: Neighbour
) -> None:
    held(village)
    chen.says("活动", "1", "1")

    assert cadre.says("管理活动", "1", "2", "周日上午9点到11点", "1", "下雨") == "volunteering/moved_done"
    catch_up(village.world)

    [told] = chen.hears()
    assert told.text.splitlines() == [
        "【改时间地点】清理村道",
        "原来：11月28日 周六 9:00",
        "现在：11月29日 周日 9:00–11:00",
        "地点：村委门口",
        "原因：下雨",
    ]
    assert chen.says("1", "1") == "volunteering/cancelled"


def test_a_poster_to_show_and_print_and_a_code_for_the_door(village: Village, cadre: Neighbour) -> None:
    held(village)

    heard = cadre.says("管理活动", "1", label("make_poster"))

    assert heard == "volunteering/posters"
    assert [one.name for one in heard.message.attachments] == ["清理村道.png", "清理村道.pdf", "清理村道 签到码.pdf"]


def test_more_seats_reach_whoever_waits(village: Village, cadre: Neighbour, chen: Neighbour) -> None:
    held(village, seats={None: 1})
    member(village, "黄小妹").says("活动", "1", "1")
    chen.says("活动", "1", "1")

    assert cadre.says("管理活动", "1", "3", "2") == "volunteering/seats_changed"
    assert chen.hears() == ["volunteering/seat_offered"]
    assert cadre.says("管理活动", "1", "3", "1") == "volunteering/seats_are_taken"
    names = cadre.says("管理活动", "1", "1")
    assert names.text.splitlines() == ["【清理村道】共2人：", "黄小妹、陈大文"]


def test_a_time_without_its_end_is_asked_for_by_that_name(cadre: Neighbour) -> None:
    assert cadre.says("建活动 周六晚8点 巡逻 村口").text.splitlines()[0] == "到几点结束？请连开始和结束一起说。"
