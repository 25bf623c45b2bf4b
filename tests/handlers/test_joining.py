"""Members from elsewhere register themselves and are confirmed; members change their branch."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import units
from db.models import Category, Member, MemberState, Unit, UnitKind
from tests.handlers.conftest import Neighbour, Village, unit_named
from tests.kit.looking import places_of
from tests.kit.roster import listed

FIRST, SECOND = "番村潘一支部", "深村一支部"


@pytest.fixture
def first(village: Village) -> Neighbour:
    def found(db: Session) -> None:
        listed(db, units.add(db, FIRST, UnitKind.BRANCH, unit_named(db, "番村")), "陈大文", "13800132236")
        units.add(db, SECOND, UnitKind.BRANCH, unit_named(db, "深村"))

    village.world.run(found)
    return village.cadre("first", FIRST)


@pytest.fixture
def second(village: Village, first: Neighbour) -> Neighbour:
    assert first.hears() == []
    return village.cadre("second", SECOND)


@pytest.fixture
def town(village: Village, first: Neighbour) -> Neighbour:
    assert first.hears() == []
    return village.cadre("town", "石湾镇街道")


def lines(village: Village) -> list[tuple[str, Category, MemberState]]:
    """Every line of a roster but the first: branch, category, state."""
    rows = select(Unit.name, Member.category, Member.state).join(Unit, col(Unit.id) == col(Member.unit_id))
    found = rows.order_by(col(Member.id)).offset(1)
    return village.world.run(lambda db: [tuple(row) for row in db.execute(found)])


def test_a_floating_member_registers_and_is_told_when_confirmed(
    village: Village, town: Neighbour, li: Neighbour
) -> None:
    assert li.says("流动党员", "1", "1", "买买提·艾力", "13912345678", "新疆某某支部") == "joining/registered"
    [notice] = town.hears()
    assert notice.text.splitlines()[:2] == [
        "【党员登记】买买提·艾力，139****5678，流动党员",
        "来自：新疆某某支部",
    ]
    assert lines(village) == [("石湾镇街道", Category.FLOATING, MemberState.PENDING)]

    assert town.says("1") == "joining/into_which_branch"
    assert town.says(FIRST) == "joining/taken_in"

    assert [heard.text.splitlines()[0] for heard in li.hears()] == [f"书记核对好了：您已编入{FIRST}。"]
    assert lines(village) == [(FIRST, Category.FLOATING, MemberState.ACTIVE)]
    assert li.says("我是谁") == "identity/you_are"


def test_a_member_of_a_small_firm_is_refused_with_a_reason(village: Village, town: Neighbour, li: Neighbour) -> None:
    li.says("小个专党员", "1", "2", "周明", "13912345678", "石湾陶瓷店")
    town.hears()

    assert town.says("2") == "identity/why_not"
    assert town.says("请补交介绍信") == "identity/refused_told"

    assert [heard.text.splitlines()[:2] for heard in li.hears()] == [
        ["您申请的“党员登记”没有通过。", "原因：请补交介绍信"]
    ]
    assert lines(village) == []
    assert village.world.run(lambda db: li.record(db).name) == ""


def test_nobody_registers_twice_nor_whoever_stands_on_the_roster(
    village: Village, town: Neighbour, li: Neighbour
) -> None:
    again = ("流动党员", "1", "周明", "13912345678", "某支部")
    li.says("流动党员", "1", "1", "周明", "13912345678", "某支部")
    assert li.says(*again) == "joining/asked_already"

    wang = village.person("wang")
    wang.says("流动党员", "1", "1", "陈大文", "13800132236", "某支部")
    town.hears()
    town.says("待核对", "2", "1")
    assert town.says("2") == "joining/listed_already"


def test_a_pending_members_phone_is_sealed(village: Village, town: Neighbour, li: Neighbour) -> None:
    li.says("流动党员", "1", "1", "周明", "13912345678")

    assert village.world.run(lambda db: places_of(db, "13912345678")) == []
    assert town.hears() == []


def test_a_member_moves_when_the_other_branch_agrees_and_both_are_told(
    first: Neighbour, second: Neighbour, li: Neighbour
) -> None:
    li.says("绑定", "1", "陈大文", "2236", "1")
    assert li.says(f"转组织关系 {SECOND}") == "joining/move_sure"
    assert li.says("1") == "joining/move_asked"
    [notice] = second.hears()
    assert notice.text == f"【转组织关系】陈大文（{FIRST}）想转到{SECOND}。\n同意接收吗？"

    assert second.says("1") == "identity/granted"

    assert [heard.text for heard in li.hears()] == [f"组织关系已转到{SECOND}。"]
    assert [heard.text for heard in first.hears()] == [f"【转组织关系】陈大文已从{FIRST}转到{SECOND}。"]
    assert li.says("我是谁").text.splitlines()[0] == f"您是陈大文，{SECOND}。"


def test_only_members_move_and_only_to_a_branch_there_is(first: Neighbour, li: Neighbour, wang: Neighbour) -> None:
    assert first.hears() == []
    assert wang.says("转组织关系") == "joining/no_member"
    li.says("绑定", "1", "陈大文", "2236", "1")

    assert li.says("转组织关系", "没有的支部") == "joining/no_such_branch"
    assert li.says(FIRST, "1") == "joining/there_already"


@pytest.mark.parametrize("said", ["我是流动党员", "我是小个专党员"])
def test_who_says_that_they_come_from_elsewhere_is_registered(village: Village, said: str) -> None:
    assert village.person("courier").says(said, "1") == "joining/which_category"
