"""What `hongyan serve` takes when nobody talks, how soon it is ready, and how much memory it holds.

    .venv/bin/python tests/bench/bench_idle.py [--quick]

The real command, on each database: the time from its start until /readyz says so, how long the first question then
takes (it waits for the index), memory before and after some questions, and CPU over a while without any work.
"""

import argparse
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.kit.accounts import Meter, resident_bytes
from tests.bench.kit.hongyan import prepared, served
from tests.bench.kit.load import Order, post
from tests.bench.kit.places import Place, places
from tests.bench.kit.questions import questions
from tests.bench.kit.sink import sink
from tests.bench.kit.stage import Child, free_port, perform
from tests.bench.kit.tables import show

MEGABYTE = 1024 * 1024
MOST_SECONDS = 120
MOST_QUIET_SECONDS = 30
BUSY_SECONDS = 0.03
"""CPU seconds in one second above which a process is still sending."""


def until_ready(process: Child, port: int) -> float:
    """Return how many seconds after its start a server is ready."""
    process.wait_for_port(port)
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
                answer.read()
            return time.monotonic() - process.began
        except urllib.error.HTTPError:
            time.sleep(0.01)


def until_quiet(process: Child) -> None:
    """Wait until the replies are out, which a bot's limit of 28 a second makes a matter of seconds."""
    give_up_at = time.monotonic() + MOST_QUIET_SECONDS
    while time.monotonic() < give_up_at:
        meter = Meter({"python": process.pid})
        time.sleep(1)
        if meter.used()["python"] < BUSY_SECONDS:
            return


def measure(place: Place, entries: int, seconds: float, folder: Path, api_url: str) -> list[object]:
    """Start a server, ask it some things, then leave it alone."""
    url, port = place.fresh(), free_port()
    prepared(url, folder=folder, entries=entries)
    texts = tuple(questions(50, entries))
    with served(url, port, api_url=api_url, folder=folder) as process:
        ready = until_ready(process, port)
        at_start = resident_bytes(process.pid) / MEGABYTE
        asked_at = time.monotonic()
        post(folder, Order(port, MOST_SECONDS, count=1, connections=1, texts=texts))
        first = time.monotonic() - asked_at
        post(folder, Order(port, MOST_SECONDS, first=2, count=200, connections=4, texts=texts))
        asked = resident_bytes(process.pid) / MEGABYTE
        until_quiet(process)
        meter = Meter({"python": process.pid, **place.pids})
        began = time.monotonic()
        time.sleep(seconds)
        used, passed = meter.used(), time.monotonic() - began
    idle = [f"{100 * used.get(name, 0.0) / passed:.2f}" for name in ("python", "PostgreSQL")]
    return [f"{place.name}, {entries:,} entries", ready, first, at_start, asked, *idle]


HEAD = ("", "ready after s", "first answer s", "MB at start", "MB later", "idle CPU %", "+ PostgreSQL")


def bench(options: argparse.Namespace, folder: Path) -> None:
    """Measure with 1,000 and with 10,000 entries."""
    seconds = 3.0 if options.quick else 30.0
    with places(folder, only="SQLite" if options.quick else "") as ready, sink(folder) as api_url:
        rows = [measure(place, 1000, seconds, folder, api_url) for place in ready]
        if not options.quick:
            rows.append(measure(ready[-1], 10_000, 5.0, folder, api_url))
    show(f"A server nobody talks to, {seconds:.0f} s", HEAD, rows)


if __name__ == "__main__":
    perform(bench, __doc__)
