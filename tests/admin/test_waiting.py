"""What waits for a secretary is shown on the first page, and decided on its own."""

import pytest

from db.models import Role
from tests.kit.console import Browser, Desk


@pytest.fixture
async def secretary(desk: Desk, browser: Browser) -> Browser:
    desk.enlist("陈大文", mobile=2236)
    await browser.enter(desk.hire("潘志明", Role.SECRETARY, "番村"))
    return browser


async def test_nothing_waits_at_first(secretary: Browser) -> None:
    assert "没有等您办的事。" in (await secretary.get("/admin")).words


def claim(desk: Desk) -> None:
    """Somebody says that they are a member, with wrong digits, and has a secretary asked."""
    desk.world.person("guest").says("我是党员", "1", "陈大文", "0001", "2")


async def test_somebody_is_vouched_for_on_a_page(desk: Desk, secretary: Browser) -> None:
    claim(desk)
    today = await secretary.get("/admin")
    petition = await secretary.get("/admin/petitions/1")
    done = await secretary.fill("/admin/petitions/1", person_id="1", do="grant")
    again = await secretary.get("/admin/petitions/1")

    assert ("等您核对" in today.words, "潘一支部" in petition.words) == (True, True)
    assert (done.said, again.status) == ("已处理，对方会收到。", 404)
    assert "identity/vouched" in desk.world.person("guest").hears()


async def test_a_no_needs_a_reason_and_whoever_asked_hears_it(desk: Desk, secretary: Browser) -> None:
    claim(desk)

    bare = await secretary.fill("/admin/petitions/1", do="refuse", reason=" ")
    done = await secretary.fill("/admin/petitions/1", do="refuse", reason="不是本支部的")

    assert (bare.status, bare.said, done.said) == (422, "“原因”没有填。", "已处理，对方会收到。")
    assert "不是本支部的" in desk.world.person("guest").hears()[-1].text


async def test_another_villages_petition_is_not_there(desk: Desk, secretary: Browser) -> None:
    claim(desk)
    await secretary.enter(desk.hire("深村书记", Role.SECRETARY, "深村"))

    assert (await secretary.get("/admin/petitions/1")).status == 404
