"""What nobody could push waits here and is shown when its receiver comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, delete, or_, select, update
from sqlalchemy.orm import Session

from bot.domain.messages import Message
from bot.domain.outgoing.outbox import PUSHED, Parcel, is_in
from bot.domain.outgoing.settling import AWAITED
from db.claims import put_if_missing, table_of
from db.models import OutboxBody, OutboxRow, OutboxState, WechatProgress, WechatUnread
from db.prepared import Prepared
from db.sql import ring

_WAITING = (OutboxState.PENDING, OutboxState.UNCERTAIN)
_ASKED_FOR = timedelta(seconds=25)
"""How long WeChat may ask for the same reply again, and what was put below it belongs to no other."""

_UNREAD = table_of(WechatUnread)
_ROW = table_of(OutboxRow)
_BODY = table_of(OutboxBody)
_PROGRESS = table_of(WechatProgress)
_IS_WAITING = or_(is_in(OutboxState.PENDING), is_in(OutboxState.UNCERTAIN))


@dataclass(frozen=True, slots=True)
class Unread:
    """A message that waits, and how many of its parts somebody has seen."""

    outbox_id: int
    message: Message
    parts_gone: int


def put(db: Session, parcel: Parcel, *, now: datetime) -> None:
    """Put a message in, once."""
    _put(db, parcel.target.account, parcel.target.chat, parcel.id, now)


def put_back(db: Session, row_id: int, *, now: datetime) -> bool:
    """Put in what seemed to be sent and was not; tell whether that is done: not while nobody has recorded it as sent.

    What is of no more use by now has failed.
    """
    columns = (_ROW.c.account, _ROW.c.chat, _ROW.c.state, _ROW.c.expires_at)
    row = db.execute(select(*columns).where(_ROW.c.id == row_id).with_for_update()).one_or_none()
    if row is None or row.state is not OutboxState.SENT:
        return row is None or row.state is not OutboxState.LEASED
    waits: dict[str, Any] = {"reason": "not delivered", "remote_id": ""}
    if row.expires_at is not None and row.expires_at <= now:
        waits |= {"state": OutboxState.FAILED}
    else:
        next_at = min(now + AWAITED, row.expires_at or now + AWAITED)
        waits |= {"state": OutboxState.PENDING, "ended_at": None, "next_at": next_at}
        _put(db, row.account, row.chat, row_id, now)
    db.execute(update(_ROW).where(_ROW.c.id == row_id).values(**waits))
    return True


_FIND = Prepared(
    select(
        _UNREAD.c.outbox_id,
        _ROW.c.content,
        _BODY.c.content,
        _PROGRESS.c.parts,
        _ROW.c.state,
        _ROW.c.expires_at,
        _UNREAD.c.shown_in == bindparam("reply", type_=_UNREAD.c.shown_in.type),
    )
    .select_from(_UNREAD)
    .join(_ROW, _ROW.c.id == _UNREAD.c.outbox_id)
    .outerjoin(_BODY, _BODY.c.id == _ROW.c.body_id)
    .outerjoin(_PROGRESS, _PROGRESS.c.outbox_id == _ROW.c.id)
    .where(
        _UNREAD.c.account == bindparam("account"),
        _UNREAD.c.openid == bindparam("openid"),
        or_(
            _UNREAD.c.shown_in.is_(None),
            _UNREAD.c.shown_in == bindparam("reply", type_=_UNREAD.c.shown_in.type),
            and_(_UNREAD.c.shown_at < bindparam("before", type_=_UNREAD.c.shown_at.type), _IS_WAITING),
        ),
    )
    .order_by(_UNREAD.c.id)
)


def waiting(db: Session, account: str, openid: str, *, reply: int, now: datetime) -> list[Unread]:
    """Return what waits for somebody and is still of use, oldest first; or what was put below this same reply before.

    What was put below another reply is left to that one, for as long as it may be asked for.
    """
    found = _FIND.rows(db, account=account, openid=openid, reply=reply, before=now - _ASKED_FOR)
    below = [row for row in found if row[-1]]
    return [
        Unread(row_id, Message.model_validate(own or shared), parts or 0)
        for row_id, own, shared, parts, state, expires_at, is_its_own in below or found
        if row_id != reply and (is_its_own or (state in _WAITING and (expires_at is None or expires_at > now)))
    ]


def take(db: Session, unread: Sequence[Unread], *, reply: int, now: datetime) -> set[int]:
    """Put messages below a reply; return which of them no other reply has, by their rows."""
    free = or_(_UNREAD.c.shown_in.is_(None), _UNREAD.c.shown_in == reply, _UNREAD.c.shown_at < now - _ASKED_FOR)
    mine = update(_UNREAD).where(_UNREAD.c.outbox_id.in_([one.outbox_id for one in unread]), free)
    taken = mine.values(shown_in=reply, shown_at=now).returning(_UNREAD.c.outbox_id)
    return set(db.execute(taken).scalars())


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


def forget_shown(db: Session, account: str, openid: str, *, but: int, now: datetime) -> None:
    """Forget what was shown with replies that nobody asks for again."""
    was_sent = select(_ROW.c.id).where(_ROW.c.id == _UNREAD.c.outbox_id, _ROW.c.state == OutboxState.SENT).exists()
    is_long_ago = or_(_UNREAD.c.shown_at.is_(None), _UNREAD.c.shown_at < now - _ASKED_FOR)
    older = (_UNREAD.c.shown_in.is_not(None), _UNREAD.c.shown_in != but, is_long_ago, was_sent)
    db.execute(delete(_UNREAD).where(_UNREAD.c.account == account, _UNREAD.c.openid == openid, *older))


def _put(db: Session, account: str, openid: str, row_id: int, now: datetime) -> None:
    values = {"account": account, "openid": openid, "outbox_id": row_id, "put_at": now}
    put_if_missing(db, WechatUnread, values, key=("outbox_id",))
