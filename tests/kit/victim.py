"""A process to be killed: takes turns or delivers, as a real server does, until it is done or somebody ends it.

Run as ``python -m tests.kit.victim`` it waits for orders on standard input, one JSON object a line, and answers each
with one number. ``turns``, ``deliver``, ``mixed`` (both at once) and ``broadcast`` (what is due, and delivery, until
every broadcast is over) start a process of their own, forked so that many of them do not import everything many times,
and answer its id; ``kill`` and ``wait`` end it or wait for its end and
answer how it ended.
"""

import asyncio
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlmodel import col

from bot.channels.base import Refused
from bot.clock import TurnableClock
from bot.conversation.turn import Inbound, Traits
from bot.domain.duties import DUTIES
from bot.domain.files import FileStore
from bot.domain.outgoing.outbox import Parcel
from bot.errors import DatabaseUnavailable
from bot.jobs.delivery import Delivery
from bot.jobs.fetching import Fetching
from bot.jobs.reception import Reception
from bot.jobs.schedule import Schedule
from bot.jobs.worker import Worker
from bot.logs import set_up_logs
from content.match import Matcher, PhraseBook
from db.models import Broadcast
from db.sql import Database
from tests.kit import databases
from tests.kit.flows import SLOW, world_of_tests
from tests.kit.talk import World

ROOT = Path(__file__).parents[2]
_SEND_SECONDS = 0.004
_PATIENCE_SECONDS = 20
TALKERS = 8
TELL = "迟些告诉我"
_SAID_EACH = 5


class AppendingChannel:
    """Delivers by appending the id of the row to a file: what is written there was delivered, whatever comes after."""

    name = "test"
    account = "bot"
    traits = Traits()
    limits = None
    repeats = False

    def __init__(self, path: str) -> None:
        self._file = _appending(path)

    async def send(self, parcel: Parcel) -> str:
        await asyncio.sleep(_SEND_SECONDS)
        _tell(self._file, str(parcel.id))
        await asyncio.sleep(_SEND_SECONDS)
        return str(parcel.id)

    async def fetch(self, remote_id: str) -> bytes:
        raise Refused(remote_id)


def take_turns(order: dict[str, Any]) -> None:
    """Take every inbound through the engine and acknowledge it once it is committed."""
    acknowledged = _appending(order["told"])
    with closing(databases.opened(order["url"])) as database:
        world = world_of_tests(database, search="test.note", clock=_clock(order))
        for one in order["inbounds"]:
            inbound = Inbound(**one, channel="test", account="bot", sent_at=world.clock.now())
            _insist(lambda inbound=inbound: world.engine.take(inbound))
            _tell(acknowledged, inbound.message_id)


def deliver(order: dict[str, Any]) -> None:
    """Deliver what is due until nothing is."""
    with closing(databases.opened(order["url"])) as database:
        asyncio.run(_sweep(database, order))


async def _sweep(database: Database, order: dict[str, Any]) -> None:
    owner = f"victim-{os.getpid()}"
    channel = AppendingChannel(order["told"])
    delivery = Delivery(database, {"test": channel}, clock=_clock(order), owner=owner)
    while await delivery.sweep():
        pass


def broadcast(order: dict[str, Any]) -> None:
    """Do what a worker does until every broadcast is over."""
    with closing(databases.opened(order["url"])) as database:
        asyncio.run(_send_out(database, order))


async def _send_out(database: Database, order: dict[str, Any]) -> None:
    clock = _clock(order)
    channel = AppendingChannel(order["told"])
    delivery = Delivery(database, {"test": channel}, clock=clock, owner=f"victim-{os.getpid()}")
    worker = Worker(database, Schedule(database, DUTIES, clock=clock), delivery, [], clock=clock)
    working = asyncio.create_task(worker.run())
    still = select(func.count()).where(col(Broadcast.ended_at).is_(None))
    while await database.do(lambda db: db.execute(still).scalar_one(), write=False):  # noqa: ASYNC110  # a table rings no bell
        await asyncio.sleep(0.05)
    await worker.stop()
    await working
    await delivery.stop()


def work(order: dict[str, Any]) -> None:
    """Take turns and deliver at once, without end unless told to finish what was begun."""
    with closing(databases.opened(order["url"])) as database:
        asyncio.run(_Server(database, order).run())


