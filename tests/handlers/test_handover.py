"""One command hands over all that is open, with a sheet; within a day it comes back."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from content.words import label
from db.models import Activity, AuditLine, Case, Person, Role
from tests.handlers.conftest import TOWN, Neighbour, Village

QUESTION = "村里祠堂可以摆酒吗"
ANSWER = "可以，提前7天到村委登记"


@pytest.fixture
def pan(village: Village) -> Neighbour:
    """Who minds everything in 番村, and leaves."""
    pan = village.cadre("pan", "番村")
    village.call(pan, "潘志明")
    return pan


@pytest.fixture
def ming(village: Village) -> Neighbour:
    """Who comes after."""
    ming = village.cadre("ming", "番村", Role.CADRE)
    village.call(ming, "李明")
    return ming


@pytest.fixture
def busy(li: Neighbour, pan: Neighbour, ming: Neighbour) -> Neighbour:
    """Who leaves, with a question, a topic, a draft and an activity in hand."""
    pan.says("分工 祠堂 潘志明")
    li.says(QUESTION, "1", "番村")
    pan.says("新条目 路灯报修", "路灯坏了请告诉网格员。")
    assert pan.says("建活动 周六上午9点到11点 清理村道 村委集合 20人", "1") == "volunteering/published"
    pan.hears()
    ming.hears()
    return pan


def owners(village: Village) -> list[str]:
    """Whose the question and the activity are."""
    mine = [
        select(Person.name).join(model, col(column) == col(Person.id))
        for model, column in ((Case, Case.holder_id), (Activity, Activity.created_by))
    ]
    return [village.world.run(lambda db, one=one: db.execute(one).scalar_one()) for one in mine]


def test_all_that_is_open_goes_to_the_successor_with_a_sheet(
    village: Village, li: Neighbour, busy: Neighbour, ming: Neighbour
) -> None:
    shown = busy.says("交接 李明")
    assert (shown, shown.text.splitlines()[1]) == ("handovers/sure", "待答1，分工1，条目草稿1，活动1")

    done = busy.says("是")

    assert (done, [one.name for one in done.message.attachments]) == ("handovers/done", ["交接单.xlsx"])
    heard = ming.hears()
    assert sorted(heard) == ["cases/for_cadre", "handovers/done_for_you"]
    assert owners(village) == ["李明", "李明"]
    village.waits(timedelta(days=2, hours=1))
    assert (busy.hears(), ming.hears()) == ([], ["cases/reminder_for_cadre"])
    assert ming.says(f"答 W0001 {ANSWER}", "1") == "cases/answer_sent"
    assert li.hears() == ["cases/answer_for_asker"]


def test_within_a_day_it_comes_back(village: Village, busy: Neighbour, ming: Neighbour) -> None:
    busy.says("交接 李明", "是")
    ming.hears()

    undone = busy.says("撤销交接")

    assert undone.text == "撤销了，4件回到原来的人手上。"
    assert owners(village) == ["潘志明", "潘志明"]
    assert ming.hears() == ["handovers/undone_for_you"]
    assert busy.says("撤销交接") == "handovers/too_late"
    acts = select(AuditLine.act).where(col(AuditLine.act).startswith("handovers.")).order_by(col(AuditLine.id))
    assert village.world.run(lambda db: list(db.execute(acts).scalars())) == ["handovers.make", "handovers.undo"]


def test_after_a_day_it_stays(village: Village, busy: Neighbour) -> None:
    done = busy.says("交接 李明", "是")
    village.waits(timedelta(hours=25))

    assert busy.presses(done, label("undo_handover")) == "handovers/too_late"
    assert owners(village) == ["李明", "李明"]


def test_what_the_successor_has_finished_does_not_come_back(village: Village, busy: Neighbour, ming: Neighbour) -> None:
    busy.says("交接 李明", "是")
    ming.says(f"答 W0001 {ANSWER}", "1")

    assert busy.says("撤销交接").text == "撤销了，3件回到原来的人手上。"
    assert owners(village) == ["李明", "潘志明"]


def test_whoever_is_above_hands_over_for_one_who_left(village: Village, busy: Neighbour, ming: Neighbour) -> None:
    director = village.cadre("director", TOWN, Role.ADMIN)

    assert director.says("交接 潘志明 李明", "是") == "handovers/done"

    assert busy.hears() == ["handovers/done_for_you"]
    assert sorted(ming.hears()) == ["cases/for_cadre", "handovers/done_for_you"]


def test_nobody_else_hands_over_another_ones_work(village: Village, busy: Neighbour, ming: Neighbour) -> None:
    village.cadre("elsewhere", "深村")
    elsewhere = village.person("elsewhere")

    assert elsewhere.says("交接 潘志明 李明") == "access/not_yours"
    assert ming.says("交接 潘志明 李明") == "access/not_yours"
    assert (busy.hears(), owners(village)) == ([], ["潘志明", "潘志明"])


def test_a_successor_must_be_able_to_go_on_with_it(village: Village, busy: Neighbour) -> None:
    other = village.cadre("other", "深村")
    village.call(other, "何书记")

    assert busy.says("交接 何书记") == "handovers/no_role"
    assert busy.says("交接 潘志明") == "handovers/to_yourself"
    assert busy.says("交接 王五") == "topics/nobody_so_named"
    assert busy.says("交接", "一 二 三") == "handovers/to_whom"


def test_who_has_nothing_open_hands_nothing_over(pan: Neighbour, ming: Neighbour) -> None:
    assert pan.says("交接 李明") == "handovers/nothing_open"
    assert ming.hears() == []


def test_to_do_lists_all_kinds_by_their_deadline(village: Village, li: Neighbour, busy: Neighbour) -> None:
    shown = busy.says("待办")

    assert shown.labels == [f"W0001 {QUESTION}", "条目 路灯报修"]
    village.waits(timedelta(days=3))
    busy.hears()
    li.says("几时修祠堂", "1")
    busy.hears()

    shown = busy.says("待办")

    assert shown.text == "等您办的有 3 件，2件已超时："
    assert shown.labels == [
        f"{label('overdue')} W0001 {QUESTION}",
        f"{label('overdue')} 条目 路灯报修",
        "W0002 几时修祠堂",
    ]
    assert busy.says("2") == "drafts/preview"


def test_a_long_list_goes_on(village: Village, li: Neighbour, pan: Neighbour) -> None:
    for number in range(7):
        li.says(f"第{number}盏路灯几时修", "1", *(["番村"] if number == 0 else []))
    pan.hears()

    first = pan.says("待办")
    second = pan.says(label("further"))

    assert (len(first.labels), len(second.labels), village.cases() != []) == (6, 2, True)


@pytest.mark.usefixtures("ming")
def test_who_goes_back_and_says_another_name_hands_over_to_that_one(village: Village, busy: Neighbour) -> None:
    other = village.cadre("other", "番村", Role.CADRE)
    village.call(other, "周敏")
    busy.says("交接 李明", "0")

    assert busy.says("周敏").text.splitlines()[0] == "请核对：潘志明的事交给周敏 番村"
