"""Keeps a second demo out of a folder that one is running in."""

import os
import sys
from pathlib import Path

from bot.errors import CommandRefused

if sys.platform == "win32":

    def _lock(file: int) -> None:
        """Do nothing: Windows itself keeps anybody from deleting the open database of another demo."""
        del file

else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def hold(folder: Path) -> None:
    """Lock ``folder`` until this process ends; raise :class:`CommandRefused` when another one holds it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)  # never closed: that would let the lock go
    except OSError as error:
        raise CommandRefused(f"Cannot use the folder {folder}: {error.strerror}.") from error
    try:
        _lock(lock)
    except OSError as error:
        os.close(lock)
        raise CommandRefused(
            f"A demo is running in {folder}; for a second one set HONGYAN_DATA_DIR to another folder and choose "
            "another --port."
        ) from error
