"""How messages ended that WeChat took: it tells later, by their numbers; what was not delivered is shown next time.

The end of a message may be told before its number is known here, and before its row is settled; what cannot be done at
once is done by whoever looks after the account.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.channels.wechat import box
from bot.channels.wechat.markup import Element
from db.claims import is_first, table_of
from db.models import WechatSent

_SENT = table_of(WechatSent)
_KEY = ("account", "number")
_LONGEST_NUMBER, _LONGEST_TROUBLE = 24, 40
_AT_ONCE = 100
_DELIVERED = "success"
_BLOCK = "block"


@dataclass(frozen=True, slots=True)
class End:
    """How one message ended: its number, and why it was not delivered, if it was not."""

    number: str
    trouble: str

    @property
    def is_blocked(self) -> bool:
        """Tell whether its receiver does not want to hear from us."""
        return _BLOCK in self.trouble


def told_in(event: Element) -> list[End]:
    """Return the ends an event tells of."""
    if event.get("Event").upper() == "TEMPLATESENDJOBFINISH":
        status = event.get("Status")
        return _numbered(event.get("MsgID"), "" if status == _DELIVERED else status or "failed")
    found = event.find("SubscribeMsgSentEvent")
    ends: list[End] = []
    for one in found.children if found else ():
        code = one.get("ErrorCode")
        ends += _numbered(one.get("MsgID"), "" if code in {"", "0"} else f"{code} {one.get('ErrorStatus')}")
    return ends


def note_number(db: Session, account: str, number: str, outbox_id: int, *, now: datetime) -> str:
    """Keep under which number a message went; return why it was not delivered, if that was told already."""
    number = number[:_LONGEST_NUMBER]
    values = {"account": account, "number": number, "outbox_id": outbox_id, "trouble": "", "noted_at": now}
    if is_first(db, WechatSent, values, key=_KEY):
        return ""
    trouble = db.execute(select(_SENT.c.trouble).where(*_is(account, number))).scalar_one()
    _forget(db, account, number)
    return trouble


def note_end(db: Session, account: str, end: End, *, now: datetime) -> None:
    """Keep how a message ended, and let one that was not delivered be shown at the next contact."""
    if not end.trouble:
        _forget(db, account, end.number)
        return
    trouble = end.trouble[:_LONGEST_TROUBLE]
    values = {"account": account, "number": end.number, "outbox_id": None, "trouble": trouble, "noted_at": now}
    if not is_first(db, WechatSent, values, key=_KEY):
        db.execute(update(_SENT).where(*_is(account, end.number)).values(trouble=trouble))
        take_up(db, account, now=now)


def take_up(db: Session, account: str, *, now: datetime) -> int:
    """Let what was not delivered be shown at the next contact, as far as its rows are settled; return how many."""
    told = (_SENT.c.account == account, _SENT.c.trouble != "", _SENT.c.outbox_id.is_not(None))
    waiting = db.execute(select(_SENT.c.number, _SENT.c.outbox_id).where(*told).limit(_AT_ONCE)).all()
    done = [number for number, outbox_id in waiting if box.put_back(db, outbox_id, now=now)]
    for number in done:
        _forget(db, account, number)
    return len(done)


def _numbered(number: str, trouble: str) -> list[End]:
    return [End(number, trouble.strip())] if 0 < len(number) <= _LONGEST_NUMBER else []


def _forget(db: Session, account: str, number: str) -> None:
    db.execute(delete(_SENT).where(*_is(account, number)))


def _is(account: str, number: str):  # noqa: ANN202  # conditions, whose types say nothing
    return _SENT.c.account == account, _SENT.c.number == number
