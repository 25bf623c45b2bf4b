"""Many messages written down and sent to a channel that takes every one at once: ours beside procrastinate and DBOS.

    .venv/bin/python tests/bench/bench_outbox.py [--quick]

Ours writes down a million people whom a broadcast is for, while a Hongyan in another process takes 20 turns a second on
the same database. Then a worker sends what lies in the outbox for a few seconds, and then gets the broadcast on for as
long: that hands people over page by page, each at their best address, and notes how it ended for each. Peers get as
many messages as they can work off in that time. A message of ours is a row with a lease and an end; of procrastinate's
a job; of DBOS's a workflow, alone or with a hundred others in one.
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bot.domain.broadcasts import running
from tests.bench.kit.accounts import Meter
from tests.bench.kit.crowd import crowd_of
from tests.bench.kit.hongyan import NOWHERE, hongyan, outboxer
from tests.bench.kit.load import Order, Outcome, begin
from tests.bench.kit.mailing import mail
from tests.bench.kit.places import Place, driven_by, places
from tests.bench.kit.rows import forget_mail, settle_down
from tests.bench.kit.stage import Child, PeerMissingError, free_port, peer, perform, say
from tests.bench.kit.tables import show, times

KNOWN = 1000
TURNS_A_SECOND = 20


@dataclass(frozen=True, slots=True)
class Size:
    """How many messages each gets; for how many seconds ours is sent, and another writer is watched alone."""

    ours: int
    procrastinate: int
    dbos: int
    dbos_grouped: int
    seconds: float
    alone: float


FULL = Size(ours=1_000_000, procrastinate=3000, dbos=2000, dbos_grouped=50_000, seconds=10, alone=5)
QUICK = Size(ours=100_000, procrastinate=300, dbos=200, dbos_grouped=2000, seconds=2, alone=1.5)


@dataclass(frozen=True, slots=True)
class Phase:
    """How long so many messages took, and the CPU each of them cost."""

    count: int
    seconds: float
    python_us: float
    server_us: float

    @property
    def rate(self) -> float:
        return self.count / self.seconds


@dataclass(frozen=True, slots=True)
class Figures:
    """Both halves of a broadcast."""

    name: str
    written: Phase
    sent: Phase


def phase(process: Child, place: Place, count: int) -> Phase:
    """Let a process do what it does next, and see what that took; ``count`` messages unless it says otherwise."""
    meter = Meter({"python": process.pid, **place.pids})
    process.tell()
    told = process.answer(seconds=300)
    used = meter.used()
    done = told.get("sent") or count
    return Phase(done, told["seconds"], used["python"] / done * 1e6, used.get("PostgreSQL", 0.0) / done * 1e6)


def both(name: str, process: Child, place: Place, count: int) -> Figures:
    process.answer()
    written = phase(process, place, count)
    process.answer()
    return Figures(name, written, phase(process, place, count))


@dataclass(frozen=True, slots=True)
class Ours:
    """What is compared with others, the broadcast as a whole, and how somebody else who writes fares meanwhile."""

    figures: Figures
    whole: Phase
    alone: Outcome
    meanwhile: Outcome


def ours(place: Place, size: Size, folder: Path) -> Ours:
    """Measure ours: written down, sent from the outbox, and the broadcast as a whole."""
    url, port = place.fresh(), free_port()
    crowded = crowd_of(url, size.ours, folder)
    broadcast = crowded.sends(is_urgent=True)
    with ExitStack() as stack:
        server = stack.enter_context(hongyan(url, port, api_url=NOWHERE, folder=folder, with_worker=False))
        with begin(folder, Order(port, size.alone, rate=TURNS_A_SECOND, connections=16, chats=KNOWN)) as watched:
            alone = watched.outcome()
        process = stack.enter_context(
            outboxer(url, folder=folder, broadcast=broadcast, count=size.ours, seconds=size.seconds)
        )
        process.answer()
        with begin(folder, Order(port, 600, first=10**6, rate=TURNS_A_SECOND, connections=16, chats=KNOWN)) as watched:
            written = phase(process, place, size.ours)
            meanwhile = watched.stop()
        server.stop()
        now = crowded.clock.now()
        crowded.database.run(lambda db: running.pause(db, broadcast, by=crowded.by(db), now=now))
        mail(url)
        settle_down(url)
        process.answer()
        sent = phase(process, place, size.ours)
        forget_mail(url)
        crowded.database.run(lambda db: running.resume(db, broadcast, by=crowded.by(db), now=crowded.clock.now()))
        crowded.database.close()
        settle_down(url)
        process.answer()
        return Ours(Figures("hongyan", written, sent), phase(process, place, size.ours), alone, meanwhile)


def peers(place: Place, size: Size, folder: Path) -> Iterator[Figures]:
    """Measure the others, each as it does best here: at once, and how often it looks."""
    if place.pids:
        url = driven_by(place.fresh(), postgresql_driver="", sqlite_driver="")
        order = {"url": url, "count": size.procrastinate, "batch": 1000, "at_once": 64}
        with peer("procrastinate_queue.py", folder, **order) as process:
            yield both("procrastinate", process, place, size.procrastinate)
    pace = {"at_once": 256, "polling": 0.02} if place.pids else {"at_once": 1000, "polling": 1.0}
    for each, count in ((1, size.dbos), (100, size.dbos_grouped)):
        order = {"url": place.fresh(), "count": count, "per_workflow": each, **pace}
        with peer("dbos_queue.py", folder, **order) as process:
            yield both(f"DBOS, {each} a workflow", process, place, count)


HEAD = (
    "", "written/s", "CPU µs", "+ PostgreSQL", "sent/s", "CPU µs", "+ PostgreSQL", "CPU µs in all", "of ours",
)  # fmt: skip


def cost(one: Figures) -> float:
    return sum((one.written.python_us, one.written.server_us, one.sent.python_us, one.sent.server_us))


def row(one: Figures, us: Figures) -> list[object]:
    written, sent = one.written, one.sent
    return [
        one.name, written.rate, written.python_us, written.server_us, sent.rate, sent.python_us, sent.server_us,
        cost(one), times(cost(one), cost(us)),
    ]  # fmt: skip


def bench(options: argparse.Namespace, folder: Path) -> None:
    """Measure each on each database."""
    size = QUICK if options.quick else FULL
    with places(folder) as ready:
        for place in ready[:1] if options.quick else ready:
            us = ours(place, size, folder)
            figures = [us.figures]
            try:
                figures += peers(place, size, folder)
            except PeerMissingError as missing:
                say(str(missing))
            show(f"Messages to many, {place.name}", HEAD, [row(one, us.figures) for one in figures])
            say(f"{us.figures.written.count:,} people written down in {us.figures.written.seconds:.1f} s")
            cost_each = us.whole.python_us + us.whole.server_us
            say(f"the broadcast as a whole: {us.whole.rate:,.0f} people a second, {cost_each:.0f} us of CPU each")
            for when, one in (("before", us.alone), ("while they were written", us.meanwhile)):
                say(f"a turn in another process {when}: p50 {one.p50:.1f} ms, p99 {one.p99:.1f} ms ({one.ok} turns)")


if __name__ == "__main__":
    perform(bench, __doc__)
