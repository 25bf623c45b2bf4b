"""A line for each admin act: who did what to what, and when."""

from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from db.claims import named, table_of
from db.models import AuditLine
from db.prepared import Prepared

_WRITE = Prepared(insert(table_of(AuditLine)).values(named(AuditLine, "actor_id", "act", "subject", "at")))


def note(db: Session, act: str, subject: str, *, actor_id: int | None, now: datetime) -> None:
    """Write one line; ``actor_id`` is the person who did it, empty for the command line."""
    _WRITE.run(db, actor_id=actor_id, act=act, subject=subject[:200], at=now)
