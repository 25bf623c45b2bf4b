"""Each turn of the members' flows in a township of 20,000 members beside the same turn in an almost empty one.

    .venv/bin/python tests/bench/bench_members.py [--quick]

The big one has 5,000 activities and 346,000 attendances, check-ins and service records behind it, and 180,000 messages
each way; the people who talk have their own share of that past. The same week (``tests/kit/walk.py``) is lived in one
branch after the other, in both by turns; a figure is the least of all rounds. CPU is that of the turn's thread and of
the server's process for it: whatever else runs, that can be compared, and by it the promise is judged.
PostgreSQL has looked at its tables, as its autovacuum sees to; SQLite has not, as in production. Quick: a tenth of it.
"""

import argparse
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sqlalchemy import create_engine, text

from db import schema
from db.sql import Database
from tests.bench.kit.places import Place, places
from tests.bench.kit.rows import count
from tests.bench.kit.stage import perform, say
from tests.bench.kit.tables import show, times
from tests.kit import databases, township
from tests.kit.multitude import FULL, Size, grow
from tests.kit.walk import Walk

QUICK = Size(members=2_000, branches=100, activities=500, ahead=30, seats=17)
ROUNDS, QUICK_ROUNDS = 5, 4
HEAD = ("", "ms, empty", "ms, big", "times", "CPU ms, empty", "CPU ms, big", "times")
PROMISED = 3.0
PAGED = {"my_data.traces"}
"""Looks through the outbox, a page of 2,000 rows at a time, in the background: nobody's turn, and no promise."""


@dataclass(slots=True)
class Town:
    """A database people talk to, and what each turn took in each round: ms of waiting, and ms of CPU."""

    database: Database
    branches: list[township.Place]
    weeks: list[dict[str, tuple[float, float]]] = field(default_factory=list[dict[str, tuple[float, float]]])
    server: Path | None = None

    @contextmanager
    def timed(self, name: str) -> Generator[None]:
        """Note what something took; what is done several times in a week is added up."""
        began, used = time.perf_counter(), self._cpu()
        yield
        waited_before, used_before = self.weeks[-1].get(name, (0.0, 0.0))
        waited, used = 1000 * (time.perf_counter() - began), 1000 * (self._cpu() - used)
        self.weeks[-1][name] = (waited_before + waited, used_before + used)

    def live(self, number: int) -> None:
        """Live a week in one branch."""
        if not self.database.is_sqlite:
            pid = self.database.run(lambda db: db.execute(text("SELECT pg_backend_pid()")).scalar_one())
            self.server = Path(f"/proc/{pid}/schedstat")
        self.weeks.append({})
        Walk(self.database, self.branches[number], self.timed).go()

    def best(self) -> dict[str, tuple[float, float]]:
        """Return the least each turn took; the first week only warms up."""
        least: dict[str, tuple[float, float]] = {}
        for name in self.weeks[-1]:
            waited, used = zip(*(week[name] for week in self.weeks[1:]), strict=True)
            least[name] = (min(waited), min(used))
        return least

    def _cpu(self) -> float:
        """Return how many seconds this thread and the server's process for it were on a CPU."""
        server = int(self.server.read_text().split()[0]) / 1e9 if self.server else 0.0
        return time.thread_time() + server


def settled(place: Place, rounds: int, size: Size | None) -> Town:
    """Make a town with a branch for each round, and a crowd around them when one is given."""
    database = databases.opened(place.fresh())
    schema.migrate(database)
    branches: list[township.Place] = database.run(lambda db: township.found_branches(db, rounds))
    if size:
        began = time.monotonic()
        database.run(lambda db: grow(db, size))
        _look_at_tables(database)
        parts = sum(count(database.url, one) for one in ("attendance", "check_in", "service_record"))
        took = time.monotonic() - began
        say(f"{place.name}: {parts:,} attendances, check-ins, service records; made in {took:.0f} s")
    return Town(database, branches)


def _look_at_tables(database: Database) -> None:
    if not database.is_sqlite:
        engine = create_engine(database.url).execution_options(isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("VACUUM ANALYZE"))
        engine.dispose()


def bench(options: argparse.Namespace, folder: Path) -> None:
    """Live some weeks in both towns on each database."""
    size, rounds = (QUICK, QUICK_ROUNDS) if options.quick else (FULL, ROUNDS)
    with places(folder) as ready:
        for place in ready:
            small, big = settled(place, rounds, None), settled(place, rounds, size)
            for number in range(rounds):
                for town in (small, big) if number % 2 else (big, small):
                    town.live(number)
            _show(place, small, big)
            for town in (small, big):
                town.database.close()


def _show(place: Place, small: Town, big: Town) -> None:
    few, many = small.best(), big.best()
    rows: list[list[object]] = []
    ratios: dict[str, float] = {}
    for name, (waited, used) in few.items():
        waited_big, used_big = many[name]
        rows.append([name, waited, waited_big, times(waited_big, waited), used, used_big, times(used_big, used)])
        ratios[name] = used_big / used
    show(f"A turn in an almost empty township and in a big one, {place.name}", HEAD, rows)
    turns = {name: ratio for name, ratio in ratios.items() if name not in PAGED}
    worst = max(turns, key=turns.__getitem__)
    over = [name for name, ratio in turns.items() if ratio > PROMISED]
    say(f"{place.name}: at most {turns[worst]:.2f}× ({worst}); over {PROMISED:.0f}×: {', '.join(over) or 'none'}")


if __name__ == "__main__":
    perform(bench, __doc__)
