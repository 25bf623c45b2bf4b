import dataclasses
from datetime import timedelta

import pytest
from sqlmodel import Session

from bot.conversation.offers import KEPT
from db.models import Conversation
from db.sql import Database
from tests.kit.databases import SqliteMaker
from tests.kit.flows import (
    ABOUT_CASE,
    CONFIRM,
    COUNTED,
    LEAVE_NAME,
    NOTICE,
    OFFERED,
    PICK_ACTIVITY,
    SIGNED_UP,
    conversation_of,
    world_of_tests,
    written_down,
)
from tests.kit.talk import Heard, Talk, World

MENU = ["活动", "学习", "我的", "大家常问", "找地方", "转人工", "大字", "怎么用"]


@pytest.fixture
def database_url(sqlite_maker: SqliteMaker) -> str:
    """One database will do: what an offer asks of SQL, test_engine.py asks of both."""
    return sqlite_maker.make()


@pytest.fixture
def world(database: Database) -> World:
    return world_of_tests(database)


@pytest.fixture
def li(world: World) -> Talk:
    return world.person("li")


def is_pushed_a_notice(person: Talk) -> Heard:
    """Let somebody be told, unasked, that there is a case to answer."""
    person.says("迟些告诉我")
    return hears_it(person)


def hears_it(person: Talk) -> Heard:
    """Deliver, a moment later, the notice that waits for somebody."""
    person.world.clock.turn(timedelta(seconds=1))
    return person.hears()[0]


def test_a_digit_means_what_was_just_seen(li: Talk) -> None:
    li.says("菜单")

    assert li.says("8") == "engine/help"


def test_a_stale_digit_shows_again_what_was_offered(li: Talk) -> None:
    li.says("菜单", "帮助")

    heard = li.says("4")

    assert heard == "engine/shown_again"
    assert heard.text == "请从这里选：\n您好，我是鸿雁。您可以直接打字问，也可以选："
    assert heard.labels == MENU


def test_a_digit_means_the_offer_that_was_shown_again(world: World, li: Talk) -> None:
    li.says("菜单", "帮助", "7")

    assert li.says("7") == "engine/large_on"
    assert conversation_of(world, "li").large_text


def test_a_digit_beyond_the_offer_shows_it_again_word_for_word_each_time(li: Talk) -> None:
    li.says("菜单")

    once, twice = li.says("9"), li.says("9")

    assert (twice.text, twice.labels) == (once.text, MENU)


def test_a_digit_with_nothing_offered_says_so(li: Talk) -> None:
    assert li.says("4") == "engine/nothing_to_choose"


def test_a_digit_a_day_later_finds_nothing_to_choose(world: World, li: Talk) -> None:
    li.says("菜单")
    world.clock.turn(KEPT)

    assert li.says("4") == "engine/nothing_to_choose"


def test_an_offer_of_another_chat_of_the_same_person_is_not_picked_from(world: World, li: Talk) -> None:
    li.says("菜单")

    assert Talk(world, "li", chat="group").says("5") == "engine/nothing_to_choose"


def test_a_digit_in_a_group_picks_from_what_its_sender_was_offered(world: World) -> None:
    li, han = Talk(world, "li", chat="group"), Talk(world, "han", chat="group")
    li.says("菜单")
    han.says("有人提问了")

    assert [li.says("8"), han.says("1")] == ["engine/help", ABOUT_CASE]


def test_a_saved_offer_that_no_longer_validates_is_forgotten(world: World, li: Talk) -> None:
    li.says("菜单")
    found = conversation_of(world, "li")

    def replace(db: Session) -> None:
        db.get_one(Conversation, found.id).offer = {"outbox_id": 1, "options": ["menu"]}

    world.run(replace)

    assert [li.says("4"), li.says("帮助")] == ["engine/nothing_to_choose", "engine/help"]


def test_a_button_does_what_its_label_says(li: Talk) -> None:
    assert li.presses(li.says("菜单"), "怎么用") == "engine/help"


def test_a_button_of_an_older_message_that_leads_on_still_does(li: Talk) -> None:
    menu = li.says("菜单")
    li.says("有人提问了")

    assert li.presses(menu, "怎么用") == "engine/help"


def test_a_button_of_an_older_question_shows_the_question_that_is_open(world: World, li: Talk) -> None:
    first = li.says("志愿报名")
    second = li.says("志愿报名")

    heard = li.presses(first, "敬老探访")

    assert heard == "engine/choose_from"
    assert li.presses(heard, "社区清洁") == LEAVE_NAME
    assert second == PICK_ACTIVITY
    assert conversation_of(world, "li").open_form["answers"] == {"activity_id": 7}


def test_a_button_pressed_twice_does_not_answer_the_next_question(world: World, li: Talk) -> None:
    offered = li.says("志愿报名")
    assert li.presses(offered, "社区清洁") == LEAVE_NAME

    heard = li.presses(offered, "社区清洁")

    assert heard == "engine/choose_from"
    assert conversation_of(world, "li").open_form["answers"] == {"activity_id": 7}
    assert li.says("李雷", "13800138000") == CONFIRM


def test_a_button_of_a_question_answered_long_ago_does_not_answer_the_last_one(world: World, li: Talk) -> None:
    offered = li.says("志愿报名")
    li.says("1", "李雷", "13800138000")

    li.presses(offered, "敬老探访")

    assert conversation_of(world, "li").open_form["answers"] == {
        "activity_id": 7,
        "name": "李雷",
        "mobile": "13800138000",
    }
    assert written_down(world) == []


