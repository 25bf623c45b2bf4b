"""A broadcast by a tired thumb: all in one message, without blanks, and changed after it was decided."""

import pytest

from tests.handlers.conftest import Neighbour, Village


@pytest.fixture
def cadre(village: Village) -> Neighbour:
    """Who may write to 番村, where one villager lives."""
    village.settle(village.person("li"), "番村")
    return village.cadre("cadre", "番村")


def said(heard: str) -> list[str]:
    """What will be read, and not to how many."""
    return heard.splitlines()[1:]


@pytest.mark.parametrize("wish", ["通知 番村 明天 停水", "通知番村 明天 停水", "发通知给番村 明天 停水"])
def test_for_whom_it_is_and_what_it_says_may_be_one_message(cadre: Neighbour, wish: str) -> None:
    heard = cadre.says(wish)

    assert (heard, said(heard.text)) == ("broadcasts/preview", ["【番村】明天 停水"])


def test_what_was_said_along_with_it_can_be_said_anew(cadre: Neighbour) -> None:
    cadre.says("通知 番村 停水", "改", "内容")

    assert said(cadre.says("停电").text) == ["【番村】停电"]


def test_words_that_only_begin_like_the_wish_are_a_question(cadre: Neighbour) -> None:
    assert cadre.says("通知书怎么领") == "entries/none"


def test_who_is_not_theirs_is_named_also_before_a_text(cadre: Neighbour) -> None:
    assert cadre.says("通知 深村 停水").text == "“深村”不归您管，不能发给他们。请找那边的干部。"


def test_one_that_was_decided_is_taken_back_to_be_changed(cadre: Neighbour) -> None:
    cadre.says("通知 番村 停水", "2 明早8点")
    assert cadre.says("改通知").labels == ["改", "撤回"]

    assert cadre.says("改") == "broadcasts/taken_back"
    assert said(cadre.says("内容", "停电").text) == ["【番村】停电"]
    assert cadre.says("明早8点") == "broadcasts/scheduled"
    assert cadre.says("进度").text.splitlines()[0] == "番村：停电"
