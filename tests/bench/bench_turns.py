"""A durable turn through the Telegram webhook: ours beside aiogram's webhook over SQLModel's asynchronous sessions.

    .venv/bin/python tests/bench/bench_turns.py [--quick]

Both commit before they answer 200: an inbox row, the conversation, one row of the flow's own, the reply's row. Ours
also hands the reply to a channel (which takes it at once) and records that: settled, as aiogram's never is. Turns that
wait share a commit (``db/groups.py``), as aiogram's cannot. 100,000 chats are known beforehand; ours is
measured once more with a million rows in inbox and outbox. CPU is what the processes used, whatever else ran; waiting
times are those of half the rate each could take. Quick, one database is enough.
"""

import argparse
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.kit.accounts import Meter
from tests.bench.kit.hongyan import hongyan, prepared
from tests.bench.kit.load import CHATS, FIRST_CHAT, SECRET, Order, Outcome, post
from tests.bench.kit.places import Place, driven_by, places
from tests.bench.kit.rows import known_chats, past_turns, settle_down
from tests.bench.kit.sink import sink
from tests.bench.kit.stage import Child, PeerMissingError, free_port, peer, perform, say
from tests.bench.kit.tables import show, times


@dataclass(frozen=True, slots=True)
class Pace:
    """How long each part of a run takes, in seconds; how many rounds, and how many rows there are to grow by."""

    warm: float
    peak: float
    rounds: int
    half: float
    chats: int
    rows: int


FULL = Pace(warm=1.5, peak=2, rounds=4, half=4, chats=CHATS, rows=1_000_000)
QUICK = Pace(warm=0.5, peak=0.8, rounds=2, half=1, chats=10_000, rows=0)


@dataclass(slots=True)
class Contestant:
    """A server under load, and what its rounds gave: CPU µs of Python and of PostgreSQL, and turns a second."""

    name: str
    place: Place
    process: Child
    port: int
    pace: Pace
    folder: Path
    first: int = 1
    rounds: list[tuple[float, float, float]] = field(default_factory=list[tuple[float, float, float]])

    def post(self, seconds: float, rate: float = 0.0) -> Outcome:
        outcome = post(self.folder, Order(self.port, seconds, rate=rate, first=self.first, chats=self.pace.chats))
        self.first += outcome.sent
        return outcome

    def run(self) -> None:
        """Take as much as it can for a while."""
        meter = Meter({"python": self.process.pid, **self.place.pids})
        outcome = self.post(self.pace.peak)
        used = meter.used()
        self._tell(outcome)
        each = 1e6 / max(1, outcome.ok)
        self.rounds.append((used["python"] * each, used.get("PostgreSQL", 0.0) * each, outcome.rate))

    def _tell(self, outcome: Outcome) -> None:
        if set(outcome.statuses) != {"200"}:
            say(f"{self.name}, {self.place.name}: {outcome.statuses}")

    def figures(self) -> list[float]:
        """Return what a turn costs in the cheapest round, and how long it takes at half of the fastest one's rate."""
        python_us, server_us, _ = min(self.rounds, key=lambda one: one[0] + one[1])
        fastest = max(rate for *_, rate in self.rounds)
        half = self.post(self.pace.half, rate=max(1.0, fastest / 2))
        self._tell(half)
        per_core = 1e6 / python_us if python_us else 0.0
        return [python_us, server_us, per_core, fastest, half.rate, half.p50, half.p99]


@dataclass(frozen=True, slots=True)
class Contest:
    """Servers on one kind of database, all up at once, that take turns to be loaded: so they meet the same weather."""

    place: Place
    pace: Pace
    folder: Path
    api_url: str
    stack: ExitStack

    def contestants(self) -> Iterator[Contestant]:
        empty = self.place.fresh()
        prepared(empty, folder=self.folder)
        known_chats(empty, self.pace.chats)
        settle_down(empty)
        if self.pace.rows:
            grown = self.place.copy(empty)
            past_turns(grown, self.pace.rows)
            settle_down(grown)
            yield self._ours(f"hongyan, {self.pace.rows:,} turns before", grown)
        yield self._ours("hongyan", empty)
        try:
            yield self._aiogram()
        except PeerMissingError as missing:
            say(str(missing))

    def _ours(self, name: str, url: str) -> Contestant:
        port = free_port()
        process = self.stack.enter_context(hongyan(url, port, api_url=self.api_url, folder=self.folder))
        return Contestant(name, self.place, process, port, self.pace, self.folder)

    def _aiogram(self) -> Contestant:
        port = free_port()
        url = driven_by(self.place.fresh(), postgresql_driver="+asyncpg", sqlite_driver="+aiosqlite")
        order = {"url": url, "port": port, "secret": SECRET, "first_chat": FIRST_CHAT, "chats": self.pace.chats}
        process = self.stack.enter_context(peer("aiogram_webhook.py", self.folder, **order, in_background=False))
        process.wait_for_port(port)
        return Contestant("aiogram, SQLModel", self.place, process, port, self.pace, self.folder)


HEAD = ("", "CPU µs/turn", "+ PostgreSQL", "turns/s/core", "peak/s", "at half", "p50 ms", "p99 ms")
LESS_IS_BETTER = {0, 1, 5, 6}


def compared(theirs: list[float], ours: list[float]) -> list[str]:
    """Return how many times theirs is of ours where less is better, and ours of theirs where more is."""
    pairs = enumerate(zip(theirs, ours, strict=True))
    return [times(them, us) if at in LESS_IS_BETTER else times(us, them) for at, (them, us) in pairs]


def bench(options: argparse.Namespace, folder: Path) -> None:
    """Measure each on each database."""
    pace = QUICK if options.quick else FULL
    with places(folder) as ready, sink(folder) as api_url:
        for place in ready[:1] if options.quick else ready:
            with ExitStack() as stack:
                contestants = list(Contest(place, pace, folder, api_url, stack).contestants())
                for one in contestants:
                    one.post(pace.warm)
                for _ in range(pace.rounds):
                    for one in contestants:
                        one.run()
                figures = {one.name: one.figures() for one in contestants}
            rows: list[list[object]] = [[name, *one] for name, one in figures.items()]
            if "aiogram, SQLModel" in figures:
                rows.append(["better by", *compared(figures["aiogram, SQLModel"], figures["hongyan"])])
            show(f"A durable turn, {place.name}", HEAD, rows)


if __name__ == "__main__":
    perform(bench, __doc__)
