"""Short random codes to be scanned or typed: what they open is known to the database only, never to the code."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.clock import draw
from bot.domain.house import house_of
from db.models import Code, CodePurpose

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Digits and letters nobody takes for one another."""

LENGTH = 8
"""Characters of a code: 40 bits, and whoever guesses is stopped after a few tries."""


def make(
    db: Session,
    purpose: CodePurpose,
    subject_id: int,
    *,
    now: datetime,
    lasts: timedelta | None = None,
    by: int | None = None,
) -> str:
    """Make a code that opens ``subject_id`` and return it; it works for ``lasts``, or until it is taken back."""
    code = draw(ALPHABET, LENGTH)
    keys = house_of(db).keys
    expires_at = now + lasts if lasts else None
    db.add(
        Code(
            purpose=purpose,
            subject_id=subject_id,
            blind=keys.blind(f"code:{code}"),
            sealed=keys.seal(code),
            made_by=by,
            created_at=now,
            expires_at=expires_at,
        )
    )
    db.flush()
    return code


def standing(db: Session, purpose: CodePurpose, subject_id: int, *, now: datetime) -> str | None:
    """Return the code that opens ``subject_id`` already, so that a poster printed twice is the same."""
    mine = select(Code).where(col(Code.purpose) == purpose, col(Code.subject_id) == subject_id)
    good = (col(Code.used_at).is_(None), or_(col(Code.expires_at).is_(None), col(Code.expires_at) > now))
    found = db.execute(mine.where(*good).order_by(col(Code.id).desc()).limit(1)).scalar_one_or_none()
    return house_of(db).keys.open(found.sealed) if found else None


def find(db: Session, text: str, *, now: datetime) -> Code | None:
    """Return what a code opens, however it was typed; ``None`` when it is none, has expired or was used up."""
    code = read(text)
    if code is None:
        return None
    blind = house_of(db).keys.blind(f"code:{code}")
    found = db.execute(select(Code).where(col(Code.blind) == blind)).scalar_one_or_none()
    if found is None or found.used_at is not None or (found.expires_at is not None and found.expires_at <= now):
        return None
    return found


def read(text: str) -> str | None:
    """Return a text as a code, in capitals and without blanks and dashes; ``None`` when it cannot be one."""
    code = "".join(text.upper().split()).replace("-", "")
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else None


def use_up(db: Session, code: Code, *, by: int, now: datetime) -> None:
    """Let a code that works once not work again."""
    code.used_at = now
    code.used_by = by
    db.add(code)
