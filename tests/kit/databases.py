"""Fresh databases at this version's schema, made quickly by copying one that was migrated once."""

import itertools
import os
import shutil
import tempfile
from collections import defaultdict
from dataclasses import replace
from datetime import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from sqlalchemy import Dialect, event

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


_dialects: dict[str, Dialect] = {}
_compiled: dict[str, dict[Any, Any]] = defaultdict(dict)


def opened(url: str, **options: Any) -> Database:
    """Open a database with the tests' house, which has a shelf of its own for each."""
    return quickened(Database(url, info={"house": replace(HOUSE, shelf=Shelf())}, **options))


def quickened(database: Database) -> Database:
    """Let all databases of a kind share what was compiled for one, and a file not wait for the disk.

    Compiling anew costs a test a third of its time, waiting for the disk a fifth; a file that a process was killed over
    is whole all the same.
    """
    engine = database.engine
    if database.is_sqlite:
        event.listen(engine, "connect", _do_not_wait)
    engine.dialect = _dialects.setdefault(engine.dialect.name, engine.dialect)
    engine.update_execution_options(compiled_cache=_compiled[engine.dialect.name])
    return database


def _do_not_wait(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA synchronous=OFF").close()


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
    """Clones a migrated PostgreSQL database, or hands out one that was used before and emptied since.

    Emptying takes a tenth of the time of cloning; the outbox is made anew, since its tests look at plans. A database
    whose schema or statistics a test has touched is dropped.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._prefix = f"t{os.getpid()}"
        self._template = f"{self._prefix}_template"
        self._free: list[str] = []
        self._administer(f"CREATE DATABASE {self._template}")
        database = opened(postgresql.url(folder, self._template))
        migrate(database)
        database.close()
        with self._connected(self._template) as connection:
            self._untouched = _fingerprint(connection)

    def make(self) -> str:
        if self._free:
            return postgresql.url(self._folder, self._free.pop())
        name = f"{self._prefix}_{next(_serial)}"
        self._administer(f"CREATE DATABASE {name} TEMPLATE {self._template}")
        return postgresql.url(self._folder, name)

    def make_empty(self) -> str:
        name = f"{self._prefix}_{next(_serial)}"
        self._administer(f"CREATE DATABASE {name}")
        return postgresql.url(self._folder, name)

    def drop(self, url: str) -> None:
        name = url.split("@/")[1].split("?", maxsplit=1)[0]
        with self._connected(name) as connection:
            connection.execute(_ALONE)
            is_untouched = _fingerprint(connection) == self._untouched
            if is_untouched:
                connection.execute(_EMPTY)
        if is_untouched:
            self._free.append(name)
        else:
            self._administer(f"DROP DATABASE {name} WITH (FORCE)")

    def _administer(self, statement: str) -> None:
        with self._connected("postgres") as connection:
            connection.execute(statement.encode())

    def _connected(self, name: str) -> psycopg.Connection[Any]:
        return psycopg.connect(f"host={self._folder} user=hongyan dbname={name}", autocommit=True)


_ALONE = b"""
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_SCHEMA = b"""
    SELECT md5(string_agg(c.relname::text || c.relkind::text || c.relnatts::text, ',' ORDER BY c.relname)),
           (SELECT count(*) FROM pg_attribute a JOIN pg_class t ON t.oid = a.attrelid
            WHERE t.relnamespace = 'public'::regnamespace AND NOT a.attisdropped),
           (SELECT count(*) FROM pg_statistic s JOIN pg_class t ON t.oid = s.starelid
            WHERE t.relnamespace = 'public'::regnamespace),
           (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal)
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
"""
_MARKS = b"SELECT version_num FROM alembic_version UNION ALL SELECT mark FROM version WHERE name = 'schema.oldest_code'"
_EMPTY = b"""
    SET session_replication_role = replica;
    DO $$
    DECLARE one text;
    BEGIN
        FOR one IN SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
                    AND relname NOT IN ('alembic_version', 'version') LOOP
            IF one = 'outbox_row' OR pg_relation_size(one::regclass) > 262144 THEN
                EXECUTE format('TRUNCATE %I CASCADE', one);
            ELSIF pg_relation_size(one::regclass) > 0 THEN
                EXECUTE format('DELETE FROM %I', one);
            END IF;
        END LOOP;
        DELETE FROM version WHERE name <> 'schema.oldest_code';
        PERFORM setval(oid::regclass, 1, false) FROM pg_class
        WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace;
    END $$;
"""


def _fingerprint(connection: psycopg.Connection[Any]) -> list[tuple[Any, ...]] | None:
    """Return what tells a schema that was touched from one that was not; ``None``: it lost what tells."""
    try:
        return [*connection.execute(_SCHEMA), *connection.execute(_MARKS)]
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn):
        return None
