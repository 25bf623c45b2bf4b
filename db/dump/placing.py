"""Putting received files back where they were kept; what a failed restore put there is taken away again."""

import hashlib
import os
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from bot.clock import new_token
from bot.errors import CommandRefused
from db.dump.archive import Archive
from db.dump.manifest import FilePart

Place = Callable[[str], Path]
"""Tells where the bytes of a name are kept."""

_BLOCK = 1024 * 1024


@contextmanager
def placed(archive: Archive, place: Place) -> Generator[Callable[[], None]]:
    """Give a function that puts every file in place; all that is new is removed again when this ends with an error."""
    with ExitStack() as undo:

        def put() -> None:
            for part in archive.manifest.files:
                _put(archive, part, place(part.name), undo)

        yield put
        undo.pop_all()


def _put(archive: Archive, part: FilePart, path: Path, undo: ExitStack) -> None:
    try:
        if path.exists() and _digest(path) in {part.name, part.sha256}:
            return
        _make_folder(path.parent, undo)
        if not path.exists():
            undo.callback(_remove, path)
        half_written = path.with_name(f"{path.name}.{new_token(6)}")
        undo.callback(_remove, half_written)
        with half_written.open("wb") as file:
            for block in archive.blocks(part):
                file.write(block)
            file.flush()
            os.fsync(file.fileno())
        half_written.replace(path)
    except OSError as error:
        raise CommandRefused(f"Cannot write {path}: {error.strerror}.") from error


def _make_folder(folder: Path, undo: ExitStack) -> None:
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir()
        undo.callback(_remove_empty, one)


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):  # somebody else put something there
        folder.rmdir()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
