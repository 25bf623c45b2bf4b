"""A database that is ready for a command, and the files it is given."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from bot.app import open_database, prepare
from bot.clock import SystemClock
from bot.commands.frame import serving_settings
from bot.errors import CommandRefused
from db.sql import Database

CLOCK = SystemClock()


@contextmanager
def ready_database() -> Generator[Database]:
    """Open the database of a real installation; its secret is needed where phone numbers are sealed."""
    database = open_database(serving_settings())
    try:
        prepare(database, CLOCK)
        yield database
    finally:
        database.close()


def write_file(path: Path, data: bytes) -> None:
    """Write a file, or say in a sentence why that cannot be."""
    try:
        path.write_bytes(data)
    except OSError as error:
        raise CommandRefused(f"Cannot write {path}: {error.strerror}.") from error
