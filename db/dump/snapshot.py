"""One moment of a database, to be read in peace while others write."""

from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from bot.errors import DatabaseUnavailable
from db.reasons import reason
from db.sql import Database


@contextmanager
def snapshot(database: Database) -> Generator[Connection]:
    """Open one transaction that only reads, and sees the moment of its first statement whatever is written since."""
    try:
        with database.engine.connect() as connection:
            if database.is_sqlite:
                connection.execute(text("BEGIN"))  # the driver begins nothing by itself
            else:
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            yield connection
    except DBAPIError as error:
        raise DatabaseUnavailable(f"cannot read the database: {reason(error)}") from error
