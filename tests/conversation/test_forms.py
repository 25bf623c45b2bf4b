from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session

from bot.conversation.forms import IDLE
from db.models import Conversation
from db.sql import Database
from tests.kit.databases import SqliteMaker
from tests.kit.flows import (
    ABOUT_CASE,
    CONFIRM,
    COUNTED,
    HOW_MANY,
    LEAVE_MOBILE,
    LEAVE_NAME,
    NOT_SIGNED_UP,
    PICK_ACTIVITY,
    SIGNED_UP,
    conversation_of,
    world_of_tests,
    written_down,
)
from tests.kit.talk import Talk, World


@pytest.fixture
def database_url(sqlite_maker: SqliteMaker) -> str:
    """One database will do: forms are plain data and know no SQL."""
    return sqlite_maker.make()


@pytest.fixture
def world(database: Database) -> World:
    return world_of_tests(database)


@pytest.fixture
def li(world: World) -> Talk:
    return world.person("li")


def is_called(person: Talk, name: str) -> None:
    """Let a person's name be known already."""

    def name_them(db: Session) -> None:
        person.record(db).name = name

    person.world.run(name_them)


def replace_state(person: Talk, **state: Any) -> None:
    """Leave an open form as another version might have saved it."""
    found = conversation_of(person.world, person.name)

    def replace(db: Session) -> None:
        db.get_one(Conversation, found.id).open_form = {**(found.open_form or {}), **state}

    person.world.run(replace)


def test_a_form_is_filled_in_step_by_step(world: World, li: Talk) -> None:
    heard = [li.says(words) for words in ("志愿报名", "1", "李雷", "13800138000", "是")]

    assert heard == [PICK_ACTIVITY, LEAVE_NAME, LEAVE_MOBILE, CONFIRM, SIGNED_UP]
    assert written_down(world) == ["7 李雷 13800138000"]


def test_a_choice_is_taken_by_its_label(world: World, li: Talk) -> None:
    li.says("志愿报名", "敬老探访", "李雷", "13800138000", "好的")

    assert written_down(world) == ["8 李雷 13800138000"]


def test_a_choice_is_taken_by_its_button(world: World, li: Talk) -> None:
    offered = li.says("志愿报名")

    assert li.presses(offered, "敬老探访") == LEAVE_NAME
    assert li.says("李雷", "13800138000", "是") == SIGNED_UP
    assert written_down(world) == ["8 李雷 13800138000"]


def test_the_last_question_shows_what_was_answered(li: Talk) -> None:
    heard = li.says("志愿报名", "1", "李雷", "13800138000")

    assert heard.text == "请核对给  的答复（问：）：\n7 李雷 13800138000"


def test_no_is_an_answer(world: World, li: Talk) -> None:
    assert li.says("志愿报名", "1", "李雷", "13800138000", "不用") == NOT_SIGNED_UP
    assert written_down(world) == []


def test_a_known_answer_is_not_asked_for(world: World, li: Talk) -> None:
    is_called(li, "李雷")

    assert li.says("志愿报名", "1") == LEAVE_MOBILE
    assert li.says("13800138000", "是") == SIGNED_UP
    assert written_down(world) == ["7 李雷 13800138000"]


def test_a_number_may_be_the_answer_in_free_words(world: World, li: Talk) -> None:
    assert li.says("几位同来", "2") == COUNTED
    assert written_down(world) == ["2"]


def test_a_number_that_was_not_offered_shows_the_choices_again(li: Talk) -> None:
    heard = li.says("志愿报名", "9")

    assert heard == "engine/choose_from"
    assert heard.labels == ["社区清洁", "敬老探访"]
    assert li.says("2") == LEAVE_NAME


def test_words_that_fit_no_choice_show_the_choices_again(li: Talk) -> None:
    heard = li.says("志愿报名", "我想去看海")

    assert heard == "engine/choose_from"
    assert heard.labels == ["社区清洁", "敬老探访"]


