"""From the outbox to the channels: sends what is leased and records how each send ended."""

import asyncio
import functools
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

import structlog
from sqlalchemy.orm import Session

from bot import metrics
from bot.channels.base import (
    Blocked,
    Channel,
    ChatGone,
    ChatMoved,
    InDoubt,
    Kept,
    NotYet,
    RateLimited,
    Refused,
    TryLater,
    Unrepeatable,
)
from bot.clock import Clock, seconds
from bot.domain import papers
from bot.domain.outgoing import leasing, outbox, pacing
from bot.domain.outgoing.outbox import Parcel, Target
from bot.domain.outgoing.pacing import Lane
from bot.domain.outgoing.settling import AWAITED, Settlement
from bot.errors import DatabaseUnavailable, DeliveryError
from bot.jobs.gate import gates_of
from bot.jobs.ledger import Ledger
from bot.logs import trace
from bot.metrics import SendResult
from db.models import OutboxKind, OutboxState
from db.sql import Database

AT_ONCE = 256
"""Sends under way at once in one process, all channels together."""

MOST_LEASED = 2 * leasing.BATCH
"""Rows one process holds at once, sent or waiting for their turn."""

_LONGEST_WAIT = timedelta(hours=1)
_LONGEST_HOLD = timedelta(minutes=1)
_MOST_DOUBLINGS = 12
_SOONER = 4
"""How much sooner than others a reply is tried again: the first time after half a second."""

_A_MOMENT = timedelta(seconds=0.2)
_MOST_LOOKS = 50
_RESULTS = {
    OutboxState.PENDING: SendResult.AGAIN,
    OutboxState.FAILED: SendResult.FAILED,
    OutboxState.UNCERTAIN: SendResult.UNCERTAIN,
}
log = structlog.get_logger()


