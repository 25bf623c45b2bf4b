"""Stars: a sheet drafted from records, what the meeting decided, names and stars made public, each told their own."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from content.words import label
from db.models import StarRating, StarSheet
from tests.handlers.conftest import Neighbour, Village
from tests.kit.branch import Branch

EVENING = datetime(2026, 11, 26, 11, 30, tzinfo=UTC)


@pytest.fixture
def cadre(village: Village) -> Neighbour:
    return village.person("cadre")


@pytest.fixture
def branch(village: Village, li: Neighbour, wang: Neighbour, cadre: Neighbour) -> Branch:
    """A branch with 陈大文 (li), who was at its party day, 林小梅 (wang), 黎永强 and its secretary."""
    branch = Branch.below(village.world, "番村")
    branch.member(li, "陈大文")
    branch.member(wang, "林小梅")
    branch.stranger("黎永强")
    branch.appoint(cadre)
    cadre.says("建学习", "主题党日", "1", "周四晚7点半到9点半", "活动室", "1")
    branch.turn_to(EVENING - timedelta(minutes=10))
    assert li.says(branch.code()) == "study/checked_in"
    branch.turn_to(EVENING + timedelta(days=2))
    for one in (li, wang, cadre):
        one.hears()
    return branch


def stars(branch: Branch) -> list[tuple[int, int]]:
    """What was drafted and decided, by line."""
    rows = select(col(StarRating.drafted), col(StarRating.stars)).order_by(col(StarRating.person_id))
    return branch.world.run(lambda db: [tuple(row) for row in db.execute(rows)])


def decided(cadre: Neighbour) -> None:
    """Enter that everybody has what the meeting says."""
    cadre.says("评星", "2", "陈大文5星，林小梅 3 黎永强4星")
    assert cadre.says("1") == "stars/sheet"


def test_a_sheet_is_drafted_from_what_records_say(branch: Branch, cadre: Neighbour) -> None:
    sheet = cadre.says("评星")

    assert sheet.text.splitlines() == [
        "【2026年星级评定】潘一支部，3人",
        "按记录草拟了3人（示例），记录没说的请会上评。",
        "开完支部会，把决定录进来。",
    ]
    assert cadre.says("1").labels == ["林小梅 一星（草稿）", "陈大文 三星（草稿）", "黎永强 一星（草稿）"]
    assert cadre.says("2").text.splitlines() == [
        "陈大文：还没定（草拟三星）",
        "参加学习 2 未达到；参加会议 100 达到",
        "其余8条（示例）请支部会评。",
    ]
    assert stars(branch) == [(3, 0), (1, 0), (1, 0)]


def test_a_session_that_is_still_to_come_says_nothing(village: Village, li: Neighbour, cadre: Neighbour) -> None:
    branch = Branch.below(village.world, "番村")
    branch.member(li, "陈大文")
    branch.appoint(cadre)
    cadre.says("建学习", "主题党日", "1", "周四晚7点半到9点半", "活动室", "1")

    cadre.says("评星", "1")

    assert cadre.says("1").text.splitlines()[:2] == ["陈大文：还没定", "记录里没有可参考的"]


def test_what_the_meeting_decided_is_entered_made_public_and_told_to_each_alone(
    village: Village, branch: Branch, cadre: Neighbour, li: Neighbour, wang: Neighbour
) -> None:
    asked = cadre.says("评星", "2")
    assert asked == "stars/what_was_decided"
    assert cadre.says("陈大文5星，林小梅 4") == "stars/when_was_it"
    shown = cadre.says("1")
    assert (shown, stars(branch)) == ("stars/sheet", [(3, 5), (1, 4), (1, 1)])
    assert li.says("星级公示") == "stars/nothing_public"

    assert cadre.says("2").text.startswith("公示只有姓名和星级，没有积分")
    assert cadre.says("1") == "stars/published"
    branch.works()
    mine = [[one.text for one in who.hears() if one == "stars/yours"] for who in (li, wang)]
    assert mine == [[f"您2026年的星级评定：{name}。\n只告诉您本人。历年的发“我的星级”。"] for name in ("五星", "四星")]
    public = village.person("chen")
    village.settle(public, "番村")
    assert public.says("星级公示").text == "【潘一支部 2026年星级公示】按姓名排\n林小梅 四星，陈大文 五星，黎永强 一星"
    assert public.says("我的星级") == "stars/mine"
    assert wang.says("我的星级").text == "2026年 四星"
    assert [act for act, _ in branch.audit() if act.startswith("stars.")] == [
        "stars.draft",
        "stars.decide",
        "stars.publish",
    ]

    branch.turn_to(EVENING + timedelta(days=10))
    assert public.says("星级公示") == "stars/nothing_public"
    assert li.says("我的星级").text == "2026年 五星"


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("都很好", "stars/no_decisions"),
        ("陈大文6星", "stars/no_decisions"),
        ("5", "engine/too_short"),
        ("何小二5星", "stars/who_is_meant"),
        ("1", "stars/when_was_it"),
        ("陈大文:5;林小梅:4星", "stars/when_was_it"),
    ],
)
def test_decisions_are_read_or_asked_again(branch: Branch, cadre: Neighbour, said: str, heard: str) -> None:
    del branch
    cadre.says("评星", "2")
    first = cadre.says(said)

    assert heard in {first, cadre.says("1") if first == "stars/when_was_it" else first}


@pytest.mark.parametrize("said", ["明天", "去年", "2025年12月1日"])
def test_a_meeting_was_this_year_and_is_over(branch: Branch, cadre: Neighbour, said: str) -> None:
    cadre.says("评星", "2", "陈大文5星")

    assert cadre.says(said) in {"stars/no_such_meeting", "pledges/no_such_day"}
    assert stars(branch) == [(3, 0), (1, 0), (1, 0)]


def test_nothing_is_public_before_the_meeting_decided(branch: Branch, cadre: Neighbour) -> None:
    assert label("publish_stars") not in cadre.says("评星").labels
    decided(cadre)
    cadre.says("评星", "2")
    assert cadre.says("2") == "stars/not_published"
    states = select(col(StarSheet.state))
    assert branch.world.run(lambda db: [one.value for one in db.execute(states).scalars()]) == ["decided"]


def test_who_is_given_other_stars_afterwards_hears_it_with_the_reason(
    branch: Branch, cadre: Neighbour, li: Neighbour
) -> None:
    decided(cadre)
    cadre.says("评星", "2", "1")
    branch.works()
    li.hears()

    assert cadre.says("评星", "1", "2", "1", "4") == "volunteering/why_so"
    assert cadre.says("支部会复议") == "stars/set"
    assert [one.text.splitlines()[:2] for one in li.hears()] == [["您2026年的星级评定：四星。", "原因：支部会复议"]]
    assert ("stars.set", "rating:1 5 -> 4") in branch.audit()
    assert li.says("我的星级").text == "2026年 四星"


def test_who_comes_before_the_meeting_is_added_and_who_leaves_is_taken_off(
    village: Village, branch: Branch, cadre: Neighbour, wang: Neighbour
) -> None:
    cadre.says("评星")
    branch.leave(wang)
    branch.member(village.person("new"), "何新")

    assert cadre.says("评星", "1").labels == ["何新 待定", "陈大文 三星（草稿）", "黎永强 一星（草稿）"]
    cadre.says("评星", "2", "1")
    assert cadre.says("1").text == "还有1人没有星级：何新。请再录一次，把他们写上。"


def test_nobody_else_sees_or_makes_a_sheet(village: Village, branch: Branch, cadre: Neighbour, li: Neighbour) -> None:
    other = village.cadre("other", "深村")
    heard = cadre.says("评星")

    assert li.says("评星") == "access/not_yours"
    assert other.says("评星") == "access/not_yours"
    assert other.sends(other.inbound(button=f"{heard.outbox_id}:1")) != "stars/names"
    assert stars(branch) == [(3, 0), (1, 0), (1, 0)]
