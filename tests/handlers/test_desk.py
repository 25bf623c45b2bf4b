"""The answering side: a notice, an answer that is checked before it goes out, and an asker who hears once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.files import IncomingFile
from bot.domain.messages import Pin
from bot.domain.persons import people
from content.words import label
from db.models import CaseState, FileKind, Role
from tests.handlers.conftest import TOWN, Neighbour, Village

QUESTION = "村里祠堂可以摆酒吗"
ANSWER = "可以，提前7天到村委登记"


@pytest.fixture
def asked(li: Neighbour, secretary: Neighbour) -> Neighbour:
    """The secretary, who has just been told of a question."""
    li.says(QUESTION, "1", "番村")
    assert secretary.hears() == ["cases/for_cadre"]
    return secretary


def turn_to(village: Village, moment: datetime) -> None:
    village.waits(moment - village.world.clock.now())


def test_a_question_is_answered_after_a_look_at_the_answer(village: Village, li: Neighbour, asked: Neighbour) -> None:
    assert asked.says("1") == "cases/write_answer"
    checked = asked.says(ANSWER)
    assert (checked, checked.labels) == ("cases/check_answer", [label("send_answer"), label("change_answer")])
    assert li.hears() == []

    assert asked.says("1") == "cases/answer_sent"

    [heard] = li.hears()
    assert heard == "cases/answer_for_asker"
    assert heard.text == f"您问的“{QUESTION}”：\n{ANSWER}\n回复人：番村党群服务中心"
    assert heard.labels == [label("useful"), label("ask_more")]
    assert li.hears() == []
    assert village.cases() == [(QUESTION, "番村", CaseState.ANSWERED)]


def test_the_answer_can_be_given_by_the_button_alone(li: Neighbour, secretary: Neighbour) -> None:
    li.says(QUESTION, "1", "番村")
    [notice] = secretary.hears()

    assert secretary.presses(notice, label("answer_case")) == "cases/write_answer"
    checked = secretary.says(ANSWER)
    assert secretary.presses(checked, label("send_answer")) == "cases/answer_sent"
    assert li.hears() == ["cases/answer_for_asker"]


def test_an_answer_can_be_written_again_before_it_goes_out(li: Neighbour, asked: Neighbour) -> None:
    assert asked.says("1", "不行", "2") == "cases/write_answer"
    assert asked.says(ANSWER, "1") == "cases/answer_sent"
    assert [heard.text.splitlines()[1] for heard in li.hears()] == [ANSWER]


def test_an_answer_taken_back_is_not_sent(village: Village, li: Neighbour, asked: Neighbour) -> None:
    assert asked.says("1", ANSWER, "取消") == "engine/cancelled"
    assert li.hears() == []
    assert village.cases() == [(QUESTION, "番村", CaseState.OPEN)]


@pytest.mark.parametrize(
    "wordless",
    [
        {"text": "😀"},
        {"files": (IncomingFile(kind=FileKind.PHOTO, remote_id="a photo"),)},
        {"contact": "13800138000"},
        {"pin": Pin(latitude=23.0, longitude=113.0)},
    ],
    ids=["emoji", "photo", "contact", "pin"],
)
def test_something_without_words_does_not_lose_an_answer_that_waits_to_be_sent(
    li: Neighbour, asked: Neighbour, wordless: dict[str, Any]
) -> None:
    asked.says("1", ANSWER)

    asked.sends(asked.inbound(**wordless))

    assert asked.says("发出") == "cases/answer_sent"
    assert [heard.text.splitlines()[1] for heard in li.hears()] == [ANSWER]


def test_another_question_does_not_make_a_written_answer_vanish_without_a_word(
    village: Village, wang: Neighbour, asked: Neighbour
) -> None:
    asked.says("1", ANSWER)
    wang.says("祠堂几点开门", "1", "番村")
    asked.hears()
    village.waits(timedelta(minutes=1))

    assert asked.says("1") == "engine/put_aside"


def test_a_digit_that_crosses_a_notice_is_asked_for_again(li: Neighbour, wang: Neighbour, asked: Neighbour) -> None:
    asked.says("1", ANSWER)
    wang.says("祠堂几点开门", "1", "番村")
    asked.hears()

    assert asked.says("1") == "engine/choose_from"
    assert asked.says("1") == "cases/answer_sent"
    assert (li.hears(), wang.hears()) == (["cases/answer_for_asker"], [])


def test_the_desk_lists_what_waits_the_oldest_first(wang: Neighbour, asked: Neighbour) -> None:
    wang.says("祠堂几点开门", "1", "番村")

    heard = asked.says("待办")

    assert (heard, heard.labels) == ("cases/to_do", [f"W0001 {QUESTION}", "W0002 祠堂几点开门"])
    assert asked.says("2") == "cases/write_answer"


def test_what_was_answered_no_longer_waits(asked: Neighbour) -> None:
    asked.says("1", ANSWER, "1")

    assert asked.says("待办") == "cases/nothing_to_do"


def test_questions_of_several_lines_are_listed_briefly(li: Neighbour, asked: Neighbour) -> None:
    for number in range(5):
        li.says(f"祠\n堂\n{number}", "1")

    assert asked.says("待办") == "cases/to_do"


def test_a_long_question_and_its_long_answer_are_told_briefly(li: Neighbour, secretary: Neighbour) -> None:
    li.says("祠堂\n可以\n摆酒\n吗\n要\n钱\n吗\n谢谢", "1", "番村")

    assert secretary.hears() == ["cases/for_cadre"]


@pytest.mark.usefixtures("asked")
def test_the_desk_of_somebody_without_a_role_is_empty(wang: Neighbour) -> None:
    assert wang.says("待办") == "cases/nothing_to_do"


@pytest.mark.usefixtures("asked")
def test_another_village_neither_hears_nor_lists_the_question(village: Village) -> None:
    elsewhere = village.cadre("elsewhere", "深村")

    assert elsewhere.hears() == []
    assert elsewhere.says("待办") == "cases/nothing_to_do"


@pytest.mark.usefixtures("asked")
def test_the_town_may_answer_for_a_village(village: Village, li: Neighbour) -> None:
    director = village.cadre("director", TOWN, Role.ADMIN)

    assert director.says("待办", "1", ANSWER, "1") == "cases/answer_sent"
    assert li.hears() == ["cases/answer_for_asker"]


def test_whoever_lost_the_role_may_not_answer(village: Village, li: Neighbour, asked: Neighbour) -> None:
    village.dismiss(asked)

    assert asked.says("1") == "cases/not_yours"
    assert li.hears() == []


def test_whoever_loses_the_role_while_writing_may_not_send(village: Village, li: Neighbour, asked: Neighbour) -> None:
    asked.says("1", ANSWER)
    village.dismiss(asked)

    assert asked.says("1") == "cases/not_yours"
    assert li.hears() == []
    assert village.cases() == [(QUESTION, "番村", CaseState.OPEN)]


def test_a_stranger_cannot_press_the_button_of_a_notice(
    village: Village, li: Neighbour, wang: Neighbour, secretary: Neighbour
) -> None:
    li.says(QUESTION, "1", "番村")
    [notice] = secretary.hears()

    assert wang.presses(notice, label("answer_case")) == "engine/button_too_old"
    assert village.cases() == [(QUESTION, "番村", CaseState.OPEN)]


def test_the_second_of_two_cadres_is_told_that_it_was_answered(
    village: Village, li: Neighbour, secretary: Neighbour
) -> None:
    deputy = village.cadre("deputy", "番村", Role.CADRE)
    li.says(QUESTION, "1", "番村")
    for cadre in (secretary, deputy):
        assert cadre.hears() == ["cases/for_cadre"]
        assert cadre.says("1", ANSWER) == "cases/check_answer"

    assert secretary.says("1") == "cases/answer_sent"
    assert deputy.says("1") == "cases/answered_already"
    assert li.hears() == ["cases/answer_for_asker"]


def test_whoever_is_late_is_told_before_writing(village: Village, li: Neighbour, secretary: Neighbour) -> None:
    deputy = village.cadre("deputy", "番村", Role.CADRE)
    li.says(QUESTION, "1", "番村")
    deputy.hears()
    secretary.hears()
    secretary.says("1", ANSWER, "1")

    assert deputy.says("1") == "cases/answered_already"


def test_a_useful_answer_closes_the_case(village: Village, li: Neighbour, asked: Neighbour) -> None:
    asked.says("1", ANSWER, "1")
    li.hears()

    assert li.says("1") == "cases/glad"
    assert village.cases() == [(QUESTION, "番村", CaseState.CLOSED)]


def test_whoever_wants_to_ask_more_gets_a_new_number(village: Village, li: Neighbour, asked: Neighbour) -> None:
    asked.says("1", ANSWER, "1")
    li.hears()

    assert li.says("2") == "cases/what_to_pass_on"
    assert li.says("要交押金吗") == "cases/handed_off"
    assert village.cases()[1:] == [("要交押金吗", "番村", CaseState.OPEN)]


def test_the_same_question_may_be_asked_again_once_it_was_answered(
    village: Village, li: Neighbour, asked: Neighbour
) -> None:
    asked.says("1", ANSWER, "1")

    assert li.says(QUESTION, "1") == "cases/handed_off"
    assert [state for _, _, state in village.cases()] == [CaseState.ANSWERED, CaseState.OPEN]


def test_a_silent_cadre_is_reminded_once_after_two_working_days(village: Village, asked: Neighbour) -> None:
    turn_to(village, datetime(2026, 11, 25, 0, 59, tzinfo=UTC))
    assert asked.hears() == []
    village.waits(timedelta(minutes=2))

    assert asked.hears() == ["cases/reminder_for_cadre"]
    village.waits(timedelta(days=30))
    assert asked.hears() == []


def test_a_reminder_can_be_answered_like_the_notice(village: Village, li: Neighbour, asked: Neighbour) -> None:
    village.waits(timedelta(days=3))
    asked.hears()

    assert asked.says("1", ANSWER, "1") == "cases/answer_sent"
    assert li.hears() == ["cases/answer_for_asker"]


def test_no_reminder_follows_an_answer(village: Village, asked: Neighbour) -> None:
    asked.says("1", ANSWER, "1")
    village.waits(timedelta(days=30))

    assert asked.hears() == []


@pytest.mark.usefixtures("secretary")
def test_the_town_is_told_when_a_village_stays_silent(village: Village, li: Neighbour) -> None:
    director = village.cadre("director", TOWN, Role.ADMIN)
    li.says(QUESTION, "1", "番村")
    village.waits(timedelta(days=3))
    assert director.hears() == []
    village.waits(timedelta(days=1))

    assert director.hears() == ["cases/escalated"]
    assert director.says("1", ANSWER, "1") == "cases/answer_sent"


def test_nobody_above_is_told_of_what_was_answered(village: Village, li: Neighbour, secretary: Neighbour) -> None:
    director = village.cadre("director", TOWN, Role.ADMIN)
    li.says(QUESTION, "1", "番村")
    secretary.hears()
    secretary.says("1", ANSWER, "1")
    village.waits(timedelta(days=30))

    assert director.hears() == []


def test_who_lost_the_role_is_reminded_of_nothing_and_it_goes_to_who_has_it_now(
    village: Village, asked: Neighbour
) -> None:
    successor = village.cadre("successor", "番村")
    village.dismiss(asked)
    village.waits(timedelta(days=3))

    assert (asked.hears(), successor.hears()) == ([], ["cases/for_cadre"])
    village.waits(timedelta(days=5))
    assert (asked.hears(), successor.hears()) == ([], ["cases/reminder_for_cadre"])


@pytest.mark.usefixtures("secretary")
def test_it_goes_up_to_who_answers_there_then_and_not_to_who_did(village: Village, li: Neighbour) -> None:
    director = village.cadre("director", TOWN, Role.ADMIN)
    li.says(QUESTION, "1", "番村")
    village.dismiss(director)
    other = village.cadre("other", TOWN, Role.ADMIN)
    village.waits(timedelta(days=5))

    assert (director.hears(), other.hears()) == ([], ["cases/escalated"])


def test_who_cannot_be_reached_where_they_asked_is_answered_where_they_can(
    village: Village, li: Neighbour, asked: Neighbour
) -> None:
    elsewhere = Neighbour(village.world, "li at home")
    now = village.world.clock.now()
    village.world.run(lambda db: people.attach(db, li.record(db), elsewhere.target, now=now))
    village.lose_touch_with(li)

    asked.says("1", ANSWER, "1")

    assert (li.hears(), elsewhere.hears()) == ([], ["cases/answer_for_asker"])


def test_a_weekend_does_not_count_as_waiting(village: Village, li: Neighbour, secretary: Neighbour) -> None:
    turn_to(village, datetime(2026, 11, 27, 2, 0, tzinfo=UTC))
    li.says(QUESTION, "1", "番村")
    secretary.hears()
    turn_to(village, datetime(2026, 12, 1, 1, 59, tzinfo=UTC))
    assert secretary.hears() == []
    turn_to(village, datetime(2026, 12, 1, 2, 1, tzinfo=UTC))

    assert secretary.hears() == ["cases/reminder_for_cadre"]


def test_at_night_the_asker_is_answered_and_the_cadre_sleeps(
    village: Village, li: Neighbour, secretary: Neighbour
) -> None:
    turn_to(village, datetime(2026, 11, 23, 15, 0, tzinfo=UTC))
    assert li.says(QUESTION, "1", "番村") == "cases/handed_off"
    assert secretary.hears() == []
    turn_to(village, datetime(2026, 11, 23, 23, 30, tzinfo=UTC))

    assert secretary.hears() == ["cases/for_cadre"]


def test_a_reminder_that_falls_into_the_night_waits_for_the_morning(
    village: Village, li: Neighbour, secretary: Neighbour
) -> None:
    turn_to(village, datetime(2026, 11, 23, 15, 0, tzinfo=UTC))
    li.says(QUESTION, "1", "番村")
    turn_to(village, datetime(2026, 11, 24, 4, 0, tzinfo=UTC))
    secretary.hears()
    turn_to(village, datetime(2026, 11, 25, 23, 29, tzinfo=UTC))
    assert secretary.hears() == []
    turn_to(village, datetime(2026, 11, 25, 23, 30, tzinfo=UTC))

    assert secretary.hears() == ["cases/reminder_for_cadre"]


def test_an_answer_given_at_night_reaches_the_asker_in_the_morning(
    village: Village, li: Neighbour, asked: Neighbour
) -> None:
    turn_to(village, datetime(2026, 11, 23, 14, 0, tzinfo=UTC))
    asked.says("1", ANSWER, "1")
    assert li.hears() == []
    turn_to(village, datetime(2026, 11, 23, 23, 30, tzinfo=UTC))

    assert li.hears() == ["cases/answer_for_asker"]


@pytest.mark.parametrize("empty", ["", "😀", "。。。"])
def test_an_answer_without_words_is_asked_for_again(asked: Neighbour, empty: str) -> None:
    assert asked.says("1", empty) == "engine/nothing_to_read"
    assert asked.says(ANSWER, "1") == "cases/answer_sent"
