"""Every route of the console there is, tried by whoever has no business there: nothing is shown, nothing is changed."""

import inspect
import io
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi.routing import APIRoute
from openpyxl import load_workbook
from sqlalchemy import select
from sqlmodel import SQLModel

from bot.admin.tables import EXCEL
from bot.domain.persons import people
from db.models import (
    Role,
)
from tests.kit import console
from tests.kit.console import PUBLIC_URL, Browser, Desk
from tests.kit.everything import DOORS, ENTRY, Theirs, filled, found, routes, wired
from tests.kit.flows import learn
from tests.kit.photos import photo

EVIL = "=A+B<script>alert(a)</script>{{ a*a }}{% raw %}"
OPEN_TO_ALL = {"/admin/entries/{entry_id}"}
"""What anybody may ask the bot, whoever's it is."""

KEPT_OF_LOOKING = {"audit_line", "console_key"}


@pytest.fixture
async def theirs(desk: Desk) -> AsyncIterator[Theirs]:
    """One of everything in 深村, and its secretary in the console."""
    learn(desk.world, ENTRY)
    deep = desk.hire("李深", Role.SECRETARY, "深村")
    member = desk.enlist("何深", "深一支部", mobile=2299)
    desk.report("李婶", "村口路灯坏了", "深村", photo=photo())
    async with console.browser(desk) as opened:
        await opened.enter(deep)
        yield desk.world.run(lambda db: found(db, desk, deep, member))


@pytest.fixture
def evil(desk: Desk) -> Theirs:
    """One of everything in 深村, called by what no page and no sheet may run."""
    learn(desk.world, ENTRY)
    deep = desk.hire(EVIL, Role.SECRETARY, "深村")
    member = desk.enlist(EVIL, "深一支部", mobile=2299)
    desk.report("李婶", f"路灯坏了{EVIL}", "深村", photo=photo())
    return desk.world.run(lambda db: found(db, desk, deep, member, words=EVIL))


def deeds(route: APIRoute) -> list[str]:
    """What a page's buttons may ask for: every word its module knows, and none."""
    takes = route.endpoint.args[0].takes  # type: ignore[attr-defined]  # the page a route was made for
    return [
        "",
        *sorted(
            set(re.findall(r'(?:case|[|]|[!=]=) "([a-z_]+)"', inspect.getsource(inspect.getmodule(takes) or takes)))
        ),
    ]


def kept(desk: Desk) -> dict[str, list[tuple[Any, ...]]]:
    """Everything in the database but what looking leaves behind."""
    tables = [one for one in SQLModel.metadata.sorted_tables if one.name not in KEPT_OF_LOOKING]
    return desk.world.run(
        lambda db: {one.name: sorted(map(tuple, db.execute(select(one))), key=repr) for one in tables}
    )


async def test_nobody_is_shown_more_than_the_doors(desk: Desk, theirs: Theirs, browser: Browser) -> None:
    behind = [(method, filled(path, theirs)) for method, path in routes(desk) if path not in DOORS]
    headers = {"Origin": PUBLIC_URL, "Cookie": "hongyan_console=guessed"}
    before = kept(desk)

    came = [await browser.client.request(method, path, headers=headers) for method, path in behind]

    assert {path for _, path in routes(desk)} >= DOORS
    assert len(behind) > 45
    assert {(one.status_code, one.headers["location"]) for one in came} == {(303, "/admin/login")}
    assert kept(desk) == before


@pytest.mark.parametrize("role", [None, Role.GRID_WORKER])
async def test_who_has_no_business_there_gets_no_key(desk: Desk, role: Role | None) -> None:
    desk.enlist("陈大文", mobile=2236)
    talk = desk.hire("李明", role, "番村") if role else desk.world.person("member 陈大文")

    heard = talk.says("后台")

    assert PUBLIC_URL not in heard.text
    assert desk.world.run(lambda db: db.execute(select(SQLModel.metadata.tables["console_key"])).all()) == []


async def test_a_secretary_finds_nothing_of_another_village(desk: Desk, theirs: Theirs, browser: Browser) -> None:
    await browser.enter(desk.hire("潘志明", Role.SECRETARY, "番村"))
    shown = [
        (path, (await browser.get(filled(path, theirs))).status)
        for method, path in routes(desk)
        if method == "GET" and "{" in path and path not in DOORS | OPEN_TO_ALL
    ]

    assert len(shown) > 10
    assert [one for one in shown if one[1] != 404] == []


async def test_a_secretary_changes_nothing_of_another_village(desk: Desk, theirs: Theirs, browser: Browser) -> None:
    await browser.enter(desk.hire("潘志明", Role.SECRETARY, "番村"))
    token = (await browser.get("/admin/devices")).text.split('name="_token" value="')[1].split('"')[0]
    before = kept(desk)

    tried = [
        (one.path, deed, await browser.post(filled(one.path, theirs), _token=token, do=deed, **theirs.fields))
        for one in wired(desk.site.routes)
        if "POST" in (one.methods or ()) and one.path not in DOORS
        for deed in deeds(one)
    ]

    assert kept(desk) == before
    assert (await browser.get("/admin/devices")).text.count('class="card"') == 1
    of_theirs = [(path, deed, one.status) for path, deed, one in tried if "{" in path]
    assert [one for one in of_theirs if one[2] not in {404, 422}] == []


