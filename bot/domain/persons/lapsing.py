"""Whoever left may come back; after half a year their address speaks for nobody known any more.

They blocked us, or follow the account no longer, and the phone may be somebody else's by then.
"""

from datetime import datetime, timedelta

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain.persons import identity
from db.models import UNREACHABLE, Address, Grant, Member, MemberState

KEPT = timedelta(days=180)
"""How long a binding outlives the last word from an address that cannot be reached."""

PAGE = 100
"""Addresses in one transaction."""


def lapse(db: Session, *, now: datetime) -> int:
    """Unbind the next page of addresses whose people left long ago and return how many were."""
    on_roster = exists().where(col(Member.person_id) == col(Address.person_id), col(Member.state) == MemberState.ACTIVE)
    has_role = exists().where(col(Grant.person_id) == col(Address.person_id))
    gone = select(Address).where(UNREACHABLE, col(Address.last_seen_at) < now - KEPT, or_(on_roster, has_role))
    found = db.execute(gone.order_by(col(Address.last_seen_at)).limit(PAGE)).scalars().all()
    for address in found:
        identity.unbind(db, address, act="identity.lapse", by_id=None, now=now)
    return len(found)
