"""The outbox: written in the turn's transaction, leased by whoever delivers, settled when the channel has spoken."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    String,
    and_,
    bindparam,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from bot.domain.messages import Message
from db.claims import changed, named, table_of
from db.models import OFFERS, InboxRecord, OutboxBody, OutboxKind, OutboxRow, OutboxState, Priority
from db.prepared import Prepared
from db.sql import ring
from db.types import END_OF_PREFIX

LEASE = timedelta(seconds=20)
"""How long a row is somebody's to send; longer than any send may take."""

HONEST_LEASE = 2 * LEASE
"""A lease that ends later than this was written by a clock that has been put back since."""

PATIENCE = timedelta(hours=24)
"""How long after its time a message is still tried to be delivered."""

PUSHED = "outbox"
"""What is rung when something was written that somebody else sends."""

NO_LEASE: Mapping[str, object] = {"lease_owner": "", "leased_until": None}
"""What a row holds that is nobody's to send."""

_LOOKED_BACK = 50
"""Replies among which one that is quoted is looked for."""

_ROW = table_of(OutboxRow)
_INBOX = table_of(InboxRecord)
_BODY = table_of(OutboxBody)


def is_in(state: OutboxState) -> ColumnElement[bool]:
    """Say it with the word itself: only so do both databases see that a partial index holds all such rows."""
    return _ROW.c.state == literal_column(f"'{state}'", String)


def may_go(now: Any) -> ColumnElement[bool]:  # noqa: ANN401  # a moment, or a parameter for one
    """Say, within a statement, that a row does not wait for whoever wrote it to look at it again."""
    return or_(_ROW.c.waits_from.is_(None), _ROW.c.waits_from > now)


@dataclass(frozen=True, slots=True)
class Target:
    """A chat on a channel; ``reply_to`` is the message that is answered there."""

    channel: str
    account: str
    chat: str
    reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A leased row on its way to a channel.

    It may not go before ``not_before``; the platform is paid for one that ``is_paid``. ``cause`` is why it exists;
    a reply needs none.
    """

    id: int
    kind: OutboxKind
    target: Target
    message: Message
    attempts: int
    due_at: datetime | None = None
    not_before: datetime | None = None
    is_paid: bool = False
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be written: ``cause`` is why it exists, and the same cause is never written twice.

    With ``body_id`` the message is kept already, shared by many rows (:func:`keep_body`).
    From ``waits_from`` on it is sent no more until whoever wrote it says so.
    """

    cause: str
    kind: OutboxKind
    target: Target
    message: Message
    due_at: datetime
    expires_at: datetime | None = None
    body_id: int | None = None
    waits_from: datetime | None = None


def _insertion(is_postgresql: bool) -> Any:  # noqa: ANN401, FBT001  # a dialect's insert; `Prepared` calls it
    columns = [column.name for column in _ROW.columns if column.name not in {"id", "ended_at"}]
    insert = (postgresql if is_postgresql else sqlite).insert(_ROW)
    written = insert.values(named(OutboxRow, *columns))
    return written.on_conflict_do_nothing(index_elements=["cause"]).returning(_ROW.c.id)


_WRITE = Prepared(_insertion)


def write(db: Session, draft: Draft, *, now: datetime, owner: str = "") -> int | None:
    """Write one row and return its id, or ``None`` when its cause has spoken before; see :func:`write_all`."""
    return write_all(db, [draft], now=now, owner=owner)[0]


def write_all(db: Session, drafts: Sequence[Draft], *, now: datetime, owner: str = "") -> list[int | None]:
    """Write rows and return their ids, ``None`` for one whose cause has spoken before.

    With ``owner`` they are born leased, so that the process that took their turns sends them and no worker does.
    """
    if owner:
        lease = {"state": OutboxState.LEASED, "attempts": 1, "lease_owner": owner, "leased_until": now + LEASE}
    else:
        lease = {"state": OutboxState.PENDING, "attempts": 0, **NO_LEASE}
        ring(db, PUSHED)
    written = _WRITE.row_of_each(db, [{**_values(draft, now), **lease} for draft in drafts])
    return [row[0] if row else None for row in written]


def _values(draft: Draft, now: datetime) -> dict[str, object]:
    return {
        "cause": draft.cause,
        "kind": draft.kind,
        "priority": int(Priority[draft.kind.name]),
        "channel": draft.target.channel,
        "account": draft.target.account,
        "chat": draft.target.chat,
        "reply_to": draft.target.reply_to,
        "content": draft.message.model_dump(mode="json") if draft.body_id is None else None,
        "body_id": draft.body_id,
        "offers": bool(draft.message.choices) and draft.kind is not OutboxKind.REPLY,
        "due_at": draft.due_at,
        "next_at": draft.due_at,
        "expires_at": draft.expires_at,
        "waits_from": draft.waits_from,
        "reason": "",
        "remote_id": "",
        "created_at": now,
    }


def keep_body(db: Session, message: Message) -> int:
    """Keep a message that many rows share and return its number."""
    content = message.model_dump(mode="json")
    return db.execute(insert(_BODY).values(content=content).returning(_BODY.c.id)).scalar_one()


def cancel(db: Session, cause_prefix: str, *, now: datetime, reason: str) -> int:
    """Cancel what waits under a cause, for every address it goes to; return how many rows.

    Sent ones stay sent; one that is being sent is not sent again.
    """
    meant = and_(_ROW.c.cause >= cause_prefix, _ROW.c.cause < cause_prefix + END_OF_PREFIX)
    db.execute(update(_ROW).where(meant, is_in(OutboxState.LEASED)).values(expires_at=now))
    ended = {"state": OutboxState.CANCELLED, "ended_at": now, "reason": reason}
    return changed(db, update(_ROW).where(meant, is_in(OutboxState.PENDING)).values(**ended))


