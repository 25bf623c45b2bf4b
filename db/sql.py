"""Engines, pragmas and the unit of work; the only commit in the repository."""

import asyncio
import functools
import sqlite3
import threading
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.orm import Session

from bot.errors import DatabaseUnavailable

T = TypeVar("T")

_POOL = 8
_RETRIES = 3
_BUSY_MS = 5000
_CONFLICTS = {"40001", "40P01"}
_MIGRATION_LOCK = 0x484F4E47
_WAL_TRIES = 50
_WAL_PAUSE = 0.02
UNAVAILABLE = (OperationalError, InterfaceError, InternalError)
"""What a driver raises when the database cannot take this now, as SQLAlchemy wraps it."""


class Database:
    """One database and the threads that talk to it.

    SQLite has one writer thread and a few readers; PostgreSQL has a pool of threads. Work is a plain function of a
    session: it runs in one transaction, which is committed when it returns and rolled back when it raises.
    """

    def __init__(self, url: str, *, info: Mapping[str, Any] | None = None, lock_timeout_ms: int = _BUSY_MS) -> None:
        """Open ``url``; ``info`` travels with every session, as ``session.info``."""
        self.url = url
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self.engine = _sqlite(url, lock_timeout_ms) if self.is_sqlite else _postgresql(url, lock_timeout_ms)
        self._file = file_of(url)
        self._opened: tuple[int, int] | None = None
        if self._file:
            event.listen(self.engine, "connect", self._remember_file)
        self._info = dict(info or {})
        self._writers = ThreadPoolExecutor(1 if self.is_sqlite else _POOL, thread_name_prefix="db-write")
        self._readers = ThreadPoolExecutor(2, thread_name_prefix="db-read") if self.is_sqlite else self._writers

    @contextmanager
    def transaction(self, *, write: bool = True) -> Generator[Session]:
        """Open one transaction; raise :class:`DatabaseUnavailable` when the database cannot take it."""
        with self._unit() as connection:
            if self.is_sqlite:
                connection.execute(text("BEGIN IMMEDIATE" if write else "BEGIN"))
            with Session(bind=connection, expire_on_commit=False, info=self._info) as session:
                yield session
                session.flush()

    @contextmanager
    def migration(self) -> Generator[Connection]:
        """Open the one transaction that changes the schema: whoever else migrates waits; a failure leaves nothing."""
        try:
            with self._unit() as connection:
                if self.is_sqlite:
                    connection.detach()  # closed afterwards, so that nobody else works without foreign keys
                    connection.execute(text("PRAGMA foreign_keys=OFF"))  # a table may be rebuilt under its references
                    connection.execute(text("BEGIN IMMEDIATE"))
                else:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
                yield connection
                if self.is_sqlite and connection.execute(text("PRAGMA foreign_key_check")).first():
                    raise DatabaseUnavailable("cannot migrate the database: rows would refer to what is not there")
        except DBAPIError as error:
            raise DatabaseUnavailable(f"cannot migrate the database: {_reason(error)}") from error

    def run(self, work: Callable[[Session], T], *, write: bool = True) -> T:
        """Do ``work`` in one transaction, again when the database breaks a deadlock by refusing it."""
        for attempt in range(_RETRIES):
            try:
                with self.transaction(write=write) as session:
                    return work(session)
            except DatabaseUnavailable as error:
                if attempt + 1 == _RETRIES or not _is_conflict(error):
                    raise
        raise AssertionError("unreachable")

    async def do(self, work: Callable[[Session], T], *, write: bool = True) -> T:
        """Do ``work`` in a database thread, without holding up the event loop."""
        threads = self._writers if write else self._readers
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(threads, functools.partial(self.run, work, write=write))

    def is_present(self) -> bool:
        """Tell whether the SQLite file that was opened still lies where it was; a server's database always does."""
        if self._file is None or self._opened is None:
            return True
        try:
            return _identity(self._file) == self._opened
        except OSError:
            return False

    def close(self) -> None:
        """Finish what runs and let the connections go."""
        self._writers.shutdown(wait=True)
        self._readers.shutdown(wait=True)
        self.engine.dispose()

    @contextmanager
    def _unit(self) -> Generator[Connection]:
        self._insist_on_file()
        try:
            with self.engine.connect() as connection:
                connection.begin()  # here, so that no session takes the transaction for its own and ends it
                yield connection
                connection.commit()
        except DBAPIError as error:
            if isinstance(error, UNAVAILABLE) or type(error) is DatabaseError:  # the latter: a file that is none
                raise DatabaseUnavailable(_reason(error)) from error
            raise

    def _insist_on_file(self) -> None:
        if not self.is_present():
            raise DatabaseUnavailable(f"the database file was moved away or replaced: {self._file}")

    def _remember_file(self, _connection: object, _record: object) -> None:
        if self._file and self._opened is None:
            self._opened = _identity(self._file)


def file_of(url: str) -> Path | None:
    """Return the file of a SQLite URL; ``None`` for a server, for memory, and for a file named by a URI."""
    parts = make_url(url)
    name = parts.database or ":memory:"
    is_file = parts.get_backend_name() == "sqlite" and name != ":memory:" and "uri" not in parts.query
    return Path(name) if is_file else None


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def _sqlite(url: str, busy_ms: int) -> Engine:
    path = file_of(url)
    try:
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUnavailable(f"cannot make the folder {path and path.parent}: {error.strerror}") from error
    options = {"timeout": busy_ms / 1000, "check_same_thread": False}
    engine = create_engine(url, connect_args=options, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401  # a driver's connection
    connection.isolation_level = None  # the driver must not begin transactions on its own
    _use_wal(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _use_wal(connection: Any) -> None:  # noqa: ANN401  # a driver's connection
    """Switch to the write-ahead log, again while another process does so: SQLite does not wait by itself here."""
    for attempt in range(_WAL_TRIES):
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or attempt + 1 == _WAL_TRIES:
                raise
            threading.Event().wait(_WAL_PAUSE)
        else:
            return


def _postgresql(url: str, lock_timeout_ms: int) -> Engine:
    options = f"-c lock_timeout={lock_timeout_ms} -c timezone=UTC"
    return create_engine(
        url,
        pool_size=_POOL,
        max_overflow=2,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={"options": options, "connect_timeout": 5},
    )


def _reason(error: DBAPIError) -> str:
    first_line = next(iter(str(error.orig).strip().splitlines()), "")
    return f"{type(error.orig).__name__}: {first_line}"


def _is_conflict(error: DatabaseUnavailable) -> bool:
    cause = error.__cause__
    return isinstance(cause, DBAPIError) and getattr(cause.orig, "sqlstate", None) in _CONFLICTS