def test_a_button_of_a_finished_form_is_too_old_and_changes_nothing(world: World, li: Talk) -> None:
    offered = li.says("志愿报名")
    li.says("1", "李雷", "13800138000", "取消")

    assert li.presses(offered, "社区清洁") == "engine/button_too_old"
    assert conversation_of(world, "li").open_form is None
    assert written_down(world) == []


def test_a_digit_for_a_question_that_is_no_longer_open_finds_nothing_to_choose(li: Talk) -> None:
    li.says("志愿报名", "取消")

    assert li.says("1") == "engine/nothing_to_choose"


def test_a_button_of_somebody_elses_chat_is_too_old(world: World, li: Talk) -> None:
    offered = li.says("有人提问了")

    assert world.person("han").presses(offered, "答复") == "engine/button_too_old"
    assert conversation_of(world, "han").open_form is None


def test_a_button_of_another_account_is_too_old(li: Talk) -> None:
    offered = li.says("有人提问了")
    elsewhere = li.inbound(button=f"{offered.outbox_id}:1")

    assert li.sends(dataclasses.replace(elsewhere, account="other")) == "engine/button_too_old"


@pytest.mark.parametrize(
    "button",
    [
        "x", ":", "1", "1:", ":1", "1:1:1", "-1:1", "0:1", "1.0:1", "１:1", "²:1", "999999999999999999:1",
        "9999999999999999999999999:1", "1;DROP TABLE person:1", "{id}:7", "{id}:", "{id}:１", "{id}: 1", "{id}:01",
    ],
)  # fmt: skip
def test_a_forged_button_is_too_old(world: World, li: Talk, button: str) -> None:
    outbox_id = world.person("han").says("有人提问了").outbox_id

    assert li.sends(li.inbound(button=button.replace("{id}", str(outbox_id)))) == "engine/button_too_old"


def test_a_forged_button_shows_again_what_was_really_offered(li: Talk) -> None:
    li.says("菜单")

    heard = li.sends(li.inbound(button="77:1"))

    assert heard == "engine/shown_again"
    assert heard.labels == MENU


def test_a_forged_button_in_a_form_asks_the_open_question_again(world: World, li: Talk) -> None:
    li.says("志愿报名", "1")

    heard = li.sends(li.inbound(button="77:1"))

    assert heard == "engine/choose_from"
    assert conversation_of(world, "li").open_form["asked"] == ["activity_id", "name"]


def test_a_pushed_notice_is_picked_from(li: Talk) -> None:
    assert is_pushed_a_notice(li) == NOTICE
    assert li.says("1") == ABOUT_CASE
    assert li.says("13800138000") == SIGNED_UP


def test_a_pushed_notice_is_picked_from_by_button(li: Talk) -> None:
    assert li.presses(is_pushed_a_notice(li), "答复") == ABOUT_CASE


def test_a_pushed_notice_comes_before_an_older_offer(li: Talk) -> None:
    li.says("菜单")
    is_pushed_a_notice(li)

    assert li.says("1") == ABOUT_CASE


def test_a_reply_that_came_after_a_notice_is_what_a_digit_means(li: Talk) -> None:
    is_pushed_a_notice(li)
    li.says("菜单")

    assert li.says("8") == "engine/help"


def test_a_notice_for_another_chat_is_not_picked_from(world: World, li: Talk) -> None:
    is_pushed_a_notice(li)

    assert world.person("han").says("1") == "engine/nothing_to_choose"


def test_a_notice_that_was_not_delivered_is_not_picked_from(li: Talk) -> None:
    li.says("迟些告诉我")

    assert li.says("1") == "engine/nothing_to_choose"


def test_a_notice_that_comes_just_before_an_answer_does_not_take_the_answer(world: World, li: Talk) -> None:
    li.says("迟些告诉我", "志愿报名")
    hears_it(li)

    heard = li.says("1")

    assert heard == "engine/choose_from"
    assert heard.labels == ["社区清洁", "敬老探访"]
    assert conversation_of(world, "li").open_form["asked"] == ["activity_id"]


def test_a_notice_that_comes_just_before_a_number_does_not_take_the_number(world: World, li: Talk) -> None:
    li.says("迟些告诉我", "几位同来")
    hears_it(li)

    assert li.says("1") == COUNTED
    assert written_down(world) == ["1"]


def test_a_notice_that_has_been_there_for_a_while_is_what_a_digit_means(world: World, li: Talk) -> None:
    li.says("迟些告诉我", "志愿报名")
    hears_it(li)
    world.clock.turn(timedelta(seconds=30))

    heard = li.says("1")

    assert heard == "engine/put_aside"
    assert conversation_of(world, "li").open_form["flow"] == "test.about_case"


def test_an_open_form_survives_the_notice_it_did_not_answer(li: Talk) -> None:
    li.says("迟些告诉我", "志愿报名", "1", "李雷")
    hears_it(li)

    assert li.says("13800138000") == CONFIRM


@pytest.mark.parametrize("pick", ["1", "答复", "第一个"])
def test_an_offer_is_picked_by_words_as_by_its_button(li: Talk, pick: str) -> None:
    offered = li.says("有人提问了")

    heard = li.says(pick)

    assert (offered, heard) == (OFFERED, ABOUT_CASE)
    assert heard.text == li.presses(offered, "答复").text
