"""Who sends what: rows of the outbox are leased in batches, and settled when the channel has spoken."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError
from sqlalchemy import (
    ColumnElement,
    Integer,
    ScalarSelect,
    and_,
    any_,
    asc,
    bindparam,
    desc,
    func,
    select,
    update,
)
from sqlalchemy.orm import Session

from bot.domain.messages import Message
from bot.domain.outgoing import holding, pacing, precedence
from bot.domain.outgoing.outbox import HONEST_LEASE, LEASE, NO_LEASE, Parcel, Target, is_in, may_go
from bot.domain.outgoing.pacing import Lane, Limits, Wanted
from bot.domain.outgoing.precedence import Queue
from db.claims import table_of
from db.models import OutboxBody, OutboxRow, OutboxState, Priority
from db.prepared import Prepared

BATCH = 1000
"""Rows taken at once where no limit asks for fewer."""

_MOST_LOOKED_AT = 2 * BATCH
"""Rows looked at in one lease: those that cannot go, or are of no more use, must not keep the others from going."""

HORIZON = timedelta(milliseconds=250)
"""How far ahead slots are taken where there are limits: so much may be in doubt when a process dies."""

_NOBODY = Queue()

Delayed = tuple[Parcel, datetime]
"""A parcel that may not go yet, and when it may."""

_ROW = table_of(OutboxRow)
_BODY = table_of(OutboxBody)


def _waiting(priority: object) -> ColumnElement[bool]:
    return and_(
        is_in(OutboxState.PENDING),
        _ROW.c.channel == bindparam("channel"),
        _ROW.c.account == bindparam("account"),
        _ROW.c.priority == priority,
    )


def _leased_until(order: Callable[[ColumnElement[Any]], ColumnElement[Any]]) -> ScalarSelect[datetime | None]:
    leased = select(_ROW.c.leased_until).where(is_in(OutboxState.LEASED), _ROW.c.channel == bindparam("channel"))
    return leased.order_by(order(_ROW.c.leased_until)).limit(1).scalar_subquery()


_FIRST_DUE = Prepared(
    select(
        *(
            select(_ROW.c.next_at).where(_waiting(int(one))).order_by(_ROW.c.next_at).limit(1).scalar_subquery()
            for one in Priority
        ),
        _leased_until(asc),
        _leased_until(desc),
    )
)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """When the first row of each priority is due, and when the first and the last lease of a channel ends."""

    due: Sequence[datetime | None]
    first_expiring: datetime | None
    last_expiring: datetime | None

    def has_abandoned(self, now: datetime) -> bool:
        """Tell whether somebody's lease ran out, or was written by a clock that has been put back since."""
        first, last = self.first_expiring, self.last_expiring
        return first is not None and last is not None and (first <= now or last > now + HONEST_LEASE)


def _waiting_now(db: Session, lane: Lane) -> _Waiting:
    *due, first, last = _FIRST_DUE.row(db, channel=lane.channel, account=lane.account) or (None, None)
    return _Waiting(due, first, last)


def _taking(*, is_postgresql: bool, one_chat: bool) -> Any:  # noqa: ANN401  # an update that returns rows
    due = and_(
        _waiting(bindparam("priority", type_=Integer)), _ROW.c.next_at <= bindparam("now"), may_go(bindparam("now"))
    )
    if one_chat:
        due = and_(due, _ROW.c.chat == bindparam("chat"))
    picked = (
        select(_ROW.c.id)
        .where(due)
        .order_by(_ROW.c.next_at, _ROW.c.id)
        .limit(bindparam("limit", type_=Integer))
        .with_for_update(skip_locked=True)
    )
    among = _ROW.c.id == any_(func.array(picked.scalar_subquery())) if is_postgresql else _ROW.c.id.in_(picked)
    taken: dict[str, Any] = {
        "state": OutboxState.LEASED,
        "lease_owner": bindparam("owner"),
        "leased_until": bindparam("until"),
        "attempts": _ROW.c.attempts + 1,
    }
    kept = (
        *("id", "kind", "chat", "reply_to", "attempts", "content", "body_id", "expires_at", "cause", "due_at"),
        "next_at",
    )
    return update(_ROW).where(among).values(taken).returning(*(_ROW.c[name] for name in kept))


