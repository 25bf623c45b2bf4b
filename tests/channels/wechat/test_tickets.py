"""Links to files: opened inside WeChat by whom they were sent to, for a while, and by nobody else."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI

from bot.channels.wechat.api import Api
from bot.channels.wechat.tickets import Opening, Tickets
from bot.clock import TurnableClock
from db.sql import Database
from tests.kit.databases import HOUSE
from tests.kit.wechat_calls import APP_ID, LI, SECRET, WANG
from tests.kit.wechat_server import LOGIN, WechatServer, drops

PUBLIC = "https://hongyan.example.cn"


@pytest.fixture
def server() -> Iterator[WechatServer]:
    with WechatServer() as running:
        running.logins = {
            "li": {"openid": LI, "access_token": "x"},
            "wang": {"openid": WANG},
            "snapshot": {"openid": LI, "is_snapshotuser": 1},
        }
        yield running


@pytest.fixture
def tickets(clock: TurnableClock) -> Tickets:
    return Tickets(HOUSE.keys, clock, public_url=PUBLIC)


@pytest.fixture
async def page(
    server: WechatServer, sqlite: Database, tickets: Tickets, clock: TurnableClock
) -> AsyncIterator[httpx.AsyncClient]:
    api = Api(app_id=APP_ID, secret=SECRET, url=server.url, database=sqlite, keys=HOUSE.keys, clock=clock, timeout=1.0)
    site = FastAPI()
    site.include_router(Opening(api, tickets, app_id=APP_ID, file_link=lambda one: f"/files/{one}.signed").router())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(site), base_url=PUBLIC) as client:
        yield client
    await api.close()


async def test_whoever_opens_a_link_is_asked_by_wechat_who_they_are(page: httpx.AsyncClient, tickets: Tickets) -> None:
    answer = await page.get(tickets.link(7, LI))

    asked = urlsplit(answer.headers["location"])
    assert (answer.status_code, asked.netloc, asked.path) == (302, "open.weixin.qq.com", "/connect/oauth2/authorize")
    assert (asked.fragment, LI in answer.headers["location"]) == ("wechat_redirect", False)
    assert parse_qs(asked.query) == {
        "appid": [APP_ID],
        "redirect_uri": [tickets.link(7, LI).replace("/open/", "/opened/")],
        "response_type": ["code"],
        "scope": ["snsapi_base"],
        "state": ["file"],
    }


async def opened(page: httpx.AsyncClient, ticket: str, code: str) -> httpx.Response:
    return await page.get(f"/wechat/opened/{ticket}", params={"code": code})


async def test_whose_it_is_gets_the_file(page: httpx.AsyncClient, tickets: Tickets) -> None:
    answer = await opened(page, tickets.ticket(7, LI), "li")

    assert (answer.status_code, answer.headers["location"]) == (303, "/files/7.signed")


@pytest.mark.parametrize("code", ["wang", "snapshot", "used up", ""])
async def test_nobody_else_gets_it(page: httpx.AsyncClient, tickets: Tickets, code: str) -> None:
    answer = await opened(page, tickets.ticket(7, LI), code)

    assert (answer.status_code, "location" in answer.headers) == (403, False)


async def test_a_link_ends_after_three_days(page: httpx.AsyncClient, tickets: Tickets, clock: TurnableClock) -> None:
    ticket = tickets.ticket(7, LI)
    clock.turn(timedelta(days=3, seconds=1))

    answers = [await page.get(f"/wechat/open/{ticket}"), await opened(page, ticket, "li")]

    assert [one.status_code for one in answers] == [403, 403]


@pytest.mark.parametrize("change", [("7.", "8."), (".", "0."), ("", "x")])
async def test_a_forged_ticket_opens_nothing(
    page: httpx.AsyncClient, tickets: Tickets, change: tuple[str, str]
) -> None:
    forged = tickets.ticket(7, LI).replace(*change, 1)

    assert (await opened(page, forged, "li")).status_code == 403


async def test_over_a_ticket_nobody_was_given_wechat_is_not_troubled(
    page: httpx.AsyncClient, tickets: Tickets, server: WechatServer, clock: TurnableClock
) -> None:
    until = int((clock.now() + timedelta(days=1)).timestamp())
    made_up = (f"1.{until}.x", f"1.{until}.{'x' * 12}.{'y' * 32}", "", "a.b.c.d", f"١.{until}.{'x' * 12}.y")
    changed = tickets.ticket(7, LI).replace("7.", "8.", 1)

    answers = [await opened(page, ticket, "li") for ticket in (*made_up, changed)]

    assert {one.status_code for one in answers} <= {403, 404}
    assert server.called(LOGIN) == []


async def test_when_wechat_cannot_be_asked_that_is_said(
    page: httpx.AsyncClient, tickets: Tickets, server: WechatServer
) -> None:
    server.misbehave(LOGIN, drops())

    assert (await opened(page, tickets.ticket(7, LI), "li")).status_code == 503


def test_without_an_address_of_ours_there_are_no_links(clock: TurnableClock) -> None:
    assert Tickets(HOUSE.keys, clock, public_url="").link(7, LI) == ""
