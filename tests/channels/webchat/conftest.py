"""One desk a test, on a fresh SQLite file, and a browser-like client."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from tests.channels.webchat.desk import Desk
from tests.kit import databases


@pytest.fixture
def desk(sqlite_maker: databases.SqliteMaker, tmp_path: Path) -> Iterator[Desk]:
    url = sqlite_maker.make()
    database = databases.opened(url)
    yield Desk(database, tmp_path / "files")
    database.close()
    sqlite_maker.drop(url)


@pytest.fixture
async def client(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=desk.site)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as opened:
        yield opened
