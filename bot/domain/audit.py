"""A line for each admin act: who did what to what, and when."""

import textwrap
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from db.claims import named, table_of
from db.models import AuditLine
from db.prepared import Prepared

_LONGEST = 200
_WRITE = Prepared(insert(table_of(AuditLine)).values(named(AuditLine, "actor_id", "act", "subject", "at")))


def note(db: Session, act: str, subject: str, *, actor_id: int | None, now: datetime) -> None:
    """Write one line; ``actor_id`` is the person who did it, empty for the command line."""
    _WRITE.run(db, actor_id=actor_id, act=act, subject=subject[:_LONGEST], at=now)


def note_each(db: Session, act: str, numbers: Iterable[int], *, actor_id: int | None, now: datetime) -> None:
    """Write what was done to things that have numbers: as many lines as it takes to name each, none for nothing."""
    for line in textwrap.wrap(", ".join(map(str, numbers)), _LONGEST):
        note(db, act, line.rstrip(","), actor_id=actor_id, now=now)