class Delivery:
    """Hands parcels to their channels, one chat's in order and many chats' at once."""

    def __init__(self, database: Database, channels: Mapping[str, Channel], *, clock: Clock, owner: str) -> None:
        """``owner`` names this process on the leases it takes."""
        self._database = database
        self._channels = channels
        self._clock = clock
        self._owner = owner
        self._lanes = {name: Lane(name, one.account, one.limits) for name, one in sorted(channels.items())}
        self._gates = gates_of(database, self._lanes, clock=clock)
        self._ledger = Ledger(database, clock=clock, when_written=self._forget)
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._turns: WeakValueDictionary[Target, asyncio.Lock] = WeakValueDictionary()
        self._held: set[int] = set()
        self._begun: set[int] = set()
        self._sending: set[asyncio.Task[None]] = set()
        self._room = asyncio.Event()
        self._stopping = False

    async def sweep(self, *, only: Target | None = None) -> int:
        """Lease what is due, send it, and return how many messages that were, all of them settled."""
        parcels = await self.lease(only=only)
        await self.send(parcels)
        return len(parcels)

    async def lease(self, *, only: Target | None = None) -> list[Parcel]:
        """Take what is due, as much as there is room for, and nothing that is in hand here though its lease ran out."""
        room = MOST_LEASED - len(self._held)
        if self._stopping or room <= 0:
            return []
        due = await self._database.do(functools.partial(self._lease, min(room, leasing.BATCH), only))
        parcels = [parcel for parcel in due if parcel.id not in self._held]
        self._held.update(parcel.id for parcel in parcels)
        return parcels

    def next_due(self, db: Session) -> datetime | None:
        """Return when there is something to lease, as far as is known now."""
        return leasing.next_due(db, self._lanes.values())

    def start(self, parcels: Sequence[Parcel]) -> None:
        """Begin to send parcels that were leased just now; see :meth:`send`."""
        task = asyncio.create_task(self.send(parcels))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def send(self, parcels: Sequence[Parcel]) -> None:
        """Send parcels that were leased just now and return once it is recorded how each ended."""
        by_chat: dict[Target, list[Parcel]] = {}
        for parcel in parcels:
            chat = Target(parcel.target.channel, parcel.target.account, parcel.target.chat)
            by_chat.setdefault(chat, []).append(parcel)
            self._held.add(parcel.id)
        queue = deque(by_chat.items())
        leased_at = self._clock.now()
        await asyncio.gather(*(self._work_off(queue, leased_at) for _ in range(min(AT_ONCE, len(queue)))))
        await self._ledger.settled()

    def note_told(self, parcel: Parcel) -> None:
        """Record that a reply of this process was told without being sent: in answer to the request it answers."""
        metrics.sent_after(parcel.kind, self._since_due(parcel))
        self._ledger.note([Settlement(parcel, OutboxState.SENT, remote_id="told")])

    async def has_room(self) -> None:
        """Wait until more can be leased."""
        while len(self._held) > MOST_LEASED - leasing.BATCH // 2:
            self._room.clear()
            await self._room.wait()

    async def stop(self) -> None:
        """Begin no more sends, give back what is leased and not begun, and wait for what is begun."""
        self._stopping = True
        await self._ledger.settled()
        begun = frozenset(self._begun)
        await self._database.do(functools.partial(_leave, owner=self._owner, now=self._clock.now(), begun=begun))
        await asyncio.gather(*self._sending, return_exceptions=True)
        await self._ledger.settled()

    def _lease(self, limit: int, only: Target | None, db: Session) -> list[Parcel]:
        parcels: list[Parcel] = []
        for name, lane in self._lanes.items():
            if only is None or (only.channel, only.account) == (lane.channel, lane.account):
                parcels += leasing.lease_due(
                    db,
                    lane,
                    owner=self._owner,
                    now=self._clock.now(),
                    limit=limit - len(parcels),
                    chat=only.chat if only else "",
                    trusts_clock=self._clock.is_steady(outbox.LEASE),
                    repeats=self._channels[name].repeats,
                )
        return parcels

    async def _work_off(self, queue: deque[tuple[Target, list[Parcel]]], leased_at: datetime) -> None:
        while queue:
            chat, parcels = queue.popleft()
            await self._send_in_order(chat, parcels, leased_at)

    async def _send_in_order(self, chat: Target, parcels: list[Parcel], leased_at: datetime) -> None:
        """Send one chat's parcels, after whatever else is on its way there; trouble with one holds the rest."""
        turn = self._turns.get(chat)
        if turn is None:
            turn = self._turns[chat] = asyncio.Lock()
        async with turn:
            for number, parcel in enumerate(parcels):
                settlement = await self._attempt(parcel, leased_at)
                if settlement is None:
                    self._forget_id(parcel.id)
                    continue
                self._ledger.note([settlement])
                if settlement.again_at is not None and not settlement.is_kept:
                    self._ledger.note(self._behind(settlement, parcels[number + 1 :]))
                    return

    async def _attempt(self, parcel: Parcel, leased_at: datetime) -> Settlement | None:
        """Send one parcel when its time has come; ``None`` when it is not, or no longer, ours to send."""
        gate = self._gates.get(parcel.target.channel)
        try:
            later = await gate.passed(parcel) if gate else None
            if gate and later:
                reason, pause = "its chat or account has to wait", gate.shut_until
                return Settlement(parcel, OutboxState.PENDING, reason, again_at=later, pauses_until=pause)
            async with self._slots:
                is_ours = not self._stopping and await self._still_ours(parcel, leased_at)
                return await self._send_one(parcel) if is_ours and not self._stopping else None
        except DatabaseUnavailable as error:  # nobody knows whether it may go, or is ours: it goes back once that is
            log.warning("not_sent", outbox_id=parcel.id, reason=str(error))
            return Settlement(parcel, OutboxState.PENDING, "the database was away", again_at=self._clock.now())

    async def _still_ours(self, parcel: Parcel, leased_at: datetime) -> bool:
        """Tell whether a lease still holds, renewing one that has grown old while its parcel waited."""
        now = self._clock.now()
        if now - leased_at < outbox.LEASE / 2:
            return True
        return await self._database.do(functools.partial(leasing.renew, parcel=parcel, owner=self._owner, now=now))

    def _behind(self, held: Settlement, others: Sequence[Parcel]) -> list[Settlement]:
        """Let what comes after a message that has to wait to the same chat wait as well, though not for long."""
        again_at = min(held.again_at or self._clock.now(), self._clock.now() + _LONGEST_HOLD)
        like_it = replace(held, reason="behind another", again_at=again_at)
        return [replace(like_it, parcel=one) for one in others]

    async def _send_one(self, parcel: Parcel) -> Settlement:
        self._begun.add(parcel.id)
        began = seconds()
        settlement, result = await self._outcome(parcel)
        metrics.send(parcel.target.channel, parcel.kind, result, seconds() - began)
        if parcel.due_at and result is SendResult.SENT:
            metrics.sent_after(parcel.kind, self._since_due(parcel))
        return settlement

    def _since_due(self, parcel: Parcel) -> float:
        return (self._clock.now() - parcel.due_at).total_seconds() if parcel.due_at else 0.0

    async def _outcome(self, parcel: Parcel) -> tuple[Settlement, SendResult]:
        try:
            remote_id = await self._channels[parcel.target.channel].send(await self._completed(parcel))
        except DeliveryError as error:
            log.warning("send_failed", outbox_id=parcel.id, channel=parcel.target.channel, error=type(error).__name__)
            settlement = self._judge(parcel, error)
            is_limit = isinstance(error, RateLimited)
            return settlement, SendResult.RATE_LIMITED if is_limit else _RESULTS[settlement.state]
        except Exception as error:  # noqa: BLE001  # border: a fault in one message must not stop the others
            log.error("send_broke", outbox_id=parcel.id, error=type(error).__name__, at=trace(error))
            return Settlement(parcel, OutboxState.FAILED, f"broke: {type(error).__name__}"), SendResult.FAILED
        return Settlement(parcel, OutboxState.SENT, remote_id=remote_id), SendResult.SENT

    async def _completed(self, parcel: Parcel) -> Parcel:
        """Return a parcel with its papers; raise :class:`NotYet` while one of them is being made."""
        if not parcel.message.attachments:
            return parcel
        carries = self._channels[parcel.target.channel].traits.carries_personal_data
        complete = functools.partial(
            papers.complete, parcel=parcel, carries_personal_data=carries, now=self._clock.now()
        )
        try:
            message = await self._database.do(complete, write=not carries)
        except DatabaseUnavailable as error:
            raise TryLater(str(error)) from error
        if message is None:
            raise NotYet("a paper is being made")
        return replace(parcel, message=message)

    def _judge(self, parcel: Parcel, error: DeliveryError) -> Settlement:
        reason = f"{type(error).__name__}: {error}"
        match error:
            case Blocked() | ChatGone():
                return Settlement(parcel, OutboxState.FAILED, reason, lost_touch=type(error).__name__)
            case Refused():
                return Settlement(parcel, OutboxState.FAILED, reason)
            case ChatMoved(new_chat=new_chat):
                return Settlement(parcel, OutboxState.PENDING, reason, again_at=self._clock.now(), moved_to=new_chat)
            case InDoubt() if not self._may_repeat(parcel, error):
                return Settlement(parcel, OutboxState.UNCERTAIN, reason)
            case RateLimited(retry_after=wait):
                return self._patience(parcel, reason, timedelta(seconds=wait))
            case Kept() | TryLater() | InDoubt() | _:
                return self._later(parcel, error, reason)

    def _later(self, parcel: Parcel, error: DeliveryError, reason: str) -> Settlement:
        """Let a message wait: for its receiver, for a paper, or longer each time."""
        now = self._clock.now()
        if isinstance(error, Kept):
            return Settlement(parcel, OutboxState.PENDING, reason, again_at=now + AWAITED, is_kept=True)
        is_soon = isinstance(error, NotYet) and parcel.attempts <= _MOST_LOOKS
        doubled = timedelta(seconds=2 ** min(parcel.attempts, _MOST_DOUBLINGS))
        if parcel.kind is OutboxKind.REPLY:  # somebody waits for it
            doubled /= _SOONER
        pause = _A_MOMENT if is_soon else min(doubled, _LONGEST_WAIT)
        return Settlement(parcel, OutboxState.PENDING, reason, again_at=now + pause)

    def _patience(self, parcel: Parcel, reason: str, wait: timedelta) -> Settlement:
        """Wait as long as the platform asked, this message and whatever else its account would send."""
        until = self._clock.now() + wait
        gate = self._gates.get(parcel.target.channel)
        if gate is not None:
            gate.shut(until)
        return Settlement(parcel, OutboxState.PENDING, reason, again_at=until, pauses_until=until if gate else None)

    def _may_repeat(self, parcel: Parcel, error: DeliveryError) -> bool:
        if isinstance(error, Unrepeatable):
            return False
        return parcel.kind is not OutboxKind.BROADCAST or self._channels[parcel.target.channel].repeats

    def _forget(self, settlement: Settlement) -> None:
        self._forget_id(settlement.parcel.id)

    def _forget_id(self, row_id: int) -> None:
        self._begun.discard(row_id)
        self._held.discard(row_id)
        self._room.set()


def _leave(db: Session, *, owner: str, now: datetime, begun: frozenset[int]) -> None:
    leasing.release(db, owner, now=now, begun=begun)
    pacing.let_go(db, owner)
