"""The wall shows four phones, and its clock only goes forward."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from bot.clock import TurnableClock
from bot.demo.wall import Phone, wall_router, wall_static
from content.web import sentence
from tests.kit.databases import ZONE

NAMES = ("villager", "member", "secretary", "admin")
PHONES = [Phone(name, f"demo-{name}", f"title of {name}", "示例") for name in NAMES]
HALF_PAST_NINE = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


class Demo:
    def __init__(self) -> None:
        self.clock = TurnableClock(start=HALF_PAST_NINE, running=False)
        self.wakes = 0
        self.site = FastAPI()
        self.site.mount("/static/demo", wall_static())
        self.site.include_router(wall_router(PHONES, clock=self.clock, zone=ZONE, wake=self.wake))

    def wake(self) -> None:
        self.wakes += 1


@pytest.fixture
def demo() -> Demo:
    return Demo()


@pytest.fixture
async def client(demo: Demo) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=demo.site), base_url="http://test") as opened:
        yield opened


async def test_the_wall_shows_every_phone_in_its_frame_and_says_it_is_a_sample(client: httpx.AsyncClient) -> None:
    page = await client.get("/demo")

    assert [f'src="/demo/phones/{name}/"' in page.text for name in NAMES] == [True] * 4
    assert "示例" in page.text
    assert "frame-src 'self'" in page.headers["content-security-policy"]


async def test_a_phone_behind_another_takes_its_place_when_asked_for(demo: Demo) -> None:
    phones = [*PHONES, Phone("wechat", "demo-wechat", "WeChat", "示例", behind="villager")]
    site = FastAPI()
    site.include_router(wall_router(phones, clock=demo.clock, zone=ZONE, wake=demo.wake))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=site), base_url="http://test") as client:
        page = await client.get("/demo")

    assert page.text.count("<iframe") == 4
    assert 'data-there="/demo/phones/wechat/">WeChat</button>' in page.text


async def test_the_wall_brings_its_own_styles_and_scripts(client: httpx.AsyncClient) -> None:
    statuses = [(await client.get(f"/static/demo/{name}")).status_code for name in ("wall.css", "wall.js")]

    assert statuses == [200, 200]


@pytest.mark.parametrize(
    ("turning", "ahead"),
    [
        ({"minutes": 10}, timedelta(minutes=10)),
        ({"minutes": 31 * 24 * 60}, timedelta(days=31)),
        ({"until": "09:31"}, timedelta(minutes=1)),
        ({"until": "08:00"}, timedelta(hours=22, minutes=30)),
        ({"until": "09:30"}, timedelta(days=1)),
    ],
)
async def test_turning_goes_forward_and_wakes_what_is_due(
    demo: Demo, client: httpx.AsyncClient, turning: dict[str, Any], ahead: timedelta
) -> None:
    answer = await client.post("/demo/clock", json=turning)

    assert answer.json() == {"now": (HALF_PAST_NINE + ahead).isoformat()}
    assert (demo.clock.now(), demo.wakes) == (HALF_PAST_NINE + ahead, 1)
    assert (await client.get("/demo/clock")).json() == answer.json()


@pytest.mark.parametrize(
    "body",
    [
        b'{"minutes": 0}',
        b'{"minutes": -5}',
        b'{"minutes": 44641}',
        b'{"minutes": 1e99}',
        b'{"minutes": "5"}',
        b'{"minutes": 5, "until": "08:00"}',
        b'{"minutes": 5, "back": true}',
        b'{"until": "24:00"}',
        b'{"until": "8:00"}',
        b"{}",
        b"{",
    ],
)
async def test_a_bad_turn_is_refused_with_a_sentence(demo: Demo, client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post("/demo/clock", content=body, headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.json()) == (400, {"error": sentence("bad_turn")})
    assert (demo.clock.now(), demo.wakes) == (HALF_PAST_NINE, 0)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Content-Type": "text/plain"}, 415),
    ],
)
async def test_another_site_cannot_turn_the_clock(
    demo: Demo, client: httpx.AsyncClient, headers: dict[str, str], status: int
) -> None:
    answer = await client.post("/demo/clock", json={"minutes": 1}, headers=headers)

    assert answer.status_code == status
    assert demo.wakes == 0
