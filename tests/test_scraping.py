"""Who may read the metrics, what they see when the database cannot be reached, and how seldom it is asked."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event

from bot.clock import TurnableClock
from bot.scraping import KEPT, metrics_router
from bot.web.readiness import Readiness
from db.sql import Database
from tests.kit import databases
from tests.kit.post import Post
from tests.kit.talk import MORNING

TOKEN = "a token of the tests"
HERE = ("127.0.0.1", 40000)
PROCESS = {
    "hongyan_database_errors_total",
    "hongyan_build_info",
    "process_start_time_seconds",
    "process_cpu_seconds_total",
}
WAITING = {"hongyan_outbox_rows", "hongyan_outbox_oldest_due_seconds", "hongyan_dead_letters"}


@pytest.fixture
def clock() -> TurnableClock:
    return TurnableClock(start=MORNING, running=False)


@pytest.fixture
def sqlite(sqlite_maker: databases.SqliteMaker) -> Iterator[Database]:
    url = sqlite_maker.make()
    opened = databases.opened(url)
    yield opened
    opened.close()
    sqlite_maker.drop(url)


def scraper(
    database: Database, clock: TurnableClock, *, token: str = "", peer: tuple[str, int] = HERE, host: str = "127.0.0.1"
) -> httpx.AsyncClient:
    site = FastAPI()
    site.include_router(metrics_router(database, clock, readiness=Readiness(database, clock, refused=str), token=token))
    transport = httpx.ASGITransport(app=site, client=peer)
    return httpx.AsyncClient(transport=transport, base_url=f"http://{host}:8080")


async def status(client: httpx.AsyncClient, **headers: str) -> int:
    return (
        await client.get("/metrics", headers={name.replace("_", "-"): text for name, text in headers.items()})
    ).status_code


async def values(client: httpx.AsyncClient) -> dict[str, float]:
    """What is told, all series of one name added up."""
    told = (await client.get("/metrics")).text
    found = dict[str, float]()
    for family in text_string_to_metric_families(told):
        for one in family.samples:
            found[one.name] = found.get(one.name, 0.0) + one.value
    return found


def put_away(sqlite: Database) -> None:
    path = Path(sqlite.url.removeprefix("sqlite:///"))
    path.rename(path.with_suffix(".away"))


def put_back(sqlite: Database) -> None:
    path = Path(sqlite.url.removeprefix("sqlite:///"))
    path.with_suffix(".away").rename(path)


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.0.0.5", "::1"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
async def test_without_a_token_this_machine_is_told(
    sqlite: Database, clock: TurnableClock, peer: str, host: str
) -> None:
    assert await status(scraper(sqlite, clock, peer=(peer, 40000), host=host)) == 200


@pytest.mark.parametrize("peer", ["192.0.2.1", "10.0.0.7", "2001:db8::1", "testclient"])
async def test_without_a_token_no_other_machine_is_told(sqlite: Database, clock: TurnableClock, peer: str) -> None:
    assert await status(scraper(sqlite, clock, peer=(peer, 40000))) == 404


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
async def test_whoever_comes_through_a_proxy_is_not_this_machine(
    sqlite: Database, clock: TurnableClock, header: str
) -> None:
    answer = await scraper(sqlite, clock).get("/metrics", headers={header: "127.0.0.1"})

    assert (answer.status_code, answer.content) == (404, b"")


@pytest.mark.parametrize("host", ["hongyan.example.cn", "127.0.0.1.evil.example", "192.0.2.1"])
async def test_a_page_whose_name_was_pointed_here_is_not_this_machine(
    sqlite: Database, clock: TurnableClock, host: str
) -> None:
    assert await status(scraper(sqlite, clock, host=host)) == 404


async def test_with_a_token_any_machine_that_bears_it_is_told(sqlite: Database, clock: TurnableClock) -> None:
    client = scraper(sqlite, clock, token=TOKEN, peer=("192.0.2.1", 1), host="serve-1")

    assert await status(client, Authorization=f"Bearer {TOKEN}") == 200
    assert await status(client, Authorization=f"bearer {TOKEN}", X_Forwarded_For="192.0.2.9") == 200


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer ", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN}x", "Bearer é"])
async def test_with_a_token_nobody_else_is_told_and_not_this_machine_either(
    sqlite: Database, clock: TurnableClock, given: str
) -> None:
    headers = {"Authorization": given.encode("latin-1")} if given else {}

    answer = await scraper(sqlite, clock, token=TOKEN).get("/metrics", headers=headers)

    assert (answer.status_code, answer.headers["www-authenticate"], answer.content) == (401, "Bearer", b"")


async def test_what_is_told_is_text_that_nobody_keeps(sqlite: Database, clock: TurnableClock) -> None:
    answer = await scraper(sqlite, clock).get("/metrics")

    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"


async def test_what_waits_is_told_on_both_databases(database: Database) -> None:
    post = Post(database)
    for number in range(3):
        post.write(str(number), due=-timedelta(minutes=2))

    told = await values(scraper(database, post.clock))

    assert told["hongyan_outbox_rows"] == 3.0
    assert told["hongyan_outbox_oldest_due_seconds"] == 120.0
    assert (told["hongyan_dead_letters"], told["hongyan_fetches_waiting"], told["hongyan_database_up"]) == (0, 0, 1)


async def test_a_database_that_is_gone_leaves_the_rest_to_be_told(sqlite: Database, clock: TurnableClock) -> None:
    client = scraper(sqlite, clock)
    before = await values(client)
    put_away(sqlite)
    clock.turn(KEPT)

    told = await values(client)

    assert (before["hongyan_database_up"], told["hongyan_database_up"]) == (1.0, 0.0)
    assert before.keys() - told.keys() == {*WAITING, "hongyan_fetches_waiting", "hongyan_duties_undone"}
    assert told.keys() >= PROCESS


async def test_a_database_that_keeps_nothing_counts_as_down_and_what_waits_is_told(
    sqlite: Database, clock: TurnableClock
) -> None:
    event.listen(sqlite.engine, "checkout", lambda *told: told[0].execute("PRAGMA query_only = on").close())

    told = await values(scraper(sqlite, clock))

    assert (told["hongyan_database_up"], told["hongyan_dead_letters"]) == (0.0, 0.0)


async def test_a_database_without_its_tables_counts_as_down(database: Database, clock: TurnableClock) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE outbox_row RENAME TO elsewhere")

    assert (await values(scraper(database, clock)))["hongyan_database_up"] == 0.0


async def test_a_database_that_came_back_is_told_of_again(sqlite: Database, clock: TurnableClock) -> None:
    client = scraper(sqlite, clock)
    await values(client)
    put_away(sqlite)
    clock.turn(KEPT)
    down = (await values(client))["hongyan_database_up"]
    put_back(sqlite)
    clock.turn(KEPT)

    assert (down, (await values(client))["hongyan_database_up"]) == (0.0, 1.0)


def looks(database: Database) -> list[str]:
    """Every statement, as it is made."""
    made = list[str]()
    event.listen(database.engine, "before_cursor_execute", lambda *told: made.append(told[2]))
    return made


def of_the_outbox(made: list[str]) -> int:
    return sum("outbox_row" in statement for statement in made)


async def test_a_scraper_in_a_loop_asks_the_database_once(sqlite: Database, clock: TurnableClock) -> None:
    client, made = scraper(sqlite, clock), looks(sqlite)
    await asyncio.gather(*(status(client) for _ in range(20)))
    once = of_the_outbox(made)
    clock.turn(KEPT - timedelta(milliseconds=1))
    await status(client)
    still = of_the_outbox(made)
    clock.turn(timedelta(milliseconds=1))
    await status(client)

    assert (once > 0, still, of_the_outbox(made)) == (True, once, 2 * once)


async def test_a_database_that_takes_its_time_does_not_hold_up_the_scrape(
    sqlite: Database, clock: TurnableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for patience in ("bot.scraping.PATIENCE_SECONDS", "bot.web.readiness.PATIENCE"):
        monkeypatch.setattr(patience, 0.05)
    client, made, gate = scraper(sqlite, clock), looks(sqlite), threading.Event()
    event.listen(sqlite.engine, "before_cursor_execute", lambda *_told: gate.wait(30) or None)
    waited = (await values(client))["hongyan_database_up"]
    clock.turn(KEPT * 2)
    await values(client)
    asked = made.count("BEGIN")
    gate.set()
    for patience in ("bot.scraping.PATIENCE_SECONDS", "bot.web.readiness.PATIENCE"):
        monkeypatch.setattr(patience, 30)

    assert (waited, asked, (await values(client))["hongyan_database_up"]) == (0.0, 1, 1.0)
