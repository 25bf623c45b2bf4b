"""Why a database cannot take something now, in words that say what to look at."""

import sqlite3
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from bot.errors import DatabaseUnavailable, KeepsNothing

_PRIMARY = 0xFF
_LASTING = {
    sqlite3.SQLITE_READONLY: "the database may not be written to; look at who owns it and the folder it lies in",
    sqlite3.SQLITE_CANTOPEN: "the database cannot be opened; look at who owns it and the folder it lies in",
    sqlite3.SQLITE_FULL: "the disk of the database is full",
    sqlite3.SQLITE_IOERR: "the disk of the database is full or broken",
    sqlite3.SQLITE_CORRUPT: "the database is damaged; restore a backup",
    sqlite3.SQLITE_NOTADB: "the file of the database is none; restore a backup",
    "25006": "the database may only be read",
    "53100": "the disk of the database is full",
}
"""By SQLite's primary code, and by PostgreSQL's SQLSTATE."""


def unavailable(error: DBAPIError, file: Path | None) -> DatabaseUnavailable:
    """Say what a driver's error means where that is known, which ``file`` it is about, and the driver's own words."""
    words = reason(error)
    meaning = _LASTING.get(sqlite_code(error) or getattr(error.orig, "sqlstate", None) or "")
    if not meaning:
        return DatabaseUnavailable(words)
    return KeepsNothing(f"{meaning} ({file}; {words})" if file else f"{meaning} ({words})")


def sqlite_code(error: DBAPIError) -> int:
    """Return SQLite's primary code of an error; 0 where another database raised it."""
    code = getattr(error.orig, "sqlite_errorcode", 0)
    return code & _PRIMARY if isinstance(code, int) else 0


def reason(error: DBAPIError) -> str:
    """Return a driver's own words; only their first line, the others may quote what somebody said."""
    first_line = next(iter(str(error.orig).strip().splitlines()), "")
    return f"{type(error.orig).__name__}: {first_line}"
