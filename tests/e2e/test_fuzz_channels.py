"""Inbounds nobody would send, through each channel's own door into the engine: no exception, and an end in time.

``HONGYAN_TEST_FUZZED=100000`` asks for more than the usual few thousand. What is answered goes
to the Bot API's stand-in, which refuses what Telegram would refuse. With ``-s`` the figures are shown.
"""

import asyncio
import sys
import time
from collections import Counter as Tally
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from sqlalchemy import func, select
from sqlmodel import col

from bot.app import App, bring_up_to_date, compose
from bot.channels.webchat.routes import webchat_router
from bot.channels.webchat.visitors import Visitor
from bot.clock import TurnableClock
from bot.server import web, wiring
from bot.settings import Settings
from db.models import InboxRecord, InboxState, OutboxRow, OutboxState
from tests.kit.amounts import FUZZED
from tests.kit.logged import our_lines
from tests.kit.oddities import Oddities
from tests.kit.processes import SECRET
from tests.kit.replicas import SECRET_HEADER, WEBHOOK_SECRET
from tests.kit.talk import MORNING
from tests.kit.telegram_server import TelegramServer
from tests.kit.telegram_updates import TOKEN

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120 + FUZZED / 10)]

BOUND = 5.0
"""Seconds in which each must have ended, on a machine that does other things meanwhile."""

AT_ONCE = 8
VISITOR = "X-Odd-Visitor"
TOLD_APART = {200, 202, 400, 413, 415}
BROKEN = {"turn_failed", "send_broke", "settle_refused"}
SEED = 20261126


@dataclass(frozen=True)
class SaidByHeader:
    """Whoever a header names: five hundred visitors of one page."""

    def visitor(self, request: Request) -> Visitor:
        return Visitor(request.headers[VISITOR])

    def remember(self, response: Response, visitor: Visitor) -> None:
        del response, visitor


@pytest.fixture
def telegram() -> Iterator[TelegramServer]:
    with TelegramServer() as server:
        yield server


@pytest.fixture
async def app(database_url: str, telegram: TelegramServer, tmp_path: Path) -> AsyncIterator[App]:
    settings = Settings(
        database_url=database_url,
        secret_key=SECRET,
        data_dir=tmp_path,
        telegram_token=TOKEN,
        telegram_webhook_secret=WEBHOOK_SECRET,
        telegram_api_url=telegram.url,
        telegram_rate=1000,
    )
    composed = compose(settings, TurnableClock(start=MORNING))
    bring_up_to_date(composed.database, composed.clock)
    await composed.start(with_worker=True)
    yield composed
    await composed.close()


def doors(client: httpx.AsyncClient, odd: Oddities) -> list[Callable[[], Coroutine[Any, Any, int]]]:
    """Return what sends one oddity to each channel and says how it was answered."""

    async def telegram() -> int:
        return (await client.post("/telegram", content=odd.update())).status_code

    async def page() -> int:
        who, body = odd.post()
        headers = {VISITOR: who, "Content-Type": "application/json"}
        return (await client.post("/odd/chat/messages", content=body, headers=headers)).status_code

    return [telegram, page]


async def send_all(site: FastAPI) -> tuple[Tally[int], list[float]]:
    """Send them, some at once, and return how they were answered and the seconds each took."""
    statuses, took, numbers = Tally[int](), list[float](), iter(range(FUZZED))
    transport, headers = httpx.ASGITransport(site), {SECRET_HEADER: WEBHOOK_SECRET}
    async with httpx.AsyncClient(transport=transport, base_url="http://bot", headers=headers) as client:
        ways = doors(client, Oddities(SEED))

        async def send() -> None:
            for number in numbers:
                began = time.perf_counter()
                statuses[await ways[number % len(ways)]()] += 1
                took.append(time.perf_counter() - began)

        await asyncio.gather(*(send() for _ in range(AT_ONCE)))
    return statuses, sorted(took)


def tally(app: App, column: Any) -> dict[Any, int]:
    counted = select(column, func.count()).group_by(column)
    return app.database.run(lambda db: dict(db.execute(counted).all()), write=False)


async def test_whatever_comes_in_by_any_channel_ends_well_and_in_time(app: App) -> None:
    site = web(app, with_worker=False)
    site.include_router(webchat_router(wiring(app), identify=SaidByHeader()), prefix="/odd")

    with our_lines() as logs:
        statuses, took = await send_all(site)

    milliseconds = [round(1000 * took[int(len(took) * share)], 1) for share in (0.5, 0.99)]
    sys.stdout.write(f"\n{dict(statuses)}; p50, p99: {milliseconds} ms; longest {took[-1]:.2f} s\n")
    turns, messages = tally(app, col(InboxRecord.state)), tally(app, col(OutboxRow.state))
    assert set(statuses) <= TOLD_APART
    assert set(turns) <= {InboxState.DONE, InboxState.QUIET}
    assert OutboxState.FAILED not in messages
    assert [line for line in logs if line["event"] in BROKEN] == []
    assert took[-1] < BOUND
