"""Looks after what nobody else does: replies promised by processes that died, messages WeChat could not deliver."""

import asyncio
from functools import partial

from bot.channels.base import Answering
from bot.channels.wechat import ends
from bot.channels.wechat.promises import Promises
from bot.clock import Clock
from bot.errors import DatabaseUnavailable
from bot.logs import log, trace
from db.sql import Database

_EVERY = 10.0


class Watch:
    """The watch over one account, in each process that serves it."""

    def __init__(
        self, promises: Promises, receiver: Answering, database: Database, *, account: str, clock: Clock
    ) -> None:
        """Have ``receiver`` take the turns of ``promises`` that are overdue."""
        self._promises = promises
        self._receiver = receiver
        self._database = database
        self._account = account
        self._clock = clock
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.get_running_loop().create_task(self._look_again_and_again())
        self._task.add_done_callback(_say_why)

    async def stop(self) -> None:
        """End."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def look(self) -> None:
        """Do what is to be done now; raise :class:`DatabaseUnavailable` when that fails."""
        await self._promises.sweep(self._receiver)
        await self._database.do(partial(ends.take_up, account=self._account, now=self._clock.now()))

    async def _look_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(_EVERY)
            try:
                await self.look()
            except DatabaseUnavailable as error:
                log.warning("wechat_not_looked_after", reason=str(error))


def _say_why(task: "asyncio.Task[None]") -> None:
    """Say why a watch ended that should not: nobody waits for it."""
    if not task.cancelled() and (error := task.exception()):
        log.error("wechat_watch_ended", error=type(error).__name__, at=trace(error))
