"""Points: told to their person alone, by source; an objection names a line and is decided with a reason."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.domain.ledger import attending
from content.words import label
from db.models import PointsEntry, PointsObjection, StudySession
from tests.handlers.conftest import Neighbour, Village
from tests.kit.branch import Branch

EVENING = datetime(2026, 11, 26, 11, 30, tzinfo=UTC)


@pytest.fixture
def cadre(village: Village) -> Neighbour:
    cadre = village.person("cadre")
    village.call(cadre, "潘志明")
    return cadre


@pytest.fixture
def branch(village: Village, li: Neighbour, wang: Neighbour, cadre: Neighbour) -> Branch:
    """A branch with 陈大文 (li), 林小梅 (wang) and the secretary, and a party day at which 陈大文 was."""
    branch = Branch.below(village.world, "番村")
    branch.member(li, "陈大文")
    branch.member(wang, "林小梅")
    branch.appoint(cadre)
    cadre.says("建学习", "主题党日", "1", "周四晚7点半到9点半", "活动室", "1")
    branch.turn_to(EVENING - timedelta(minutes=10))
    assert li.says(branch.code()) == "study/checked_in"
    cadre.hears()
    return branch


def ledger(branch: Branch) -> list[tuple[str, str, int]]:
    rows = select(col(PointsEntry.rule), col(PointsEntry.evidence), col(PointsEntry.points)).order_by(PointsEntry.id)
    return branch.world.run(lambda db: [tuple(row) for row in db.execute(rows)])


def trail(branch: Branch) -> list[tuple[str, int, int, str]]:
    rows = select(PointsObjection).order_by(col(PointsObjection.id))
    return branch.world.run(
        lambda db: [(one.state.value, one.before, one.after, one.reason) for one in db.execute(rows).scalars()]
    )


def test_points_are_told_by_source_and_line_by_line(branch: Branch, li: Neighbour, wang: Neighbour) -> None:
    branch.world.run(
        lambda db: db.add(
            PointsEntry(
                person_id=li.record(db).id, year=2026, points=2, rule="visit", evidence="visits:2026-11-25", at=EVENING
            )
        )
    )

    mine = li.says("我的积分")

    assert mine.text == "今年 4 分，只有您和支部看得到。\n到会 2，走访 2"
    assert li.says("1").text == "11月25日 周三 走访 +2\n11月26日 周四 主题党日 +2"
    assert wang.says("我的积分").text == "今年 0 分，只有您和支部看得到。\n还没有积分。"


def test_an_objection_is_decided_with_a_reason_and_leaves_a_trail(
    branch: Branch, li: Neighbour, cadre: Neighbour
) -> None:
    asked = li.says("我的积分", "2")
    assert asked.text == "11月26日 主题党日 +2，应该是多少、为什么？\n会看到的人：支部书记。"
    assert li.says("我还主持了会议") == "points/objected"
    assert li.says("我的积分", "2", "我还主持了会议") == "points/objected_already"

    [told] = cadre.hears()
    assert told.text == "【积分异议】陈大文：主题党日 +2\n我还主持了会议"
    assert "积分异议 陈大文 我还主持了会议" in cadre.says("待办").labels
    shown = cadre.presses(told, label("decide_dispute"))
    assert shown.text.splitlines()[0] == "陈大文的“主题党日”现在 2 分。"
    assert cadre.says("3") == "points/no_such_number"
    assert cadre.says("101分") == "points/no_such_number"
    assert cadre.says("3分", "主持加1分") == "volunteering/decided"

    assert [one.text for one in li.hears() if one == "points/objection_decided"] == [
        "“主题党日”的积分核对了：改为 3 分。\n原因：主持加1分"
    ]
    assert (ledger(branch), trail(branch)) == ([("attendance", "session:1", 3)], [("upheld", 2, 3, "主持加1分")])
    assert ("points.decide", "objection:1 2 -> 3") in branch.audit()
    assert cadre.presses(told, label("decide_dispute")) == "volunteering/decided_already"


def test_an_objection_may_be_refused(branch: Branch, li: Neighbour, cadre: Neighbour) -> None:
    li.says("我的积分", "2", "应该5分")
    [told] = cadre.hears()
    cadre.presses(told, label("decide_dispute"))

    assert cadre.says("1", "一次会都是2分") == "volunteering/decided"
    assert trail(branch) == [("refused", 2, 2, "一次会都是2分")]
    assert [one.text.splitlines()[0] for one in li.hears() if one == "points/objection_decided"] == [
        "“主题党日”的积分核对了：仍是 2 分。"
    ]


def test_nobody_else_decides_and_nobody_about_their_own(
    village: Village, branch: Branch, li: Neighbour, cadre: Neighbour
) -> None:
    other = village.cadre("other", "深村")
    li.says("我的积分", "2", "应该5分")
    [told] = cadre.hears()
    branch.appoint(li)

    assert other.says("待办") == "cases/nothing_to_do"
    assert [one for one in li.says("待办").labels if one.startswith("积分异议")] == []
    assert told.message.choices[0].go == "points.decide"


def test_who_did_not_come_after_all_has_no_points(branch: Branch, li: Neighbour) -> None:
    def take_back(db) -> None:  # noqa: ANN001  # a session of the database
        session = db.get_one(StudySession, 1)
        attending.write(db, session, li.record(db).id or 0, came=False, now=EVENING)

    branch.world.run(take_back)

    assert ledger(branch) == [("attendance", "session:1", 0)]
    assert li.says("我的积分").labels == [label("my_stars")]
    assert li.says("有异议") != "points/which_line"
