"""Fetches the bytes of files people sent, after their turn has been taken."""

import asyncio
import functools
from collections.abc import Mapping

import structlog

from bot.channels.base import Channel
from bot.clock import Clock
from bot.domain import files
from bot.domain.files import FileStore
from db.sql import Database

_BATCH = 10
log = structlog.get_logger()


class Fetching:
    """Brings waiting files into the store, a few at a time; one that keeps failing is given up."""

    def __init__(self, database: Database, channels: Mapping[str, Channel], store: FileStore, *, clock: Clock) -> None:
        """Fetch through ``channels`` into ``store``."""
        self._database = database
        self._channels = channels
        self._store = store
        self._clock = clock

    async def sweep(self) -> int:
        """Fetch what waits and return how many files were tried."""
        now = self._clock.now()
        waiting = functools.partial(files.waiting, channels=sorted(self._channels), now=now, limit=_BATCH)
        found = await self._database.do(waiting, write=False)
        for file_id, channel, remote_id in found:
            await self._fetch(file_id, channel, remote_id)
        return len(found)

    async def _fetch(self, file_id: int, channel: str, remote_id: str) -> None:
        try:
            data = await self._channels[channel].fetch(remote_id)
            digest = await asyncio.to_thread(self._store.keep, data)
        except Exception as error:  # noqa: BLE001  # border: a fault with one file must not stop the others
            log.warning("fetch_failed", file_id=file_id, error=type(error).__name__)
            await self._database.do(functools.partial(files.missed, file_id=file_id, now=self._clock.now()))
        else:
            size = len(data)
            await self._database.do(functools.partial(files.arrived, file_id=file_id, digest=digest, size=size))