_TAKE = Prepared(lambda is_postgresql: _taking(is_postgresql=is_postgresql, one_chat=False))
_TAKE_OF_CHAT = Prepared(lambda is_postgresql: _taking(is_postgresql=is_postgresql, one_chat=True))

_PUT_OFF = Prepared(
    update(_ROW)
    .where(_ROW.c.id == bindparam("row_id"))
    .values(
        state=OutboxState.PENDING,
        next_at=func.coalesce(bindparam("until", type_=_ROW.c.next_at.type), _ROW.c.next_at),
        attempts=_ROW.c.attempts - 1,
        **NO_LEASE,
    )
)


def next_due(db: Session, lanes: Iterable[Lane]) -> datetime | None:
    """Return when the next row of some accounts may go, or somebody's lease runs out; ``None``: nothing waits."""
    moments: list[datetime] = []
    for lane in lanes:
        waiting = _waiting_now(db, lane)
        paused_until = pacing.paused_until(db, lane) if lane.limits else None
        moments += [max(moment, paused_until or moment) for moment in waiting.due if moment is not None]
        moments += [waiting.first_expiring] if waiting.first_expiring is not None else []
    return min(moments, default=None)


def lease_due(
    db: Session,
    lane: Lane,
    *,
    owner: str,
    now: datetime,
    limit: int = BATCH,
    chat: str = "",
    trusts_clock: bool = True,
    repeats: bool = False,
) -> list[Parcel]:
    """Take up to ``limit`` rows of an account that are due (only one ``chat``'s, if named), most urgent first.

    Rows whose lease ran out are in doubt: replies, notices and reminders are taken again; broadcasts become uncertain,
    unless the channel ``repeats`` without being heard twice. After a jump of the clock nobody's lease is judged.
    An account with limits is pushed for by one process at a time, as fast as its limits allow.
    """
    waiting = _waiting_now(db, lane)
    if trusts_clock and waiting.has_abandoned(now):
        holding.recover(db, lane.channel, now=now, repeats=repeats)
        waiting = _waiting_now(db, lane)
    ready = [one for one, moment in zip(Priority, waiting.due, strict=True) if moment is not None and moment <= now]
    if not ready or (lane.limits and not pacing.hold(db, lane, owner=owner, now=now, trusts_clock=trusts_clock)):
        return []
    take = _Taking(db, lane, owner, now, chat)
    if lane.limits is None:
        return take.up_to(limit, ready)
    return take.within(lane.limits, limit, ready)


