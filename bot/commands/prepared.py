"""A database that is ready for a command, and the files it is given."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from bot.app import open_database, prepare
from bot.clock import SystemClock
from bot.commands.frame import serving_settings
from bot.errors import CommandRefused
from db.engines import file_of
from db.sql import Database

CLOCK = SystemClock()
_LARGEST_ID = 2**63 - 1

Numbers = Annotated[
    list[int], typer.Argument(min=1, max=_LARGEST_ID, help="numbers, as `list` of the same name shows them")
]


@contextmanager
def existing_database() -> Generator[Database]:
    """Open the database of an installation that was at work; refuse to make one where there is none.

    Whoever looks for trouble with other settings than the server has must not hear that there is none.
    """
    file = file_of(serving_settings().database)
    if file and not file.exists():
        raise CommandRefused(
            f"There is no database {file}: give this command the settings of the server (HONGYAN_DATA_DIR or "
            "HONGYAN_DATABASE_URL), or make one with: hongyan migrate"
        )
    with ready_database() as database:
        yield database


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