def test_an_invalid_answer_is_explained_and_asked_again(world: World, li: Talk) -> None:
    heard = li.says("志愿报名", "1", "李雷", "没带手机")

    assert heard == "entries/gone"
    assert heard.text.splitlines()[-1] == "各地的党群服务中心，您想看哪一个？"
    assert li.says("13800138000", "是") == SIGNED_UP
    assert written_down(world) == ["7 李雷 13800138000"]


def test_neither_yes_nor_no_is_asked_again(li: Talk) -> None:
    li.says("志愿报名", "1", "李雷", "13800138000")

    assert li.says("也许吧") == "engine/say_yes_or_no"
    assert li.says("是") == SIGNED_UP


@pytest.mark.parametrize("back", ["0", "０", "零", "返回", "上一步", "反回", "back"])
def test_back_asks_the_question_before_again(world: World, li: Talk, back: str) -> None:
    li.says("志愿报名", "1", "李雷")

    assert li.says(back) == LEAVE_NAME
    assert li.says("韩梅梅", "13800138000", "是") == SIGNED_UP
    assert written_down(world) == ["7 韩梅梅 13800138000"]


def test_back_goes_all_the_way(world: World, li: Talk) -> None:
    li.says("志愿报名", "1", "李雷", "13800138000")

    assert [li.says("0") for _ in range(3)] == [LEAVE_MOBILE, LEAVE_NAME, PICK_ACTIVITY]
    assert li.says("2", "韩梅梅", "13900139000", "是") == SIGNED_UP
    assert written_down(world) == ["8 韩梅梅 13900139000"]


def test_back_skips_what_is_known(li: Talk) -> None:
    is_called(li, "李雷")

    assert li.says("志愿报名", "1", "0") == PICK_ACTIVITY


def test_back_at_the_first_question_cancels(li: Talk) -> None:
    assert li.says("志愿报名", "0") == "engine/cancelled"
    assert li.says("0") == "engine/menu"


@pytest.mark.parametrize("cancel", ["取消", "取肖", "cancel", "不办了", "/cancel"])
def test_cancel_ends_the_form_at_any_question(world: World, li: Talk, cancel: str) -> None:
    assert li.says("志愿报名", "1", "李雷", cancel) == "engine/cancelled"
    assert conversation_of(world, "li").open_form is None
    assert li.says(cancel) == "engine/nothing_to_cancel"


def test_a_finished_form_is_closed(world: World, li: Talk) -> None:
    li.says("志愿报名", "1", "李雷", "13800138000", "是")

    assert conversation_of(world, "li").open_form is None
    assert li.says("是") == "entries/none"
    assert written_down(world) == ["7 李雷 13800138000"]


def test_an_answer_that_does_not_fit_the_form_starts_it_again_politely(world: World, li: Talk) -> None:
    heard = li.says("志愿报名", "1", "李雷", "138001380001380", "是")

    assert heard == "engine/restarted"
    assert heard.labels == ["社区清洁", "敬老探访"]
    assert li.says("1", "李雷", "13800138000", "是") == SIGNED_UP
    assert written_down(world) == ["7 李雷 13800138000"]


def test_a_form_starts_again_with_what_it_was_started_with(world: World, li: Talk) -> None:
    assert li.says("有人提问了", "1") == ABOUT_CASE
    assert li.says("138001380001380") == "engine/restarted"
    assert li.says("13800138000") == SIGNED_UP
    assert written_down(world) == ["5 13800138000"]


def test_a_form_is_kept_while_its_person_thinks(world: World, li: Talk) -> None:
    li.says("志愿报名")
    world.clock.turn(IDLE - timedelta(seconds=10))

    assert li.says("1") == LEAVE_NAME


@pytest.mark.parametrize("answer", ["1", "社区清洁", "9"])
def test_an_answer_that_comes_too_late_is_offered_to_be_taken_up_again(world: World, li: Talk, answer: str) -> None:
    li.says("志愿报名")
    world.clock.turn(IDLE + timedelta(seconds=10))

    assert li.says(answer) == "engine/form_expired"
    assert li.says("1") == PICK_ACTIVITY


