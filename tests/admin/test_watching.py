"""Audit, reports, settings and health: who may see them, and what they never show."""

from datetime import timedelta

import pytest

from bot.domain.outgoing import capabilities
from db.models import Role
from tests.kit.console import Browser, Desk


async def test_the_audit_says_in_words_who_did_what(desk: Desk, admin: Browser) -> None:
    person = desk.enlist("陈大文", mobile=2236)
    await admin.fill(f"/admin/people/{person}")

    shown = await admin.get("/admin/audit")
    area = await admin.get("/admin/audit?area=console&who=周&day=2026-11-23")
    nobody = await admin.get("/admin/audit?who=%25&day=never")

    assert ["查看完整手机号" in one.words for one in (shown, area)] == [True, False]
    assert "进入后台" in area.words
    assert nobody.status == 200


async def test_a_browser_nobody_knows_is_said_to_be_one(admin: Browser) -> None:
    shown = await admin.get("/admin/audit?area=console")

    assert ("进入后台" in shown.words, "不明设备" in shown.words) == (True, True)


async def test_a_secretary_sees_the_audit_of_those_who_act_below_them(desk: Desk, browser: Browser) -> None:
    await browser.enter(desk.hire("周敏"))
    await browser.enter(desk.hire("潘志明", Role.SECRETARY, "番村"))

    shown = await browser.get("/admin/audit")

    assert ("潘志明" in shown.words.replace("鸿雁后台 \n   潘志明", ""), "周敏" in shown.words) == (True, False)


async def test_no_secret_is_shown(admin: Browser) -> None:
    shown = await admin.get("/admin/health")

    assert ("HONGYAN_SECRET_KEY" in shown.words, "a secret for tests only" in shown.text) == (True, False)
    assert "已设（不显示）" in shown.words


async def test_what_wechat_does_not_let_us_do_is_one_line(desk: Desk, admin: Browser) -> None:
    until = desk.world.clock.now() + timedelta(hours=1)
    desk.world.run(
        lambda db: capabilities.shut(db, "wechat", "wx1", "custom", code=48001, until=until, now=desk.world.clock.now())
    )

    shown = await admin.get("/admin/health")

    assert "微信停了客服消息" in shown.words
    assert "错误码 48001" in shown.words


@pytest.mark.parametrize("path", ["/admin/health", "/admin/audit"])
async def test_a_cadre_sees_neither(desk: Desk, browser: Browser, path: str) -> None:
    await browser.enter(desk.hire("李明", Role.CADRE, "番村"))

    assert (await browser.get(path)).status == 404


@pytest.mark.parametrize("query", ["", "?kind=month", "?kind=week&first=2026-11-20&unit=2", "?kind=x&first=y&unit=z"])
async def test_a_report_has_its_figures_and_charts_that_can_be_read_aloud(admin: Browser, query: str) -> None:
    shown = await admin.get(f"/admin/reports{query}")

    assert (shown.status, "答疑" in shown.words, "到会率" in shown.words) == (200, True, True)
    assert (shown.text.count("<svg"), shown.text.count("<title"), shown.text.count("<figcaption>")) == (4, 5, 4)
    assert "style=" not in shown.text
