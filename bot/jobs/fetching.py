"""Fetches the bytes of files people sent, and of papers from the press, after their turn has been taken."""

import asyncio
import functools
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from bot.clock import Clock
from bot.domain import files
from bot.domain.files import FileStore
from bot.errors import DatabaseUnavailable
from bot.logs import log
from db.sql import Database

_BATCH = 10


class Source(Protocol):
    """Where files come from: a channel, or the press."""

    async def fetch(self, remote_id: str) -> bytes:
        """Return the bytes of a file."""
        ...


class Fetching:
    """Brings waiting files into the store, a few at a time; one that keeps failing is given up."""

    def __init__(self, database: Database, sources: Mapping[str, Source], store: FileStore, *, clock: Clock) -> None:
        """Fetch from ``sources``, by the channel a file came on, into ``store``."""
        self._database = database
        self._sources = sources
        self._store = store
        self._clock = clock
        self._under_way: asyncio.Task[None] | None = None

    def next_due(self, db: Session) -> datetime | None:
        """Return when the next file may be fetched, if one waits."""
        return files.next_due(db, sorted(self._sources))

    def start(self) -> None:
        """Fetch what waits in the background, unless that is being done: nobody has to wait for a slow download."""
        if self._under_way is None or self._under_way.done():
            self._under_way = asyncio.create_task(self._fetch_all())

    async def stop(self) -> None:
        """Drop what is under way; it is fetched again by whoever looks next."""
        if self._under_way:
            self._under_way.cancel()
            await asyncio.gather(self._under_way, return_exceptions=True)

    async def sweep(self) -> int:
        """Fetch what waits and return how many files were tried."""
        now = self._clock.now()
        waiting = functools.partial(files.waiting, channels=sorted(self._sources), now=now, limit=_BATCH)
        found = await self._database.do(waiting, write=False)
        if not found:
            return 0
        free = functools.partial(files.take, file_ids=[file_id for file_id, *_ in found], now=now)
        ours = set(await self._database.do(free))
        for file_id, channel, remote_id in found:
            if file_id in ours:
                await self._fetch(file_id, channel, remote_id)
        return len(ours)

    async def _fetch_all(self) -> None:
        try:
            while await self.sweep():
                pass
        except DatabaseUnavailable as error:
            log.warning("not_fetched", reason=str(error))

    async def _fetch(self, file_id: int, channel: str, remote_id: str) -> None:
        try:
            data = await self._sources[channel].fetch(remote_id)
            noted = await self._keep(file_id, channel, data)
        except Exception as error:  # noqa: BLE001  # border: a fault with one file must not stop the others
            log.warning("fetch_failed", file_id=file_id, error=type(error).__name__)
            await self._database.do(functools.partial(files.missed, file_id=file_id, now=self._clock.now()))
        else:
            await self._database.do(noted)

    async def _keep(self, file_id: int, channel: str, data: bytes) -> Callable[[Session], None]:
        """Keep bytes, pictures that people sent made anew; return what is to be written down."""
        if channel == files.PRESS:
            digest = await asyncio.to_thread(self._store.keep, data)
            return functools.partial(files.arrived, file_id=file_id, digest=digest, size=len(data))
        sent = await self._database.do(functools.partial(files.incoming, file_id=file_id), write=False)
        kept = await asyncio.to_thread(self._store.keep_sent, sent, data)
        return functools.partial(files.arrived_as, file_id=file_id, kept=kept)
