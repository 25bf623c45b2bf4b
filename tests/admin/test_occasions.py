"""Activities and study on the console: boards, taps, seats, calling off; never another village's."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import calls
from bot.domain.studies import leave, study
from bot.domain.studies.study import Design
from bot.domain.volunteers import presence, seats, volunteering
from bot.domain.volunteers.seats import Signing
from bot.domain.volunteers.volunteering import Plan
from db.models import Activity, CheckInWay, LeaveReason, MeetingKind, News, Person, Role, StudySession, Unit
from tests.kit.activities import catch_up
from tests.kit.console import Browser, Desk
from tests.kit.talk import MORNING, Talk

STARTS = MORNING + timedelta(hours=2)


@pytest.fixture
def cleaning(desk: Desk) -> Desk:
    """An activity with one seat in two hours: somebody has it, somebody waits."""
    members = [desk.enlist(name, mobile=2236 + n) for n, name in enumerate(("陈大文", "林小梅"))]
    talk = desk.hire("组织人", Role.CADRE, "番村")

    def hold(db: Session) -> None:
        by, unit = talk.record(db), db.get_one(Unit, desk.units["番村"])
        plan = Plan("清理村道", "村委", STARTS, STARTS + timedelta(hours=2), STARTS, {None: 1}, unit)
        activity = volunteering.draft(db, plan, unit=unit, by=by, now=MORNING)
        volunteering.publish(db, activity.id or 0, by=by, now=MORNING)
        for one in members:
            seats.sign_up(db, activity.id or 0, Signing(db.get_one(Person, one)), now=MORNING)

    desk.world.run(hold)
    return desk


@pytest.fixture
def party_day(desk: Desk) -> Desk:
    """A session of a branch in two hours."""
    for n, name in enumerate(("陈大文", "林小梅")):
        desk.enlist(name, mobile=2236 + n)
    hold_party_day(desk, desk.hire("组织人", Role.CADRE, "番村"))
    return desk


def hold_party_day(desk: Desk, talk: Talk) -> None:
    def hold(db: Session) -> None:
        unit = db.get_one(Unit, desk.units["潘一支部"])
        design = Design(
            MeetingKind.PARTY_DAY, "主题党日", unit, unit, "活动室", STARTS, STARTS + timedelta(hours=2), 2.0
        )
        study.publish(db, design, by=talk.record(db), now=MORNING)

    desk.world.run(hold)


async def test_a_board_shows_seats_and_queue_and_a_tap_checks_in(cleaning: Desk, admin: Browser) -> None:
    listed = await admin.get("/admin/activities")
    cleaning.world.clock.turn(timedelta(hours=1, minutes=30))
    await admin.enter(cleaning.world.person("周敏"))
    board = await admin.get("/admin/activities/1")
    tapped = await admin.fill("/admin/activities/1", do="came", person_id="1")
    twice = await admin.fill("/admin/activities/1", do="came", person_id="1")

    assert "清理村道" in listed.words
    assert ["陈大文" in board.words, "候补" in board.words, "林小梅" in board.words] == [True] * 3
    assert (tapped.said, "已到 10:30" in tapped.words, "已到 10:30" in twice.words) == ("已记到场。", True, True)


@pytest.mark.usefixtures("cleaning")
async def test_seats_grow_and_the_next_in_the_queue_is_asked(admin: Browser) -> None:
    done = await admin.fill("/admin/activities/1", do="seats", seats="2")

    assert (done.said, "等他确认" in done.words) == ("名额已改。", True)


@pytest.mark.parametrize("count", ["0", "x", "", "1000", "2.5", "-1"])
async def test_a_number_of_seats_that_is_none_is_refused(cleaning: Desk, admin: Browser, count: str) -> None:
    shown = await admin.fill("/admin/activities/1", do="seats", seats=count)

    assert (shown.status, shown.said) == (422, "“名额”要填整数，不要太大。")
    assert cleaning.audit()[-1][0] == "activities.publish"


@pytest.mark.usefixtures("cleaning")
async def test_an_activity_is_called_off_with_a_reason(admin: Browser) -> None:
    bare = await admin.fill("/admin/activities/1", do="cancel", reason="")
    done = await admin.fill("/admin/activities/1", do="cancel", reason="下大雨")

    assert (bare.status, bare.said) == (422, "“原因”没有填。")
    assert (done.said, "已取消" in done.words, "下大雨" in done.words) == ("已取消，相关的人会收到。", True, True)


@pytest.mark.usefixtures("party_day")
async def test_a_grid_shows_answers_and_a_tap_ticks_off(admin: Browser) -> None:
    listed = await admin.get("/admin/study")
    early = await admin.fill("/admin/study/1", do="came", person_id="1")
    stranger = await admin.fill("/admin/study/1", do="came", person_id="3")
    grid = await admin.get("/admin/study/1")

    assert "主题党日" in listed.words
    assert (early.said, "已到 1" in grid.words, "没回 2" in grid.words) == ("已记到场。", True, True)
    assert stranger.status == 404


async def test_leave_that_was_asked_for_waits_and_is_decided_once(party_day: Desk, admin: Browser) -> None:
    def ask(db: Session) -> None:
        session, person = db.get_one(StudySession, 1), db.get_one(Person, 1)
        leave.ask(db, session, person, LeaveReason.HEALTH, "", by_id=None, now=MORNING)

    party_day.world.run(ask)
    today = await admin.get("/admin")
    agreed = await admin.fill("/admin/study/1", do="approve_leave", part_id="1")
    again = await admin.fill("/admin/study/1", do="refuse_leave", part_id="1")

    assert ("请假等您同意" in today.words, "陈大文 主题党日" in today.words) == (True, True)
    assert (agreed.said, "同意请假" in agreed.words, again.said) == (
        "已同意，会告诉本人。",
        False,
        "陈大文的这件事已经处理过了。",
    )
    assert "请假等您同意" not in (await admin.get("/admin")).words


async def test_minutes_nobody_confirmed_wait_and_are_confirmed_together(cleaning: Desk, admin: Browser) -> None:
    def came(db: Session) -> None:
        by = db.execute(select(Person).where(col(Person.name) == "组织人")).scalar_one()
        presence.mark(db, 1, [1], CheckInWay.TAPPED, by=by, now=STARTS)

    cleaning.world.run(came)
    cleaning.world.clock.turn(timedelta(days=1))
    await asyncio.to_thread(catch_up, cleaning.world)
    await admin.enter(cleaning.world.person("周敏"))
    today, shown = await admin.get("/admin"), await admin.get("/admin/activities/1")
    done = await admin.fill("/admin/activities/1", do="confirm_minutes")

    assert ("时长等您确认" in today.words, "陈大文　120 分钟" in shown.words) == (True, True)
    assert (done.said, "时长等您确认" in done.words) == ("时长已确认，会告诉每个人。", False)


@pytest.mark.parametrize("path", ["/admin/activities/1", "/admin/study/1", "/admin/activities/99", "/admin/study/99"])
async def test_another_villages_are_not_there(cleaning: Desk, browser: Browser, path: str) -> None:
    await browser.enter(cleaning.hire("深村书记", Role.SECRETARY, "深村"))

    seen = await browser.get(path)
    listed = await browser.get("/admin/activities")

    assert (seen.status, "/admin/activities/1" in listed.text) == (404, False)


async def test_nobody_is_noted_at_an_activity_who_has_no_part_in_it(cleaning: Desk, browser: Browser) -> None:
    stranger = cleaning.enlist("林深", "深一支部", mobile=2299)
    cleaning.world.clock.turn(timedelta(hours=1, minutes=30))
    await browser.enter(cleaning.world.person("组织人"))

    tried = [
        await browser.fill("/admin/activities/1", do="came", person_id=str(one)) for one in (stranger, 999_999_999)
    ]

    assert [one.status for one in tried] == [404, 404]
    assert "林深" not in (await browser.get("/admin/activities/1")).words
    assert ("presence.mark", "activity:1 1") not in cleaning.audit()


@pytest.fixture
def silent(cleaning: Desk) -> Desk:
    """Both have answered nothing about a session; one has not heard that the activity was moved."""
    hold_party_day(cleaning, cleaning.world.person("组织人"))

    def put(db: Session) -> None:
        calls.put_silent(db, db.get_one(StudySession, 1), now=MORNING)
        calls.put_unheard(db, db.get_one(Activity, 1), 1, News.MOVED, now=MORNING)

    cleaning.world.run(put)
    return cleaning


@pytest.mark.usefixtures("silent")
async def test_who_is_to_be_called_stands_on_the_page_until_somebody_did(admin: Browser) -> None:
    today = await admin.get("/admin")
    before = [" ".join((await admin.get(path)).words.split()) for path in ("/admin/study/1", "/admin/activities/1")]
    ticked = await admin.fill("/admin/study/1", do="called", item_id="1")
    told = await admin.fill("/admin/activities/1", do="called", item_id="3")

    assert [part in today.words for part in ("要打电话的", "主题党日", "清理村道")] == [True] * 3
    assert [part in before[0] for part in ("还要打电话", "陈大文 138****2236 没回", "林小梅 138****2237 没回")] == [
        True
    ] * 3
    assert "陈大文 138****2236 还不知道改期" in before[1]
    assert (ticked.said, "林小梅 打过了" in ticked.text, "陈大文 打过了" in ticked.text) == (
        "已记下打过电话。",
        True,
        False,
    )
    assert "还要打电话" not in told.words


async def test_nobody_is_ticked_off_by_another_village(silent: Desk, browser: Browser) -> None:
    hold_elsewhere = silent.hire("深村书记", Role.SECRETARY, "深村")
    await browser.enter(hold_elsewhere)

    tried = [
        await browser.fill(path, page="/admin/broadcasts/new", do="called", item_id="1")
        for path in ("/admin/study/1", "/admin/activities/1")
    ]

    assert [one.status for one in tried] == [404, 404]
    assert [act for act, _ in silent.audit() if act == "calls.called"] == []
