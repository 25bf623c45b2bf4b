"""The safety net: sends what is due and fetches what waits, until told to stop."""

import asyncio
import contextlib

import structlog

from bot.errors import DatabaseUnavailable
from bot.jobs.delivery import Delivery
from bot.jobs.fetching import Fetching

_IDLE_SECONDS = 1.0
_TROUBLED_SECONDS = 5.0
log = structlog.get_logger()


class Worker:
    """Sweeps the outbox and the waiting files once a second, or at once when woken."""

    def __init__(self, delivery: Delivery, fetching: Fetching) -> None:
        """Sweep with ``delivery`` and ``fetching``."""
        self._delivery = delivery
        self._fetching = fetching
        self._bell = asyncio.Event()
        self._stopped = False

    def wake(self) -> None:
        """Sweep now rather than in a moment."""
        self._bell.set()

    async def run(self) -> None:
        """Sweep until :meth:`stop`."""
        while not self._stopped:
            self._bell.clear()
            pause = await self._sweep()
            if pause and not self._stopped:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._bell.wait(), pause)

    async def stop(self) -> None:
        """Finish the sweep in hand and stop."""
        self._stopped = True
        self._bell.set()

    async def _sweep(self) -> float:
        try:
            done = await self._delivery.sweep()
            await self._fetching.sweep()
        except DatabaseUnavailable as error:
            log.error("worker_waits", reason=str(error))
            return _TROUBLED_SECONDS
        return 0.0 if done else _IDLE_SECONDS
