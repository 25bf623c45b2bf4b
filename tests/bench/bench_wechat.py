"""WeChat's callbacks: the passive reply beside the same turn in the engine, 50 a second for a minute, redeliveries.

    .venv/bin/python tests/bench/bench_wechat.py [--quick]

Everything but the sockets is as in ``hongyan serve`` in the first and the third table: the door, the seal in safe mode,
reception, engine, a SQLite file; the reply is opened and read. The second posts to a server process on loopback, on
connections that are kept, at a steady rate whatever the answers do.
"""

import argparse
import asyncio
import random
import sys
from collections import Counter
from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import httpx

from bot.app import App, bring_up_to_date, compose
from bot.channels.wechat.inbound import understand
from bot.channels.wechat.markup import read, write
from bot.clock import SystemClock
from bot.logs import set_up_logs
from bot.server import Site, web
from bot.settings import Settings
from tests.bench.kit.hongyan import NOWHERE
from tests.bench.kit.stage import free_port, perform
from tests.bench.kit.tables import percentile, show
from tests.kit.processes import SECRET, hongyan, wait_until_ready
from tests.kit.wechat_calls import AES_KEY, APP_ID, TOKEN, Caller, said

CALLER = Caller()
TEXT = "大家常问"
PEOPLE = 1000
Fields = Mapping[str, str | int]


def settings_of(folder: Path, name: str) -> Settings:
    """Return the settings of an account whose API is nowhere."""
    return Settings(
        database_url=f"sqlite:///{folder / name}.sqlite3",
        data_dir=folder,
        secret_key=SECRET,
        wechat_app_id=APP_ID,
        wechat_app_secret="x",
        wechat_token=TOKEN,
        wechat_aes_key=AES_KEY,
        wechat_api_url=NOWHERE,
    )


@contextmanager
def opened(folder: Path, name: str):  # noqa: ANN201  # an app and its site
    """Compose an application on a fresh file."""
    app = compose(settings_of(folder, name), SystemClock())
    bring_up_to_date(app.database, app.clock)
    try:
        yield app, web(app, with_worker=False)
    finally:
        app.database.close()


def asked(number: int) -> Fields:
    """Return the next question, of one person after the other."""
    return said(TEXT, sender=f"o{number % PEOPLE:026}")


def sealed(fields: Fields) -> tuple[str, bytes]:
    """Return a callback as WeChat posts it now."""
    return CALLER.sealed(fields, at=int(SystemClock().now().timestamp()))


async def called(site: Site, query: str, body: bytes) -> bytes:
    """Call the door as the server does and return what it writes back."""
    written: list[bytes] = []
    events = iter([{"type": "http.request", "body": body}])

    async def receive() -> dict[str, object]:
        event = next(events, None)
        if event is None:
            await asyncio.Event().wait()
        return event or {}

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.body":
            written.append(bytes(message["body"]))  # pyright: ignore[reportArgumentType]  # as it is written

    scope = {"type": "http", "method": "POST", "path": "/wechat", "query_string": query.encode(), "headers": []}
    await site(scope, receive, send)  # pyright: ignore[reportArgumentType]  # plain dictionaries
    return b"".join(written)


def reply_in(answer: bytes) -> str:
    """Return the words of a reply."""
    return read(CALLER.envelope.open(read(answer).get("Encrypt"))).get("Content")


async def beside_the_engine(app: App, site: Site, turns: int) -> list[list[object]]:
    """Take turns by the engine alone and by the whole door, one after the other in the same run."""
    alone, whole = list[float](), list[float]()
    for number in range(turns):  # so that everybody is known
        await called(site, *sealed(asked(number)))
    for number in range(turns):
        fields = asked(number)
        heard = understand(read(write(fields).encode()), account=APP_ID, now=app.clock.now())
        began = perf_counter()
        if heard.inbound:
            await app.engine.handle(heard.inbound)
        alone.append(1000 * (perf_counter() - began))
        query, body = sealed(asked(number))
        began = perf_counter()
        await called(site, query, body)
        whole.append(1000 * (perf_counter() - began))
        await asyncio.sleep(0.01)  # so that what follows a reply is not counted with the next
    rows = (("the engine alone", alone), ("callback to passive reply", whole))
    return [[name, percentile(ms, 0.5), percentile(ms, 0.99), len(ms)] for name, ms in rows]


