"""Long polling, for a machine with no public address: the same promises as the webhook's."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, JsonValue, TypeAdapter, ValidationError
from telegram.error import Conflict, InvalidToken, TelegramError

from bot import metrics
from bot.channels.base import ReachChange, Receiver
from bot.channels.telegram.channel import TIMEOUT, Telegram
from bot.channels.telegram.faults import FloodWait
from bot.channels.telegram.inbound import MalformedUpdate, read_update
from bot.channels.telegram.intake import hand_on
from bot.channels.telegram.wire import ALLOWED_UPDATES
from bot.clock import Clock
from bot.conversation.turn import Inbound
from bot.errors import DatabaseUnavailable
from bot.logs import log

_AT_ONCE = 16
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: how long a poll waits for news, and how long to pause after trouble, doubling up to the longest."""

    poll: float = 25.0
    first: float = 1.0
    longest: float = 30.0


class _Numbered(BaseModel):
    model_config = ConfigDict(strict=True)

    update_id: int


_BATCH: TypeAdapter[list[JsonValue]] = TypeAdapter(list[JsonValue])
_PATIENCE = Patience()


async def poll(
    channel: Telegram, receiver: Receiver, clock: Clock, stop: asyncio.Event, *, patience: Patience = _PATIENCE
) -> None:
    """Take updates until ``stop`` is set; Telegram forgets them only after every one of a batch is committed."""
    await _Poller(channel, receiver, clock, stop, patience).run()


class _Poller:
    def __init__(
        self, channel: Telegram, receiver: Receiver, clock: Clock, stop: asyncio.Event, patience: Patience
    ) -> None:
        self._channel = channel
        self._receiver = receiver
        self._clock = clock
        self._stop = stop
        self._patience = patience
        self._free = asyncio.Semaphore(_AT_ONCE)
        self._offset = 0

    async def run(self) -> None:
        trouble = 0
        webhook_gone = False
        while not self._stop.is_set():
            try:
                if not webhook_gone:
                    await self._until_stopped(self._channel.api.call("deleteWebhook", {"drop_pending_updates": False}))
                    webhook_gone = True
                batch = await self._until_stopped(self._news())
                await self._take(batch or [])
                trouble = 0
            except TelegramError as error:
                await self._pause(self._seconds(error, trouble))
                trouble += 1

    async def _news(self) -> list[JsonValue]:
        wanted = {"offset": self._offset, "timeout": int(self._patience.poll), "allowed_updates": list(ALLOWED_UPDATES)}
        result = await self._channel.api.call("getUpdates", wanted, patience=self._patience.poll + TIMEOUT)
        try:
            return _BATCH.validate_python(result)
        except ValidationError:
            raise TelegramError("Invalid server response") from None

    async def _take(self, batch: list[JsonValue]) -> None:
        """Take a batch, each chat's updates in order and different chats side by side."""
        chats: dict[str, list[Inbound | ReachChange]] = {}
        numbers: list[int] = []
        for raw in batch:
            number, read = self._read(raw)
            numbers += [] if number is None else [number]
            if read is not None:
                chats.setdefault(read.chat if isinstance(read, Inbound) else read.target.chat, []).append(read)
        async with asyncio.TaskGroup() as group:
            for waiting in chats.values():
                group.create_task(self._take_in_order(waiting))
        if batch and not numbers:  # asking again at once would give the same for ever
            raise TelegramError("Invalid server response")
        if numbers:
            self._offset = max(numbers) + 1

    def _read(self, raw: JsonValue) -> tuple[int | None, Inbound | ReachChange | None]:
        try:
            number = _Numbered.model_validate(raw).update_id
        except ValidationError:
            log.warning("telegram_update_without_number")
            return None, None
        try:
            return number, read_update(raw, bot=self._channel.identity, now=self._clock.now())
        except MalformedUpdate as error:
            log.warning("telegram_update_malformed", update=number, reason=str(error))
            metrics.malformed(self._channel.name)
            return number, None

    async def _take_in_order(self, waiting: list[Inbound | ReachChange]) -> None:
        async with self._free:
            for read in waiting:
                trouble = 0
                while not self._stop.is_set():
                    try:
                        await hand_on(read, channel=self._channel, receiver=self._receiver)
                        break
                    except DatabaseUnavailable as error:
                        log.warning("telegram_update_put_off", reason=str(error))
                        await self._pause(self._backoff(trouble))
                        trouble += 1

    def _seconds(self, error: TelegramError, trouble: int) -> float:
        """Say what is wrong and return how long to wait before trying again."""
        reason = self._channel.api.scrubbed(str(error))
        match error:
            case FloodWait():
                log.warning("telegram_poll_too_fast", seconds=error.seconds)
                return error.seconds
            case Conflict():
                log.error(
                    "telegram_poll_conflict", reason=reason, advice="stop the other poller or webhook of this bot"
                )
                return self._patience.longest
            case InvalidToken():
                log.error("telegram_token_refused", reason=reason, advice="check HONGYAN_TELEGRAM_TOKEN")
                return self._patience.longest
            case _:
                log.warning("telegram_unreachable", errand="getUpdates", reason=reason)
                return self._backoff(trouble)

    def _backoff(self, trouble: int) -> float:
        return min(self._patience.first * 2 ** min(trouble, 16), self._patience.longest)

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stop.wait(), seconds)
        except TimeoutError:
            return

    async def _until_stopped(self, work: Coroutine[None, None, T]) -> T | None:
        """Return what ``work`` gives, or nothing as soon as somebody wants to stop."""
        task, stopping = asyncio.ensure_future(work), asyncio.ensure_future(self._stop.wait())
        try:
            await asyncio.wait([task, stopping], return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else None
        finally:
            for one in (task, stopping):
                one.cancel()
            await asyncio.gather(task, stopping, return_exceptions=True)
