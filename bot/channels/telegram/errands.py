"""Small things done beside the conversation: stopping a spinner, asking again for what could not be had at start."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine

from bot.errors import DeliveryError, SettingsError
from bot.logs import log

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0


class Errands:
    """Tasks that belong to one channel and end with it."""

    def __init__(self) -> None:
        """Begin with none."""
        self._tasks: set[asyncio.Task[None]] = set()

    def run(self, errand: Coroutine[None, None, None]) -> None:
        """Do something in the background."""
        task = asyncio.get_running_loop().create_task(errand)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def now_or_later(self, name: str, errand: Callable[[], Awaitable[None]]) -> None:
        """Do something now, or in the background until it succeeds, when the network is down.

        Raises :class:`SettingsError` when it can never succeed.
        """
        try:
            await errand()
        except DeliveryError as trouble:
            log.warning("telegram_unreachable", errand=name, reason=str(trouble))
            self.run(_insist(name, errand))

    async def settle(self) -> None:
        """Wait for what is under way."""
        await asyncio.gather(*self._tasks)

    async def close(self) -> None:
        """Drop what is under way."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _insist(name: str, errand: Callable[[], Awaitable[None]]) -> None:
    pause = _FIRST_PAUSE
    while True:
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
        try:
            return await errand()
        except SettingsError as refusal:
            return log.error("telegram_refused", errand=name, reason=str(refusal))  # a traceback adds nothing
        except DeliveryError as trouble:
            log.info("telegram_still_unreachable", errand=name, reason=str(trouble))
