"""Activities and study sessions written on the console: a card first, then published, moved; bad input."""

import pytest

from db.models import Activity, OccasionState, Role, Series, StudySession
from tests.kit.console import Browser, Desk

ACTIVITY = {"title": "清理村道", "starts_at": "周六上午9点到11点", "place": "村委集合", "seats": "党员2人 义工3人"}
MORE = {"until_hours": "24", "waitlist": "1", "details": "带水壶"}
SESSION = {"kind": "party_day", "title": "", "starts_at": "下周四晚7点半", "place": "活动室"}


def count(desk: Desk, kind: type[object]) -> int:
    return desk.world.run(lambda db: db.query(kind).count())


@pytest.fixture
def unit_id(desk: Desk) -> str:
    desk.enlist("陈大文", mobile=2236)
    return str(desk.units["潘一支部"])


async def test_an_activity_is_looked_at_before_it_is_published(desk: Desk, admin: Browser, unit_id: str) -> None:
    fields = {**ACTIVITY, **MORE, "unit_id": unit_id}
    look = await admin.fill("/admin/activities/new", **fields, do="look")
    before = count(desk, Activity)
    made = await admin.fill("/admin/activities/new", **fields, do="publish")

    assert "2026-11-28 9:00 – 11:00" in look.words
    assert "党员 2 人、志愿者 3 人，满了可候补" in look.words
    assert (before, made.said) == (0, "已发布，可以报名了。")
    kept = desk.world.run(lambda db: db.get_one(Activity, 1))
    assert (kept.title, kept.details, kept.state) == ("清理村道", "带水壶", OccasionState.PUBLISHED)


async def test_it_may_be_kept_published_later_and_moved(admin: Browser, unit_id: str) -> None:
    fields = {**ACTIVITY, **MORE, "unit_id": unit_id}
    kept = await admin.fill("/admin/activities/new", **fields, do="keep")
    published = await admin.fill("/admin/activities/1", do="publish")
    moved = await admin.fill(
        "/admin/activities/1", do="move", moved_to="周日上午9点到11点", place="村口", reason="下雨"
    )

    assert [kept.said, published.said] == ["已存成草稿，还没有发布。", "已发布，可以报名了。"]
    assert moved.said == "已改，相关的人会收到。"
    assert "2026-11-29 9:00 – 11:00" in moved.words


async def test_what_repeats_begins_a_series(desk: Desk, admin: Browser, unit_id: str) -> None:
    weekly = {**ACTIVITY, **MORE, "unit_id": unit_id, "starts_at": "每周六上午9点到11点"}
    monthly = {**SESSION, "unit_id": unit_id, "starts_at": "每月10日晚7点半"}
    activities = await admin.fill("/admin/activities/new", **weekly, do="publish")
    sessions = await admin.fill("/admin/study/new", **monthly, do="publish")

    assert {activities.said, sessions.said} == {"已定下，接下来几次都建好了。"}
    assert count(desk, Series) == 2


async def test_a_session_is_looked_at_made_known_and_moved(desk: Desk, admin: Browser, unit_id: str) -> None:
    fields = {**SESSION, "unit_id": unit_id}
    look = await admin.fill("/admin/study/new", **fields, do="look")
    before = count(desk, StudySession)
    made = await admin.fill("/admin/study/new", **fields, do="publish")
    moved = await admin.fill("/admin/study/1", do="move", moved_to="", place="村委二楼")

    assert "潘一支部，应到 1 人" in look.words
    assert (before, made.said, moved.said) == (0, "已发布，会提醒应到的人。", "已改，相关的人会收到。")
    assert desk.world.run(lambda db: db.get_one(StudySession, 1).place) == "村委二楼"


async def test_a_class_of_a_course_needs_its_name(desk: Desk, admin: Browser, unit_id: str) -> None:
    fields = {**SESSION, "kind": "course_class", "unit_id": unit_id}
    nameless = await admin.fill("/admin/study/new", **fields, do="publish")
    named = await admin.fill("/admin/study/new", **{**fields, "title": "党课进家"}, do="publish")

    assert (nameless.status, named.said) == (422, "已发布，会提醒应到的人。")
    assert desk.world.run(lambda db: db.get_one(StudySession, 1).course_id) == 1


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"starts_at": "昨天上午9点到11点"}, "这个时间已经过了，请说一个以后的时间。"),
        ({"starts_at": "周六上午9点"}, "“时间”要有开始和结束，如“周六上午9点到11点”。"),
        ({"starts_at": "改天"}, "没看懂“时间”，请写成 2026-12-01 19:30，或“周六上午9点到11点”。"),
        ({"seats": "0人"}, "“名额”要填整数，不要太大。"),
        ({"seats": "10000人"}, ""),
        ({"title": "长" * 41}, "“标题”太长了，最多40个字。"),
        ({"unit_id": "99"}, "“支部”不归您管，请选您负责的单位。"),
        ({"until_hours": "7"}, "“报名到”没有填。"),
    ],
)
async def test_bad_input_makes_no_activity(
    desk: Desk, admin: Browser, unit_id: str, changed: dict[str, str], said: str
) -> None:
    fields = {**ACTIVITY, **MORE, "unit_id": unit_id, **changed}
    refused = await admin.fill("/admin/activities/new", **fields, do="publish")

    assert (refused.status, count(desk, Activity)) == (422, 0)
    assert said in refused.said


async def test_another_villages_people_are_not_asked(desk: Desk, browser: Browser, unit_id: str) -> None:
    await browser.enter(desk.hire("外村", Role.CADRE, "深村"))
    activity = await browser.fill("/admin/activities/new", **ACTIVITY, **MORE, unit_id=unit_id, do="publish")
    session = await browser.fill("/admin/study/new", **SESSION, unit_id=unit_id, do="publish")

    assert (activity.status, session.status) == (422, 422)
    assert (count(desk, Activity), count(desk, StudySession)) == (0, 0)
