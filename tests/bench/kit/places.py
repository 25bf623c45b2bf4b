"""Databases that keep what they say they keep: SQLite in a file, PostgreSQL with fsync and synchronous commit."""

import itertools
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from sqlalchemy import create_engine, text

from tests.bench.kit.stage import say
from tests.kit import postgresql

_serial = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Place:
    """Where databases are made: ``pids`` are the processes that work for them beside our own."""

    name: str
    folder: Path
    pids: dict[str, int] = field(default_factory=dict[str, int])

    def fresh(self) -> str:
        """Make an empty database and return its URL."""
        name = f"bench{next(_serial)}"
        if not self.pids:
            return f"sqlite:///{self.folder / name}.sqlite3"
        self._administer(f"CREATE DATABASE {name}")
        return postgresql.url(str(self.folder), name)

    def copy(self, url: str) -> str:
        """Make a copy of a database nobody uses just now and return its URL."""
        name = f"bench{next(_serial)}"
        if not self.pids:
            target = self.folder / f"{name}.sqlite3"
            shutil.copyfile(url.removeprefix("sqlite:///"), target)
            return f"sqlite:///{target}"
        original = url.split("@/")[1].split("?", maxsplit=1)[0]
        self._administer(f"CREATE DATABASE {name} TEMPLATE {original}")
        return postgresql.url(str(self.folder), name)

    def _administer(self, statement: str) -> None:
        with psycopg.connect(f"host={self.folder} user=hongyan dbname=postgres", autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def places(folder: Path, *, only: str = "") -> Iterator[list[Place]]:
    """Make both ready; a machine without PostgreSQL measures SQLite alone."""
    sqlite = Place("SQLite", folder)
    if only == "SQLite":
        yield [sqlite]
        return
    with postgresql.server(is_durable=True) as server:
        if server is None:
            say("no PostgreSQL server programs on this machine: SQLite alone is measured")
            yield [sqlite]
            return
        pid = int((server / "data" / "postmaster.pid").read_text().split()[0])
        yield [Place("PostgreSQL", server, {"PostgreSQL": pid}), *([] if only else [sqlite])]


def driven_by(url: str, *, postgresql_driver: str, sqlite_driver: str) -> str:
    """Return the same URL for a peer's drivers."""
    return url.replace("+psycopg", postgresql_driver).replace("sqlite:", f"sqlite{sqlite_driver}:")


def numbers_in(url: str, table: str) -> set[str]:
    """Return the message ids a table holds."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return set(connection.execute(text(f"SELECT message_id FROM {table}")).scalars())  # noqa: S608  # ours
    finally:
        engine.dispose()
