"""Stars and objections to points on the console: drafted, decided, public, changed, taken along as a file."""

import io

import pytest
from openpyxl import load_workbook

from bot.domain.ledger import attending, objecting
from content import console as words
from db.models import PointsEntry, Role, StudySession
from tests.kit.any_row import put
from tests.kit.console import Browser, Desk
from tests.kit.talk import MORNING


@pytest.fixture
async def secretary(desk: Desk, browser: Browser) -> Browser:
    """The browser of the secretary of 潘一支部, with two members."""
    desk.enlist("陈大文", mobile=2236)
    desk.enlist("林小梅", mobile=2237)
    await browser.enter(desk.hire("潘志明", Role.SECRETARY, "潘一支部"))
    return browser


async def test_a_sheet_is_drafted_decided_public_and_changed_with_a_reason(desk: Desk, secretary: Browser) -> None:
    begun = await secretary.fill("/admin/stars/new", unit_id=str(desk.units["潘一支部"]))
    without = await secretary.fill("/admin/stars/1", do="decide", met_on="2026-11-23", stars_1="5")
    undecided = await secretary.fill("/admin/stars/1", do="decide", met_on="2026-11-23", stars_1="5", stars_2="")
    odd = await secretary.fill("/admin/stars/1", do="decide", met_on="很快", stars_1="5", stars_2="4")
    decided = await secretary.fill("/admin/stars/1", do="decide", met_on="2026-11-23", stars_1="5", stars_2="4")
    file = await secretary.fill("/admin/stars/1", do="excel")
    public = await secretary.fill("/admin/stars/1", do="publish")
    changed = await secretary.fill("/admin/stars/1", do="set", rating_id="2", stars="3", reason="支部会复议")

    assert (begun.status, "陈大文" in begun.words) == (200, True)
    assert without.said == "还有1人没有星级：林小梅。请再录一次，把他们写上。"
    assert undecided.said == without.said
    assert odd.said == "没看懂“支部会哪一天开的”，请写成 2026-12-31、6月底 或 12月20日。"
    assert [one.said for one in (decided, public, changed)] == [
        words.said(key) for key in ("stars_decided", "stars_public", "stars_set")
    ]
    rows = [row[:1] + row[-1:] for row in load_workbook(io.BytesIO(file.data)).active.values if row[0]]  # type: ignore[union-attr]  # it has one
    assert rows[1:] == [("姓名", "星级"), ("林小梅", "四星"), ("陈大文", "五星")]
    assert [act for act, _ in desk.audit() if act.startswith("stars.") and act != "stars.look"] == [
        *("stars.draft", "stars.decide", "stars.export", "stars.publish", "stars.set")
    ]
    assert "潘一支部" in (await secretary.get("/admin/stars?state=published")).words


async def test_an_objection_stands_under_today_and_is_decided(desk: Desk, secretary: Browser) -> None:
    def object_to(db) -> None:  # noqa: ANN001  # a session of the database
        person = db.get_one(objecting.Person, 1)
        session = put(db, StudySession.__table__, title="主题党日", starts_at=MORNING, unit_id=desk.units["潘一支部"])  # type: ignore[attr-defined]  # as SQLModel makes it
        attending.write(db, db.get_one(StudySession, session["id"]), 1, came=True, now=MORNING)
        objecting.object_to(db, db.query(PointsEntry).one().id, "我还主持了会议", by=person, now=MORNING)

    desk.world.run(object_to)
    today = " ".join((await secretary.get("/admin")).words.split())
    odd = await secretary.fill("/admin/objections/1", points="101", reason="多了")
    done = await secretary.fill("/admin/objections/1", points="3", reason="主持加1分")

    assert "对积分有异议 1 陈大文" in today
    assert odd.status == 422
    assert done.said == words.said("decided")
    assert desk.world.run(lambda db: db.query(PointsEntry).one().points) == 3
