"""Minutes that somebody says are wrong are decided on a page, once, with a reason, and never by themselves."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from bot.domain.volunteers import service, volunteering
from bot.domain.volunteers.volunteering import Plan
from db.models import Person, Role, ServiceRecord, ServiceState, Unit
from tests.kit.console import Browser, Desk
from tests.kit.talk import MORNING


@pytest.fixture
def disputed(desk: Desk) -> Desk:
    """Somebody served, and says that it was longer."""
    member = desk.enlist("陈大文", mobile=2236)
    talk = desk.hire("组织人", Role.CADRE, "番村")

    def serve(db: Session) -> None:
        by, unit = talk.record(db), db.get_one(Unit, desk.units["番村"])
        starts = MORNING + timedelta(hours=2)
        plan = Plan("清理村道", "村委", starts, starts + timedelta(hours=2), starts, {None: 2}, unit)
        activity = volunteering.draft(db, plan, unit=unit, by=by, now=MORNING)
        volunteering.publish(db, activity.id or 0, by=by, now=MORNING)
        record = ServiceRecord(
            activity_id=activity.id or 0,
            person_id=member,
            minutes=60,
            state=ServiceState.CONFIRMED,
            served_on=starts.date(),
            created_at=MORNING,
            changed_at=MORNING,
        )
        db.add(record)
        db.flush()
        service.dispute(db, record.id or 0, "做了<b>两</b>小时", by=db.get_one(Person, member), now=MORNING)

    desk.world.run(serve)
    return desk


async def test_a_dispute_waits_is_seen_and_is_decided_once(disputed: Desk, admin: Browser) -> None:
    today = await admin.get("/admin")
    seen = await admin.get("/admin/disputes/1")
    bad = await admin.fill("/admin/disputes/1", minutes="两小时", reason="签退漏了")
    done = await admin.fill("/admin/disputes/1", minutes="120", reason="签退漏了")
    again = await admin.get("/admin/disputes/1")

    assert ("对服务时长有异议" in today.words, "做了<b>两</b>小时" in seen.words, "<b>两" in seen.text) == (
        True,
        True,
        False,
    )
    assert (bad.status, bad.said) == (422, "“分钟”要填整数，不要太大。")
    assert (done.said, again.status) == ("已处理，对方会收到。", 404)
    assert disputed.world.run(lambda db: db.get_one(ServiceRecord, 1).minutes) == 120


async def test_another_villages_dispute_is_not_there(disputed: Desk, browser: Browser) -> None:
    await browser.enter(disputed.hire("深村书记", Role.SECRETARY, "深村"))

    assert (await browser.get("/admin/disputes/1")).status == 404
