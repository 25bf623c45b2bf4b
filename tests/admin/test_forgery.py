"""Other sites, forged forms and odd requests: one clear sentence, nothing half-done."""

import pytest

from tests.kit.console import PUBLIC_URL, Browser, Desk, link_in

FOREIGN = "这个请求不是从本页发出的，没有处理。请打开本页再试。"


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]
)
async def test_another_site_can_neither_log_in_nor_do_anything(
    desk: Desk, admin: Browser, headers: dict[str, str]
) -> None:
    link = link_in(desk.hire("李明").says("后台").text)
    token = (await admin.get("/admin/devices")).text.split('name="_token" value="')[1].split('"')[0]

    tried = [
        await admin.client.post(path, data={"_token": token, "where": "everywhere"}, headers=headers)
        for path in (link, "/admin/login", "/admin/wait", "/admin/devices")
    ]

    assert [(one.status_code, FOREIGN in one.text) for one in tried] == [(403, True)] * 4
    assert "今天" in (await admin.get("/admin")).words


@pytest.mark.parametrize("token", ["", "x", "é" * 30])
async def test_a_form_that_is_not_ours_is_refused(admin: Browser, token: str) -> None:
    shown = await admin.post("/admin/devices", _token=token, where="everywhere")

    assert (shown.status, FOREIGN in shown.words) == (403, True)


async def test_a_body_that_is_no_form_is_refused(admin: Browser) -> None:
    headers = {"Origin": PUBLIC_URL}
    json = await admin.client.post("/admin/devices", json={"where": "here"}, headers=headers)
    bad = await admin.client.post(
        "/admin/devices", content=b"\xff\xfe", headers={**headers, "Content-Type": "application/x-www-form-urlencoded"}
    )
    parts = await admin.client.post(
        "/admin/devices", content=b"--x\r\nbroken", headers={**headers, "Content-Type": "multipart/form-data"}
    )
    large = await admin.client.post("/admin/devices", data={"where": "x" * 300_000}, headers=headers)
    many = await admin.client.post("/admin/devices", data={f"f{n}": "1" for n in range(500)}, headers=headers)

    assert [one.status_code for one in (json, bad, parts, large, many)] == [415, 400, 400, 413, 400]


async def test_nothing_inline_nothing_from_elsewhere_nothing_framed_nothing_kept(admin: Browser) -> None:
    page = await admin.get("/admin")

    policy = page.headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
    assert ("unsafe" in policy, "frame-ancestors 'none'" in policy) == (False, True)
    assert page.headers["cache-control"] == "no-store"
    assert [one in page.text for one in ("<style", "style=", "onclick", "<script>")] == [False] * 4


async def test_styles_and_scripts_are_there(admin: Browser) -> None:
    names = ("console.css", "lists.css", "htmx.min.js", "htmx.LICENSE")

    assert [(await admin.get(f"/static/console/{name}")).status for name in names] == [200] * 4
