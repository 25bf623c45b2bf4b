"""Writing a backup: one moment of the database and the files it names, while the server keeps running."""

import hashlib
import os
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from sqlalchemy import Connection, Text, column, select, table, text

from bot.clock import new_token
from bot.errors import CommandRefused
from db.dump.manifest import FORMAT, LARGEST, MANIFEST, FilePart, Manifest, TablePart, written
from db.dump.placing import Place
from db.dump.revisions import Revisions
from db.dump.rows import Shape
from db.dump.snapshot import snapshot
from db.sql import Database

BATCH = 1000
"""Rows that are held in memory at a time."""

_BLOCK = 1024 * 1024
_FILE_NAME = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Source:
    """Whose state is written down: ``key`` tells the secret apart, ``files`` is where received files are kept."""

    hongyan: str
    key: str
    now: datetime
    files: Path
    place: Place


@dataclass(frozen=True, slots=True)
class Written:
    """What a backup holds; ``missing`` files are named by rows but gone, ``damaged`` ones hold other bytes now."""

    rows: int
    files: int
    size: int
    missing: int
    damaged: int


def write(database: Database, target: Path, source: Source, *, revisions: Revisions) -> Written:
    """Write everything into a new file; whatever goes wrong, nothing stays under its name."""
    if os.path.lexists(target):
        raise CommandRefused(_taken(target))
    half_written = target.with_name(f".{target.name}.{new_token(6)}.part")
    try:
        with _private(half_written) as file:
            manifest, missing = _fill(file, database, source, revisions)
            size = file.tell()
        _publish(half_written, target)
    except OSError as error:
        raise CommandRefused(f"Cannot write {target}: {error.strerror or error}.") from error
    finally:
        with suppress(OSError):
            half_written.unlink()
    damaged = sum(part.name != part.sha256 for part in manifest.files)
    return Written(manifest.rows, len(manifest.files), size, missing, damaged)


def _fill(file: IO[bytes], database: Database, source: Source, revisions: Revisions) -> tuple[Manifest, int]:
    with ZipFile(file, "w", ZIP_DEFLATED) as archive, snapshot(database) as connection:
        revision = _revision(connection, revisions)
        shapes = revisions.shapes(revision)
        named = _named_files(connection, shapes)
        if named and not source.files.is_dir():
            raise CommandRefused(
                f"The database names {len(named)} files but there is no folder {source.files}; set HONGYAN_DATA_DIR."
            )
        tables = tuple(_table(archive, connection, shape, source.now) for shape in shapes)
        files = tuple(_files(archive, source))
        manifest = Manifest(FORMAT, source.hongyan, revision, source.now, source.key, tables, files)
        said = written(manifest)
        if len(said) > LARGEST:
            raise CommandRefused(f"There are too many files for one backup: {len(files)}.")
        archive.writestr(_member(MANIFEST, source.now), said)
    return manifest, len(named - {part.name for part in files})


def _revision(connection: Connection, revisions: Revisions) -> str:
    revision = revisions.at(connection)
    if revision is None:
        raise CommandRefused("There is nothing to back up: the database is empty.")
    if revision not in revisions.known:
        raise CommandRefused("The database was written by a newer version of Hongyan; install that version.")
    return revision


def _named_files(connection: Connection, shapes: tuple[Shape, ...]) -> set[str]:
    """Return the digests of the files that the rows say are kept."""
    if not any(shape.name == "stored_file" for shape in shapes):
        return set()
    kept = select(column("digest", Text())).select_from(table("stored_file")).where(column("state", Text()) == "kept")
    return set(connection.execute(kept).scalars())


def _table(archive: ZipFile, connection: Connection, shape: Shape, now: datetime) -> TablePart:
    digest, rows, size = hashlib.sha256(), 0, 0
    part = TablePart(shape.name, shape.columns, 0, 0, "", _counter(connection, shape))
    everything = shape.select(is_sqlite=connection.dialect.name == "sqlite")
    with archive.open(_member(part.member, now), "w", force_zip64=True) as member:
        found = connection.execute(everything, execution_options={"yield_per": BATCH})
        for batch in found.partitions():
            lines = b"".join(map(shape.line, batch))
            member.write(lines)
            digest.update(lines)
            rows, size = rows + len(batch), size + len(lines)
    return replace(part, rows=rows, size=size, sha256=digest.hexdigest())


def _counter(connection: Connection, shape: Shape) -> int:
    """Return the last id that PostgreSQL gave out: an id that was used once is never given again."""
    if connection.dialect.name == "sqlite" or not shape.counted:
        return 0
    quoted = connection.dialect.identifier_preparer.quote(shape.name)
    asked = text("SELECT pg_get_serial_sequence(:table, :column)")
    sequence = connection.execute(asked, {"table": quoted, "column": shape.counted}).scalar_one()
    if sequence is None:
        return 0
    last, is_called = connection.execute(text(f"SELECT last_value, is_called FROM {sequence}")).one()  # noqa: S608  # PostgreSQL quoted it
    return last if is_called else 0


def _files(archive: ZipFile, source: Source) -> Iterator[FilePart]:
    """Copy every received file; the folder is read after the rows, so each file they name has its bytes by now."""
    for path in sorted(source.files.glob("*/*")):
        if not _FILE_NAME.fullmatch(path.name) or path != source.place(path.name):
            continue
        try:
            file = path.open("rb")
        except FileNotFoundError:
            continue
        except OSError as error:
            raise CommandRefused(f"Cannot read {path}: {error.strerror}.") from error
        with file:
            yield _file(archive, path, file, source.now)


def _file(archive: ZipFile, path: Path, file: IO[bytes], now: datetime) -> FilePart:
    digest, size = hashlib.sha256(), 0
    part = FilePart(path.name, 0, "")
    with archive.open(_member(part.member, now, compress=False), "w", force_zip64=True) as member:
        for block in _blocks(path, file):
            member.write(block)
            digest.update(block)
            size += len(block)
    return replace(part, size=size, sha256=digest.hexdigest())


def _blocks(path: Path, file: IO[bytes]) -> Iterator[bytes]:
    try:
        while block := file.read(_BLOCK):
            yield block
    except OSError as error:
        raise CommandRefused(f"Cannot read {path}: {error.strerror}.") from error


def _member(name: str, now: datetime, *, compress: bool = True) -> ZipInfo:
    info = ZipInfo(name, now.timetuple()[:6])
    info.compress_type = ZIP_DEFLATED if compress else ZIP_STORED  # photos do not get smaller
    info.external_attr = 0o600 << 16
    return info


@contextmanager
def _private(path: Path) -> Generator[IO[bytes]]:
    """Open a new file for its owner only; it is on the disk when this ends."""
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), "w+b") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def _publish(half_written: Path, target: Path) -> None:
    """Give a finished file its name, unless somebody took that name meanwhile."""
    try:
        target.hardlink_to(half_written)
    except FileExistsError as error:
        raise CommandRefused(_taken(target)) from error
    except OSError:  # a stick or a share without hard links
        half_written.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _taken(target: Path) -> str:
    return f"{target} is there already; a backup never replaces a file."
