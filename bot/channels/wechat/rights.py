"""When an account may write to somebody, and how often: kept in the database, the same for all replicas.

Whoever writes may be sent five messages within 48 hours; whoever taps a menu, a link of a menu or a code, or begins to
follow, three within a minute (https://developers.weixin.qq.com/doc/service/guide/product/message/Customer_Service_Messages.html).
Each time counts anew.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import and_, func, select, update
from sqlalchemy.orm import Session

from bot.channels.wechat.inbound import NAME, WROTE
from db.claims import put_if_missing, table_of
from db.models import InboxRecord, WechatContact

RESERVED = 1
"""Of the messages somebody may be sent, how many are kept for replies."""

_INBOX = table_of(InboxRecord)
_CONTACT = table_of(WechatContact)


class Right(StrEnum):
    """What a message may be sent by."""

    WRITTEN = "sent"
    TAPPED = "tap_sent"


@dataclass(frozen=True, slots=True)
class Given:
    """What one contact gives: so many messages, for so long; a little less than WeChat allows, as clocks differ."""

    messages: int
    lasts: timedelta


GIVES = {
    Right.WRITTEN: Given(5, timedelta(hours=47, minutes=55)),
    Right.TAPPED: Given(3, timedelta(seconds=55)),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left to send to somebody: by having written, until when, and by having tapped."""

    written_left: int
    written_until: datetime | None
    tapped_left: int


def take(db: Session, account: str, openid: str, *, is_reply: bool, now: datetime) -> Right | None:
    """Use up one right to write to somebody and return which; ``None`` when there is none left.

    The last one is for a reply: what nobody waits for leaves it untouched.
    """
    put_if_missing(db, WechatContact, _blank(account, openid), key=("account", "openid"))
    standing = _standing(db, account, openid, now, is_locked=True)
    spare = 0 if is_reply else RESERVED
    for right, left in ((Right.TAPPED, standing.tapped_left), (Right.WRITTEN, standing.written_left)):
        if left > spare:
            column = _CONTACT.c[right.value]
            db.execute(update(_CONTACT).where(_is(account, openid)).values({column: column + 1}))
            return right
    return None


def give_back(db: Session, account: str, openid: str, right: Right) -> None:
    """Take a right as unused: what was to be sent by it certainly was not."""
    column = _CONTACT.c[right.value]
    db.execute(update(_CONTACT).where(_is(account, openid), column > 0).values({column: column - 1}))


def shut(db: Session, account: str, openid: str, *, now: datetime) -> None:
    """Believe WeChat that somebody may not be written to, until they give a right anew."""
    put_if_missing(db, WechatContact, _blank(account, openid), key=("account", "openid"))
    db.execute(update(_CONTACT).where(_is(account, openid)).values(shut_at=now))


def standing(db: Session, account: str, openid: str, *, now: datetime) -> Standing:
    """Return what may still be sent to somebody."""
    return _standing(db, account, openid, now, is_locked=False)


def _standing(db: Session, account: str, openid: str, now: datetime, *, is_locked: bool) -> Standing:
    writing, wanted = GIVES[Right.WRITTEN], select(_CONTACT).where(_is(account, openid))
    row = db.execute(wanted.with_for_update() if is_locked else wanted).one_or_none()
    wrote_at, tapped_at = _given(db, account, openid, now)  # once it is ours: what came while we waited counts too
    shut_at = row.shut_at if row else None
    written = 0 if row is None or _is_newer(wrote_at, row.since) else row.sent
    tapped = 0 if row is None or _is_newer(tapped_at, row.tapped_at) else row.tap_sent
    if row and is_locked:
        anew = {"since": wrote_at, "sent": written, "tapped_at": tapped_at, "tap_sent": tapped}
        db.execute(update(_CONTACT).where(_is(account, openid)).values(**anew))
    is_written = wrote_at is not None and _is_newer(wrote_at, shut_at)
    is_tapped = tapped_at is not None and _is_newer(tapped_at, shut_at)
    return Standing(
        written_left=writing.messages - written if is_written else 0,
        written_until=wrote_at + writing.lasts if is_written and wrote_at else None,
        tapped_left=GIVES[Right.TAPPED].messages - tapped if is_tapped else 0,
    )


def _given(db: Session, account: str, openid: str, now: datetime) -> tuple[datetime | None, datetime | None]:
    """Return when somebody last wrote, and last tapped, as far as that still gives a right."""
    first = func.substr(_INBOX.c.message_id, 1, 1)
    theirs = and_(
        _INBOX.c.channel == NAME,
        _INBOX.c.account == account,
        _INBOX.c.sender == openid,
        _INBOX.c.taken_at > now - GIVES[Right.WRITTEN].lasts,
    )
    rows = db.execute(select(first, func.max(_INBOX.c.taken_at)).where(theirs).group_by(first)).all()
    wrote = [moment for kind, moment in rows if kind == WROTE]
    tapped = [moment for kind, moment in rows if kind != WROTE and moment > now - GIVES[Right.TAPPED].lasts]
    return max(wrote, default=None), max(tapped, default=None)


def _is_newer(moment: datetime | None, other: datetime | None) -> bool:
    return other is None or (moment is not None and moment > other)


def _is(account: str, openid: str):  # noqa: ANN202  # a condition, whose type says nothing
    return and_(_CONTACT.c.account == account, _CONTACT.c.openid == openid)


def _blank(account: str, openid: str) -> dict[str, object]:
    return {"account": account, "openid": openid, "sent": 0, "tap_sent": 0}
