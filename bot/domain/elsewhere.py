"""What could not be delivered to somebody at one of their addresses, because they are gone there, goes to another."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain import notices
from bot.domain.outgoing.outbox import Parcel
from bot.domain.persons import people
from db.claims import table_of
from db.models import OutboxKind, OutboxRow

_KINDS = (OutboxKind.NOTICE, OutboxKind.REMINDER)
"""A reply belongs to its chat, and of a broadcast the ledger tells who must be called."""

_ROW = table_of(OutboxRow)


def send(db: Session, parcel: Parcel, *, now: datetime) -> bool:
    """Write a message that failed for the best other address of whoever it was for; tell whether they have one.

    Its cause grows by that address, so that each address is tried once and whatever cancels the one cancels the other.
    """
    person_id = people.person_at(db, parcel.target) if parcel.kind in _KINDS else None
    address = people.best_address(db, person_id) if person_id else None
    row = db.execute(select(_ROW.c.cause, _ROW.c.expires_at).where(_ROW.c.id == parcel.id)).one_or_none()
    if address is None or row is None:
        return False
    notices.post(
        db,
        parcel.message,
        address,
        cause=row.cause,
        kind=parcel.kind,
        due_at=now,
        now=now,
        expires_at=row.expires_at,
    )
    return True
