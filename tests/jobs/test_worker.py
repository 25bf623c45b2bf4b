"""The safety net: it sweeps until it is told to stop, whatever happens meanwhile."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain import files
from bot.domain.files import FileStore, IncomingFile
from bot.jobs.delivery import Delivery
from bot.jobs.fetching import Fetching
from bot.jobs.schedule import Schedule
from bot.jobs.worker import Worker
from db.models import FileKind, OutboxRow
from tests.kit import databases
from tests.kit.channels import FakeChannel
from tests.kit.post import Post, target

PATIENCE = 4


@pytest.fixture
def worker(post: Post, channel: FakeChannel, delivery: Delivery, tmp_path: Path) -> Worker:
    fetching = Fetching(post.database, {"test": channel}, FileStore(tmp_path), clock=post.clock)
    return Worker(post.database, Schedule(post.database, {}, clock=post.clock), delivery, [fetching], clock=post.clock)


@contextlib.asynccontextmanager
async def running(worker: Worker) -> AsyncIterator[asyncio.Task[None]]:
    """Run a worker for as long as the test looks at it."""
    task = asyncio.create_task(worker.run())
    try:
        yield task
    finally:
        await worker.stop()
        await asyncio.wait_for(asyncio.wait([task]), PATIENCE)


async def until(is_so: Callable[[], bool]) -> bool:
    """Look for a few seconds whether something comes about."""
    for _ in range(PATIENCE * 100):
        if is_so():
            return True
        await asyncio.sleep(0.01)
    return False


def note_file(post: Post, remote_id: str) -> None:
    file = IncomingFile(kind=FileKind.PHOTO, remote_id=remote_id)
    post.database.run(lambda db: files.note(db, [file], person_id=None, source=target("li"), now=post.now))


async def test_what_is_due_is_sent_without_being_asked(post: Post, channel: FakeChannel, worker: Worker) -> None:
    async with running(worker):
        post.write("你好")

        assert await until(lambda: channel.texts == ["你好"])


async def test_waking_it_is_quicker_than_waiting(post: Post, channel: FakeChannel, worker: Worker) -> None:
    async with running(worker):
        await asyncio.sleep(0.2)
        post.write("你好")
        worker.wake()
        began = asyncio.get_running_loop().time()

        assert await until(lambda: channel.texts == ["你好"])
        assert asyncio.get_running_loop().time() - began < 0.5


async def test_more_than_one_batch_is_sent_without_a_pause(post: Post, channel: FakeChannel, worker: Worker) -> None:
    for number in range(120):
        post.write(str(number), to=f"chat {number}")
    async with running(worker):
        began = asyncio.get_running_loop().time()

        assert await until(lambda: len(channel.texts) == 120)
        assert asyncio.get_running_loop().time() - began < PATIENCE


async def test_files_that_wait_are_fetched(post: Post, channel: FakeChannel, worker: Worker) -> None:
    channel.files["a photo"] = b"bytes"
    async with running(worker):
        note_file(post, "a photo")

        assert await until(lambda: channel.tried == ["a photo"])


async def test_it_stops_at_once_when_idle(worker: Worker) -> None:
    async with running(worker) as task:
        await asyncio.sleep(0.1)
        began = asyncio.get_running_loop().time()
        await worker.stop()
        await asyncio.wait_for(task, PATIENCE)

    assert asyncio.get_running_loop().time() - began < 0.5


async def test_it_finishes_the_sweep_in_hand_before_it_stops(post: Post, channel: FakeChannel, worker: Worker) -> None:
    gate = channel.hold("li")
    post.write("你好")
    async with running(worker) as task:
        await until(lambda: channel.tried == ["你好"])
        await worker.stop()
        gate.set()
        await asyncio.wait_for(task, PATIENCE)

    assert channel.texts == ["你好"]


async def test_a_fetch_that_breaks_does_not_end_the_work(post: Post, channel: FakeChannel, worker: Worker) -> None:
    channel.misbehave("a photo", ZeroDivisionError())
    note_file(post, "a photo")
    async with running(worker):
        await until(lambda: channel.tried == ["a photo"])
        post.write("你好")
        worker.wake()

        assert await until(lambda: "你好" in channel.texts)


async def test_a_row_nobody_can_read_does_not_end_the_work(post: Post, channel: FakeChannel, worker: Worker) -> None:
    unreadable = post.write("坏")
    post.database.run(lambda db: setattr(db.get_one(OutboxRow, unreadable), "content", {"from": "another version"}))
    async with running(worker):
        await asyncio.sleep(0.2)
        post.write("你好")
        worker.wake()

        assert await until(lambda: "你好" in channel.texts)


async def test_a_locked_database_is_waited_out(sqlite_maker: databases.SqliteMaker, tmp_path: Path) -> None:
    url = sqlite_maker.make()
    database = databases.opened(url, lock_timeout_ms=50)
    post, channel = Post(database), FakeChannel()
    delivery = Delivery(database, {"test": channel}, clock=post.clock, owner="here")
    fetching = Fetching(database, {"test": channel}, FileStore(tmp_path), clock=post.clock)
    worker = Worker(database, Schedule(database, {}, clock=post.clock), delivery, [fetching], clock=post.clock)
    post.write("你好", due=timedelta(0))
    with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as locker:
        locker.execute("BEGIN IMMEDIATE")
        async with running(worker):
            await asyncio.sleep(0.3)
            sent_while_locked = list(channel.texts)
            locker.execute("ROLLBACK")
            worker.wake()

            assert await until(lambda: channel.texts == ["你好"])
    database.close()
    assert sent_while_locked == []
