"""A desk on a fresh SQLite file, and somebody's browser."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.kit import console, databases
from tests.kit.console import Browser, Desk
from tests.kit.talk import World


@pytest.fixture
def desk(sqlite_maker: databases.SqliteMaker) -> Iterator[Desk]:
    url = sqlite_maker.make()
    database = console.opened(url)
    yield Desk(World(database))
    database.close()
    sqlite_maker.drop(url)


@pytest.fixture
def town(database_url: str) -> Iterator[Desk]:
    """A desk on either database."""
    database = console.opened(database_url)
    yield Desk(World(database))
    database.close()


@pytest.fixture
async def browser(desk: Desk) -> AsyncIterator[Browser]:
    async with console.browser(desk) as opened:
        yield opened


@pytest.fixture
async def admin(desk: Desk, browser: Browser) -> Browser:
    """The browser of somebody who may do everything."""
    await browser.enter(desk.hire("周敏"))
    return browser