async def at_a_steady_rate(url: str, *, rate: float, seconds: float) -> list[list[object]]:
    """Post so many messages a second and see how long each reply takes."""
    waits, failed = list[float](), Counter[str]()

    async def post(client: httpx.AsyncClient, number: int, due: float) -> None:
        query, body = sealed(asked(number))
        try:
            answer = await client.post(f"{url}/wechat?{query}", content=body)
        except httpx.HTTPError as error:
            failed[type(error).__name__] += 1
            return
        waits.append(1000 * (perf_counter() - due))
        if answer.status_code != httpx.codes.OK or not reply_in(answer.content):
            failed[str(answer.status_code)] += 1

    async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
        tasks: list[asyncio.Task[None]] = []
        began = perf_counter()
        for number in range(int(rate * seconds)):
            due = began + number / rate
            await asyncio.sleep(max(0.0, due - perf_counter()))
            tasks.append(asyncio.create_task(post(client, number, due)))
        await asyncio.gather(*tasks)
    late = sum(one > 1000 for one in waits)
    return [
        [
            f"{rate:.0f} a second",
            percentile(waits, 0.5),
            percentile(waits, 0.99),
            max(waits),
            late,
            sum(failed.values()),
        ]
    ]


async def redelivered(app: App, site: Site, messages: int) -> list[list[object]]:
    """Deliver each message three times, all of them in any order, many at once."""
    fields = [asked(number) for number in range(messages)]
    order = [number for number in range(messages) for _ in range(3)]
    random.Random(20261126).shuffle(order)  # noqa: S311  # any order, the same each time
    heard: dict[int, set[str]] = {}
    slots = asyncio.Semaphore(20)

    async def deliver(number: int) -> None:
        async with slots:
            heard.setdefault(number, set()).add(reply_in(await called(site, *sealed(fields[number]))))

    began = perf_counter()
    await asyncio.gather(*map(deliver, order))
    lasted = perf_counter() - began
    rows = app.database.run(
        lambda db: (
            db.connection()
            .exec_driver_sql(
                "SELECT (SELECT count(*) FROM inbox_record), (SELECT count(*) FROM outbox_row WHERE kind = 'reply')"
            )
            .one()
        )
    )
    odd = sum(len(replies) != 1 for replies in heard.values())
    return [[len(order), rows[0], rows[1], odd, len(order) / lasted]]


def bench(options: argparse.Namespace, folder: Path) -> None:
    """Measure all three."""
    set_up_logs("ERROR")
    turns, seconds, messages = (100, 3.0, 100) if options.quick else (1000, 60.0, 1000)
    with opened(folder, "beside") as (app, site):
        rows = asyncio.run(beside_the_engine(app, site, turns))
    show("One turn after the other, in one process", ("", "p50 ms", "p99 ms", "turns"), rows)
    port = free_port()
    env = {
        "HONGYAN_DATABASE_URL": f"sqlite:///{folder / 'served.sqlite3'}",
        "HONGYAN_WECHAT_APP_ID": APP_ID,
        "HONGYAN_WECHAT_APP_SECRET": "x",
        "HONGYAN_WECHAT_TOKEN": TOKEN,
        "HONGYAN_WECHAT_AES_KEY": AES_KEY,
        "HONGYAN_WECHAT_API_URL": NOWHERE,
        "HONGYAN_LOG_LEVEL": "WARNING",
    }
    with hongyan("serve", "--port", str(port), folder=folder, settings=env) as process:
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(url, process)
        asyncio.run(at_a_steady_rate(url, rate=10, seconds=2))
        rows = asyncio.run(at_a_steady_rate(url, rate=50, seconds=seconds))
    head = ("", "p50 ms", "p99 ms", "slowest ms", "over 1 s", "failed")
    show(f"Posted at a steady rate for {seconds:.0f} s, to a server process", head, rows)
    with opened(folder, "again") as (app, site):
        rows = asyncio.run(redelivered(app, site, messages))
    head = ("deliveries", "turns", "replies kept", "messages with two answers", "deliveries/s")
    show("Each message three times, in any order", head, rows)


if __name__ == "__main__":
    perform(bench, __doc__ or "")
