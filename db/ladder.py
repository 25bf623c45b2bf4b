"""The migrations, through Alembic: loaded only where a schema is changed or compared, for it takes time and memory."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlmodel import SQLModel

from db import migrations

_FOLDER = Path(migrations.__file__).parent


def climb(connection: Connection, revision: str) -> None:
    """Bring a database up to ``revision``, in the transaction of ``connection``."""
    command.upgrade(_config(connection), revision)


def descend(connection: Connection, revision: str) -> None:
    """Take a database back to ``revision``, as far as migrations can be reversed."""
    command.downgrade(_config(connection), revision)


def oldest_code(revision: str) -> str:
    """Return the revision of the oldest code that works on the schema ``revision`` makes: by default its own."""
    step = ScriptDirectory.from_config(_config()).get_revision(revision)
    return getattr(step.module, "OLDEST_CODE", step.revision)


def differences(connection: Connection) -> list[object]:
    """Return what autogenerate would still change."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, SQLModel.metadata))


def draft(connection: Connection, message: str) -> None:
    """Write a new migration from the difference between models and database."""
    command.revision(_config(connection), message=message, autogenerate=True)


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config
