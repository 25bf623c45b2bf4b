"""Databases in which nothing was ever made, of both kinds or of the other kind than one that there is."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from db.sql import Database
from tests.kit import databases


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A place for a database in which nothing was ever made."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'new.sqlite3'}"
        return
    maker = request.getfixturevalue("postgresql_maker")
    url = maker.make_empty()
    yield url
    maker.drop(url)


@pytest.fixture
def new(new_url: str) -> Iterator[Database]:
    database = databases.opened(new_url)
    yield database
    database.close()


@pytest.fixture
def other(database: Database, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database of the other kind in which nothing was ever made."""
    maker = request.getfixturevalue("postgresql_maker") if database.is_sqlite else None
    url = maker.make_empty() if maker else f"sqlite:///{tmp_path / 'other.sqlite3'}"
    with closing(databases.opened(url)) as opened_:
        yield opened_
    if maker:
        maker.drop(url)
