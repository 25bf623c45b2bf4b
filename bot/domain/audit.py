"""A line for each admin act: who did what to what, and when."""

from datetime import datetime

from sqlalchemy.orm import Session

from db.models import AuditLine, Person


def note(db: Session, act: str, subject: str, *, actor: Person | None, now: datetime) -> None:
    """Write one line; ``actor`` is empty for the command line."""
    db.add(AuditLine(actor_id=actor.id if actor else None, act=act, subject=subject[:200], at=now))
