"""Bring a database to the schema of this version, and tell how far it is from it."""

from enum import StrEnum
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import InternalError, OperationalError
from sqlmodel import SQLModel

import db.models  # noqa: F401  # registers every table
from bot.errors import DatabaseUnavailable, SchemaMismatch
from db.sql import Database

_FOLDER = Path(__file__).parent / "migrations"


class Standing(StrEnum):
    """Where a database stands beside this version."""

    EMPTY = "empty"
    BEHIND = "behind"
    CURRENT = "current"
    AHEAD = "ahead"


def standing(database: Database) -> Standing:
    """Compare the database's revision with the newest one this version knows."""
    try:
        with database.engine.connect() as connection:
            revision = MigrationContext.configure(connection).get_current_revision()
    except (OperationalError, InternalError) as error:
        raise DatabaseUnavailable(f"cannot open the database: {error.orig}") from error
    script = _script()
    if revision is None:
        return Standing.EMPTY
    if revision == script.get_current_head():
        return Standing.CURRENT
    known = {one.revision for one in script.walk_revisions()}
    return Standing.BEHIND if revision in known else Standing.AHEAD


def migrate(database: Database, *, revision: str = "head") -> None:
    """Bring the database to ``revision``; raise :class:`SchemaMismatch` when it is ahead of this version."""
    if standing(database) is Standing.AHEAD:
        raise SchemaMismatch("The database was written by a newer version of Hongyan; install that version.")
    try:
        with database.engine.begin() as connection:
            command.upgrade(_config(connection), revision)
    except (OperationalError, InternalError) as error:
        raise DatabaseUnavailable(f"cannot migrate the database: {error.orig}") from error


def downgrade(database: Database, revision: str) -> None:
    """Take the database back to ``revision``, as far as migrations can be reversed."""
    with database.engine.begin() as connection:
        command.downgrade(_config(connection), revision)


def differences(database: Database) -> list[object]:
    """Return what autogenerate would still change: empty when migrations and models agree."""
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, SQLModel.metadata))


def require_current(database: Database) -> None:
    """Refuse a database that is not exactly at this version's schema."""
    match standing(database):
        case Standing.CURRENT:
            return
        case Standing.AHEAD:
            raise SchemaMismatch("The database was written by a newer version of Hongyan; install that version.")
        case _:
            raise SchemaMismatch("The database is not at this version's schema; run: hongyan migrate")


def draft_migration(database: Database, message: str) -> None:
    """Write a new migration from the difference between models and database, for a developer to review."""
    with database.engine.connect() as connection:
        command.revision(_config(connection), message=message, autogenerate=True)


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def _script() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
