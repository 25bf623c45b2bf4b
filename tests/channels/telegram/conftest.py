"""A fake Telegram, a channel that talks to it, and somebody who writes down what it hands on."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.channels.telegram.channel import Telegram
from bot.domain.files import FileStore
from db.sql import Database
from tests.kit import databases
from tests.kit.receiver import Recorder
from tests.kit.telegram_server import TelegramServer
from tests.kit.telegram_updates import TOKEN


@pytest.fixture
def server() -> Iterator[TelegramServer]:
    with TelegramServer() as running:
        yield running


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


@pytest.fixture(scope="session")
def sqlite(sqlite_maker: databases.SqliteMaker) -> Iterator[Database]:
    url = sqlite_maker.make()
    opened = databases.opened(url)
    yield opened
    opened.close()
    sqlite_maker.drop(url)


@pytest.fixture
async def channel(server: TelegramServer, store: FileStore, sqlite: Database) -> AsyncIterator[Telegram]:
    made = Telegram(TOKEN, api_url=server.url, files=store, database=sqlite, timeout=0.5)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()
