"""Commands for the whole state of an installation: into one file, and out of it again."""

import signal
import sys
from collections.abc import Generator
from contextlib import closing, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from bot.app import open_database
from bot.clock import SystemClock
from bot.commands.frame import err, out, serving_settings
from bot.domain.files import FileStore
from bot.errors import CommandRefused
from bot.keys import Keys
from bot.settings import Settings
from db import schema
from db.dump.archive import opened
from db.dump.loading import restore as load
from db.dump.revisions import Revisions
from db.dump.writing import Source, write
from db.engines import file_of


def backup(file: Annotated[Path, typer.Argument(help="the new file to write")]) -> None:
    """Write everything into one file, while the server keeps running."""
    settings = serving_settings()
    kept = file_of(settings.database)
    if kept and not kept.exists():
        raise CommandRefused(f"There is nothing to back up: there is no database {kept}.")
    folder = settings.data_dir / "files"
    source = Source(version("hongyan"), _key(settings), SystemClock().now(), folder, FileStore(folder).path)
    with _tidy_when_stopped(), closing(open_database(settings)) as database:
        written = write(database, file, source, revisions=Revisions())
    if written.missing:
        err.print(f"{written.missing} files that are noted as kept are not in {folder}; the backup lacks them too.")
    if written.damaged:
        err.print(f"{written.damaged} files in {folder} are damaged; they are in the backup as they are.")
    _tell("Backed up", written.rows, written.files, written.size)


def restore(file: Annotated[Path, typer.Argument(help="a file that `hongyan backup` wrote")]) -> None:
    """Check a backup, then load all of it into an empty database of either kind."""
    settings, revisions = serving_settings(), Revisions()
    with _tidy_when_stopped(), opened(file) as archive:
        archive.check(key=_key(settings), revisions=revisions)
        with closing(open_database(settings)) as database:
            load(archive, database, FileStore(settings.data_dir / "files").path, revisions=revisions)
            schema.migrate(database)  # notes which older versions still work on it
    _tell("Restored", archive.manifest.rows, len(archive.manifest.files), archive.size)


@contextmanager
def _tidy_when_stopped() -> Generator[None]:
    """Let SIGTERM end a command as an interrupt does: what is half done is taken back."""
    before = signal.signal(signal.SIGTERM, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(number: int, _frame: object) -> None:
    sys.exit(128 + number)


def _key(settings: Settings) -> str:
    """Tell one secret from another without giving it away."""
    return Keys(settings.secret_key).sign("backup", "secret key")


def _tell(done: str, rows: int, files: int, size: int) -> None:
    out.print(f"{done}: {rows} rows, {files} files, {size} bytes.")
