"""What somebody asked or reported: one list of it with how it stands, for whoever remembers no number."""

import pytest

from tests.handlers.conftest import Neighbour, Village

QUESTION = "村口那棵大榕树能不能修剪一下"


def hand_over(li: Neighbour) -> None:
    li.says("转人工", QUESTION, "番村")


def test_whoever_asked_nothing_is_told_how_to_ask(li: Neighbour) -> None:
    heard = li.says("我的问题")

    assert (heard, heard.labels) == ("asked/nothing_yet", ["转人工", "反映问题"])


def test_what_was_asked_is_listed_with_how_it_stands(village: Village, li: Neighbour) -> None:
    secretary = village.cadre("chen", "番村")
    hand_over(li)
    before = li.says("我问过的")
    looked_at = li.says("1")
    secretary.says("答 W0001 下周安排人修剪", "1")
    after = li.says("有结果了吗")

    assert before.labels == ["W0001 等答复 村口那棵大榕树能不能修剪一下"]
    assert looked_at.text == "W0001：正在等干部答复。"
    assert after.labels == ["W0001 已答复 村口那棵大榕树能不能修剪一下"]


def test_what_was_reported_is_listed_too_the_newest_first(village: Village, li: Neighbour) -> None:
    village.cadre("chen", "番村")
    hand_over(li)
    li.says("反映问题", "村口的路灯不亮了", "番村", "1")
    heard = li.says("我的上报")

    assert [label.split()[0] for label in heard.labels] == ["E0001", "W0001"]
    assert li.says("1").text.startswith("E0001：村口的路灯不亮了\n已交办，")


def test_nobody_reads_what_others_asked(village: Village, li: Neighbour) -> None:
    hand_over(li)

    assert village.person("wang").says("我的问题") == "asked/nothing_yet"


def test_in_a_group_nothing_of_it_is_shown(li: Neighbour) -> None:
    hand_over(li)

    assert li.sends(li.inbound("我的问题", is_group=True)) == "identity/only_alone"


@pytest.mark.parametrize("word", ["进度", "查进度"])
def test_whoever_sends_no_broadcasts_means_their_own(li: Neighbour, word: str) -> None:
    hand_over(li)

    assert li.says(word) == "asked/mine"
