"""Strangers and cadres who try what no page offers: nothing is shown, nothing is changed, nothing breaks."""

import re
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import delete

from bot.admin.console import PAGES
from bot.domain.console import guessing
from db.claims import table_of
from db.models import Grant, OutboxRow, OutboxState
from tests.kit.console import PUBLIC_URL, Browser, Desk, browser, link_in


@pytest.fixture
async def outsider(desk: Desk) -> AsyncIterator[Browser]:
    """A browser nobody is in with."""
    async with browser(desk) as opened:
        yield opened


def pages() -> list[tuple[str, str]]:
    """Every method and address of the console but the doors, with the first of each thing."""
    found = [(re.sub(r"{\w+}", "1", one.path), one.takes) for one in PAGES] + [("/admin/health", True)]
    return [(method, path) for path, takes in found for method in (("GET", "POST") if takes else ("GET",))]


async def test_a_stranger_is_sent_to_the_door_from_every_page(outsider: Browser) -> None:
    headers = {"Origin": PUBLIC_URL, "Cookie": "hongyan_console=guessed"}

    came = [(await outsider.client.request(method, path, headers=headers)) for method, path in pages()]

    assert len(came) > 30
    assert {(one.status_code, one.headers["location"]) for one in came} == {(303, "/admin/login")}


async def test_whose_role_was_taken_away_is_out_on_every_page(desk: Desk, admin: Browser) -> None:
    desk.world.run(lambda db: db.execute(delete(table_of(Grant))))

    came = [await admin.client.request(method, path, headers={"Origin": PUBLIC_URL}) for method, path in pages()]

    assert {(one.status_code, one.headers["location"]) for one in came} == {(303, "/admin/login")}


async def test_a_stranger_cannot_make_us_read_a_large_file(outsider: Browser) -> None:
    large = {"file": ("a.xlsx", b"x" * 1024 * 1024)}
    headers = {"Origin": PUBLIC_URL}

    at_the_door = await outsider.client.post("/admin/login", files=large, headers=headers)
    inside = await outsider.client.post(
        "/admin/people/import", content=b"--x\r\nbroken", headers={**headers, "Content-Type": "multipart/form-data"}
    )

    assert (at_the_door.status_code, inside.status_code) == (415, 303)


@pytest.mark.parametrize(
    "path",
    [
        "/admin/reports?first=0001-01-01",
        "/admin/reports?first=9999-12-31",
        "/admin/reports?first=9999-12-31&kind=month",
        "/admin/reports?first=0001-01-01&kind=month",
        "/admin/audit?day=0001-01-01",
        "/admin/audit?day=9999-12-31",
    ],
)
async def test_the_ends_of_the_calendar_are_days_like_others(admin: Browser, path: str) -> None:
    assert (await admin.get(path)).status == 200


LISTS = {
    "/admin/people": ("name", "unit", "kind", "state", "bound", "sort"),
    "/admin/questions": ("state", "text", "sort"),
    "/admin/matters": ("state", "kind", "unit", "text", "sort"),
    "/admin/grid": ("state", "kind", "unit", "late", "text", "sort"),
    "/admin/entries": ("state", "sort"),
    "/admin/activities": ("state", "text"),
    "/admin/study": ("state", "kind"),
    "/admin/audit": ("who", "area", "day"),
    "/admin/health": ("state", "sort"),
    "/admin/reports": ("unit", "kind", "first"),
    "/admin/entries/ask": ("q",),
}


async def test_what_no_database_keeps_breaks_no_page(town: Desk) -> None:
    town.enlist("陈大文", mobile=2236)
    async with browser(town) as inside:
        await inside.enter(town.hire("周敏"))
        odd = ("%00", "a%00b", "%ED%A0%80", "9" * 300, "%F0%9F%90%A6" * 100)

        shown = [
            ((path, name, value), (await inside.get(f"{path}?{name}={value}")).status)
            for path, names in LISTS.items()
            for name in names
            for value in odd
        ]
        placed = [
            (await inside.get(path)).status for path in ("/admin/entries/a%00b", "/admin/in/%00", "/admin/people/%00")
        ]
        exported = await inside.fill("/admin/people?name=a%00&unit=" + "1" * 290, page="/admin/devices")
        reason = await inside.fill("/admin/questions/1", page="/admin/devices", reply="a\0b")
        table = ("a\0" * 300 + ".csv", "姓名,电话\n李\0明,13800138000\n".encode())
        named = await inside.fill("/admin/people/import", do="look", files={"file": table})

    assert [one for one in shown if one[1] != 200] == []
    assert placed == [404, 410, 404]
    assert (exported.status, reason.status, named.status) == (200, 404, 422)


async def test_a_wrong_address_is_answered_as_the_pages_are(admin: Browser) -> None:
    unknown, wrong_way = await admin.get("/admin/nothing"), await admin.client.put("/admin/devices")
    slash = await admin.get("/admin/")

    assert (unknown.status, wrong_way.status_code, slash.status) == (404, 404, 200)
    assert "没有" in unknown.words
    for headers in (unknown.headers, wrong_way.headers):
        assert headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]


async def test_who_guesses_keeps_nobody_out_who_has_a_link(desk: Desk, browser: Browser) -> None:
    for _ in range(guessing.MOST + 1):
        await browser.post("/admin/login", code="AAAA-AAAA")

    inside = await browser.post(link_in(desk.hire("周敏").says("后台").text))

    assert (inside.status, "今天" in inside.words) == (200, True)


async def test_a_message_that_is_sent_once_more_is_written_down(desk: Desk, admin: Browser) -> None:
    desk.hire("李明").says("后台")
    table = table_of(OutboxRow)
    desk.world.run(lambda db: db.execute(table.update().values(state=OutboxState.FAILED)))

    await admin.fill("/admin/health", do="requeue", letter_id="1")

    assert ("outbox.requeue", "1") in desk.audit()


async def test_an_audit_says_not_whom_somebody_looked_for(desk: Desk, admin: Browser) -> None:
    await admin.fill("/admin/audit?who=陈大文", page="/admin/audit")

    assert [subject for act, subject in desk.audit() if "陈大文" in subject] == []
