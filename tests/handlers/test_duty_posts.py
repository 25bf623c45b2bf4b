"""Standing posts: a week's roster, somebody else for a turn, and an alert two days before nobody comes (S18)."""

import pytest

from content.words import label
from tests.handlers.conftest import Neighbour, Village
from tests.handlers.test_signups import member
from tests.kit.activities import DAY, HOUR, catch_up

SAID = ("服务岗", "每周六上午9点到11点", "村委大厅", "1人", "1", "1", "1")


@pytest.fixture
def cadre(village: Village) -> Neighbour:
    cadre = village.cadre("cadre", "番村")
    assert cadre.says("建值班", *SAID) == "volunteering/series_begun"
    return cadre


@pytest.fixture
def chen(village: Village) -> Neighbour:
    return member(village, "陈大文")


def test_the_roster_of_the_week_names_who_has_duty_and_what_is_open(cadre: Neighbour, chen: Neighbour) -> None:
    assert cadre.says("值班表").labels == ["11月28日 周六 9:00 服务岗：缺人"]
    assert chen.says("值班表", "1", "1") == "volunteering/signed_up"

    assert chen.says("值班表").labels == ["11月28日 周六 9:00 服务岗：陈大文"]
    assert chen.says("活动") == "volunteering/none_soon"


def test_a_stranger_sees_how_many_have_duty_but_not_who(village: Village, cadre: Neighbour, chen: Neighbour) -> None:
    assert chen.says("值班表", "1", "1") == "volunteering/signed_up"

    assert village.person("stranger").says("值班表").labels == ["11月28日 周六 9:00 服务岗：1人值班"]
    assert cadre.says("值班表").labels == ["11月28日 周六 9:00 服务岗：陈大文"]


def test_the_first_who_takes_a_turn_has_it_and_both_hear(village: Village, cadre: Neighbour, chen: Neighbour) -> None:
    huang, lu = member(village, "黄小妹"), member(village, "陆伯")
    chen.says("值班表", "1", "1")
    assert chen.says("值班表", "1").labels[0] == label("find_swap")
    assert chen.says("1").text == "已问了2人，谁先接下就告诉您。没人接之前，这班还是您的。"
    assert chen.says("值班表", "1", "1") == "volunteering/swap_asked"
    assert [one.hears() for one in (huang, lu)] == [["volunteering/turn_wanted"]] * 2

    assert huang.says("1") == "volunteering/turn_is_yours"
    assert lu.says("我来") == "volunteering/turn_is_taken"

    assert chen.hears() == ["volunteering/turn_taken_over"]
    assert cadre.says("值班表").labels == ["11月28日 周六 9:00 服务岗：黄小妹"]
    assert chen.says("我的活动") == "volunteering/none_of_mine"


def test_two_days_ahead_the_cadre_hears_that_nobody_comes(village: Village, cadre: Neighbour, chen: Neighbour) -> None:
    village.world.clock.turn(3 * DAY + HOUR)
    catch_up(village.world)

    assert [heard.text for heard in cadre.hears()] == ["【缺人】11月28日 周六 9:00 服务岗还缺1人，请安排。"]
    chen.says("值班表", "1", "1")
    catch_up(village.world)
    assert cadre.hears() == []


def test_a_post_somebody_mans_alerts_nobody(village: Village, cadre: Neighbour, chen: Neighbour) -> None:
    chen.says("值班表", "1", "1")
    village.world.clock.turn(3 * DAY + HOUR)
    catch_up(village.world)

    assert cadre.hears() == []


def test_a_wish_that_was_given_up_with_the_turn_takes_no_later_turn_away(
    village: Village, cadre: Neighbour, chen: Neighbour
) -> None:
    del cadre
    huang = member(village, "黄小妹")
    chen.says("值班表", "1", "1")
    assert chen.says("值班表", "1", label("find_swap")) == "volunteering/swap_asked"
    [wanted] = huang.hears()
    assert chen.says("取消报名", "1") == "volunteering/cancelled"
    assert chen.says("值班表", "1", "1") == "volunteering/signed_up"

    assert huang.presses(wanted, label("take_turn")) == "volunteering/turn_is_taken"
    assert chen.says("值班表", "1", label("find_swap")) == "volunteering/swap_asked"
    assert huang.hears() == ["volunteering/turn_wanted"]
