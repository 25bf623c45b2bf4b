"""Finding one's way: the menu, help, large text."""

import pytest

from content.words import label, menu_items
from tests.handlers.conftest import Neighbour, Village


@pytest.mark.parametrize("greeting", ["菜单", "你好", "您好", "主菜单", "/start", "/menu@hongyan_bot", "0"])
def test_the_menu_is_there_whenever_it_is_wanted(li: Neighbour, greeting: str) -> None:
    heard = li.says(greeting)

    assert (heard, heard.labels) == ("engine/menu", [label(item["label"]) for item in menu_items("menu")])


def test_a_cadre_finds_what_waits_first(secretary: Neighbour) -> None:
    assert secretary.says("菜单").labels[0] == label("menu_to_do")
    assert secretary.says("1") == "cases/nothing_to_do"


def test_every_item_of_the_menu_leads_somewhere(li: Neighbour) -> None:
    offered = li.says("菜单").labels

    reached = {one: str(li.says("取消", "菜单", str(number))) for number, one in enumerate(offered, start=1)}

    assert reached == {
        label("menu_activities"): "volunteering/none_soon",
        label("menu_mine"): "identity/nobody_yet",
        label("menu_popular"): "entries/popular",
        label("menu_places"): "entries/centres",
        label("menu_hand_off"): "cases/what_to_pass_on",
        label("menu_study"): "study/for_members",
        label("menu_large_text"): "engine/large_on",
        label("menu_help"): "engine/help",
    }


@pytest.mark.parametrize("plea", ["帮助", "怎么用", "点用", "help", "HELP"])
def test_help_says_how_to_talk(li: Neighbour, plea: str) -> None:
    assert li.says(plea) == "engine/help"


def test_large_text_stays_until_it_is_switched_off(li: Neighbour) -> None:
    assert li.says("大字") == "engine/large_on"
    assert li.says("菜单").message.large is True
    assert li.says("普通字") == "engine/large_off"
    assert li.says("菜单").message.large is False


def test_where_a_channel_cannot_enlarge_text_that_is_said(village: Village, li: Neighbour) -> None:
    village.world.traits.clear()

    assert li.says("大字") == "engine/large_elsewhere"


@pytest.mark.parametrize("said", ["我听唔明", "看不懂"])
def test_who_does_not_understand_is_told_how_to_talk(li: Neighbour, said: str) -> None:
    assert li.says(said) == "engine/help"


@pytest.mark.parametrize("said", ["我跌倒了，起唔到身", "心口痛得好犀利", "救我"])
def test_an_elder_in_need_hears_whom_to_call(li: Neighbour, said: str) -> None:
    assert li.says(said) == "engine/emergency"
