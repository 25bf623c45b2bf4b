"""Where a code leads that is scanned or tapped: to WeChat, the web chat, and the bot on Telegram, as far as known."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import scenes
from bot.domain.house import house_of
from db.claims import put_if_missing, table_of
from db.models import Version

_BOT_NAME = "telegram.name"
_TELEGRAM = "https://t.me/"
_MOST_PRINTED = 2


class Way(StrEnum):
    """How somebody goes where a printed code leads."""

    WECHAT = "wechat"
    WEB = "web"
    TELEGRAM = "telegram"


@dataclass(frozen=True, slots=True)
class Lead:
    """One way a printed code leads, and what it says."""

    way: Way
    address: str


def know_bot(db: Session, name: str) -> None:
    """Keep what the bot is called on Telegram, for every process that writes links."""
    put_if_missing(db, Version, {"name": _BOT_NAME, "mark": name}, key=("name",))
    table = table_of(Version)
    db.execute(update(table).where(table.c.name == _BOT_NAME, table.c.mark != name).values(mark=name))


def to_code(db: Session, code: str) -> tuple[str, ...]:
    """Return every link that opens a code, the web chat's first; none when there is neither."""
    found: list[str] = []
    public_url = house_of(db).public_url
    if public_url:
        found.append(f"{public_url}/?code={code}")
    name = db.execute(select(col(Version.mark)).where(col(Version.name) == _BOT_NAME)).scalar_one_or_none()
    if name:
        found.append(f"{_TELEGRAM}{name}?start={code}")
    return tuple(found)


def printed(db: Session, code: str, *, now: datetime) -> tuple[Lead, ...]:
    """Return where a code leads that is printed, the way most people will take first; two at the most."""
    scene = scenes.address_of(db, code, now=now)
    leads = [Lead(Way.WECHAT, scene)] if scene else []
    leads += [Lead(Way.TELEGRAM if one.startswith(_TELEGRAM) else Way.WEB, one) for one in to_code(db, code)]
    if len(leads) > _MOST_PRINTED:  # whoever has neither of the two types the code
        leads = [one for one in leads if one.way is not Way.WEB]
    return tuple(leads)


def spaced(code: str) -> str:
    """Return a code as it is read aloud: in two halves."""
    half = len(code) // 2
    return f"{code[:half]}-{code[half:]}"
