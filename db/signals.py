"""Hears that another process changed something: at once from PostgreSQL, within a moment from a SQLite file."""

import asyncio
from collections.abc import Callable
from contextlib import closing
from typing import Any, cast

from sqlalchemy.engine import make_url

from bot.logs import log
from db.sql import NOTIFICATIONS, Database

EVERYTHING = "*"
"""What is heard where nobody says what changed."""

_LOOK_EVERY = 0.5
_ALIVE_EVERY = 20.0
_CONNECT_SECONDS = 5
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0


class Signals:
    """Calls ``heard`` with the kind of each change other processes rang for, until it is cancelled."""

    def __init__(self, database: Database, heard: Callable[[str], None]) -> None:
        """Listen to whoever works on ``database``."""
        self._database = database
        self._heard = heard
        self._pause = _FIRST_PAUSE

    async def listen(self) -> None:
        """Listen for ever; what may have been missed while the database was away is taken for changed."""
        lost: type[Exception] = cast("Any", self._database.engine.dialect).dbapi.Error
        while True:
            try:
                await (self._watch_file() if self._database.is_sqlite else self._listen_to_server())
            except (lost, OSError) as error:
                log.warning("signals_lost", error=type(error).__name__)
            await asyncio.sleep(self._pause)
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)

    async def _listen_to_server(self) -> None:
        """Hear what the server passes on; a connection that lasts makes the next loss a first one again."""
        import psycopg  # noqa: PLC0415  # it takes memory, and who has a file needs none

        _, where = self._database.engine.dialect.create_connect_args(make_url(self._database.url))
        options: dict[str, Any] = {**where, "autocommit": True, "connect_timeout": _CONNECT_SECONDS}
        async with await psycopg.AsyncConnection.connect(**options) as connection:
            await connection.execute(f"LISTEN {NOTIFICATIONS}".encode())
            self._pause = _FIRST_PAUSE
            self._heard(EVERYTHING)
            while True:
                async for notification in connection.notifies(timeout=_ALIVE_EVERY):
                    self._heard(notification.payload)
                await connection.execute("SELECT 1")

    async def _watch_file(self) -> None:
        """Look whether anybody else has written: SQLite counts that for each connection."""
        seen = None
        connection = await asyncio.to_thread(self._database.engine.raw_connection)
        with closing(connection):
            while True:
                cursor = connection.cursor()
                (version,) = cast("tuple[int]", cursor.execute("PRAGMA data_version").fetchone())
                cursor.close()
                if version != seen:
                    self._heard(EVERYTHING)
                seen, self._pause = version, _FIRST_PAUSE
                await asyncio.sleep(_LOOK_EVERY)
