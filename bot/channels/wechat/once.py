"""What counts once however often WeChat, or somebody who overheard it, brings it."""

import hashlib
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.claims import is_first, table_of
from db.models import WechatOnce

_ONCE = table_of(WechatOnce)


def comes_first(db: Session, account: str, key: str, *, now: datetime) -> bool:
    """Note that something came, and tell whether it did for the first time."""
    values = {"account": account, "digest": _digest(key), "came_at": now}
    return is_first(db, WechatOnce, values, key=("account", "digest"))


def came(db: Session, account: str, key: str) -> bool:
    """Tell whether something came before."""
    known = select(_ONCE.c.digest).where(_ONCE.c.account == account, _ONCE.c.digest == _digest(key))
    return db.execute(known).first() is not None


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()
