"""Bring a database to the schema of this version, and tell how far it is from it."""

from enum import StrEnum
from pathlib import Path

from sqlalchemy import Connection, String, column, delete, insert, inspect, select, table

from bot.errors import SchemaMismatch
from db import migrations
from db.claims import table_of
from db.models import Version
from db.sql import Database

_REVISION = table("alembic_version", column("version_num", String))
_VERSION = table_of(Version)
_OLDEST_CODE = "schema.oldest_code"
_AHEAD = "The database was written by a newer version of Hongyan; install that version."
HEAD = "head"
"""The newest revision this version knows."""


class Standing(StrEnum):
    """Where a database stands beside this version."""

    EMPTY = "empty"
    BEHIND = "behind"
    CURRENT = "current"
    FIT = "fit"
    """Newer than this version, and made so that this version still works on it: replicas are replaced one by one."""

    AHEAD = "ahead"


def known_revisions() -> list[str]:
    """Return every revision this version knows, the newest last, as their files are named."""
    files = (Path(migrations.__file__).parent / "versions").glob("[0-9]*_*.py")
    return sorted(file.name.partition("_")[0] for file in files)


def standing(database: Database) -> Standing:
    """Compare the database's revision with the newest one this version knows."""
    return database.run(lambda db: _standing(db.connection()), write=False)


def migrate(database: Database, *, revision: str = HEAD) -> None:
    """Bring the database to ``revision``; raise :class:`SchemaMismatch` when it is ahead of this version."""
    with database.migration() as connection:
        match _standing(connection):
            case Standing.AHEAD:
                raise SchemaMismatch(_AHEAD)
            case Standing.FIT:
                return
            case Standing.CURRENT if _oldest_code(connection):
                return
            case _:
                _ladder().climb(connection, revision)
                _write_down_oldest_code(connection)


def downgrade(database: Database, revision: str) -> None:
    """Take the database back to ``revision``, as far as migrations can be reversed."""
    with database.migration() as connection:
        _ladder().descend(connection, revision)
        _write_down_oldest_code(connection)


def differences(database: Database) -> list[object]:
    """Return what autogenerate would still change: empty when migrations and models agree."""
    return database.run(lambda db: _ladder().differences(db.connection()), write=False)


def require_current(database: Database) -> None:
    """Refuse a database this version does not work on."""
    match standing(database):
        case Standing.CURRENT | Standing.FIT:
            return
        case Standing.AHEAD:
            raise SchemaMismatch(_AHEAD)
        case _:
            raise SchemaMismatch("The database is not at this version's schema; run: hongyan migrate")


def draft_migration(database: Database, message: str) -> None:
    """Write a new migration from the difference between models and database, for a developer to review."""
    with database.engine.connect() as connection:
        _ladder().draft(connection, message)


def _ladder():  # noqa: ANN202  # a module, which has no type to name
    from db import ladder  # noqa: PLC0415  # Alembic loads slowly and takes memory; a database that is current needs none

    return ladder


def _standing(connection: Connection) -> Standing:
    revision, known = _revision(connection), known_revisions()
    if revision is None:
        return Standing.EMPTY
    if revision == known[-1]:
        return Standing.CURRENT
    if revision in known:
        return Standing.BEHIND
    return Standing.FIT if _oldest_code(connection) in known else Standing.AHEAD


def _revision(connection: Connection) -> str | None:
    """Return the revision a database is at, as Alembic keeps it; ``None`` where nothing was ever migrated."""
    if not inspect(connection).has_table(_REVISION.name):
        return None
    return connection.execute(select(_REVISION.c.version_num)).scalar_one_or_none()


def _oldest_code(connection: Connection) -> str | None:
    """Return the revision of the oldest code that works on this schema, as its last migration wrote it down."""
    return connection.execute(select(_VERSION.c.mark).where(_VERSION.c.name == _OLDEST_CODE)).scalar_one_or_none()


def _write_down_oldest_code(connection: Connection) -> None:
    """Keep, for older versions that still run, which of them work on the schema as it is now."""
    revision = _revision(connection)
    if revision is None:
        return
    connection.execute(delete(_VERSION).where(_VERSION.c.name == _OLDEST_CODE))
    connection.execute(insert(_VERSION).values(name=_OLDEST_CODE, mark=_ladder().oldest_code(revision)))