@dataclass(slots=True)
class _Taking:
    """One lease of rows in one transaction, which looks at no more than ``left`` of them."""

    db: Session
    lane: Lane
    owner: str
    now: datetime
    chat: str
    left: int = _MOST_LOOKED_AT

    def up_to(self, limit: int, priorities: Iterable[Priority]) -> list[Parcel]:
        """Take rows, the most urgent first; what ends here does not count."""
        parcels: list[Parcel] = []
        for priority in priorities:
            while (asked := min(limit - len(parcels), self.left)) > 0:
                rows = self._rows(priority, asked)
                parcels += self._parcels(rows)
                self.left -= len(rows)
                if len(rows) < asked:
                    break
        return parcels

    def within(self, limits: Limits, limit: int, priorities: Sequence[Priority]) -> list[Parcel]:
        """Take the rows that may go within the horizon, each with its slot; those whose chat must wait are put off."""
        paid = [one for one in priorities if one is Priority.BROADCAST and limits.paid_interval]
        usual = [one for one in priorities if one not in paid]
        return [
            *self._paced(limits, limit, usual, is_paid=False),
            *self._paced(limits, limit, paid, is_paid=True),
        ]

    def _paced(self, limits: Limits, limit: int, priorities: Sequence[Priority], *, is_paid: bool) -> list[Parcel]:
        if not priorities:
            return []
        until = self.now + HORIZON
        allowed = pacing.allowance(self.db, self.lane, limits, now=self.now, until=until, is_paid=is_paid)
        ready: list[Parcel] = []
        while (asked := min(limit - len(ready), allowed.slots)) > 0:
            parcels = sorted(self.up_to(asked, priorities), key=precedence.place_of)
            known = precedence.queues(self.db, self.lane, parcels, now=self.now)
            turns = [(one, known.get(one.target.chat, _NOBODY).turn_after(precedence.place_of(one))) for one in parcels]
            behind = [(parcel, moment) for parcel, moment in turns if moment]
            ahead = [parcel for parcel, moment in turns if not moment]
            wanted = [Wanted(parcel.target.chat, parcel.message.parts) for parcel in ahead]
            granted = list(zip(ahead, pacing.grant(self.db, allowed, limits, wanted, now=self.now), strict=True))
            ready += [replace(parcel, not_before=one.slot, is_paid=is_paid) for parcel, one in granted if one.slot]
            refused = [(parcel, one.not_before) for parcel, one in granted if not one.slot]
            self._put_off(known, refused, behind, is_full=not allowed.slots)
            if not (refused or behind) or len(parcels) < asked:
                break
        return ready

    def _put_off(
        self, known: Mapping[str, Queue], refused: Sequence[Delayed], behind: Sequence[Delayed], *, is_full: bool
    ) -> None:
        """Give back what may not go now; what a full account refused keeps its place: it is the account that waits."""
        until = [*((one, None if is_full else moment) for one, moment in refused), *behind]
        _PUT_OFF.run_many(self.db, [{"row_id": one.id, "until": moment} for one, moment in until])
        of_chats = [] if is_full else [one for one, _ in refused]
        precedence.remember(self.db, self.lane, known, of_chats, [one for one, _ in behind])

    def _rows(self, priority: Priority, limit: int) -> list[tuple[Any, ...]]:
        take = _TAKE_OF_CHAT if self.chat else _TAKE
        more = {"chat": self.chat} if self.chat else {}
        rows = take.rows(
            self.db,
            channel=self.lane.channel,
            account=self.lane.account,
            priority=int(priority),
            now=self.now,
            until=self.now + LEASE,
            owner=self.owner,
            limit=limit,
            **more,
        )
        return sorted(rows, key=lambda row: (row[-1], row[0]))

    def _parcels(self, rows: Sequence[tuple[Any, ...]]) -> list[Parcel]:
        bodies = _bodies(self.db, {row[6] for row in rows if row[6] is not None})
        channel, account = self.lane.channel, self.lane.account
        parcels: list[Parcel] = []
        useless, unreadable = list[int](), list[int]()
        for row_id, kind, chat, reply_to, attempts, own, body_id, expires_at, cause, due_at, _ in rows:
            if expires_at is not None and expires_at <= self.now:
                useless.append(row_id)
                continue
            message = _readable(own) if body_id is None else bodies.get(body_id)
            if message is None:
                unreadable.append(row_id)
                continue
            target = Target(channel, account, chat, reply_to)
            parcels.append(Parcel(row_id, kind, target, message, attempts, due_at, cause=cause))
        _end(self.db, useless, OutboxState.CANCELLED, "no longer of use", self.now)
        _end(self.db, unreadable, OutboxState.FAILED, "unreadable", self.now)
        return parcels


_BODY_OF = Prepared(select(_BODY.c.content).where(_BODY.c.id == bindparam("body_id")))


def _bodies(db: Session, ids: Collection[int]) -> dict[int, Message | None]:
    """Return the shared messages; those of one lease are few."""
    return {one: _readable(found[0]) for one in ids if (found := _BODY_OF.row(db, body_id=one))}


def _readable(content: object) -> Message | None:
    try:
        return Message.model_validate(content)
    except ValidationError:
        return None


def _end(db: Session, ids: Collection[int], state: OutboxState, reason: str, now: datetime) -> None:
    if ids:
        ended = {"state": state, "reason": reason, "ended_at": now, **NO_LEASE}
        db.execute(update(_ROW).where(_ROW.c.id.in_(ids)).values(**ended))
