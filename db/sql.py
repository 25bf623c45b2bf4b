"""Engines, pragmas and the unit of work; the only commit in the repository."""

import asyncio
import functools
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.orm import Session

from bot.errors import DatabaseUnavailable

T = TypeVar("T")

_POOL = 8
_RETRIES = 3
_BUSY_MS = 5000
_CONFLICTS = {"40001", "40P01"}


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
        self._info = dict(info or {})
        self._writers = ThreadPoolExecutor(1 if self.is_sqlite else _POOL, thread_name_prefix="db-write")
        self._readers = ThreadPoolExecutor(2, thread_name_prefix="db-read") if self.is_sqlite else self._writers

    @contextmanager
    def transaction(self, *, write: bool = True) -> Generator[Session]:
        """Open one transaction; raise :class:`DatabaseUnavailable` when the database cannot take it."""
        try:
            with self.engine.connect() as connection:
                if self.is_sqlite:
                    connection.execute(text("BEGIN IMMEDIATE" if write else "BEGIN"))
                with Session(bind=connection, expire_on_commit=False, info=self._info) as session:
                    yield session
                    session.flush()
                    connection.commit()
        except (OperationalError, InterfaceError, InternalError) as error:
            raise DatabaseUnavailable(_reason(error)) from error

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

    def close(self) -> None:
        """Finish what runs and let the connections go."""
        self._writers.shutdown(wait=True)
        self._readers.shutdown(wait=True)
        self.engine.dispose()


def _sqlite(url: str, busy_ms: int) -> Engine:
    path = make_url(url).database
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    options = {"timeout": busy_ms / 1000, "check_same_thread": False}
    engine = create_engine(url, connect_args=options, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401  # a driver's connection
    connection.isolation_level = None  # the driver must not begin transactions on its own
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


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
    return f"{type(error.orig).__name__}: {str(error.orig).strip().splitlines()[0] if str(error.orig) else ''}"


def _is_conflict(error: DatabaseUnavailable) -> bool:
    cause = error.__cause__
    return isinstance(cause, DBAPIError) and getattr(cause.orig, "sqlstate", None) in _CONFLICTS
