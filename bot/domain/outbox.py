"""The outbox: written in the turn's transaction, leased by whoever delivers, settled when the channel has spoken."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import ValidationError
from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import Session

from bot.domain.messages import Message
from db.claims import changed, claim, table_of
from db.models import OutboxBody, OutboxKind, OutboxRow, OutboxState, Priority

LEASE = timedelta(seconds=20)
"""How long a row is somebody's to send; longer than any send may take."""

PATIENCE = timedelta(hours=24)
"""How long after its time a message is still tried to be delivered."""

_REASON = 200
_NOT_YET_SENT = (OutboxState.LEASED, OutboxState.PENDING, OutboxState.UNCERTAIN)
_NO_LEASE: dict[str, object] = {"lease_owner": "", "leased_until": None}
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
    return _parcels(db, ids, now)


def renew(db: Session, ids: Sequence[int], *, owner: str, now: datetime) -> set[int]:
    """Hold rows for another lease and return those that are still ``owner``'s to send."""
    held = and_(_ROW.c.id.in_(ids), _ROW.c.lease_owner == owner, _ROW.c.state == OutboxState.LEASED)
    return set(db.execute(update(_ROW).where(held).values(leased_until=now + LEASE).returning(_ROW.c.id)).scalars())


def settle(db: Session, settlements: Iterable[Settlement], *, now: datetime) -> None:
    """Record how deliveries ended.

    What was sent is sent, whoever says so; any other end counts only from whoever holds the lease.
    """
    for one in settlements:
        if one.again_at is not None:
            _put_back(db, one, one.again_at, now)
            continue
        ended = {"state": one.state, "reason": one.reason[:_REASON], "remote_id": one.remote_id, "ended_at": now}
        where = and_(_ROW.c.id == one.parcel.id, _ROW.c.state.in_(_NOT_YET_SENT))
        if one.state is not OutboxState.SENT:
            where = _held(one.parcel)
        db.execute(update(_ROW).where(where).values(**ended, **_NO_LEASE))


def release(db: Session, owner: str, *, now: datetime, begun: Collection[int] = ()) -> int:
    """Give back what a process leased and has not ``begun`` to send; return how many rows."""
    given_back = {"state": OutboxState.PENDING, "next_at": now, **_NO_LEASE}
    owned = and_(_ROW.c.lease_owner == owner, _ROW.c.state == OutboxState.LEASED, _ROW.c.id.not_in(begun))
    return changed(db, update(_ROW).where(owned).values(**given_back))


def cancel(db: Session, cause_prefix: str, *, now: datetime, reason: str) -> int:
    """Cancel what waits under a cause, for every address it goes to; return how many rows.

    Sent ones stay sent; one that is being sent is not sent again.
    """
    meant = _ROW.c.cause.startswith(cause_prefix, autoescape=True)
    db.execute(update(_ROW).where(meant, _ROW.c.state == OutboxState.LEASED).values(expires_at=now))
    ended = {"state": OutboxState.CANCELLED, "ended_at": now, "reason": reason}
    return changed(db, update(_ROW).where(meant, _ROW.c.state == OutboxState.PENDING).values(**ended))


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


def _parcels(db: Session, ids: list[int], now: datetime) -> list[Parcel]:
    columns = (_ROW.c.id, _ROW.c.kind, _ROW.c.channel, _ROW.c.account, _ROW.c.chat, _ROW.c.reply_to, _ROW.c.attempts)
    rows = db.execute(
        select(*columns, _ROW.c.content, _BODY.c.content)
        .outerjoin(_BODY)
        .where(_ROW.c.id.in_(ids))
        .order_by(_ROW.c.priority, _ROW.c.next_at, _ROW.c.id)
    )
    parcels: list[Parcel] = []
    for row_id, kind, channel, account, chat, reply_to, attempts, own, shared in rows.all():
        try:
            message = Message.model_validate(own or shared)
        except ValidationError:
            unreadable = {"state": OutboxState.FAILED, "reason": "unreadable", "ended_at": now, **_NO_LEASE}
            db.execute(update(_ROW).where(_ROW.c.id == row_id).values(**unreadable))
        else:
            parcels.append(Parcel(row_id, kind, Target(channel, account, chat, reply_to), message, attempts))
    return parcels


def _held(parcel: Parcel) -> ColumnElement[bool]:
    return and_(_ROW.c.id == parcel.id, _ROW.c.state == OutboxState.LEASED, _ROW.c.attempts == parcel.attempts)


def _put_back(db: Session, one: Settlement, again_at: datetime, now: datetime) -> None:
    """Let a row wait, or end it: cancelled when it is of no more use by then, failed when it is too old."""
    row = db.execute(select(_ROW.c.due_at, _ROW.c.expires_at).where(_held(one.parcel)).with_for_update()).one_or_none()
    if row is None:
        return
    values: dict[str, object] = {"reason": one.reason[:_REASON], **_NO_LEASE}
    if row.expires_at is not None and row.expires_at <= again_at:
        values |= {"state": OutboxState.CANCELLED, "ended_at": now}
    elif now - row.due_at > PATIENCE:
        values |= {"state": OutboxState.FAILED, "ended_at": now, "reason": f"gave up: {one.reason}"[:_REASON]}
    else:
        values |= {"state": OutboxState.PENDING, "next_at": again_at}
    if one.moved_to:
        values["chat"] = one.moved_to
    db.execute(update(_ROW).where(_ROW.c.id == one.parcel.id).values(**values))


def _end_doubtful_broadcasts(db: Session, now: datetime) -> None:
    doubtful = and_(_ROW.c.kind == OutboxKind.BROADCAST, _ROW.c.state == OutboxState.LEASED, _ROW.c.leased_until <= now)
    ended = {"state": OutboxState.UNCERTAIN, "ended_at": now, "reason": "in flight when its sender stopped"}
    db.execute(update(_ROW).where(doubtful).values(**ended))


def _end_expired(db: Session, now: datetime) -> None:
    idle = or_(
        _ROW.c.state == OutboxState.PENDING, and_(_ROW.c.state == OutboxState.LEASED, _ROW.c.leased_until <= now)
    )
    late = and_(idle, _ROW.c.expires_at <= now)
    db.execute(update(_ROW).where(late).values(state=OutboxState.CANCELLED, ended_at=now, reason="no longer of use"))
