"""From the outbox to the channels: sends what is leased and records how each send ended."""

import asyncio
import functools
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

import structlog
from sqlalchemy.orm import Session

from bot.channels.base import (
    Blocked,
    Channel,
    ChatGone,
    ChatMoved,
    InDoubt,
    RateLimited,
    Refused,
    TryLater,
)
from bot.clock import Clock
from bot.domain import outbox, people
from bot.domain.outbox import Parcel, Settlement, Target
from bot.errors import DatabaseUnavailable, DeliveryError
from bot.logs import trace
from db.models import OutboxKind, OutboxState
from db.sql import Database

BATCH = 50
AT_ONCE = 16
_LONGEST_WAIT = timedelta(hours=1)
_LONGEST_HOLD = timedelta(minutes=1)
_MOST_DOUBLINGS = 12
_SETTLE_TRIES = 5
log = structlog.get_logger()


class Delivery:
    """Hands parcels to their channels, one chat's in order and many chats' at once."""

    def __init__(self, database: Database, channels: Mapping[str, Channel], *, clock: Clock, owner: str) -> None:
        """``owner`` names this process on the leases it takes."""
        self._database = database
        self._channels = channels
        self._clock = clock
        self._owner = owner
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._turns: WeakValueDictionary[Target, asyncio.Lock] = WeakValueDictionary()
        self._begun: set[int] = set()
        self._stopping = False

    async def sweep(self, *, only: Target | None = None) -> int:
        """Lease what is due, send it, and return how many messages that were."""
        if self._stopping:
            return 0
        lease = functools.partial(
            outbox.lease_due,
            owner=self._owner,
            channels=sorted(self._channels),
            now=self._clock.now(),
            limit=BATCH,
            only=only,
        )
        parcels = await self._database.do(lease)
        await self.send(parcels)
        return len(parcels)

    async def send(self, parcels: Sequence[Parcel]) -> None:
        """Send parcels that were leased just now, recording at once how each ended."""
        by_chat: dict[Target, list[Parcel]] = {}
        for parcel in parcels:
            chat = Target(parcel.target.channel, parcel.target.account, parcel.target.chat)
            by_chat.setdefault(chat, []).append(parcel)
        leased_at = self._clock.now()
        await asyncio.gather(*(self._send_in_order(chat, one, leased_at) for chat, one in by_chat.items()))

    async def stop(self) -> None:
        """Begin no more sends and give back what is leased and not begun."""
        self._stopping = True
        release = functools.partial(outbox.release, owner=self._owner, now=self._clock.now(), begun=tuple(self._begun))
        await self._database.do(release)

    async def _send_in_order(self, chat: Target, parcels: list[Parcel], leased_at: datetime) -> None:
        """Send one chat's parcels, after whatever else is on its way there; trouble with one holds the rest."""
        turn = self._turns.setdefault(chat, asyncio.Lock())
        async with turn:
            for number, parcel in enumerate(parcels):
                async with self._slots:
                    if self._stopping or not await self._still_ours(parcel, leased_at):
                        continue
                    settlement = await self._send_one(parcel)
                await self._record([settlement])
                self._begun.discard(parcel.id)
                if settlement.again_at is not None:
                    await self._record(self._behind(settlement, parcels[number + 1 :]))
                    return

    async def _still_ours(self, parcel: Parcel, leased_at: datetime) -> bool:
        """Tell whether a lease still holds, renewing one that has grown old while its parcel waited."""
        now = self._clock.now()
        if now - leased_at < outbox.LEASE / 2:
            return True
        renew = functools.partial(outbox.renew, ids=[parcel.id], owner=self._owner, now=now)
        return parcel.id in await self._database.do(renew)

    def _behind(self, held: Settlement, others: Sequence[Parcel]) -> list[Settlement]:
        """Let what comes after a message that has to wait to the same chat wait as well, though not for long."""
        again_at = min(held.again_at or self._clock.now(), self._clock.now() + _LONGEST_HOLD)
        moved = held.moved_to
        return [
            Settlement(one, OutboxState.PENDING, "behind another", again_at=again_at, moved_to=moved) for one in others
        ]

    async def _send_one(self, parcel: Parcel) -> Settlement:
        self._begun.add(parcel.id)
        try:
            remote_id = await self._channels[parcel.target.channel].send(parcel)
        except DeliveryError as error:
            log.warning("send_failed", outbox_id=parcel.id, channel=parcel.target.channel, error=type(error).__name__)
            return self._judge(parcel, error)
        except Exception as error:  # noqa: BLE001  # border: a fault in one message must not stop the others
            log.error("send_broke", outbox_id=parcel.id, error=type(error).__name__, at=trace(error))
            return Settlement(parcel, OutboxState.FAILED, f"broke: {type(error).__name__}")
        return Settlement(parcel, OutboxState.SENT, remote_id=remote_id)

    def _judge(self, parcel: Parcel, error: DeliveryError) -> Settlement:
        reason = f"{type(error).__name__}: {error}"
        match error:
            case Blocked() | ChatGone() | Refused():
                return Settlement(parcel, OutboxState.FAILED, reason)
            case ChatMoved(new_chat=new_chat):
                return Settlement(parcel, OutboxState.PENDING, reason, again_at=self._clock.now(), moved_to=new_chat)
            case InDoubt() if parcel.kind is OutboxKind.BROADCAST:
                return Settlement(parcel, OutboxState.UNCERTAIN, reason)
            case RateLimited(retry_after=seconds):
                return self._again(parcel, reason, timedelta(seconds=seconds))
            case TryLater() | InDoubt() | _:
                return self._again(
                    parcel, reason, min(timedelta(seconds=2 ** min(parcel.attempts, _MOST_DOUBLINGS)), _LONGEST_WAIT)
                )

    def _again(self, parcel: Parcel, reason: str, wait: timedelta) -> Settlement:
        return Settlement(parcel, OutboxState.PENDING, reason, again_at=self._clock.now() + wait)

    async def _record(self, settlements: list[Settlement]) -> None:
        """Write down how sends ended, insisting for a while: what is not written is sent again later."""
        for attempt in range(_SETTLE_TRIES if settlements else 0):
            try:
                await self._database.do(functools.partial(_settle, settlements, self._clock))
            except DatabaseUnavailable:
                log.warning("settle_failed", messages=len(settlements), attempt=attempt)
                await asyncio.sleep(0.2 * 2**attempt)
            else:
                return


def _settle(settlements: list[Settlement], clock: Clock, db: Session) -> None:
    outbox.settle(db, settlements, now=clock.now())
    for one in settlements:
        if one.moved_to:
            people.move(db, one.parcel.target, one.moved_to)
            outbox.redirect(db, one.parcel.target, one.moved_to)
        elif one.state is OutboxState.FAILED and one.reason.startswith(("Blocked", "ChatGone")):
            people.lose_touch(db, one.parcel.target, one.reason.split(":")[0])
