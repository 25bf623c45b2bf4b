"""Reading a backup: nothing in it is believed before every name, size, count and digest was looked at."""

import hashlib
import io
import os
import struct
import zlib
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from bot.errors import CommandRefused
from db.dump.manifest import LARGEST, MANIFEST, FilePart, Manifest, TablePart, read
from db.dump.revisions import Revisions

_CUT = "was cut short or is damaged: its list of contents cannot be read"
_BLOCK = 1024 * 1024
_LONGEST_LINE = 64 * 1024 * 1024
_BROKEN = (BadZipFile, zlib.error, struct.error, EOFError, ValueError, NotImplementedError, RuntimeError, OverflowError)
"""What the zip reader raises on bytes that were touched: checksums, lengths, methods and flags that cannot be."""


@dataclass(frozen=True, slots=True)
class Archive:
    """An open backup whose names and sizes fit its manifest; ``size`` is that of the whole, in bytes."""

    manifest: Manifest
    size: int
    _zip: ZipFile

    def check(self, *, key: str, revisions: Revisions) -> None:
        """Refuse a backup that another secret sealed, that is too new, or of which one byte is not as it was."""
        if self.manifest.key != key:
            raise CommandRefused("The backup was made under another HONGYAN_SECRET_KEY; set that one and try again.")
        if self.manifest.revision not in revisions.known:
            raise CommandRefused("The backup was written by a newer version of Hongyan; install that version.")
        self._check_columns(revisions)
        for part in (*self.manifest.tables, *self.manifest.files):
            self._check_bytes(part)

    def lines(self, part: TablePart) -> Iterator[bytes]:
        """Read the rows of a table, one at a time."""
        with _damage(part.member), self._zip.open(part.member) as member:
            buffered = io.BufferedReader(cast("io.RawIOBase", member), _BLOCK)  # a zip's own readline is slow
            while line := buffered.readline(_LONGEST_LINE):
                yield line

    def blocks(self, part: TablePart | FilePart) -> Iterator[bytes]:
        """Read a part piece by piece."""
        with _damage(part.member), self._zip.open(part.member) as member:
            while block := member.read(_BLOCK):
                yield block

    def _check_columns(self, revisions: Revisions) -> None:
        known = {shape.name: set(shape.columns) for shape in revisions.shapes(self.manifest.revision)}
        given = {part.name: set(part.columns) for part in self.manifest.tables}
        where = f"revision {self.manifest.revision} of the database"
        _refuse_any(given.keys() - known.keys(), f"The backup has tables that {where} does not know")
        _refuse_any(known.keys() - given.keys(), f"The backup lacks tables of {where}")
        for part in self.manifest.tables:
            new, old = given[part.name], known[part.name]
            _refuse_any(new - old, f"The backup's table {part.name} has columns that {where} does not know")
            _refuse_any(old - new, f"The backup's table {part.name} lacks columns of {where}")
            _refuse_any(_twice(part.columns), f"The backup's table {part.name} has columns twice")

    def _check_bytes(self, part: TablePart | FilePart) -> None:
        digest, rows = hashlib.sha256(), 0
        for block in self.blocks(part):
            digest.update(block)
            rows += block.count(b"\n")
        if digest.hexdigest() != part.sha256:
            raise CommandRefused(_damaged(part.member))
        if isinstance(part, TablePart) and rows != part.rows:
            raise CommandRefused(f"The backup's {part.member} has {rows} rows where {part.rows} were written.")


@contextmanager
def opened(path: Path) -> Generator[Archive]:
    """Open a backup; refuse what is none, what was cut short, and members that do not fit the manifest."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise CommandRefused(f"Cannot read {path}: {error.strerror}.") from error
    with file:
        starts_well = file.read(4) == b"PK\x03\x04"
        try:
            archive = ZipFile(file)
        except _BROKEN as error:
            fault = _CUT if starts_well else "is no backup"
            raise CommandRefused(f"{path} {fault}.") from error
        except OSError as error:
            raise CommandRefused(f"Cannot read {path}: {error.strerror}.") from error
        with archive:
            _check_methods(archive)
            manifest = _manifest(archive, path)
            _check_members(archive, manifest)
            yield Archive(manifest, os.fstat(file.fileno()).st_size, archive)


def _check_methods(archive: ZipFile) -> None:
    for info in archive.infolist():
        if info.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
            raise CommandRefused(_damaged(ascii(info.filename)))


def _manifest(archive: ZipFile, path: Path) -> Manifest:
    sizes = [info.file_size for info in archive.infolist() if info.filename == MANIFEST]
    if len(sizes) != 1:
        raise CommandRefused(f"{path} is no backup: it has {len(sizes)} {MANIFEST} where one is expected.")
    if sizes[0] > LARGEST:
        raise CommandRefused(f"{path} is no backup: its {MANIFEST} is too large.")
    with _damage(MANIFEST):
        data = archive.read(MANIFEST)
    return read(data)


def _check_members(archive: ZipFile, manifest: Manifest) -> None:
    parts = (*manifest.tables, *manifest.files)
    sizes = {part.member: part.size for part in parts}
    found = [info.filename for info in archive.infolist()]
    _refuse_any(_twice([part.member for part in parts]), f"The backup's {MANIFEST} names parts twice")
    _refuse_any(_twice(found), "The backup has parts twice")
    _refuse_any(set(found) - sizes.keys() - {MANIFEST}, "The backup has parts that do not belong to it")
    _refuse_any(sizes.keys() - set(found), "The backup lacks parts")
    for info in archive.infolist():
        if info.filename != MANIFEST and info.file_size != sizes[info.filename]:
            declared = f"{sizes[info.filename]} bytes were written"
            raise CommandRefused(f"The backup's {info.filename} has {info.file_size} bytes where {declared}.")


def _twice(names: list[str] | tuple[str, ...]) -> set[str]:
    return {name for name, times in Counter(names).items() if times > 1}


def _refuse_any(names: set[str], fault: str) -> None:
    if names:
        raise CommandRefused(f"{fault}: {', '.join(map(ascii, sorted(names)))}.")


@contextmanager
def _damage(member: str) -> Generator[None]:
    try:
        yield
    except _BROKEN as error:
        raise CommandRefused(_damaged(member)) from error
    except OSError as error:
        raise CommandRefused(f"The backup's {member} cannot be read: {error.strerror}.") from error


def _damaged(member: str) -> str:
    return f"The backup's {member} is damaged: its bytes are not those that were written."
