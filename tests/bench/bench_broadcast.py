"""Broadcasts: one to 19,600 people through a troubled Bot API and two kill -9, one to a million, and looks at 100,000.

    .venv/bin/python tests/bench/bench_broadcast.py [--quick]

The first goes through `hongyan serve`, killed twice and started anew, to a server that says 429 now and then, for which
2 % have blocked the bot, and which hangs up on 1 % of the calls once it took them; somebody talks meanwhile. The second
is composed, counted and written down while somebody asks how it stands. The third sets what is shown of an audience
before anything is written beside a bare count in SQL.
"""

import argparse
import asyncio
import json
import resource
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sqlalchemy import text

from bot.domain.broadcasts import looking
from bot.domain.broadcasts.audiences import Audience
from bot.domain.duties import DUTIES
from bot.jobs.schedule import Schedule
from db.models import Broadcast, BroadcastState
from tests.bench.kit.crowd import crowd_of
from tests.bench.kit.hongyan import served
from tests.bench.kit.load import FIRST_CHAT, SECRET, update
from tests.bench.kit.places import Place, places
from tests.bench.kit.sink import sink
from tests.bench.kit.stage import free_port, perform
from tests.bench.kit.tables import percentile, show
from tests.kit.audience import Crowded

TALKERS = [FIRST_CHAT - 999 + one for one in range(8)]
"""The chats of those who talk meanwhile, one after the other, and are in no audience.

Whoever says more than twenty things in half a minute is answered no more, and a chat gets a message a second.
"""

BLOCKED_EVERY = 50
DROP_EVERY = 100
RETRY_AFTER = 1
SLOWEST = 5
TAKEN_OVER = 20
"""Seconds until somebody else pushes for an account whose sender died."""

HEAD_SENT = ("", "people", "lost", "twice", "uncertain", "blocked", "429", "s", "× floor", "reply p50", "slowest")
HEAD_MANY = ("", "people", "composed s", "written down s", "memory grew by", "slowest answer to how it stands")
HEAD_SLOW = ("", "s", "said s after a start", "its own 429", "other 429 meanwhile", "no answer to its own")
HEAD_LOOK = ("", "people", "bare count ms", "look ms", "ratio")


@dataclass(frozen=True, slots=True)
class Heard:
    """One reply that was waited for: when its words were said, by whom, so long after a start, and how long it took."""

    said_at: float
    chat: str
    since_start: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Size:
    """How many people each part is for, at what rate, and after how many messages a 429 comes."""

    people: int
    rate: int
    million: int
    looked_at: int
    flood_every: int


FULL = Size(people=19_600, rate=45, million=1_000_000, looked_at=100_000, flood_every=2000)
QUICK = Size(people=1_000, rate=45, million=50_000, looked_at=20_000, flood_every=400)


def fetch(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310  # our own, on loopback
        return json.load(answer)


def talk(port: int, api_url: str, number: int, *, started: float) -> Heard:
    """Say something and wait until its reply arrives."""
    talker = TALKERS[number % len(TALKERS)]
    body = update(number, "你好", chats=1).replace(str(FIRST_CHAT).encode(), str(talker).encode())
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "Content-Type": "application/json"}
    began = time.monotonic()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/telegram", body, headers)  # as above
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310  # as above
        pass
    while fetch(f"{api_url}/last/{talker}") < began and time.monotonic() < began + 10:
        time.sleep(0.02)
    return Heard(began, str(talker), began - started, time.monotonic() - began)


