"""Who agreed to what is kept about them, in which words."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from content.words import consent_version
from db.claims import put_if_missing
from db.models import Consent


def has_given(db: Session, person_id: int) -> bool:
    """Tell whether somebody has agreed to the words as they are now."""
    mine = (col(Consent.person_id) == person_id, col(Consent.version) == consent_version())
    return db.execute(select(col(Consent.id)).where(*mine).limit(1)).first() is not None


def give(db: Session, person_id: int, *, now: datetime) -> None:
    """Keep that somebody agreed, once for each version."""
    values = {"person_id": person_id, "version": consent_version(), "given_at": now}
    put_if_missing(db, Consent, values, key=("person_id", "version"))
