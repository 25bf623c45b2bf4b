"""Pledges on the console: written, said yes or no to, followed up with a photo, appraised, listed."""

import pytest

from content import console as words
from db.models import Role
from tests.kit import console
from tests.kit.console import Browser, Desk
from tests.kit.photos import photo
from tests.kit.talk import Talk

DRAIN = "12月底前修好东巷排水"


@pytest.fixture
def secretary(desk: Desk) -> Talk:
    """The secretary of 番村."""
    return desk.hire("潘志明", Role.SECRETARY, "番村")


async def test_a_pledge_is_written_looked_at_and_followed_up(
    desk: Desk, browser: Browser, admin: Browser, secretary: Talk
) -> None:
    async with console.browser(desk) as own:
        await own.enter(secretary)
        unit = str(desk.units["番村"])
        sent = await own.fill("/admin/pledges/new", pledge=DRAIN, unit_id=unit, do="send")
        today = " ".join((await admin.get("/admin")).words.split())
        back = await admin.fill("/admin/pledges/1", run="1", reason="写上花多少钱", do="return")
        again = await own.fill("/admin/pledges/1", pledge="花8万元修好东巷排水", due_on="2026-12-31", do="rewrite")
        stale = await admin.fill("/admin/pledges/1", run="1", do="approve")
        public = await admin.fill("/admin/pledges/1", run="2", do="approve")
        told = await own.fill(
            "/admin/pledges/1", words="管已埋好", do="progress", files={"file": ("a.jpg", photo(), "image/jpeg")}
        )
        seen = await admin.client.get("/admin/pledges/1/photos/1")
        done = await own.fill("/admin/pledges/1", words="路面铺好", do="done")
    given = await admin.fill(
        "/admin/pledges/1", stage="above", grade="good", on="2026-11-23", words="快", do="appraise"
    )

    assert [one.said for one in (sent, back, again, public, told, done, given)] == [
        words.said(key)
        for key in ("sent", "returned", "sent", "public", "told", "told", "appraised")
        for key in [f"pledge_{key}"]
    ]
    assert f"等您审的承诺 1 番村 {DRAIN}" in today
    assert stale.said == "这条承诺已经处理过了。发“书记承诺”看现在的。"
    assert '<img src="/admin/pledges/1/photos/1"' in told.text
    assert (seen.status_code, seen.headers["content-type"]) == (200, "image/jpeg")
    assert "上级评议（示例） 好 2026-11-23 快" in " ".join(given.words.split())
    assert "/admin/pledges/1" in (await browser.get("/admin/pledges?state=done")).text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"pledge": "", "do": "publish"}, "“承诺什么”没有填。"),
        ({"pledge": "修" * 61, "do": "publish"}, "“承诺什么”太长了，最多60个字。"),
        ({"pledge": "修好东巷排水", "do": "publish"}, "没看懂“什么时候完成”，请写成 2026-12-31、6月底 或 12月20日。"),
        (
            {"pledge": DRAIN, "due_on": "很快", "do": "publish"},
            "没看懂“什么时候完成”，请写成 2026-12-31、6月底 或 12月20日。",
        ),
        ({"pledge": DRAIN, "due_on": "昨天", "do": "publish"}, "这一天已经过了，请再说一次，例：12月20日。"),
    ],
)
async def test_what_cannot_be_taken_is_said(
    desk: Desk, browser: Browser, secretary: Talk, fields: dict[str, str], said: str
) -> None:
    await browser.enter(secretary)

    shown = await browser.fill("/admin/pledges/new", unit_id=str(desk.units["番村"]), **fields)

    assert shown.said == said


async def test_a_returned_pledge_stands_under_today(browser: Browser, admin: Browser, secretary: Talk) -> None:
    secretary.says("承诺", DRAIN, "2")
    await admin.fill("/admin/pledges/1", run="1", reason="写上花多少钱", do="return")
    await browser.enter(secretary)

    assert f"您的承诺退回或过期 1 {DRAIN} 写上花多少钱" in " ".join((await browser.get("/admin")).words.split())
    withdrawn = await browser.fill("/admin/pledges/1", reason="镇里统一修", do="withdraw")
    assert withdrawn.said == words.said("pledge_withdrawn")


async def test_lists_are_filtered_and_hold_ones_own_units_only(desk: Desk, browser: Browser, secretary: Talk) -> None:
    secretary.says("承诺", DRAIN, "1")
    desk.hire("李深", Role.SECRETARY, "深村").says("承诺", "12月底前修水塘", "1")
    await browser.enter(secretary)

    listed = [
        (await browser.get(f"/admin/pledges?{query}")).words for query in ("", "state=overdue", "state=published")
    ]

    assert [DRAIN in one for one in listed] == [True, False, True]
    assert [one for one in listed if "水塘" in one] == []
    assert (await browser.get("/admin/pledges/2")).status == 404
