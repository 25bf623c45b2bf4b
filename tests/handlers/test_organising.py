"""Holding an activity: said step by step, checked on a card, published, moved with a reason, called off with one."""

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


def test_an_activity_is_said_in_one_go_and_only_the_rest_is_asked(cadre: Neighbour) -> None:
    asked = cadre.says("建活动 周六上午9点到11点 清理村道 村委集合 20人")

    assert asked == "volunteering/for_whom"
    assert cadre.says("1", "3").text.splitlines()[1:4] == [
        "清理村道",
        "11月28日 周六 9:00–11:00",
        "村委集合，20人，候补开",
    ]


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
    assert cadre.says("建活动", *SAID, "3") == "volunteering/kept_as_draft"
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