def send(place: Place, size: Size, folder: Path) -> list[object]:
    """Send to many through trouble, killing the process after a third and after two thirds."""
    url = place.fresh()
    crowded = crowd_of(url, size.people, folder)
    broadcast_id = crowded.sends(is_urgent=True)
    orders = {"flood_every": size.flood_every, "retry_after": RETRY_AFTER}
    waits, kills = list[Heard](), [size.people // 3, 2 * size.people // 3, 10 * size.people]
    with ExitStack() as stack:
        trouble = {"blocked_every": BLOCKED_EVERY, "drop_every": DROP_EVERY}
        api_url = stack.enter_context(sink(folder, **orders, **trouble))
        began = time.monotonic()
        for done in kills:
            port = free_port()
            with served(url, port, api_url=api_url, folder=folder, HONGYAN_TELEGRAM_RATE=str(size.rate)) as process:
                process.wait_for_port(port)
                started = time.monotonic()
                while is_open(crowded, broadcast_id, done):
                    waits.append(talk(port, api_url, 5000 + len(waits), started=started))
                    time.sleep(0.5)
                process.kill()
        seconds, told = time.monotonic() - began, fetch(f"{api_url}/arrivals")
    found = account(crowded, size, told)
    floor = size.people / size.rate + RETRY_AFTER * told["floods"]
    crowded.database.close()
    show("The slowest replies", HEAD_SLOW, slowest(waits, told))
    slow = [f"{1000 * percentile([one.seconds for one in waits], share):.0f} ms" for share in (0.5, 1.0)]
    return [place.name, size.people, *found, told["floods"], seconds, f"{seconds / floor:.2f}", *slow]


def slowest(waits: list[Heard], told: dict[str, Any]) -> list[list[object]]:
    """Tell of the slowest replies what came between: 429 to them or to others, a call that was hung up on."""
    rows: list[list[object]] = []
    for one in sorted(waits, key=lambda one: -one.seconds)[:SLOWEST]:
        refused = [chat for at, chat in told["refused"] if one.said_at - RETRY_AFTER <= at <= one.said_at + one.seconds]
        own = sum(chat == one.chat for chat in refused)
        hung_up = told["dropped"].count(one.chat)
        rows.append(["", f"{one.seconds:.2f}", f"{one.since_start:.1f}", own, len(refused) - own, hung_up])
    return rows


def is_open(crowded: Crowded, broadcast_id: int, done: int) -> bool:
    stands = crowded.stands(broadcast_id)
    return stands.state is not BroadcastState.FINISHED and stands.done < done


def account(crowded: Crowded, size: Size, told: dict[str, Any]) -> list[int]:
    """Return how many were lost, heard it twice, are uncertain, and have blocked us."""
    rows = text("SELECT a.external_id, r.state FROM recipient r JOIN address a ON a.person_id = r.person_id")
    ends = dict(crowded.database.run(lambda db: [tuple(row) for row in db.execute(rows)], write=False))
    came = Counter(chat for _, chat in told["arrivals"] if chat in ends)
    lost = [chat for chat, state in ends.items() if state == "sent" and not came[chat]]
    twice = sum(count - 1 for count in came.values())
    uncertain = sum(state == "uncertain" for state in ends.values())
    failed = sum(state == "failed" for state in ends.values())
    missing = size.people - len(ends) + sum(state not in {"sent", "uncertain", "failed"} for state in ends.values())
    return [len(lost) + missing, twice, uncertain, failed]


def million(place: Place, size: Size, folder: Path) -> list[object]:
    """Compose, count and write down a broadcast to a great many, and ask meanwhile how it stands."""
    crowded = crowd_of(place.fresh(), size.million, folder)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    composed, broadcast_id = timed(lambda: crowded.sends(is_urgent=True))
    looks: list[float] = []
    written, _ = timed(lambda: asyncio.run(gather(crowded, broadcast_id, looks)))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    crowded.database.close()
    return [place.name, size.million, composed, written, f"{grown:.0f} MB", f"{1000 * max(looks):.0f} ms"]


async def gather(crowded: Crowded, broadcast_id: int, looks: list[float]) -> None:
    """Get the broadcast on until everybody is written down and the first are in the outbox."""
    schedule = Schedule(crowded.database, DUTIES, clock=crowded.clock)
    while True:
        await schedule.sweep()
        took, _ = timed(lambda: crowded.stands(broadcast_id))
        looks.append(took)
        row = crowded.database.run(lambda db: db.get_one(Broadcast, broadcast_id), write=False)
        if row.gathered_to is None and row.fed_to:
            return


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.monotonic()
    done = work()
    return time.monotonic() - began, done


def looked(place: Place, size: Size, folder: Path) -> list[object]:
    """Compare a look at an audience with a bare count of it, each at its quickest of several."""
    crowded = crowd_of(place.fresh(), size.looked_at, folder)
    audience, now = Audience(units=(crowded.unit_id,)), crowded.clock.now()
    bare = text(
        """
        WITH below AS (SELECT id FROM unit WHERE path >= (SELECT path FROM unit WHERE id = :unit))
        SELECT count(*) FROM (
            SELECT person_id FROM member WHERE state = 'active' AND unit_id IN (SELECT id FROM below)
            UNION
            SELECT id FROM person WHERE unit_id IN (SELECT id FROM below)
        ) AS meant
        """
    )
    run = crowded.database.run
    counts = [
        timed(lambda: run(lambda db: db.execute(bare, {"unit": crowded.unit_id}).scalar_one()))[0] for _ in range(7)
    ]
    looks = [timed(lambda: run(lambda db: looking.look(db, audience, now=now)))[0] for _ in range(7)]
    crowded.database.close()
    return [place.name, size.looked_at, 1000 * min(counts), 1000 * min(looks), f"{min(looks) / min(counts):.1f}"]


def bench(options: argparse.Namespace, folder: Path) -> None:
    """Do all three, the second on PostgreSQL where there is one."""
    size = QUICK if options.quick else FULL
    with places(folder) as ready:
        show(
            "An audience looked at before anything is written", HEAD_LOOK, [looked(one, size, folder) for one in ready]
        )
        show("A broadcast to a great many", HEAD_MANY, [million(ready[0], size, folder)])
        title = f"At {size.rate}/s; the floor is that rate and what 429 asked for; a death costs up to {TAKEN_OVER} s"
        show(title, HEAD_SENT, [send(ready[0], size, folder)])


if __name__ == "__main__":
    perform(bench, __doc__, full_seconds=3600)
