"""The outbox: written in the turn's transaction, leased by whoever delivers, settled when the channel has spoken."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from bot.domain.messages import Message
from db.claims import changed, claim, table_of
from db.models import OutboxBody, OutboxKind, OutboxRow, OutboxState, Priority

LEASE = timedelta(seconds=20)
"""How long a row is somebody's to send; longer than any send may take."""

_ROW = table_of(OutboxRow)
_BODY = table_of(OutboxBody)


@dataclass(frozen=True, slots=True)
class Target:
    """A chat on a channel; ``reply_to`` is the message that is answered there."""

    channel: str
    account: str
    chat: str
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A leased row on its way to a channel."""

    id: int
    kind: OutboxKind
    target: Target
    message: Message
    attempts: int


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be written: ``cause`` is why it exists, and the same cause is never written twice."""

    cause: str
    kind: OutboxKind
    target: Target
    message: Message
    due_at: datetime
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """How one delivery ended; with ``again_at`` the row goes back to wait until then."""

    parcel: Parcel
    state: OutboxState
    reason: str = ""
    remote_id: str = ""
    again_at: datetime | None = None
    moved_to: str = ""


def write(db: Session, draft: Draft, *, now: datetime, owner: str = "") -> int | None:
    """Write one row and return its id, or ``None`` when its cause has spoken before.

    With ``owner`` the row is born leased, so that the process that took the turn sends it and no worker does.
    """
    values = {
        "cause": draft.cause,
        "kind": draft.kind,
        "priority": int(Priority[draft.kind.name]),
        "channel": draft.target.channel,
        "account": draft.target.account,
        "chat": draft.target.chat,
        "reply_to": draft.target.reply_to,
        "content": draft.message.model_dump(mode="json"),
        "state": OutboxState.LEASED if owner else OutboxState.PENDING,
        "due_at": draft.due_at,
        "next_at": draft.due_at,
        "expires_at": draft.expires_at,
        "attempts": 1 if owner else 0,
        "lease_owner": owner,
        "leased_until": now + LEASE if owner else None,
        "reason": "",
        "remote_id": "",
        "created_at": now,
    }
    return claim(db, OutboxRow, values, key=("cause",))


