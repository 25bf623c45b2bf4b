"""Who wishes to be told by which template: given by a tap, used up by a message, or taken back."""

from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.channels.wechat.markup import Element
from db.claims import put_if_missing, table_of
from db.models import WechatGrant

_GRANT = table_of(WechatGrant)
_KEY = ("account", "openid", "template_id")
_POPUP, _CHANGE, _SENT = "SubscribeMsgPopupEvent", "SubscribeMsgChangeEvent", "SubscribeMsgSentEvent"
_NO_GRANT = "43101"


def is_about(event: Element | None) -> bool:
    """Tell whether an event is about somebody's wishes."""
    return event is not None and event.get("Event").lower().startswith("subscribe_msg")


def note(db: Session, event: Element, *, account: str, openid: str, lasting: Collection[str]) -> None:
    """Keep what an event says about somebody's wishes; one that is delivered again changes nothing.

    ``lasting`` are templates whose wish holds until it is taken back.
    """
    created = event.get("CreateTime")
    at = datetime.fromtimestamp(int(created), UTC)
    for name in (_POPUP, _CHANGE, _SENT):
        found = event.find(name)
        for one in found.children if found else ():
            template_id, is_yes = one.get("TemplateId"), one.get("SubscribeStatusString") == "accept"
            if not 0 < len(template_id) <= 64:  # noqa: PLR2004  # as long as the column
                continue
            if name == _POPUP and is_yes:
                _give(db, (account, openid, template_id), is_lasting=template_id in lasting, at=at)
            elif (name == _CHANGE and not is_yes) or (name == _SENT and one.get("ErrorCode") == _NO_GRANT):
                take_back(db, account, openid, template_id)


def use(db: Session, account: str, openid: str, template_id: str) -> bool:
    """Use up one message somebody wished for; tell whether there was one."""
    mine = _is(account, openid, template_id)
    row = db.execute(select(_GRANT.c.sends_left).where(*mine).with_for_update()).one_or_none()
    if row is None:
        return False
    if row.sends_left is None:
        return True
    if row.sends_left <= 1:
        db.execute(delete(_GRANT).where(*mine))
    else:
        db.execute(update(_GRANT).where(*mine).values(sends_left=row.sends_left - 1))
    return row.sends_left > 0


def give_one(db: Session, key: tuple[str, str, str], *, at: datetime) -> None:
    """Keep that one message is wished for, by its account, openid and template; it stays one however often."""
    values = {**dict(zip(_KEY, key, strict=True)), "sends_left": 1, "changed_at": at}
    put_if_missing(db, WechatGrant, values, key=_KEY)


def give_back(db: Session, account: str, openid: str, template_id: str, *, now: datetime) -> None:
    """Take a wish as unused: what was to be sent by it certainly was not."""
    mine = _is(account, openid, template_id)
    left = db.execute(select(_GRANT.c.sends_left).where(*mine).with_for_update()).one_or_none()
    if left is None:
        give_one(db, (account, openid, template_id), at=now)
    elif left.sends_left is not None:
        db.execute(update(_GRANT).where(*mine).values(sends_left=left.sends_left + 1))


def take_back(db: Session, account: str, openid: str, template_id: str) -> None:
    """Forget a wish."""
    db.execute(delete(_GRANT).where(*_is(account, openid, template_id)))


def _give(db: Session, key: tuple[str, str, str], *, is_lasting: bool, at: datetime) -> None:
    values = dict(zip(_KEY, key, strict=True))
    first = {**values, "sends_left": None if is_lasting else 1, "changed_at": at}
    row = db.execute(select(_GRANT.c.sends_left, _GRANT.c.changed_at).where(*_is(*key)).with_for_update()).one_or_none()
    if row is None:
        put_if_missing(db, WechatGrant, first, key=_KEY)
    elif row.changed_at < at and not is_lasting:
        more = (row.sends_left or 0) + 1
        db.execute(update(_GRANT).where(*_is(*key)).values(sends_left=more, changed_at=at))


def _is(account: str, openid: str, template_id: str):  # noqa: ANN202  # conditions, whose types say nothing
    return _GRANT.c.account == account, _GRANT.c.openid == openid, _GRANT.c.template_id == template_id
