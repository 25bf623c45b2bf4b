"""Papers with personal data behind a link and a code: for one person, once, within a quarter of an hour.

Neither link nor code is kept: both follow from the link's id and the house's keys.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import audit
from bot.domain.house import house_of
from bot.keys import Keys, same
from db.claims import table_of
from db.models import PaperLink, StoredFile

LIFETIME = timedelta(minutes=15)
"""How long a link may be opened."""

MOST_TRIES = 5
"""Codes that may be tried; after that many wrong ones the link is dead."""

IN_HAND = timedelta(minutes=5)
"""How long whoever gave the code may fetch the paper."""

_LINK = table_of(PaperLink)
_PURPOSE = "paper-link"
_DIGITS = 6


class Standing(StrEnum):
    """Where a link stands. ``OVER``: it was opened, is too old, or too many codes were tried."""

    CLOSED = "closed"
    OPENED = "opened"
    WRONG = "wrong"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Door:
    """What a link leads to: the file, whose it is, and how many codes may still be tried."""

    link_id: int
    standing: Standing
    file_id: int
    name: str
    left: int


def link_for(db: Session, file_id: int, *, person_id: int, outbox_id: int, now: datetime) -> tuple[str, str]:
    """Return the token of a link and its code; a message that is sent again says the same ones while they work."""
    mine = select(PaperLink).where(col(PaperLink.outbox_id) == outbox_id, col(PaperLink.file_id) == file_id)
    works = (col(PaperLink.expires_at) > now, col(PaperLink.opened_at).is_(None), col(PaperLink.tries) < MOST_TRIES)
    found = db.execute(mine.where(*works).limit(1)).scalar_one_or_none()
    if found is None:
        found = PaperLink(
            file_id=file_id, person_id=person_id, outbox_id=outbox_id, made_at=now, expires_at=now + LIFETIME
        )
        db.add(found)
        db.flush()
    keys = house_of(db).keys
    return token_of(keys, found.id or 0), _code(keys, found.id or 0)


def token_of(keys: Keys, link_id: int) -> str:
    """Return what stands in a link's address."""
    return f"{link_id}.{keys.sign(_PURPOSE, str(link_id))}"


def link_id_of(keys: Keys, token: str) -> int | None:
    """Return which link a token names, ``None`` when it is not one of ours."""
    number, _, signature = token.partition(".")
    return int(number) if keys.signed(_PURPOSE, number, signature) else None


def look(db: Session, link_id: int, *, now: datetime) -> Door | None:
    """Return where a link stands, without changing anything; ``None`` when it is long forgotten."""
    link = db.get(PaperLink, link_id)
    file = db.get(StoredFile, link.file_id) if link else None
    if link is None or file is None:
        return None
    is_over = link.opened_at is not None or link.expires_at <= now or link.tries >= MOST_TRIES
    standing = Standing.OVER if is_over else Standing.CLOSED
    return Door(link_id, standing, link.file_id, file.name, MOST_TRIES - link.tries)


def open_with(db: Session, link_id: int, given: str, *, now: datetime) -> Standing:
    """Try a code, and tell what came of it; a link opens once, and that is audited."""
    works = (_LINK.c.id == link_id, _LINK.c.opened_at.is_(None), _LINK.c.expires_at > now, _LINK.c.tries < MOST_TRIES)
    counted = update(_LINK).where(*works).values(tries=_LINK.c.tries + 1).returning(_LINK.c.tries)
    tries = db.execute(counted).scalar_one_or_none()
    if tries is None:
        return Standing.OVER
    if not same(_code(house_of(db).keys, link_id), _digits(given)):
        return Standing.OVER if tries >= MOST_TRIES else Standing.WRONG
    db.execute(update(_LINK).where(_LINK.c.id == link_id).values(opened_at=now))
    note(db, link_id, "open_paper", now=now)
    return Standing.OPENED


def may_fetch(db: Session, link_id: int, *, now: datetime) -> bool:
    """Tell whether the paper of a link that was opened may still be fetched."""
    link = db.get(PaperLink, link_id)
    return link is not None and link.opened_at is not None and now - link.opened_at < IN_HAND


def note(db: Session, link_id: int, act: str, *, now: datetime) -> None:
    """Write down who opened or fetched which paper."""
    link = db.get_one(PaperLink, link_id)
    about = db.get_one(StoredFile, link.file_id).remote_id
    audit.note(db, act, about, actor_id=link.person_id, now=now)


def _code(keys: Keys, link_id: int) -> str:
    return f"{int(keys.blind(f'paper code:{link_id}'), 16) % 10**_DIGITS:0{_DIGITS}}"


def _digits(given: str) -> str:
    plain = unicodedata.normalize("NFKC", given[:40])
    return "".join(mark for mark in plain if mark.isascii() and mark.isdecimal())
