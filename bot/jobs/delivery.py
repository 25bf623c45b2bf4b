"""From the outbox to the channels: sends what is leased and records how each send ended."""

import asyncio
import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot import metrics
from bot.channels.base import Channel, NotYet, RateLimited, TryLater
from bot.clock import Clock, seconds
from bot.domain import papers
from bot.domain.outgoing import holding, leasing, outbox, pacing
from bot.domain.outgoing.outbox import Parcel, Target
from bot.domain.outgoing.pacing import Lane
from bot.domain.outgoing.settling import Settlement
from bot.errors import DatabaseUnavailable, DeliveryError
from bot.jobs.crew import Crew
from bot.jobs.gate import A_MOMENT, gates_of
from bot.jobs.ledger import Ledger
from bot.jobs.lines import Lines
from bot.jobs.verdicts import judge
from bot.logs import log, trace
from bot.metrics import SendResult
from db.models import OutboxKind, OutboxState
from db.sql import Database

AT_ONCE = 256
"""Sends under way at once in one process, all channels together."""

MOST_LEASED = 2 * leasing.BATCH
"""Rows one process holds at once, sent or waiting for their turn."""

_LONGEST_HOLD = timedelta(minutes=1)
_MOST_PAUSES = 2
_RESULTS = {
    OutboxState.PENDING: SendResult.AGAIN,
    OutboxState.FAILED: SendResult.FAILED,
    OutboxState.UNCERTAIN: SendResult.UNCERTAIN,
}
Chat = tuple[str, str, str]
"""A channel, an account there and a chat, without what is answered in it."""


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
        self._lines = Lines[Chat]()
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
        by_chat: dict[Chat, list[Parcel]] = {}
        for parcel in parcels:
            target = parcel.target
            by_chat.setdefault((target.channel, target.account, target.chat), []).append(parcel)
        self._held.update(parcel.id for parcel in parcels)
        in_order = functools.partial(self._send_in_order, leased_at=self._clock.now())
        await Crew(in_order, at_once=AT_ONCE).work_off(by_chat.items())
        await self._ledger.settled()

    def note_told(self, parcel: Parcel) -> None:
        """Record that a reply of this process was told without being sent: in answer to the request it answers."""
        metrics.sent_after(parcel.kind, self._since_due(parcel))
        self._ledger.note([Settlement(parcel, OutboxState.SENT, remote_id="told")])

    async def has_room(self) -> None:
        """Wait until more can be leased."""
        while len(self._held) > MOST_LEASED - leasing.BATCH:
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

    async def _send_in_order(self, of_chat: tuple[Chat, list[Parcel]], leased_at: datetime) -> None:
        """Send one chat's parcels, after whatever else is on its way there; trouble with one holds the rest."""
        chat, parcels = of_chat
        async with self._lines.of(chat):
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
        """Send one parcel when its time has come; ``None`` when it is not, or no longer, ours to send.

        A reply to which its platform said to come again in a moment does so from here: put back it would wait for
        whoever pushes for its account, who may just have died.
        """
        settlement = await self._tried(parcel, leased_at)
        for _ in range(_MOST_PAUSES):
            if settlement is None or not await self._has_paused(settlement):
                break
            settlement = await self._tried(parcel, leased_at)
        return settlement

    async def _has_paused(self, settlement: Settlement) -> bool:
        """Tell whether a reply had to wait for no more than a moment, and has, after everybody was told to wait."""
        until, target = settlement.pauses_until, settlement.parcel.target
        is_short = until is not None and until - self._clock.now() <= A_MOMENT
        if until is None or not is_short or settlement.parcel.kind is not OutboxKind.REPLY:
            return False
        lane = self._lanes[target.channel]
        try:
            await self._database.do(functools.partial(pacing.pause, lane=lane, until=until))
        except DatabaseUnavailable:
            return False
        return await self._gates[target.channel].opens_soon() and not self._stopping

    async def _tried(self, parcel: Parcel, leased_at: datetime) -> Settlement | None:
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
        return await self._database.do(functools.partial(holding.renew, parcel=parcel, owner=self._owner, now=now))

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
        """Say what becomes of a message that was not sent; nobody sends for its account while its platform asks so."""
        channel, now = self._channels[parcel.target.channel], self._clock.now()
        settlement = judge(parcel, error, now=now, repeats=channel.repeats, has_limits=channel.limits is not None)
        if settlement.pauses_until:
            self._gates[parcel.target.channel].shut(settlement.pauses_until)
        return settlement

    def _forget(self, settlement: Settlement) -> None:
        self._forget_id(settlement.parcel.id)

    def _forget_id(self, row_id: int) -> None:
        self._begun.discard(row_id)
        self._held.discard(row_id)
        self._room.set()


def _leave(db: Session, *, owner: str, now: datetime, begun: frozenset[int]) -> None:
    holding.release(db, owner, now=now, begun=begun)
    pacing.let_go(db, owner)