def lease_due(
    db: Session, *, owner: str, channels: Sequence[str], now: datetime, limit: int, only: Target | None = None
) -> list[Parcel]:
    """Take up to ``limit`` rows that are due (``only`` for one chat), most urgent first, and return them to be sent.

    Rows whose lease ran out are in doubt: replies, notices and reminders are taken again, broadcasts become uncertain.
    """
    _end_doubtful_broadcasts(db, now)
    _end_expired(db, now)
    due = or_(
        and_(_ROW.c.state == OutboxState.PENDING, _ROW.c.next_at <= now),
        and_(_ROW.c.state == OutboxState.LEASED, _ROW.c.leased_until <= now),
    )
    whose = _to(only) if only else _ROW.c.channel.in_(channels)
    picked = (
        select(_ROW.c.id)
        .where(due, whose)
        .order_by(_ROW.c.priority, _ROW.c.next_at, _ROW.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(db.execute(picked).scalars())
    if not ids:
        return []
    taken = {"state": OutboxState.LEASED, "lease_owner": owner, "leased_until": now + LEASE}
    db.execute(update(_ROW).where(_ROW.c.id.in_(ids)).values(**taken, attempts=_ROW.c.attempts + 1))
    return _parcels(db, ids)


def settle(db: Session, settlements: Iterable[Settlement], *, now: datetime) -> None:
    """Record how deliveries ended; a row somebody else has ended meanwhile stays as it is."""
    for one in settlements:
        values: dict[str, object] = {"reason": one.reason[:200], "lease_owner": "", "leased_until": None}
        if one.again_at is not None:
            values |= {"state": OutboxState.PENDING, "next_at": one.again_at}
        else:
            values |= {"state": one.state, "ended_at": now, "remote_id": one.remote_id}
        if one.moved_to:
            values["chat"] = one.moved_to
        db.execute(update(_ROW).where(_ROW.c.id == one.parcel.id, _ROW.c.state == OutboxState.LEASED).values(**values))


def release(db: Session, owner: str, *, now: datetime) -> int:
    """Give back what a process leased and never began to send; return how many rows."""
    given_back = {"state": OutboxState.PENDING, "lease_owner": "", "leased_until": None, "next_at": now}
    owned = and_(_ROW.c.lease_owner == owner, _ROW.c.state == OutboxState.LEASED)
    return changed(db, update(_ROW).where(owned).values(**given_back))


def cancel(db: Session, cause_prefix: str, *, now: datetime, reason: str) -> int:
    """Cancel what waits under a cause, for every address it goes to; return how many rows. Sent ones stay sent."""
    waiting = and_(_ROW.c.cause.startswith(cause_prefix, autoescape=True), _ROW.c.state == OutboxState.PENDING)
    ended = {"state": OutboxState.CANCELLED, "ended_at": now, "reason": reason}
    return changed(db, update(_ROW).where(waiting).values(**ended))


def redirect(db: Session, target: Target, new_chat: str) -> None:
    """Point every open row of a chat to where it moved."""
    still_open = _ROW.c.state.in_([OutboxState.PENDING, OutboxState.LEASED])
    db.execute(update(_ROW).where(_to(target), still_open).values(chat=new_chat))


def spoken(db: Session, outbox_id: int, target: Target) -> Message | None:
    """Return what a row said, if it was said in that chat."""
    here = and_(_ROW.c.id == outbox_id, _to(target))
    row = db.execute(select(_ROW.c.content, _BODY.c.content).outerjoin(_BODY).where(here)).one_or_none()
    return Message.model_validate(row[0] or row[1]) if row else None


def last_pushed(db: Session, target: Target, *, since: datetime) -> tuple[int, Message, datetime] | None:
    """Return the newest message pushed to a chat after ``since`` that offered choices: its id, itself, and when."""
    pushed = and_(
        _to(target),
        _ROW.c.kind != OutboxKind.REPLY,
        _ROW.c.state == OutboxState.SENT,
        _ROW.c.ended_at > since,
    )
    rows = db.execute(select(_ROW.c.id, _ROW.c.content, _ROW.c.ended_at).where(pushed).order_by(_ROW.c.ended_at.desc()))
    for row_id, content, ended_at in rows:
        if content and content["choices"]:
            return row_id, Message.model_validate(content), ended_at
    return None


def _to(target: Target) -> ColumnElement[bool]:
    return and_(_ROW.c.channel == target.channel, _ROW.c.account == target.account, _ROW.c.chat == target.chat)


def _parcels(db: Session, ids: list[int]) -> list[Parcel]:
    columns = (_ROW.c.id, _ROW.c.kind, _ROW.c.channel, _ROW.c.account, _ROW.c.chat, _ROW.c.reply_to, _ROW.c.attempts)
    rows = db.execute(
        select(*columns, _ROW.c.content, _BODY.c.content)
        .outerjoin(_BODY)
        .where(_ROW.c.id.in_(ids))
        .order_by(_ROW.c.priority, _ROW.c.next_at, _ROW.c.id)
    )
    return [
        Parcel(row_id, kind, Target(channel, account, chat, reply_to), Message.model_validate(own or shared), attempts)
        for row_id, kind, channel, account, chat, reply_to, attempts, own, shared in rows
    ]


def _end_doubtful_broadcasts(db: Session, now: datetime) -> None:
    doubtful = and_(_ROW.c.kind == OutboxKind.BROADCAST, _ROW.c.state == OutboxState.LEASED, _ROW.c.leased_until <= now)
    ended = {"state": OutboxState.UNCERTAIN, "ended_at": now, "reason": "in flight when its sender stopped"}
    db.execute(update(_ROW).where(doubtful).values(**ended))


def _end_expired(db: Session, now: datetime) -> None:
    late = and_(_ROW.c.state == OutboxState.PENDING, _ROW.c.expires_at <= now)
    db.execute(update(_ROW).where(late).values(state=OutboxState.CANCELLED, ended_at=now, reason="no longer of use"))