class _Server:
    """What a server does besides listening: reception, delivery and worker over one database."""

    def __init__(self, database: Database, order: dict[str, Any]) -> None:
        self.database = database
        owner, clock = f"victim-{os.getpid()}", _clock(order)
        channels = {"test": AppendingChannel(order["delivered"])}
        self.world = world_of_tests(database, search="test.note", clock=clock, owner=owner)
        self.delivery = Delivery(database, channels, clock=clock, owner=owner)
        self.reception = Reception(self.world.engine, self.delivery, database)
        fetching = Fetching(database, channels, FileStore(Path("none")), clock=clock)
        schedule = Schedule(database, DUTIES, clock=clock)
        self.worker = Worker(database, schedule, self.delivery, [fetching], clock=clock)
        self.begun, self.acknowledged = _appending(order["begun"]), _appending(order["acknowledged"])
        self.numbers: Iterator[int] = iter(order["again"])
        self.is_endless = order["first"] is not None
        if self.is_endless:
            self.numbers = itertools.chain(self.numbers, itertools.count(order["first"]))

    async def run(self) -> None:
        working = asyncio.create_task(self.worker.run())
        await asyncio.gather(*(self.listen() for _ in range(TALKERS)))
        while await self.database.do(self.delivery.next_due, write=False):  # noqa: ASYNC110  # a table is asked, which rings no bell here
            await asyncio.sleep(0.05)
        await self.worker.stop()
        await working
        await self.reception.close()
        await self.delivery.stop()

    async def listen(self) -> None:
        """Take one inbound after the other: each is written down as begun, then taken, then as acknowledged."""
        for number in self.numbers:
            _tell(self.begun, str(number))
            await self.reception.receive(said(number, self.world))
            _tell(self.acknowledged, str(number))


def said(number: int, world: World) -> Inbound:
    """Return what is said in the update of a number: a slow thing, a quick one, or one that leaves a notice."""
    who = f"p{number // _SAID_EACH}"
    text = (f"{SLOW}灯坏了{number}号", f"灯坏了{number}号", TELL)[number % 3]
    return Inbound("test", "bot", who, f"m{number}", who, world.clock.now(), text)


def _clock(order: dict[str, Any]) -> TurnableClock:
    """Return the machine's clock, turned forward so that the leases of the dead run out at once."""
    return TurnableClock(start=datetime.now(UTC) + timedelta(seconds=order["ahead"]))


def _insist(work: Any) -> None:
    """Try until the database takes it, as a platform that is not answered does."""
    give_up = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            work()
        except DatabaseUnavailable:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.05)
        else:
            return


def _appending(path: str) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)


def _tell(file: int, line: str) -> None:
    os.write(file, f"{line}\n".encode())


class Victims:
    """Starts victims one after the other and ends them; ``status`` is negative for a signal, as everywhere."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.kit.victim"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, do: str, **order: Any) -> int:
        return self._order(do=do, **order)

    def kill(self) -> int:
        return self._order(do="kill")

    def wait(self) -> int:
        return self._order(do="wait")

    def close(self) -> None:
        self._process.communicate(timeout=20)

    def _order(self, **order: Any) -> int:
        if self._process.stdin is None or self._process.stdout is None:
            raise AssertionError("both are pipes")
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


def _ended(victim: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(victim, 0)[1])


def _start(order: dict[str, Any]) -> int:
    victim = os.fork()
    if victim:
        return victim
    status = 1
    try:
        {"turns": take_turns, "deliver": deliver, "mixed": work, "broadcast": broadcast}[order["do"]](order)
        status = 0
    finally:
        os._exit(status)


def _obey(orders: Any) -> None:
    victim = 0
    for line in orders:
        order = json.loads(line)
        if order["do"] == "kill":
            os.kill(victim, signal.SIGKILL)
        if order["do"] in {"kill", "wait"}:
            answer = _ended(victim)
        else:
            answer = victim = _start(order)
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


def _warm_up() -> None:
    """Load what every victim would have to load for itself; standard output is for answers alone."""
    set_up_logs("ERROR")
    with closing(Database("sqlite://")) as database:
        world = world_of_tests(database)
    Matcher([]).decide("二次报销")
    PhraseBook(world.triggers).find("二次报销")


if __name__ == "__main__":
    _warm_up()
    _obey(sys.stdin)
