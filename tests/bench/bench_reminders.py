"""A simulated year of reminders for 1,200 branches and 19,600 members: none lost, none doubled, none at night.

    .venv/bin/python tests/bench/bench_reminders.py [--quick]

A party day a month for each branch; some of those who are reminded answer, some sessions move, some are cancelled. The
process that does what falls due is killed with -9 again and again; it comes back with its clock put forward by some
hours (the server was down) or back by some minutes. Quick: a tenth of the branches, on SQLite.
"""

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sqlalchemy import create_engine, text

from tests.bench.kit.hongyan import settings_for
from tests.bench.kit.places import Place, places
from tests.bench.kit.stage import Child, child, perform, say
from tests.bench.kit.tables import show
from tests.kit.processes import environment

YEAR = 2027
END = datetime(YEAR + 1, 1, 1, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
PROGRAM = ("-m", "tests.bench.kit.year")
DEATHS, QUICK_DEATHS = 24, 8
PATIENCE = 1800
"""Seconds a simulated day may take on a busy machine."""


@dataclass(slots=True)
class Life:
    """A year on one database: how often the process died, and how its clock was set meanwhile."""

    url: str
    folder: Path
    deaths: int
    chance: random.Random = field(default_factory=lambda: random.Random(27))  # noqa: S311  # no secret
    jumps: list[timedelta] = field(default_factory=list[timedelta])
    seconds: float = 0.0

    @contextmanager
    def process(self, **order: object) -> Iterator[Child]:
        env = {**environment(self.folder, **settings_for(self.url)), "HONGYAN_QUIET_HOURS": "21:30-07:30"}
        with child(*PROGRAM, folder=self.folder, order=order, env=env) as started:
            yield started

    def live(self) -> None:
        """Live the year, being killed some days in, until it is over."""
        began, now = time.monotonic(), datetime(YEAR, 1, 1, tzinfo=UTC)
        for left in range(self.deaths, -1, -1):
            until = END if left == 0 else now + (END - now) / (left + 1)
            with self.process(begin=now.isoformat(), end=END.isoformat()) as started:
                while now < until:
                    now = datetime.fromisoformat(started.answer(seconds=PATIENCE)["now"])
                time.sleep(self.chance.uniform(0, 0.2) if left else 0)
                started.kill() if left else started.finish()
            if left:
                jump = timedelta(hours=self.chance.uniform(0, 8)) if left % 3 else -timedelta(minutes=20)
                self.jumps.append(jump)
                now += jump
        self.seconds = time.monotonic() - began


@dataclass(frozen=True, slots=True)
class Account:
    """What became of the year: each figure but the first three should be nothing."""

    reminders: int
    gathered: int
    calls: int
    lost: int
    doubled: int
    at_night: int
    undone: int


def account(url: str) -> Account:
    """Compare what was told with who had not answered when each rung was done."""
    engine = create_engine(url)
    with engine.connect() as connection:

        def rows(statement: str) -> list[Any]:
            return list(connection.execute(text(statement)))

        sent = rows("SELECT cause, due_at FROM outbox_row WHERE kind = 'reminder'")
        held = rows("SELECT cause FROM digest_item")
        done = rows("SELECT cause, done_at FROM agenda_item WHERE kind = 'reminders.rung' AND state = 'done'")
        parts = rows("SELECT session_id, person_id, answered_at FROM attendance")
        starts = {row[0]: _utc(row[1]) for row in rows("SELECT id, starts_at FROM study_session")}
        calls = rows("SELECT count(*) FROM call_item")[0][0]
        undone = rows(
            "SELECT count(*) FROM agenda_item WHERE state = 'failed' OR (state = 'pending' AND due_at < '2028-01-01')"
        )[0][0]
    engine.dispose()
    told = Counter(_said(row[0]) for row in sent) + Counter(row[0] for row in held)
    answered: dict[int, list[tuple[int, datetime | None]]] = {}
    for session_id, person_id, at in parts:
        answered.setdefault(session_id, []).append((person_id, _utc(at) if at else None))
    lost = 0
    for cause, done_at in done:
        session_id, at = int(cause.split(":")[2]), _utc(done_at)
        if at < starts[session_id]:
            silent = [who for who, when in answered[session_id] if when is None or when >= at]
            lost += sum(f"{cause}:{who}" not in told for who in silent)
    return Account(
        reminders=len(sent),
        gathered=len(held),
        calls=calls,
        lost=lost,
        doubled=sum(count - 1 for count in told.values()),
        at_night=sum(_is_night(_utc(row[1])) for row in sent),
        undone=undone,
    )


def _said(cause: str) -> str:
    """Return a cause without the address it went to."""
    return cause.rpartition(":")[0]


def _utc(moment: Any) -> datetime:
    found = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _is_night(moment: datetime) -> bool:
    local = moment.astimezone(ZONE)
    return (local.hour, local.minute) >= (21, 30) or (local.hour, local.minute) < (7, 30)


def bench(options: argparse.Namespace, folder: Path) -> None:
    """Live a year on each database."""
    branches, members, deaths = (120, 1_960, QUICK_DEATHS) if options.quick else (1_200, 19_600, DEATHS)
    head = ("", "reminders", "gathered", "to call", "lost", "doubled", "at night", "undone", "deaths", "s", "µs each")
    with places(folder, only="SQLite" if options.quick else "") as ready:
        table = [_year(place, folder, branches, members, deaths) for place in ready]
    show(f"A year for {branches:,} branches and {members:,} members", head, table)


def _year(place: Place, folder: Path, branches: int, members: int, deaths: int) -> list[object]:
    life = Life(place.fresh(), folder, deaths)
    with life.process(year=YEAR, branches=branches, members=members) as started:
        started.finish(seconds=300)
    life.live()
    found = account(life.url)
    say(f"{place.name}: clock set by {', '.join(f'{jump.total_seconds() / 3600:+.1f} h' for jump in life.jumps)}")
    figures = [found.reminders, found.gathered, found.calls, found.lost, found.doubled, found.at_night, found.undone]
    return [place.name, *figures, deaths, life.seconds, 1e6 * life.seconds / max(1, found.reminders)]


if __name__ == "__main__":
    perform(bench, __doc__, full_seconds=3 * PATIENCE)
