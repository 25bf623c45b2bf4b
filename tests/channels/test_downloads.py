"""Signed links to kept files: they work for a while, and say so in one sentence when they do not."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from bot.channels.downloads import LIFETIME, Downloads
from bot.clock import TurnableClock
from bot.domain import files
from bot.domain.files import FileStore, IncomingFile
from bot.domain.outgoing.outbox import Target
from content.web import sentence
from db.models import FileKind
from db.sql import Database
from tests.kit import databases

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
KEYS = databases.HOUSE.keys


@pytest.fixture
def sqlite(sqlite_maker: databases.SqliteMaker) -> Iterator[Database]:
    url = sqlite_maker.make()
    database = databases.opened(url)
    yield database
    database.close()
    sqlite_maker.drop(url)


@pytest.fixture
def clock() -> TurnableClock:
    return TurnableClock(start=NOW, running=False)


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


@pytest.fixture
def downloads(sqlite: Database, store: FileStore, clock: TurnableClock) -> Downloads:
    return Downloads(sqlite, store, KEYS, clock)


@pytest.fixture
async def client(downloads: Downloads) -> AsyncIterator[httpx.AsyncClient]:
    site = FastAPI()
    site.include_router(downloads.router())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=site), base_url="http://test") as opened:
        yield opened


def keep(sqlite: Database, store: FileStore, data: bytes) -> int:
    photo = IncomingFile(FileKind.PHOTO, digest=store.keep(data), media_type="image/png")
    source = Target("web", "web", "a")
    return sqlite.run(lambda db: files.note(db, [photo], person_id=None, source=source, now=NOW)[0])


def is_refused(answer: httpx.Response, status: int, key: str) -> bool:
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    return (answer.status_code, answer.text) == (status, sentence(key))


async def test_a_link_brings_the_file_for_a_while(
    client: httpx.AsyncClient, downloads: Downloads, sqlite: Database, store: FileStore, clock: TurnableClock
) -> None:
    link = downloads.link(keep(sqlite, store, b"a photo"))

    found = await client.get(link)
    clock.turn(LIFETIME + timedelta(seconds=1))

    assert (found.status_code, found.content) == (200, b"a photo")
    assert is_refused(await client.get(link), 403, "link_ended")


@pytest.mark.parametrize("forged", ["x", "1.9999999999.x", "...", "1", "鸿雁"])
async def test_a_link_nobody_signed_is_refused(client: httpx.AsyncClient, forged: str) -> None:
    assert is_refused(await client.get(f"/files/{forged}"), 403, "link_ended")


async def test_a_file_that_is_gone_is_said_to_be(
    client: httpx.AsyncClient, downloads: Downloads, sqlite: Database, store: FileStore
) -> None:
    file_id = keep(sqlite, store, b"a photo")
    store.path(store.keep(b"a photo")).unlink()

    assert is_refused(await client.get(downloads.link(file_id)), 404, "no_such_file")
    assert is_refused(await client.get(downloads.link(999)), 404, "no_such_file")


async def test_a_database_that_cannot_is_said_so(store: FileStore, clock: TurnableClock, tmp_path: Path) -> None:
    empty = databases.opened(f"sqlite:///{tmp_path}/empty.sqlite3")
    downloads = Downloads(empty, store, KEYS, clock)
    site = FastAPI()
    site.include_router(downloads.router())

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=site), base_url="http://test") as client:
        answer = await client.get(downloads.link(1))
    empty.close()

    assert is_refused(answer, 503, "database")
