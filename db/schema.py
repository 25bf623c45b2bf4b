"""Bring a database to the schema of this version, and tell how far it is from it."""

from enum import StrEnum
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlmodel import SQLModel

import db.models  # noqa: F401  # registers every table
from bot.errors import SchemaMismatch
from db.sql import Database

_FOLDER = Path(__file__).parent / "migrations"
_AHEAD = "The database was written by a newer version of Hongyan; install that version."


class Standing(StrEnum):
    """Where a database stands beside this version."""

    EMPTY = "empty"
    BEHIND = "behind"
    CURRENT = "current"
    AHEAD = "ahead"


def standing(database: Database) -> Standing:
    """Compare the database's revision with the newest one this version knows."""
    return database.run(lambda db: _standing(db.connection()), write=False)


def migrate(database: Database, *, revision: str = "head") -> None:
    """Bring the database to ``revision``; raise :class:`SchemaMismatch` when it is ahead of this version."""
    with database.migration() as connection:
        if _standing(connection) is Standing.AHEAD:
            raise SchemaMismatch(_AHEAD)
        command.upgrade(_config(connection), revision)


def downgrade(database: Database, revision: str) -> None:
    """Take the database back to ``revision``, as far as migrations can be reversed."""
    with database.migration() as connection:
        command.downgrade(_config(connection), revision)


def differences(database: Database) -> list[object]:
    """Return what autogenerate would still change: empty when migrations and models agree."""
    return database.run(lambda db: _differences(db.connection()), write=False)


def require_current(database: Database) -> None:
    """Refuse a database that is not exactly at this version's schema."""
    match standing(database):
        case Standing.CURRENT:
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
    return Standing.BEHIND if revision in known else Standing.AHEAD


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
