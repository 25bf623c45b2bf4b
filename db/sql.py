"""The unit of work: the only commit in the repository."""

import asyncio
import functools
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.orm import Session

from bot.errors import DatabaseUnavailable
from db.engines import POOL, begin_writing, discard, engine_of, file_of
from db.groups import Groups, ItemT, ResultT
from db.reasons import reason, unavailable

T = TypeVar("T")

_RETRIES = 3
_BUSY_MS = 5000
_CONFLICTS = {"40001", "40P01"}
_IMPATIENCE_MS = 100
_GROUPS_AT_ONCE = 2
_MIGRATION_LOCK = 0x484F4E47
_RUNG = "rung"
_HOUSE = "house"
_SHARED = (_RUNG, _HOUSE)
NOTIFICATIONS = "hongyan"
"""The PostgreSQL channel on which processes tell each other what changed."""

UNAVAILABLE = (OperationalError, InterfaceError, InternalError)
"""What a driver raises when the database cannot take this now, as SQLAlchemy wraps it."""


class _ConnectionLost(DatabaseUnavailable):
    """The server went away before the commit: nothing was kept, and the work may be done again."""


class Database:
    """One database and the threads that talk to it.

    SQLite has one writer thread and a few readers; PostgreSQL has a pool of threads. Work is a plain function of a
    session: it runs in one transaction, which is committed when it returns and rolled back when it raises.
    """

    def __init__(self, url: str, *, info: Mapping[str, Any] | None = None, lock_timeout_ms: int = _BUSY_MS) -> None:
        """Open ``url``; ``info`` travels with every session, as ``session.info``."""
        self.url = url
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self.engine = engine_of(url, lock_timeout_ms=lock_timeout_ms)
        self.on_ring: Callable[[frozenset[str]], object] = _nobody_listens
        self._lock_timeout_ms = lock_timeout_ms
        self._file = file_of(url)
        self._opened: tuple[int, int] | None = None
        if self._file:
            event.listen(self.engine, "connect", self._remember_file)
        self._info = dict(info or {})
        self._writers = ThreadPoolExecutor(1 if self.is_sqlite else POOL, thread_name_prefix="db-write")
        self._readers = ThreadPoolExecutor(2, thread_name_prefix="db-read") if self.is_sqlite else self._writers

    @contextmanager
    def transaction(self, *, write: bool = True, is_patient: bool = True) -> Generator[Session]:
        """Open one transaction; raise :class:`DatabaseUnavailable` when the database cannot take it.

        One that is not patient gives up after a tenth of a second when somebody else holds a row it wants.
        """
        rung: set[str] = set()
        with self._unit() as connection:
            if self.is_sqlite and write:
                begin_writing(connection, patience_ms=self._lock_timeout_ms)
            elif self.is_sqlite:
                connection.exec_driver_sql("BEGIN")
            elif not is_patient:
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = {_IMPATIENCE_MS}")
            with Session(bind=connection, expire_on_commit=False, info={**self._info, _RUNG: rung}) as session:
                yield session
                session.flush()
            if rung and not self.is_sqlite:
                _notify(connection, rung)
        if rung:
            self.on_ring(frozenset(rung))

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
            raise DatabaseUnavailable(f"cannot migrate the database: {reason(error)}") from error

    def run(self, work: Callable[[Session], T], *, write: bool = True) -> T:
        """Do ``work`` in one transaction, again when the database breaks a deadlock by refusing it or was restarted."""
        for attempt in range(_RETRIES):
            try:
                with self.transaction(write=write) as session:
                    return work(session)
            except DatabaseUnavailable as error:
                is_undone = _is_conflict(error) or isinstance(error, _ConnectionLost)
                if attempt + 1 == _RETRIES or not is_undone:
                    raise
        raise AssertionError("unreachable")

    async def do(self, work: Callable[[Session], T], *, write: bool = True) -> T:
        """Do ``work`` in a database thread, without holding up the event loop."""
        threads = self._writers if write else self._readers
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(threads, functools.partial(self.run, work, write=write))

    def groups(self, work: Callable[[Sequence[ItemT], Session], Sequence[ResultT]]) -> Groups[ItemT, ResultT]:
        """Return what does ``work`` for all who wait in one transaction; see :mod:`db.groups`."""
        return Groups(self, self._writers, work, at_once=1 if self.is_sqlite else _GROUPS_AT_ONCE)

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
        is_ending = False
        try:
            with self.engine.connect() as connection:
                try:
                    connection.begin()  # here, so that no session takes the transaction for its own and ends it
                    yield connection
                    is_ending = True
                    connection.commit()
                except DBAPIError as error:
                    if self._is_lost(connection):
                        discard(connection)
                        if not is_ending:
                            raise _ConnectionLost(reason(error)) from error
                    elif is_ending:
                        connection.invalidate()  # its transaction may be open still, and is nobody else's to end
                    raise
        except DBAPIError as error:
            if isinstance(error, UNAVAILABLE) or type(error) is DatabaseError:  # the latter: a file that is none
                raise unavailable(error, self._file) from error
            raise

    def _is_lost(self, connection: Connection) -> bool:
        if self.is_sqlite:
            return False
        return connection.invalidated or bool(cast("Any", connection.connection.driver_connection).closed)

    def _insist_on_file(self) -> None:
        if not self.is_present():
            raise DatabaseUnavailable(f"the database file was moved away or replaced: {self._file}")

    def _remember_file(self, _connection: object, _record: object) -> None:
        if self._file and self._opened is None:
            self._opened = _identity(self._file)


@contextmanager
def undoable(db: Session) -> Generator[Session]:
    """Open a session inside a transaction: its work, and only its, is undone when it raises.

    It costs nothing until it is used.
    """
    db.flush()  # what was added before is no part of what may be undone
    info = {key: value for key, value in db.info.items() if key in _SHARED}
    with (
        Session(
            bind=db.connection(), join_transaction_mode="create_savepoint", expire_on_commit=False, info=info
        ) as inner,
        inner.begin(),
    ):
        yield inner
        if not inner.is_active:
            inner.connection()  # raises: a flush failed and all is undone, so nobody may take it for done


def ring(db: Session, kind: str) -> None:
    """Tell every process, once this transaction is committed, that something of a ``kind`` changed."""
    db.info[_RUNG].add(kind)


def give_back_pages(db: Session) -> None:
    """Let go of the pages of its file that SQLite keeps in memory, after much was read that is not read again soon."""
    if db.get_bind().dialect.name == "sqlite":
        db.connection().exec_driver_sql("PRAGMA shrink_memory").close()


def _notify(connection: Connection, kinds: set[str]) -> None:
    for kind in sorted(kinds):
        connection.exec_driver_sql("SELECT pg_notify(%s, %s)", (NOTIFICATIONS, kind))


def _nobody_listens(_kinds: frozenset[str]) -> None:
    """Do nothing: this process has nobody who waits for changes."""


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def _is_conflict(error: DatabaseUnavailable) -> bool:
    cause = error.__cause__
    return isinstance(cause, DBAPIError) and getattr(cause.orig, "sqlstate", None) in _CONFLICTS
