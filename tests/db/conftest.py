"""Databases in which nothing was ever made, of both kinds or of the other kind than one that there is."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from db.sql import Database
from tests.kit import databases


@contextmanager
def place_of(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """A place for a database of a kind in which nothing was ever made."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'empty.sqlite3'}"
        return
    maker = request.getfixturevalue("postgresql_maker")
    url = maker.make_empty()
    yield url
    maker.drop(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with place_of(request.param, request, tmp_path) as url:
        yield url


@pytest.fixture
def empty(empty_url: str) -> Iterator[Database]:
    with closing(databases.opened(empty_url)) as opened:
        yield opened


@pytest.fixture
def other(database: Database, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database of the other kind in which nothing was ever made."""
    kind = "postgresql" if database.is_sqlite else "sqlite"
    with place_of(kind, request, tmp_path) as url, closing(databases.opened(url)) as opened:
        yield opened
