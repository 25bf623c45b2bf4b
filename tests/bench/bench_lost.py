"""What was answered 200 and is not in the database after ``kill -9``: ours beside two usual patterns.

    .venv/bin/python tests/bench/bench_lost.py [--quick]

python-telegram-bot's own webhook pattern queues an update and answers; aiogram's webhook, as it is by itself, handles
it in the background. Both then do what ours does before it answers: a durable turn on PostgreSQL (on SQLite where
there is none). An update that was answered 200 is gone for good: Telegram does not send it again.
"""

import argparse
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.kit.hongyan import hongyan, prepared
from tests.bench.kit.load import FIRST_CHAT, SECRET, Order, post
from tests.bench.kit.places import Place, driven_by, numbers_in, places
from tests.bench.kit.sink import sink
from tests.bench.kit.stage import Child, PeerMissingError, free_port, peer, perform, say
from tests.bench.kit.tables import show

CONNECTIONS = 64
KNOWN = 1000
SECONDS = 3.0
QUICK_SECONDS = 1.5

Start = Callable[[str, int], AbstractContextManager[Child]]


@dataclass(frozen=True, slots=True)
class Victim:
    """One way to take a webhook, and where it keeps what it took."""

    name: str
    table: str
    start: Start


def measure(victim: Victim, place: Place, seconds: float, folder: Path) -> list[object]:
    """Load it, kill it in the middle, and look for every update it said it had."""
    url, port = place.fresh(), free_port()
    told = folder / f"{victim.table}-{port}"
    with victim.start(url, port) as process:
        process.wait_for_port(port)
        killing = threading.Timer(seconds, process.kill)
        killing.start()
        outcome = post(folder, Order(port, seconds + 5, connections=CONNECTIONS, keep=str(told), chats=KNOWN))
        killing.join()
    answered = {line.split()[0] for line in told.read_text(encoding="utf-8").splitlines()}
    time.sleep(0.3)  # a transaction of the dead is rolled back when its server notices
    lost = answered - numbers_in(url, victim.table)
    return [victim.name, outcome.ok, len(lost), f"{100 * len(lost) / max(1, outcome.ok):.1f} %"]


def victims(folder: Path, api_url: str) -> list[Victim]:
    """Return ours and the peers."""
    drivers = {"postgresql_driver": "+asyncpg", "sqlite_driver": "+aiosqlite"}
    given = {"secret": SECRET, "first_chat": FIRST_CHAT, "chats": KNOWN}

    def ours(url: str, port: int) -> AbstractContextManager[Child]:
        prepared(url, folder=folder)
        return hongyan(url, port, api_url=api_url, folder=folder)

    def ptb(url: str, port: int) -> AbstractContextManager[Child]:
        return peer("ptb_queue.py", folder, url=driven_by(url, **drivers), port=port, api_url=api_url, **given)

    def aiogram(url: str, port: int) -> AbstractContextManager[Child]:
        where = {"url": driven_by(url, **drivers), "port": port, "in_background": True}
        return peer("aiogram_webhook.py", folder, **where, **given)

    return [
        Victim("hongyan", "inbox_record", ours),
        Victim("python-telegram-bot, update_queue", "inbox", ptb),
        Victim("aiogram, in background", "inbox", aiogram),
    ]


HEAD = ("", "answered 200", "lost", "share")


def bench(options: argparse.Namespace, folder: Path) -> None:
    """Kill each once."""
    seconds = QUICK_SECONDS if options.quick else SECONDS
    rows: list[list[object]] = []
    with places(folder) as ready, sink(folder) as api_url:
        place = ready[0]
        for victim in victims(folder, api_url):
            try:
                rows.append(measure(victim, place, seconds, folder))
            except PeerMissingError as missing:
                say(str(missing))
    show(f"Killed after {seconds:.1f} s under {CONNECTIONS} connections, {place.name}", HEAD, rows)


if __name__ == "__main__":
    perform(bench, __doc__)
