"""How fast an account may send, agreed upon by all processes: each slot is given out once, in the database.

A slot is a moment at which one message may go. An account's slots lie one interval apart (the generic cell rate
algorithm without a burst), so whoever takes them, no second has more than its limit; a chat may have a short burst.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.domain.outgoing.outbox import HONEST_LEASE, LEASE
from db.claims import named, put_if_missing, table_of
from db.models import ChatPace, Sender
from db.prepared import Prepared

_SENDER = table_of(Sender)
_PACE = table_of(ChatPace)
_MOST_AHEAD = 50
"""Intervals by which slots may be taken beyond that, one message of many parts at a time; later ones are not believed
either.
"""


@dataclass(frozen=True, slots=True)
class Pace:
    """One message each ``interval`` in the long run, ``burst`` of them at once at most."""

    interval: timedelta
    burst: int = 1


@dataclass(frozen=True, slots=True)
class Limits:
    """What a platform lets one account send.

    ``interval`` lies between any two messages; ``paid_interval`` between broadcasts that are paid for, if they are;
    ``of_chat`` tells the pace of one chat.
    """

    interval: timedelta
    of_chat: Callable[[str], Pace]
    paid_interval: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Lane:
    """One account of one channel, with its limits where it has any."""

    channel: str
    account: str
    limits: Limits | None = None


@dataclass(slots=True)
class Allowance:
    """What one account may send from now until ``until``, held by this transaction until it ends.

    ``free_at`` is the next slot nobody has taken; the chats in ``held`` were refused one and wait.
    """

    lane: Lane
    free_at: datetime
    until: datetime
    interval: timedelta
    is_paid: bool = False
    held: dict[str, datetime] = field(default_factory=dict[str, datetime])

    @property
    def slots(self) -> int:
        """How many messages may go in this stretch of time."""
        return max(0, -((self.free_at - self.until) // self.interval))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be sent to a chat: so many messages in the platform's eyes."""

    chat: str
    parts: int = 1


@dataclass(frozen=True, slots=True)
class Granted:
    """When one message may go: at ``slot``, or, when that is ``None``, not before ``not_before``."""

    slot: datetime | None
    not_before: datetime


_FIND = Prepared(
    select(_SENDER.c.owner, _SENDER.c.leased_until, _SENDER.c.free_at, _SENDER.c.paid_free_at, _SENDER.c.paused_until)
    .where(_SENDER.c.channel == bindparam("channel"), _SENDER.c.account == bindparam("account"))
    .with_for_update()
)


_PAUSED = Prepared(
    select(_SENDER.c.paused_until).where(
        _SENDER.c.channel == bindparam("channel"), _SENDER.c.account == bindparam("account")
    )
)


def hold(db: Session, lane: Lane, *, owner: str, now: datetime, trusts_clock: bool = True) -> bool:
    """Become or stay the one who pushes for an account; tell whether that is ``owner``.

    Whoever does not trust its clock takes over only from somebody who let go. A pause that was written by a clock that
    has been put back since ends as much earlier as the lease beside it.
    """
    current, leased_until, _, _, paused_until = _found(db, lane)
    is_mine = current == owner
    ahead = leased_until - (now + LEASE) if leased_until and leased_until > now + HONEST_LEASE else None
    is_over = leased_until is None or leased_until <= now or ahead is not None
    if not is_mine and current and not (is_over and trusts_clock):
        return False
    if not is_mine or leased_until is None or ahead or leased_until - now < LEASE / 2:
        pause = paused_until - ahead if paused_until and ahead else paused_until
        held = {"owner": owner, "leased_until": now + LEASE, "paused_until": pause}
        db.execute(update(_SENDER).where(_is(lane)).values(held))
    return True


def let_go(db: Session, owner: str) -> None:
    """Push for no account any more, so that somebody else does at once."""
    db.execute(update(_SENDER).where(_SENDER.c.owner == owner).values(owner="", leased_until=None))


def pause(db: Session, lane: Lane, *, until: datetime) -> None:
    """Let nobody send for an account before ``until``: the platform asked for patience."""
    *_, paused_until = _found(db, lane)
    if paused_until is None or paused_until < until:
        db.execute(update(_SENDER).where(_is(lane)).values(paused_until=until))


def paused_until(db: Session, lane: Lane) -> datetime | None:
    """Return until when nobody sends for an account, if the platform ever asked for that."""
    row = _PAUSED.row(db, channel=lane.channel, account=lane.account)
    return row[0] if row else None