async def test_names_and_phones_of_another_village_stand_on_no_page(
    desk: Desk, theirs: Theirs, browser: Browser
) -> None:
    await browser.enter(desk.hire("潘志明", Role.SECRETARY, "番村"))
    unit = f"?unit={theirs.fields['unit_id']}"
    lists = [path for method, path in routes(desk) if method == "GET" and "{" not in path and path not in DOORS]

    shown = {path: (await browser.get(path + query)).words for path in lists for query in ("", unit)}

    assert len(shown) > 15
    assert [
        path for path, words in shown.items() if "何深" in words or "2299" in words or "村口路灯坏了" in words
    ] == []
    assert desk.world.run(lambda db: people.by_id(db, int(theirs.numbers["person_id"])).name) == "何深"


async def test_whatever_people_write_runs_on_no_page_and_in_no_sheet(desk: Desk, evil: Theirs, admin: Browser) -> None:
    paths = [filled(path, evil) for method, path in routes(desk) if method == "GET" and path not in DOORS]
    shown = {path: await admin.client.get(path) for path in paths}
    pages = {path: one.text for path, one in shown.items() if one.headers["content-type"].startswith("text/html")}
    taken = [await admin.fill(path, page="/admin/devices") for path in paths if path.count("/") == 2]
    sheets = [one.data for one in taken if one.headers["content-type"] == EXCEL]

    assert len(sheets) >= 7
    cells = [cell for one in sheets for row in load_workbook(io.BytesIO(one)).worksheets[0].iter_rows() for cell in row]
    assert sum(EVIL[:12] in str(cell.value) for cell in cells) >= 5
    assert {cell.data_type for cell in cells if isinstance(cell.value, str)} == {"s"}
    assert [path for path, text in pages.items() if "<script>alert" in text or "=A+B<" in text] == []
    assert sum("=A+B&lt;script&gt;" in text for text in pages.values()) >= 12


async def test_every_answer_forbids_scripts_of_others_and_is_kept_nowhere(
    desk: Desk, theirs: Theirs, browser: Browser
) -> None:
    asked = [(method, filled(path, theirs)) for method, path in routes(desk)]
    headers = {"Origin": PUBLIC_URL}

    came = [await browser.client.request(*one, headers=headers) for one in asked]
    await browser.enter(desk.hire("周敏"))
    came += [await browser.client.request(*one, headers=headers) for one in asked]
    came += [
        await browser.client.get(path) for path in ("/admin/questions/x", "/admin/nothing", "/admin/people?after=x")
    ]
    came.append(await browser.client.post("/admin/devices", headers={"Origin": "https://evil.example"}))

    kept_apart = {one.headers["content-security-policy"].partition(";")[0] for one in came}
    assert (kept_apart, {one.headers["cache-control"] for one in came}) == ({"default-src 'none'"}, {"no-store"})
    assert {one.headers["x-content-type-options"] for one in came} == {"nosniff"}
    assert {one.status_code for one in came} >= {200, 303, 400, 403, 404, 410}


async def test_a_cookie_somebody_was_given_before_is_none_after(desk: Desk, browser: Browser) -> None:
    browser.client.cookies.set("hongyan_console", "fixed", domain="console.test")
    await browser.enter(desk.hire("周敏"))
    own = {one.value for one in browser.client.cookies.jar if one.name == "hongyan_console"}
    async with console.browser(desk) as other:
        came = await other.client.get("/admin", headers={"Cookie": "hongyan_console=fixed"})

    assert len(own - {"fixed"}) == 1
    assert (came.status_code, came.headers["location"]) == (303, "/admin/login")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_what_is_far_too_long_breaks_nothing(town: Desk) -> None:
    """Only PostgreSQL minds how long a text is."""
    learn(town.world, ENTRY)
    deep = town.hire("李深", Role.SECRETARY, "深村")
    member = town.enlist("何深", "深一支部", mobile=2299)
    town.report("李婶", "村口路灯坏了", "深村")
    theirs = town.world.run(lambda db: found(db, town, deep, member))
    given = ("kind", "category", "starts_at", "moved_to", "due_on", "on", "met_on", "stage", "grade")
    long = {name: "x" * 2100 for name, value in theirs.fields.items() if not value.isdecimal() and name not in given}
    fields = theirs.fields | long | {"ask": "长" * 2100, "id": "长" * 99}
    async with console.browser(town) as opened:
        await opened.enter(town.hire("周敏"))
        token = (await opened.get("/admin/devices")).text.split('name="_token" value="')[1].split('"')[0]
        tried = [
            (one.path, deed, (await opened.post(filled(one.path, theirs), _token=token, do=deed, **fields)).status)
            for one in wired(town.site.routes)
            if "POST" in (one.methods or ()) and one.path not in DOORS
            for deed in deeds(one)
        ]

    assert len(tried) > 60
    assert [one for one in tried if one[2] not in {200, 404, 422}] == []
