"""What nobody could push waits here and is shown when its receiver comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, or_, select, update
from sqlalchemy.orm import Session

from bot.domain.messages import Message
from bot.domain.outgoing.outbox import PUSHED, Parcel
from db.claims import put_if_missing, table_of
from db.models import OutboxBody, OutboxRow, OutboxState, WechatProgress, WechatUnread
from db.prepared import Prepared
from db.sql import ring

_WAITING = (OutboxState.PENDING, OutboxState.UNCERTAIN)
_UNREAD = table_of(WechatUnread)
_ROW = table_of(OutboxRow)
_BODY = table_of(OutboxBody)
_PROGRESS = table_of(WechatProgress)


@dataclass(frozen=True, slots=True)
class Unread:
    """A message that waits, and how many of its parts somebody has seen."""

    outbox_id: int
    message: Message
    parts_gone: int


def put(db: Session, parcel: Parcel, *, now: datetime) -> None:
    """Put a message in, once."""
    target = parcel.target
    values = {"account": target.account, "openid": target.chat, "outbox_id": parcel.id, "put_at": now}
    put_if_missing(db, WechatUnread, values, key=("outbox_id",))


_FIND = Prepared(
    select(
        _UNREAD.c.outbox_id,
        _ROW.c.content,
        _BODY.c.content,
        _PROGRESS.c.parts,
        _ROW.c.state,
        _ROW.c.expires_at,
        _UNREAD.c.shown_in,
    )
    .select_from(_UNREAD)
    .join(_ROW, _ROW.c.id == _UNREAD.c.outbox_id)
    .outerjoin(_BODY, _BODY.c.id == _ROW.c.body_id)
    .outerjoin(_PROGRESS, _PROGRESS.c.outbox_id == _ROW.c.id)
    .where(
        _UNREAD.c.account == bindparam("account"),
        _UNREAD.c.openid == bindparam("openid"),
        or_(_UNREAD.c.shown_in.is_(None), _UNREAD.c.shown_in == bindparam("reply", type_=_UNREAD.c.shown_in.type)),
    )
    .order_by(_UNREAD.c.id)
)


def waiting(db: Session, account: str, openid: str, *, reply: int, now: datetime) -> list[Unread]:
    """Return what waits for somebody and is still of use, oldest first, or was shown with this same reply."""
    found = _FIND.rows(db, account=account, openid=openid, reply=reply)
    return [
        Unread(row_id, Message.model_validate(own or shared), parts or 0)
        for row_id, own, shared, parts, state, expires_at, shown_in in found
        if row_id != reply and (shown_in or (state in _WAITING and (expires_at is None or expires_at > now)))
    ]


def show(db: Session, shown: Sequence[Unread], others: Sequence[Unread], *, reply: int, at: datetime) -> None:
    """Note which messages were shown with a reply, and let the ``others`` be sent while there is a right to.

    ``at`` is when that counts as said, for whoever then picks a number.
    """
    ids = [one.outbox_id for one in shown]
    db.execute(update(_UNREAD).where(_UNREAD.c.outbox_id.in_(ids)).values(shown_in=reply))
    sent: dict[str, Any] = {"state": OutboxState.SENT, "remote_id": "shown", "reason": "", "ended_at": at}
    waited = _ROW.c.state.in_(_WAITING)
    db.execute(update(_ROW).where(_ROW.c.id.in_(ids), waited).values(**sent))
    due = [one.outbox_id for one in others]
    if due:
        db.execute(update(_ROW).where(_ROW.c.id.in_(due), _ROW.c.state == OutboxState.PENDING).values(next_at=at))
        ring(db, PUSHED)


def forget_shown(db: Session, account: str, openid: str, *, but: int) -> None:
    """Forget what was shown with replies that nobody asks for again."""
    older = (_UNREAD.c.shown_in.is_not(None), _UNREAD.c.shown_in != but)
    db.execute(delete(_UNREAD).where(_UNREAD.c.account == account, _UNREAD.c.openid == openid, *older))
