"""Bring a database to the schema of this version, and tell how far it is from it."""

from enum import StrEnum
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, delete, insert, inspect, select
from sqlmodel import SQLModel

from bot.errors import SchemaMismatch
from db.claims import table_of
from db.models import Version
from db.sql import Database

_FOLDER = Path(__file__).parent / "migrations"
_VERSION = table_of(Version)
_OLDEST_CODE = "schema.oldest_code"
_AHEAD = "The database was written by a newer version of Hongyan; install that version."


class Standing(StrEnum):
    """Where a database stands beside this version."""

    EMPTY = "empty"
    BEHIND = "behind"
    CURRENT = "current"
    FIT = "fit"
    """Newer than this version, and made so that this version still works on it: replicas are replaced one by one."""

    AHEAD = "ahead"


def standing(database: Database) -> Standing:
    """Compare the database's revision with the newest one this version knows."""
    return database.run(lambda db: _standing(db.connection()), write=False)


def migrate(database: Database, *, revision: str = "head") -> None:
    """Bring the database to ``revision``; raise :class:`SchemaMismatch` when it is ahead of this version."""
    with database.migration() as connection:
        match _standing(connection):
            case Standing.AHEAD:
                raise SchemaMismatch(_AHEAD)
            case Standing.FIT:
                return
            case _:
                command.upgrade(_config(connection), revision)
                _write_down_oldest_code(connection)


def downgrade(database: Database, revision: str) -> None:
    """Take the database back to ``revision``, as far as migrations can be reversed."""
    with database.migration() as connection:
        command.downgrade(_config(connection), revision)
        _write_down_oldest_code(connection)


def differences(database: Database) -> list[object]:
    """Return what autogenerate would still change: empty when migrations and models agree."""
    return database.run(lambda db: _differences(db.connection()), write=False)


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
        command.revision(_config(connection), message=message, autogenerate=True)


def _standing(connection: Connection) -> Standing:
    revision = MigrationContext.configure(connection).get_current_revision()
    script = _script()
    if revision is None:
        return Standing.EMPTY
    if revision == script.get_current_head():
        return Standing.CURRENT
    known = {one.revision for one in script.walk_revisions()}
    if revision in known:
        return Standing.BEHIND
    return Standing.FIT if _oldest_code(connection) in known else Standing.AHEAD


def _oldest_code(connection: Connection) -> str | None:
    """Return the revision of the oldest code that works on this schema, as its last migration wrote it down."""
    return connection.execute(select(_VERSION.c.mark).where(_VERSION.c.name == _OLDEST_CODE)).scalar_one_or_none()


def _write_down_oldest_code(connection: Connection) -> None:
    """Keep, for older versions that still run, which of them work on the schema as it is now."""
    if not inspect(connection).has_table(_VERSION.name):
        return
    current = _script().get_revision(MigrationContext.configure(connection).get_current_revision() or "base")
    oldest = getattr(current and current.module, "OLDEST_CODE", current and current.revision)
    connection.execute(delete(_VERSION).where(_VERSION.c.name == _OLDEST_CODE))
    connection.execute(insert(_VERSION).values(name=_OLDEST_CODE, mark=oldest))


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, SQLModel.metadata))


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def _script() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
