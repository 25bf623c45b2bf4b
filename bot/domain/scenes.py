"""What our codes stand for in WeChat: whoever scans the code of a scene there follows the account and says one of ours.

Such a code has to be had from WeChat first; what it stands for is kept sealed, as the code itself is.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain.house import house_of
from db.claims import put_or_replace, table_of
from db.models import Activity, Code, CodePurpose, StudySession, WechatScene

LONGEST = timedelta(days=30)
"""How long a code lasts that is not for ever; of those there are a hundred thousand for an account."""

_SCENE = table_of(WechatScene)
_OCCASIONS = {
    CodePurpose.POSTER: Activity,
    CodePurpose.VENUE: Activity,
    CodePurpose.SESSION_VENUE: StudySession,
}
_AFTERWARDS = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A code of ours that stands for nothing in WeChat yet; ``lasts`` is how long it has to, ``None`` for ever."""

    code_id: int
    code: str
    lasts: timedelta | None


def wanted(db: Session, purpose: CodePurpose, subject_id: int, *, now: datetime) -> Wanted | None:
    """Return the code that opens something, unless it has a scene already or there is none."""
    mine = (col(Code.purpose) == purpose, col(Code.subject_id) == subject_id, col(Code.used_at).is_(None))
    good = or_(col(Code.expires_at).is_(None), col(Code.expires_at) > now)
    code = db.execute(select(Code).where(*mine, good).order_by(col(Code.id).desc()).limit(1)).scalar_one_or_none()
    if code is None or _kept(db, code.id or 0, now):
        return None
    occasion = db.get(_OCCASIONS[purpose], subject_id) if purpose in _OCCASIONS else None
    until = code.expires_at or (occasion.ends_at + _AFTERWARDS if occasion else None)
    lasts = until - now if until else None
    return Wanted(code.id or 0, house_of(db).keys.open(code.sealed), lasts if lasts and lasts <= LONGEST else None)


def keep(db: Session, code_id: int, address: str, *, lasts: timedelta | None, now: datetime) -> None:
    """Keep what a code stands for in WeChat."""
    account = house_of(db).wechat_account
    values = {
        "account": account,
        "code_id": code_id,
        "sealed": house_of(db).keys.seal(address),
        "made_at": now,
        "expires_at": now + lasts if lasts else None,
    }
    put_or_replace(db, WechatScene, values, key=("account", "code_id"))


def address_of(db: Session, code: str, *, now: datetime) -> str:
    """Return what the code of a scene says when it is printed, nothing where there is none."""
    keys = house_of(db).keys
    code_id = db.execute(select(col(Code.id)).where(col(Code.blind) == keys.blind(f"code:{code}"))).scalar_one_or_none()
    sealed = _kept(db, code_id, now) if code_id else ""
    return keys.open(sealed) if sealed else ""


def _kept(db: Session, code_id: int, now: datetime) -> str:
    works = or_(_SCENE.c.expires_at.is_(None), _SCENE.c.expires_at > now)
    here = (_SCENE.c.account == house_of(db).wechat_account, _SCENE.c.code_id == code_id)
    return db.execute(select(_SCENE.c.sealed).where(*here, works)).scalar_one_or_none() or ""
