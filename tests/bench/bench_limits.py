"""Two `hongyan worker` processes, one account, one PostgreSQL: do they keep its limits together?

    .venv/bin/python tests/bench/bench_limits.py [--quick]

A broadcast to many chats, and several messages to each of a few, go through the Telegram channel to a server that
writes down when each came. Its limit is HONGYAN_TELEGRAM_RATE messages a second, and one a second to a chat. Then
once more, to a server that says 429 in the middle: until its patience is over nothing may come, from neither.
"""

import argparse
import json
import sys
import time
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.bench.kit.hongyan import prepared, worker
from tests.bench.kit.mailing import mail
from tests.bench.kit.places import Place, places
from tests.bench.kit.rows import audience
from tests.bench.kit.sink import sink
from tests.bench.kit.stage import perform
from tests.bench.kit.tables import show

WORKERS = 2
RETRY_AFTER = 3
ON_ITS_WAY = 0.05
A_FEW = 5
EACH_OF_A_FEW = 4
START_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Arrivals:
    """When what came to whom, and when patience was asked for (0: never)."""

    at: list[float]
    chats: list[str]
    refused_at: float

    def per_second(self) -> float:
        """Return how many came a second, the pause that was asked for not counted."""
        pause = RETRY_AFTER if self.refused_at else 0
        return (len(self.at) - 1) / (self.at[-1] - self.at[0] - pause) if len(self.at) > 1 else 0.0

    def worst_second(self, chat: str | None = None) -> int:
        """Return how many came within any one second, to one chat or to all."""
        moments = [at for at, to in zip(self.at, self.chats, strict=True) if chat in {None, to}]
        worst = first = 0
        for last, moment in enumerate(moments):
            while moment - moments[first] >= 1:
                first += 1
            worst = max(worst, last - first + 1)
        return worst

    def worst_chat(self) -> int:
        return max((self.worst_second(chat) for chat in set(self.chats)), default=0)

    def longest_silence(self) -> float:
        """Return the longest time without a message, other than the pause that was asked for."""
        gaps = [later - sooner for sooner, later in pairwise(self.at) if not sooner <= self.refused_at <= later]
        return max(gaps, default=0.0)

    def within_pause(self) -> int:
        """Return how many came before the patience that was asked for was over, but for those on their way by then."""
        return sum(self.refused_at + ON_ITS_WAY < at < self.refused_at + RETRY_AFTER for at in self.at)


def arrivals(api_url: str) -> Arrivals:
    with urllib.request.urlopen(f"{api_url}/arrivals", timeout=10) as answer:  # noqa: S310  # our own, on loopback
        told = json.load(answer)
    came = sorted(told["arrivals"])
    return Arrivals([at for at, _ in came], [chat for _, chat in came], told["refused_at"])


def drain(place: Place, rate: int, seconds: float, folder: Path, *, flood: bool) -> Arrivals:
    """Let two workers send for a while."""
    url = place.fresh()
    prepared(url, folder=folder)
    audience(url, int(rate * seconds * 2))
    mail(url)
    for number in range(1, EACH_OF_A_FEW + 1):
        mail(url, number, most=A_FEW)
    orders = {"flood_after": int(rate * seconds / 3), "retry_after": RETRY_AFTER} if flood else {}
    with ExitStack() as stack:
        api_url = stack.enter_context(sink(folder, **orders))
        for _ in range(WORKERS):
            stack.enter_context(worker(url, api_url=api_url, folder=folder, HONGYAN_TELEGRAM_RATE=str(rate)))
        give_up_at = time.monotonic() + START_SECONDS
        while not arrivals(api_url).at and time.monotonic() < give_up_at:
            time.sleep(0.1)
        time.sleep(seconds + (RETRY_AFTER if flood else 0))
        return arrivals(api_url)


def row(name: str, rate: int, one: Arrivals) -> list[object]:
    after = [at - one.refused_at for at in one.at if one.refused_at and at > one.refused_at + ON_ITS_WAY]
    return [
        name,
        len(one.at),
        f"{one.worst_second()} = {one.worst_second() / rate:.2f}×",
        f"{one.per_second():.1f} = {one.per_second() / rate:.2f}×",
        f"{1000 * one.longest_silence():.0f} ms",
        one.worst_chat(),
        one.within_pause() if one.refused_at else "-",
        f"{min(after):.2f} s" if after else "-",
    ]


HEAD = (
    "",
    "messages",
    "worst second",
    "mean",
    "silence",
    "worst second of a chat",
    "sent in the pause",
    "first after 429",
)


def bench(options: argparse.Namespace, folder: Path) -> None:
    """Measure at the usual rate and at a high one, without and with a 429."""
    seconds = 4.0 if options.quick else 15.0
    rows: list[list[object]] = []
    with places(folder) as ready:
        for rate in (28,) if options.quick else (28, 200):
            rows.append(row(f"{rate}/s", rate, drain(ready[0], rate, seconds, folder, flood=False)))
            if not options.quick:
                rows.append(row(f"{rate}/s, one 429", rate, drain(ready[0], rate, seconds, folder, flood=True)))
    show(f"{WORKERS} workers, one account, {ready[0].name}; a 429 asks for {RETRY_AFTER} s", HEAD, rows)


if __name__ == "__main__":
    perform(bench, __doc__)