def allowance(
    db: Session, lane: Lane, limits: Limits, *, now: datetime, until: datetime, is_paid: bool = False
) -> Allowance:
    """Lock an account and return what it may send before ``until``."""
    _, _, free_at, paid_free_at, paused_until = _found(db, lane)
    interval = limits.paid_interval if is_paid and limits.paid_interval else limits.interval
    taken_until = _believed(paid_free_at if is_paid else free_at, interval, now)
    first = max(moment for moment in (now, taken_until, paused_until) if moment)
    return Allowance(lane, first, until, interval, is_paid)


def grant(db: Session, allowed: Allowance, limits: Limits, wanted: Sequence[Wanted], *, now: datetime) -> list[Granted]:
    """Give each the next slot its account and its chat have, in their order, and keep what was given.

    Whatever comes after a message that was refused, to the same chat, waits as long, so that a chat keeps its order.
    """
    paces = _paces(db, allowed.lane, {one.chat for one in wanted})
    granted: list[Granted] = []
    for one in wanted:
        chat, pace = one.chat, limits.of_chat(one.chat)
        used_until = _believed(paces.get(chat), pace.interval, now)
        not_before = used_until + (one.parts - pace.burst) * pace.interval if used_until else now
        not_before = max(not_before, allowed.held.get(chat, now))
        slot = allowed.free_at if chat not in allowed.held and not_before <= allowed.free_at < allowed.until else None
        granted.append(Granted(slot, max(not_before, allowed.free_at)))
        if slot is None:
            allowed.held[chat] = not_before
        else:
            paces[chat] = max(used_until or slot, slot) + one.parts * pace.interval
            allowed.free_at = slot + one.parts * allowed.interval
    _keep(db, allowed, {one.chat: paces[one.chat] for one, given in zip(wanted, granted, strict=True) if given.slot})
    return granted


def forget_idle_chats(db: Session, *, now: datetime) -> None:
    """Drop the paces that have run out."""
    db.execute(delete(_PACE).where(_PACE.c.free_at < now))


def _found(db: Session, lane: Lane) -> tuple[str, datetime | None, datetime | None, datetime | None, datetime | None]:
    row = _FIND.row(db, channel=lane.channel, account=lane.account)
    if row is None:
        key = {"channel": lane.channel, "account": lane.account}
        put_if_missing(db, Sender, {**key, "owner": ""}, key=("channel", "account"))
        row = _FIND.row(db, channel=lane.channel, account=lane.account)
    if row is None:
        raise AssertionError("it was put there")
    owner, leased_until, free_at, paid_free_at, paused_until = row
    return owner, leased_until, free_at, paid_free_at, paused_until


def _believed(taken_until: datetime | None, interval: timedelta, now: datetime) -> datetime | None:
    if taken_until is not None and taken_until > now + HONEST_LEASE + _MOST_AHEAD * interval:
        return None
    return taken_until


def _is(lane: Lane) -> ColumnElement[bool]:
    return and_(_SENDER.c.channel == lane.channel, _SENDER.c.account == lane.account)


def _paces(db: Session, lane: Lane, chats: Collection[str]) -> dict[str, datetime]:
    here = (_PACE.c.channel == lane.channel, _PACE.c.account == lane.account, _PACE.c.chat.in_(list(chats)))
    return {row.chat: row.free_at for row in db.execute(select(_PACE.c.chat, _PACE.c.free_at).where(*here))}


def _keeping(is_postgresql: bool) -> Any:  # noqa: ANN401, FBT001  # a dialect's insert; `Prepared` calls it
    insert = (postgresql if is_postgresql else sqlite).insert(_PACE)
    kept = insert.values(named(ChatPace, "channel", "account", "chat", "free_at"))
    return kept.on_conflict_do_update(
        index_elements=["channel", "account", "chat"], set_={"free_at": kept.excluded.free_at}
    )


_KEEP_PACE = Prepared(_keeping)


def _keep(db: Session, allowed: Allowance, paces: Mapping[str, datetime]) -> None:
    if not paces:
        return
    lane = allowed.lane
    key = {"channel": lane.channel, "account": lane.account}
    _KEEP_PACE.run_many(db, [{**key, "chat": chat, "free_at": moment} for chat, moment in sorted(paces.items())])
    column = "paid_free_at" if allowed.is_paid else "free_at"
    db.execute(update(_SENDER).where(_is(lane)).values({column: allowed.free_at}))