def redirect(db: Session, target: Target, new_chat: str) -> None:
    """Point every open row of a chat to where it moved."""
    still_open = or_(is_in(OutboxState.PENDING), is_in(OutboxState.LEASED))
    db.execute(update(_ROW).where(_to(target), still_open).values(chat=new_chat))


def readdress(db: Session, target: Target, other: Target | None, *, now: datetime) -> None:
    """Send whatever waits for a chat to another one, or nowhere: who is reached there has changed."""
    waiting = (_to(target), is_in(OutboxState.PENDING), _ROW.c.kind != OutboxKind.REPLY)
    if other:
        elsewhere = {"channel": other.channel, "account": other.account, "chat": other.chat}
        db.execute(update(_ROW).where(*waiting).values(**elsewhere))
    else:
        ended = {"state": OutboxState.CANCELLED, "ended_at": now, "reason": "unbound"}
        db.execute(update(_ROW).where(*waiting).values(**ended))


def spoken(db: Session, outbox_id: int, target: Target) -> Message | None:
    """Return what a row said, if it was said in that chat."""
    here = and_(_ROW.c.id == outbox_id, _to(target))
    row = db.execute(select(_ROW.c.content, _BODY.c.content).outerjoin(_BODY).where(here)).one_or_none()
    return Message.model_validate(row[0] or row[1]) if row else None


_QUOTED = Prepared(
    select(_ROW.c.id, _ROW.c.content, _BODY.c.content)
    .outerjoin(_BODY)
    .where(
        _ROW.c.channel == bindparam("channel"),
        _ROW.c.account == bindparam("account"),
        _ROW.c.chat == bindparam("chat"),
        _ROW.c.remote_id == bindparam("remote_id"),
        OFFERS,
        is_in(OutboxState.SENT),
    )
    .order_by(_ROW.c.ended_at.desc(), _ROW.c.id.desc())
)


def quoted(db: Session, target: Target, remote_id: str) -> tuple[int, Message] | None:
    """Return the pushed message with choices that has an id on its channel: its row's id, and itself."""
    rows = _QUOTED.rows(db, channel=target.channel, account=target.account, chat=target.chat, remote_id=remote_id)
    for row_id, own, shared in rows:
        content = own or shared
        if content and content["choices"]:
            return row_id, Message.model_validate(content)
    return None


def quoted_reply(db: Session, target: Target, sender: str, remote_id: str) -> tuple[int, Message] | None:
    """Return the reply to one of the last things somebody said that has an id on its channel, if it offered choices."""
    theirs = (_INBOX.c.channel == target.channel, _INBOX.c.account == target.account, _INBOX.c.sender == sender)
    last = select(_INBOX.c.id).where(*theirs).order_by(_INBOX.c.id.desc()).limit(_LOOKED_BACK)
    causes = [f"reply:{one}" for one in db.execute(last).scalars()]
    found = select(_ROW.c.id, _ROW.c.content).where(
        _ROW.c.cause.in_(causes), _to(target), _ROW.c.remote_id == remote_id, is_in(OutboxState.SENT)
    )
    row = db.execute(found.order_by(_ROW.c.id.desc())).first()
    return (row.id, Message.model_validate(row.content)) if row and row.content and row.content["choices"] else None


def pushed_since(
    channel: ColumnElement[str], account: ColumnElement[str], chat: ColumnElement[str], since: ColumnElement[Any]
) -> ScalarSelect[datetime | None]:
    """Return, as part of a statement, when something to pick from was last pushed to a chat after ``since``."""
    here = and_(_ROW.c.channel == channel, _ROW.c.account == account, _ROW.c.chat == chat)
    pushed = and_(OFFERS, _ROW.c.kind != literal_column(f"'{OutboxKind.REPLY}'", String), is_in(OutboxState.SENT))
    is_new = or_(since.is_(None), _ROW.c.ended_at > since)
    return select(func.max(_ROW.c.ended_at)).where(here, pushed, is_new).scalar_subquery()


_LAST_PUSHED = Prepared(
    select(_ROW.c.id, _ROW.c.content, _BODY.c.content, _ROW.c.ended_at)
    .outerjoin(_BODY)
    .where(
        _ROW.c.channel == bindparam("channel"),
        _ROW.c.account == bindparam("account"),
        _ROW.c.chat == bindparam("chat"),
        _ROW.c.ended_at > bindparam("since"),
        OFFERS,
        _ROW.c.kind != literal_column(f"'{OutboxKind.REPLY}'", String),
        is_in(OutboxState.SENT),
    )
    .order_by(_ROW.c.ended_at.desc(), _ROW.c.id.desc())
)


def last_pushed(db: Session, target: Target, *, since: datetime) -> tuple[int, Message, datetime] | None:
    """Return the newest message pushed to a chat after ``since`` that offered choices: its id, itself, and when."""
    rows = _LAST_PUSHED.rows(db, channel=target.channel, account=target.account, chat=target.chat, since=since)
    for row_id, own, shared, ended_at in rows:
        content = own or shared
        if content and content["choices"]:
            return row_id, Message.model_validate(content), ended_at
    return None


def _to(target: Target) -> ColumnElement[bool]:
    return and_(_ROW.c.channel == target.channel, _ROW.c.account == target.account, _ROW.c.chat == target.chat)
