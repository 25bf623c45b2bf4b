"""Where a code leads when it is scanned or tapped: to the web chat, and to the bot on Telegram, as far as known."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain.house import house_of
from db.claims import put_if_missing, table_of
from db.models import Version

_BOT_NAME = "telegram.name"


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
        found.append(f"https://t.me/{name}?start={code}")
    return tuple(found)


def spaced(code: str) -> str:
    """Return a code as it is read aloud: in two halves."""
    half = len(code) // 2
    return f"{code[:half]}-{code[half:]}"
