"""A browser is known by a cookie that nobody can make up."""

from http.cookies import SimpleCookie

import httpx
import pytest

from bot.channels.webchat.visitors import COOKIE
from tests.channels.webchat.desk import KEYS, Desk

SAY = {"id": "a", "text": "x"}


async def speaker(desk: Desk, client: httpx.AsyncClient, cookie: str | None) -> str:
    client.cookies.clear()
    headers = {} if cookie is None else {"Cookie": f"{COOKIE}={cookie}"}
    await client.post("/chat/messages", json=SAY, headers=headers)
    return desk.heard.inbounds[-1].sender


async def test_the_page_gives_a_cookie_that_keeps_the_visitor(desk: Desk, client: httpx.AsyncClient) -> None:
    page = await client.get("/")
    cookie = SimpleCookie(page.headers["set-cookie"])[COOKIE]

    await client.post("/chat/messages", json=SAY)
    await client.post("/chat/messages", json=SAY)

    assert [one.sender for one in desk.heard.inbounds] == [cookie.value.partition(".")[0]] * 2
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["max-age"], cookie["secure"]) == (
        True,
        "lax",
        "/",
        "31536000",
        "",
    )


@pytest.mark.parametrize(
    "forged",
    [
        None,
        "",
        "admin",
        "admin.",
        ".",
        f".{KEYS.sign('web-visitor', '')}",
        f"admin.{KEYS.sign('file', 'admin')}",
        f"admin.{KEYS.sign('web-visitor', 'Admin')}",
        f"phone-1.{KEYS.sign('web-visitor', 'phone-1')[:-1]}",
    ],
)
async def test_a_forged_or_missing_cookie_makes_a_new_visitor(
    desk: Desk, client: httpx.AsyncClient, forged: str | None
) -> None:
    first = await speaker(desk, client, forged)
    second = await speaker(desk, client, forged)

    assert len({first, second, "admin", "phone-1", ""}) == 5


async def test_posting_before_the_page_was_ever_opened_gives_the_cookie_too(
    desk: Desk, client: httpx.AsyncClient
) -> None:
    await client.post("/chat/messages", json=SAY)
    await client.post("/chat/messages", json=SAY)

    assert len({one.sender for one in desk.heard.inbounds}) == 1


async def test_a_demo_phone_sets_no_cookie(client: httpx.AsyncClient) -> None:
    page = await client.get("/demo/phones/villager/")

    assert page.status_code == 200
    assert "set-cookie" not in page.headers


async def test_two_visitors_of_one_browser_keep_their_lines_apart(client: httpx.AsyncClient) -> None:
    first = await client.get("/")
    client.cookies.clear()

    second = await client.get("/")

    marks = {page.text.partition('data-mark="')[2].partition('"')[0] for page in (first, second)}
    assert len(marks) == 2
    assert "" not in marks


@pytest.mark.parametrize("path", ["/", "/chat/messages", "/demo/phones/villager/"])
async def test_every_answer_is_guarded_by_headers(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers

    assert "unsafe" not in headers["content-security-policy"]
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert (headers["x-content-type-options"], headers["referrer-policy"], headers["cache-control"]) == (
        "nosniff",
        "same-origin",
        "no-store",
    )


async def test_the_page_has_no_inline_script_or_style_and_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    html = (await client.get("/")).text

    assert html.count("<script") == 1
    assert '<script type="module" src="/static/webchat/chat.js"></script>' in html
    assert [word for word in ("<style", "style=", " onclick", " onload", "http://", "https://") if word in html] == []


async def test_scripts_are_asked_about_each_time(client: httpx.AsyncClient) -> None:
    answer = await client.get("/static/webchat/chat.js")

    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")
    assert answer.headers["content-type"].startswith("text/javascript")
