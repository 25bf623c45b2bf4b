"""What could not be delivered to somebody at one of their addresses, because they are gone there, goes to another.

What was refused is certainly not heard, so nobody hears it twice; each address is tried once.
"""

import re
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from bot.domain import notices
from bot.domain.outgoing import dead_letters, outbox
from bot.domain.outgoing.outbox import Draft, Parcel, Target
from bot.domain.persons import people
from db.claims import table_of
from db.models import QUEUED, Address, OutboxKind, OutboxRow, Recipient

_ROW = table_of(OutboxRow)
_RECIPIENT = table_of(Recipient)
_KEPT = (_ROW.c.cause, _ROW.c.expires_at, _ROW.c.waits_from)
_CAUSE = re.compile(r"broadcast:(?P<id>\d+):\d+")
_LONGEST_CAUSE = 180
"""Characters of a cause that may still grow by an address."""


def send(db: Session, parcel: Parcel, *, now: datetime) -> bool:
    """Write a message that failed for the best other address of whoever it was for; tell whether they have one.

    A reply belongs to its chat. The cause grows by the other address, so that each is tried once and whatever cancels
    the one cancels the other; a broadcast's ledger waits for the other then.
    """
    person_id = people.person_at(db, parcel.target) if parcel.kind is not OutboxKind.REPLY else None
    address = people.best_address(db, person_id) if person_id else None
    row = db.execute(select(*_KEPT).where(_ROW.c.id == parcel.id)).one_or_none()
    if address is None or row is None or len(row.cause) > _LONGEST_CAUSE:
        return False
    if parcel.kind is OutboxKind.BROADCAST:
        is_handed_on = _hand_on(db, parcel, address, row, now)
    else:
        is_handed_on = _post(db, parcel, address, row, now)
    if is_handed_on:
        dead_letters.hand_on(db, parcel.id)
    return is_handed_on


def _post(db: Session, parcel: Parcel, address: Address, row: Any, now: datetime) -> bool:  # noqa: ANN401  # a row
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


def _hand_on(db: Session, parcel: Parcel, address: Address, row: Any, now: datetime) -> bool:  # noqa: ANN401  # a row
    """Let a recipient of a broadcast hear it elsewhere, unless it was recalled, or has ended for them, meanwhile."""
    found = _CAUSE.match(row.cause)
    if found is None or (row.expires_at is not None and row.expires_at <= now):
        return False
    mine = (_RECIPIENT.c.broadcast_id == int(found["id"]), _RECIPIENT.c.outbox_id == parcel.id, QUEUED)
    if db.execute(select(_RECIPIENT.c.person_id).where(*mine)).first() is None:
        return False
    target = Target(address.channel, address.account, address.external_id)
    cause = f"{row.cause}:{address.id}"
    draft = Draft(cause, parcel.kind, target, parcel.message, now, row.expires_at, waits_from=row.waits_from)
    row_id = outbox.write(db, draft, now=now)
    if row_id is None:
        return False
    db.execute(update(_RECIPIENT).where(*mine).values(outbox_id=row_id))
    return True
