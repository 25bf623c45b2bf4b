"""Fresh databases at this version's schema, made quickly by copying one that was migrated once."""

import itertools
import os
import shutil
import tempfile
from dataclasses import replace
from datetime import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from bot.domain.files import FileStore
from bot.domain.house import House
from bot.domain.ladder import ladder_of
from bot.domain.library import Shelf
from bot.keys import Keys
from content.render import Renderer
from db.schema import migrate
from db.sql import Database
from tests.kit import postgresql

ZONE = ZoneInfo("Asia/Shanghai")
HOUSE = House(
    keys=Keys("a secret for tests only, 32 bytes"),
    renderer=Renderer(ZONE),
    zone=ZONE,
    quiet_hours=(time(21, 30), time(7, 30)),
    store=FileStore(Path(tempfile.gettempdir()) / "hongyan-tests-files"),
    session_ladder=ladder_of("3d,1d,2h"),
    activity_ladder=ladder_of("eve,2h"),
    unasked_a_week=5,
    hours_of_members=32.0,
    hours_of_secretaries=56.0,
)
_serial = itertools.count()


def opened(url: str, **options: Any) -> Database:
    """Open a database with the tests' house, which has a shelf of its own for each."""
    return Database(url, info={"house": replace(HOUSE, shelf=Shelf())}, **options)


class SqliteMaker:
    """Copies a migrated SQLite file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template.sqlite3"
        database = opened(f"sqlite:///{self._template}")
        migrate(database)
        database.close()

    def make(self) -> str:
        path = self._folder / f"{next(_serial)}.sqlite3"
        shutil.copyfile(self._template, path)
        return f"sqlite:///{path}"

    def drop(self, url: str) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(url.removeprefix("sqlite:///") + suffix).unlink(missing_ok=True)


class PostgresqlMaker:
    """Clones a migrated PostgreSQL database."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._prefix = f"t{os.getpid()}"
        self._template = f"{self._prefix}_template"
        self._administer(f"CREATE DATABASE {self._template}")
        database = opened(postgresql.url(folder, self._template))
        migrate(database)
        database.close()

    def make(self) -> str:
        name = f"{self._prefix}_{next(_serial)}"
        self._administer(f"CREATE DATABASE {name} TEMPLATE {self._template}")
        return postgresql.url(self._folder, name)

    def make_empty(self) -> str:
        name = f"{self._prefix}_{next(_serial)}"
        self._administer(f"CREATE DATABASE {name}")
        return postgresql.url(self._folder, name)

    def drop(self, url: str) -> None:
        name = url.split("@/")[1].split("?", maxsplit=1)[0]
        self._administer(f"DROP DATABASE {name} WITH (FORCE)")

    def _administer(self, statement: str) -> None:
        with psycopg.connect(f"host={self._folder} user=hongyan dbname=postgres", autocommit=True) as connection:
            connection.execute(statement.encode())
