"""How each kind of database is opened: pragmas, pools, timeouts."""

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError

from bot.errors import DatabaseUnavailable
from db.reasons import sqlite_code

POOL = 8
"""Connections one process has to a PostgreSQL, and threads that use them."""

_GENERATION = "generation"
_CACHE_KIB = 16 * 1024
_LOOK_AGAIN_MS = 1
_WAL_TRIES = 50
_WAL_PAUSE = 0.02


def engine_of(url: str, *, lock_timeout_ms: int) -> Engine:
    """Open the engine of a URL; nothing waits longer than ``lock_timeout_ms`` for somebody else's lock."""
    is_sqlite = make_url(url).get_backend_name() == "sqlite"
    engine = _sqlite(url, lock_timeout_ms) if is_sqlite else _postgresql(url, lock_timeout_ms)
    _quicken_savepoints(engine)
    return engine


def file_of(url: str) -> Path | None:
    """Return the file of a SQLite URL; ``None`` for a server, for memory, and for a file named by a URI."""
    parts = make_url(url)
    name = parts.database or ":memory:"
    is_file = parts.get_backend_name() == "sqlite" and name != ":memory:" and "uri" not in parts.query
    return Path(name) if is_file else None


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


def begin_writing(connection: Connection, *, patience_ms: int) -> None:
    """Begin a transaction that writes to a SQLite file as soon as nobody else does, in this process or another.

    SQLite itself looks for a free file less and less often, so that somebody who writes page after page would leave
    others to chance. Raises SQLite's own error when the patience is over.
    """
    driver, usual_ms = cast("Any", connection.connection.driver_connection), patience_ms
    driver.execute("PRAGMA busy_timeout=0").close()
    try:
        while not _has_begun(connection, is_last=patience_ms <= 0):
            threading.Event().wait(_LOOK_AGAIN_MS / 1000)
            patience_ms -= _LOOK_AGAIN_MS
    finally:
        driver.execute(f"PRAGMA busy_timeout={usual_ms}").close()


def _has_begun(connection: Connection, *, is_last: bool) -> bool:
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    except OperationalError as error:
        if is_last or sqlite_code(error) != sqlite3.SQLITE_BUSY:
            raise
        return False
    return True


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401  # a driver's connection
    connection.isolation_level = None  # the driver must not begin transactions on its own
    _use_wal(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON", f"cache_size=-{_CACHE_KIB}"):
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
    engine = create_engine(
        url,
        pool_size=POOL,
        max_overflow=2,
        hide_parameters=True,
        connect_args={"options": options, "connect_timeout": 5},
    )
    _keep_generations(engine)
    return engine


def _keep_generations(engine: Engine) -> None:
    """Count how often the server went away, so that no connection from before is handed out."""
    newest = [0]

    def begin(_connection: object, record: Any) -> None:  # noqa: ANN401  # the pool's own record
        record.info[_GENERATION] = newest, newest[0]

    def insist(_connection: object, record: Any, _fairy: object) -> None:  # noqa: ANN401  # as above
        if record.info[_GENERATION][1] != newest[0]:
            raise DisconnectionError("it was opened before the server went away")

    event.listen(engine, "connect", begin)
    event.listen(engine, "checkout", insist)


def discard(connection: Connection) -> None:
    """Let go of a connection whose server went away; whatever else lies in the pool is as dead."""
    if not connection.invalidated:
        newest, mine = connection.info[_GENERATION]
        newest[0] = max(newest[0], mine + 1)
        connection.invalidate()


def _quicken_savepoints(engine: Engine) -> None:
    """Let the driver itself set savepoints: every turn has one, and compiling it costs ten times what it does.

    They are released as well, though that is a round trip more and a commit would do it: a connection that was lost
    is found out before the commit, when the work may still be done again.
    """
    dialect = cast("Any", engine.dialect)

    def saying(words: str) -> Callable[[Connection, str], None]:
        def say(connection: Connection, name: str) -> None:
            try:
                cast("Any", connection.connection.driver_connection).execute(f"{words} {name}")
            except dialect.dbapi.Error as error:
                raise DBAPIError.instance(
                    words, None, error, dialect.dbapi.Error, hide_parameters=True, dialect=dialect
                ) from error

        return say

    dialect.do_savepoint = saying("SAVEPOINT")
    dialect.do_release_savepoint = saying("RELEASE SAVEPOINT")
    dialect.do_rollback_to_savepoint = saying("ROLLBACK TO SAVEPOINT")
