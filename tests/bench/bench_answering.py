"""From the webhook to the channel with 10,000 entries to search, beside the same turn that searches nothing.

    .venv/bin/python tests/bench/bench_answering.py [--quick]

Each turn is a question nobody indexed, about one of the shipped matters in one of many invented villages, or a phrase
that starts a flow. Time runs from the moment an update is posted to the moment its reply is handed to the channel: that
is the turn, its commit, and the way to the channel. On SQLite, in a file.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.kit.accounts import Meter
from tests.bench.kit.hongyan import ENTRIES, NOWHERE, hongyan, prepared
from tests.bench.kit.load import TEXT, Order, chat_of, post
from tests.bench.kit.places import places
from tests.bench.kit.questions import questions
from tests.bench.kit.rows import known_chats
from tests.bench.kit.stage import free_port, perform
from tests.bench.kit.tables import percentile, show

MANY = 10_000
QUESTIONS = 400
KNOWN = 10_000
INDEX_SECONDS = 120
"""How long the first question may take: it waits for the index."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long each part takes in seconds, and how many updates a second are posted meanwhile."""

    warm: float
    busy: float
    calm: float
    rate: float


FULL = Pace(warm=3, busy=6, calm=15, rate=20)
QUICK = Pace(warm=0.5, busy=1, calm=2, rate=20)


@dataclass(frozen=True, slots=True)
class Case:
    """What is asked."""

    name: str
    texts: tuple[str, ...]


def measure(entries: int, cases: Sequence[Case], url: str, pace: Pace, folder: Path) -> Iterator[list[object]]:
    """Ask at a steady rate and see when replies arrive; ask as fast as it goes and see what that costs."""
    port = free_port()
    taken = folder / f"taken-{entries}"
    asked: list[tuple[Case, Path, float, float]] = []
    with hongyan(url, port, api_url=NOWHERE, folder=folder, keep=str(taken)) as process:
        post(folder, Order(port, INDEX_SECONDS, count=1, connections=1, texts=cases[0].texts, chats=KNOWN))
        first = 2
        for number, case in enumerate(cases):
            first += post(
                folder, Order(port, pace.warm, first=first, texts=case.texts, connections=4, chats=KNOWN)
            ).sent
            kept = folder / f"posted-{entries}-{number}"
            calm = Order(port, pace.calm, rate=pace.rate, first=first, texts=case.texts, chats=KNOWN, keep=str(kept))
            first += post(folder, calm).sent
            meter = Meter({"python": process.pid})
            busy = post(folder, Order(port, pace.busy, first=first, texts=case.texts, chats=KNOWN))
            first += busy.sent
            asked.append((case, kept, 1e6 * meter.used()["python"] / max(1, busy.ok), busy.rate))
        process.stop(seconds=60)
    for case, kept, each, rate in asked:
        waits = until_taken(kept, taken)
        yield [case.name, each, rate, percentile(waits, 0.5), percentile(waits, 0.99), len(waits)]


def until_taken(posted: Path, taken: Path) -> list[float]:
    """Return how many milliseconds each update's reply took to reach the channel."""
    arrived: dict[str, list[float]] = {}
    for line in taken.read_text(encoding="utf-8").splitlines():
        chat, at = line.split()
        arrived.setdefault(chat, []).append(float(at))
    waits: list[float] = []
    for line in posted.read_text(encoding="utf-8").splitlines():
        number, due, _ = line.split()
        later = [at for at in arrived.get(str(chat_of(int(number), KNOWN)), []) if at >= float(due)]
        waits += [1000 * (min(later) - float(due))] if later else []
    return waits


HEAD = ("", "CPU µs/turn", "turns/s", "p50 ms", "p99 ms", "replies")


def bench(options: argparse.Namespace, folder: Path) -> None:
    """Measure with and without a search, among many entries and among the shipped ones."""
    pace = QUICK if options.quick else FULL
    rows: list[list[object]] = []
    with places(folder, only="SQLite") as (place,):
        for entries in (MANY,) if options.quick else (MANY, ENTRIES):
            url = place.fresh()
            prepared(url, folder=folder, entries=entries)
            known_chats(url, KNOWN)
            cases = [
                Case(f"searching {entries:,} entries", tuple(questions(QUESTIONS, entries))),
                Case(f"searching nothing, {entries:,} entries", (TEXT,)),
            ]
            rows += measure(entries, cases, url, pace, folder)
    show(f"From the webhook to the channel, {pace.rate:.0f} updates a second", HEAD, rows)


if __name__ == "__main__":
    perform(bench, __doc__)
