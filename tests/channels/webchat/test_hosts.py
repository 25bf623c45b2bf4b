"""A page of another name that was pointed at this machine gets nothing (DNS rebinding)."""

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

from bot.web.hosts import LOCAL, KnownHosts
from content.web import sentence


async def ask(host: str, path: str = "/") -> httpx.Response:
    site = FastAPI()
    for place in ("/", "/healthz"):
        site.add_api_route(place, lambda: PlainTextResponse("ok"))
    site.add_middleware(KnownHosts, hosts={*LOCAL, "hongyan.example.cn"}, except_for=["/healthz"])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=site), base_url="http://test") as client:
        return await client.get(path, headers={"Host": host})


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost:8080", "[::1]:8080", "hongyan.example.cn", "Hongyan.Example.CN:443"]
)
async def test_our_own_names_are_answered(host: str) -> None:
    assert (await ask(host)).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "[", "", "hongyan.example.cn.", "10.0.0.1"],
)
async def test_another_name_is_turned_away_with_a_sentence(host: str) -> None:
    answer = await ask(host)

    assert (answer.status_code, answer.text) == (421, sentence("wrong_host"))


async def test_a_probe_may_use_any_name() -> None:
    assert (await ask("10.0.0.1:8080", "/healthz")).status_code == 200
