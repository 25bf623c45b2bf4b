"""Databases and people for every test; PostgreSQL is started once, by the process that starts the workers."""

import os
from collections.abc import Iterator
from contextlib import closing

import pytest

from db.sql import Database
from tests.kit import databases, postgresql
from tests.kit.talk import World

_SLOW_PLACES = (
    "tests/commands/",
    "tests/db/",
    "tests/conversation/test_concurrency.py",
    "tests/conversation/test_flood.py",
    "tests/conversation/test_fuzz.py",
    "tests/conversation/test_interleavings.py",
)
_SKIPPED = "no PostgreSQL server programs on this machine: the PostgreSQL half of the tests did not run"


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput") or os.environ.get(postgresql.VARIABLE):
        return
    running = postgresql.server()
    folder = running.__enter__()
    config.add_cleanup(lambda: running.__exit__(None, None, None))
    if folder:
        os.environ[postgresql.VARIABLE] = str(folder)
        config.add_cleanup(lambda: os.environ.pop(postgresql.VARIABLE))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is not a unit test: what needs PostgreSQL, other processes, or many examples."""
    for item in items:
        place = item.nodeid.partition("::")[0]
        if "postgresql" in item.nodeid or place.startswith(_SLOW_PLACES):
            item.add_marker(pytest.mark.integration)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if postgresql.programs() is None:
        terminalreporter.write_line(_SKIPPED)


@pytest.fixture(scope="session")
def sqlite_maker(tmp_path_factory: pytest.TempPathFactory) -> databases.SqliteMaker:
    return databases.SqliteMaker(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql_maker() -> databases.PostgresqlMaker:
    folder = os.environ.get(postgresql.VARIABLE)
    if not folder:
        pytest.skip(_SKIPPED)
    return databases.PostgresqlMaker(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    maker = request.getfixturevalue(f"{request.param}_maker")
    url = maker.make()
    yield url
    maker.drop(url)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = databases.opened(database_url)
    yield opened
    opened.close()


@pytest.fixture
def postgresql_database(postgresql_maker: databases.PostgresqlMaker) -> Iterator[Database]:
    """A database several processes share."""
    url = postgresql_maker.make()
    with closing(databases.opened(url)) as opened:
        yield opened
    postgresql_maker.drop(url)


@pytest.fixture
def world(database: Database) -> World:
    return World(database)