def test_a_form_that_is_taken_up_again_remembers_its_answers(world: World, li: Talk) -> None:
    li.says("志愿报名", "2", "李雷", "13800138000")
    world.clock.turn(IDLE + timedelta(seconds=10))

    assert li.says("1") == "engine/form_expired"
    assert li.says("接着办") == CONFIRM
    assert li.says("是") == SIGNED_UP
    assert written_down(world) == ["8 李雷 13800138000"]


def test_a_button_that_is_pressed_too_late_is_offered_to_be_taken_up_again(world: World, li: Talk) -> None:
    offered = li.says("志愿报名")
    world.clock.turn(IDLE + timedelta(seconds=10))

    heard = li.presses(offered, "社区清洁")

    assert heard == "engine/form_expired"
    assert li.presses(heard, "接着办") == PICK_ACTIVITY


@pytest.mark.parametrize(("command", "heard"), [("菜单", "engine/menu"), ("取消", "engine/nothing_to_cancel")])
def test_a_command_that_comes_late_is_just_taken(world: World, li: Talk, command: str, heard: str) -> None:
    li.says("志愿报名")
    world.clock.turn(IDLE + timedelta(seconds=10))

    assert li.says(command) == heard


def test_saved_answers_that_no_longer_fit_start_the_form_again_politely(world: World, li: Talk) -> None:
    li.says("志愿报名", "1", "李雷", "13800138000")
    replace_state(li, answers={"activity_id": "all", "name": "李雷", "mobile": "13800138000"})

    heard = li.says("是")

    assert heard == "engine/restarted"
    assert heard.labels == ["社区清洁", "敬老探访"]
    assert written_down(world) == []


def test_a_saved_question_that_is_no_longer_asked_starts_the_form_again_politely(li: Talk) -> None:
    li.says("志愿报名", "1")
    replace_state(li, asked=["activity_id", "nickname"])

    heard = li.says("小李")

    assert heard == "engine/restarted"
    assert heard.labels == ["社区清洁", "敬老探访"]


@pytest.mark.parametrize(
    "state", [{"flow": "test.gone"}, {"asked": []}, {"asked": 5}, {"kept_at": "yesterday"}, {"flow": None}]
)
def test_a_saved_form_that_nobody_knows_is_forgotten(world: World, li: Talk, state: dict[str, Any]) -> None:
    li.says("几位同来")
    replace_state(li, **state)

    assert li.says("李雷") == "entries/none"
    assert conversation_of(world, "li").open_form is None


def test_saved_answers_to_fields_the_form_has_no_more_are_ignored(world: World, li: Talk) -> None:
    li.says("几位同来")
    replace_state(li, answers={"colour": "red"})

    assert li.says("3") == COUNTED
    assert written_down(world) == ["3"]


def test_a_trigger_starts_its_own_form_again(world: World, li: Talk) -> None:
    li.says("志愿报名", "1", "李雷")

    assert li.says("志愿报名") == PICK_ACTIVITY
    assert conversation_of(world, "li").open_form == {
        **conversation_of(world, "li").open_form,
        "flow": "test.sign_up",
        "answers": {},
        "asked": ["activity_id"],
    }


def test_two_people_fill_in_the_same_form_side_by_side(world: World, li: Talk) -> None:
    han = world.person("han")
    for person, words in [(li, "志愿报名"), (han, "志愿报名"), (li, "1"), (han, "2"), (li, "李雷"), (han, "韩梅梅")]:
        person.says(words)

    assert [li.says("13800138000", "是"), han.says("13900139000", "是")] == [SIGNED_UP, SIGNED_UP]
    assert written_down(world) == ["7 李雷 13800138000", "8 韩梅梅 13900139000"]


def test_one_person_fills_in_two_forms_in_two_chats(world: World, li: Talk) -> None:
    in_a_group = Talk(world, "li", chat="group")

    assert [li.says("志愿报名"), in_a_group.says("几位同来")] == [PICK_ACTIVITY, HOW_MANY]
    assert [in_a_group.says("3"), li.says("1")] == [COUNTED, LEAVE_NAME]
