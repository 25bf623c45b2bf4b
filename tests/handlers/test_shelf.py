"""Entries looked after by chat: written by one and published by another, mended, put away, and looked at when old."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from bot.domain import entries
from bot.domain.answers import comparing
from bot.domain.house import house_of
from content.schema import Entry
from content.words import label
from db.models import Role
from tests.handlers.conftest import SHIPPED, TOWN, Neighbour, Village
from tests.kit.talk import Heard

TITLE = "祠堂摆酒"
ANSWER = "可以，提前7天到村委登记。"


@pytest.fixture
def deputy(village: Village) -> Neighbour:
    return village.cadre("deputy", "番村", Role.CADRE)


@pytest.fixture
def editor(village: Village) -> Neighbour:
    return village.cadre("editor", TOWN, Role.EDITOR)


def write(author: Neighbour, reviewer: Neighbour) -> None:
    """Write an entry and publish it."""
    author.says(f"新条目 {TITLE}", ANSWER, "1")
    reviewer.hears()
    assert reviewer.says("1") == "drafts/published"
    author.hears()


def test_a_new_entry_is_written_seen_and_sent_to_another(
    secretary: Neighbour, deputy: Neighbour, li: Neighbour
) -> None:
    assert secretary.says("新条目", TITLE) == "drafts/write_answer"
    shown = secretary.says(ANSWER)

    assert shown.text.splitlines() == [
        f"【{TITLE}】{ANSWER}",
        "适用：番村　有效到：2027-11-23",
        "来源：番村党群服务中心 2026-11-23",
    ]
    assert secretary.says("1") == "drafts/sent"
    assert deputy.hears() == ["drafts/for_reviewer"]
    assert li.says("祠堂能摆酒吗") == "entries/none"
    assert deputy.says("1") == "drafts/published"
    assert li.says("祠堂能摆酒吗").text.splitlines()[0] == f"【{TITLE}】"


def test_an_entry_is_found_mended_and_its_history_tells_who_did_it(
    village: Village, secretary: Neighbour, deputy: Neighbour, li: Neighbour
) -> None:
    village.call(secretary, "潘志明")
    write(secretary, deputy)

    shown = secretary.says(f"改条目 {TITLE}")
    assert (shown, shown.text.splitlines()[-1]) == ("entries/managed", "潘志明改于 11月23日 周一")
    assert secretary.says("1") == "drafts/change_what"
    assert secretary.says("2", "可以，提前10天到村委登记。") == "drafts/preview"
    secretary.says("1")
    deputy.hears()
    deputy.says("1")

    assert "10天" in li.says("祠堂能摆酒吗").text
    history = secretary.says(f"条目记录 {TITLE}", "4")
    assert history.text.splitlines()[1:] == [
        "2　11月23日 周一　潘志明（现用）",
        "1　11月23日 周一　潘志明",
    ]


def test_a_draft_that_would_undo_what_was_changed_since_is_not_published(
    secretary: Neighbour, deputy: Neighbour, li: Neighbour
) -> None:
    write(secretary, deputy)
    secretary.says(f"改条目 {TITLE}", "1", "2", "可以，提前10天到村委登记。", "1")
    [waiting] = deputy.hears()
    deputy.says(f"改条目 {TITLE}", "1", "2", "可以，提前15天到村委登记。", "1")
    [other] = secretary.hears()
    assert secretary.presses(other, label("publish_draft")) == "drafts/published"

    assert deputy.presses(waiting, label("publish_draft")) == "drafts/entry_changed_since"
    assert "15天" in li.says("祠堂能摆酒吗").text


def test_an_entry_that_is_no_longer_true_is_put_away_and_taken_out_again(
    secretary: Neighbour, deputy: Neighbour, li: Neighbour
) -> None:
    write(secretary, deputy)

    assert secretary.says(f"停用条目 {TITLE}", "3") == "entries/retired"
    assert li.says("祠堂能摆酒吗") == "entries/none"
    assert secretary.says("恢复条目", "1") == "entries/restored"
    assert li.says("祠堂能摆酒吗") == "entries/entry"


def test_an_entry_of_the_town_is_not_a_villages_to_change(secretary: Neighbour, editor: Neighbour) -> None:
    assert secretary.says("改条目 二次报销") == "entries/none_to_manage"
    assert editor.says("改条目 二次报销") == "entries/managed"


@pytest.mark.parametrize("said", ["新条目", "改条目 二次报销", "恢复条目", "到期条目", "新条目 祠堂"])
def test_whoever_looks_after_nothing_changes_nothing(li: Neighbour, said: str) -> None:
    assert li.says(said) in {"access/not_yours", "entries/none_to_manage"}


def test_old_entries_are_listed_and_hold_another_year_once_looked_at(editor: Neighbour) -> None:
    shown = editor.says("到期条目")
    count = int(shown.text.split()[1])

    assert editor.says("1") == "entries/managed"
    extended = editor.says("2")

    assert (extended, extended.text.endswith("到2027-11-23。")) == ("entries/extended", True)
    assert int(editor.says("到期条目").text.split()[1]) == count - 1


def test_on_monday_an_editor_hears_once_what_there_is_to_do(village: Village, editor: Neighbour, li: Neighbour) -> None:
    village.begin()
    village.world.clock.turn(datetime(2026, 11, 30, 1, 1, tzinfo=UTC) - village.world.clock.now())
    village.works()

    [told] = editor.hears()

    assert (told, told.labels, li.hears()) == ("entries/weekly", [label("look_at_old")], [])
    assert editor.says("1") == "entries/old"
    village.works()
    assert editor.hears() == []
    village.world.clock.turn(timedelta(days=7))
    village.works()
    assert editor.hears() == ["entries/weekly"]


def test_two_entries_that_disagree_are_pointed_out_before_either_is_published(
    secretary: Neighbour, deputy: Neighbour
) -> None:
    write(secretary, deputy)

    shown = secretary.says(f"新条目 {TITLE}要求", "要提前30天到村委登记。")

    assert shown.text.splitlines()[-1] == f"注意：和“{TITLE}”数字不同。"


def test_two_entries_that_disagree_are_told_of_once_on_a_monday(
    village: Village, secretary: Neighbour, deputy: Neighbour
) -> None:
    write(secretary, deputy)
    secretary.says(f"新条目 {TITLE}", "要提前30天到村委登记。", "1")
    deputy.hears()
    deputy.says("1")
    secretary.hears()
    village.begin()
    told = [compared(village, secretary) for _ in range(2)]

    assert told == [["entries/disagree"], []]


def test_entries_found_to_disagree_stay_listed_until_one_of_them_is_mended(village: Village, editor: Neighbour) -> None:
    shipped = next(one for one in SHIPPED if one.id == "shiwan.service_stations")
    asked = {"id": "local.d1", "title": shipped.samples[0], "ask": tuple(shipped.samples), "samples": ()}
    right = shipped.model_copy(update=asked)
    wrong = right.model_copy(update={"answer": re.sub(r"\d+", "7", shipped.answer), "figures": ("7",)})
    write_down(village, wrong)
    village.begin()

    before = listed(village)
    first = [compared(village, editor), compared(village, editor)]
    found = listed(village)
    write_down(village, right)

    assert (before, first, found, listed(village)) == ([], [["entries/disagree"], []], [("local.d1", shipped.id)], [])


def write_down(village: Village, entry: Entry) -> None:
    village.world.run(lambda db: entries.edit(db, entry, author=None, now=village.world.clock.now()))


def listed(village: Village) -> list[tuple[str, str]]:
    """The pairs that are shown as disagreeing."""

    def pairs(db: Session) -> list[tuple[str, str]]:
        return [(one.id, other.id) for one, other in comparing.known(db, house_of(db).shelf.current(db).entries)]

    return village.world.run(pairs)


def compared(village: Village, editor: Neighbour) -> list[Heard]:
    """What an editor hears in the hours in which entries are compared, and in the days after them."""
    for _ in range(20):
        village.waits(timedelta(minutes=10))
    heard = editor.hears()
    village.waits(timedelta(days=6))
    return [one for one in (*heard, *editor.hears()) if one != "entries/weekly"]
