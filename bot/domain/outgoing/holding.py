"""Leases in somebody's hand: held for longer, given back, or taken from who is gone."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import and_, case, literal, update
from sqlalchemy.orm import Session

from bot.domain.outgoing.outbox import HONEST_LEASE, LEASE, NO_LEASE, Parcel, is_in
from db.claims import changed, table_of
from db.models import OutboxKind, OutboxRow, OutboxState

_ROW = table_of(OutboxRow)


def renew(db: Session, parcel: Parcel, *, owner: str, now: datetime) -> bool:
    """Hold a row for another lease and tell whether it is still this very lease of ``owner``'s."""
    held = and_(
        _ROW.c.id == parcel.id,
        _ROW.c.lease_owner == owner,
        _ROW.c.attempts == parcel.attempts,
        is_in(OutboxState.LEASED),
    )
    return changed(db, update(_ROW).where(held).values(leased_until=now + LEASE)) == 1


def release(db: Session, owner: str, *, now: datetime, begun: Collection[int] = ()) -> int:
    """Give back what a process leased and has not ``begun`` to send, in its old place; return how many rows."""
    place = case((_ROW.c.next_at > now, literal(now, _ROW.c.next_at.type)), else_=_ROW.c.next_at)
    given_back = {"state": OutboxState.PENDING, "next_at": place, **NO_LEASE}
    owned = and_(_ROW.c.lease_owner == owner, is_in(OutboxState.LEASED), _ROW.c.id.not_in(begun))
    return changed(db, update(_ROW).where(owned).values(**given_back))


def recover(db: Session, channel: str, *, now: datetime, repeats: bool = False) -> None:
    """Decide about a channel's rows whose sender stopped: in doubt, of no more use, or to be sent again."""
    late = _ROW.c.leased_until <= now
    impossible = _ROW.c.leased_until > now + HONEST_LEASE  # written by a clock that has been put back since
    abandoned = and_(is_in(OutboxState.LEASED), _ROW.c.channel == channel, late | impossible)
    if not repeats:
        doubtful = and_(abandoned, _ROW.c.kind == OutboxKind.BROADCAST)
        uncertain = {"state": OutboxState.UNCERTAIN, "ended_at": now, "reason": "in flight when its sender stopped"}
        db.execute(update(_ROW).where(doubtful).values(**uncertain, **NO_LEASE))
    useless = {"state": OutboxState.CANCELLED, "ended_at": now, "reason": "no longer of use"}
    db.execute(update(_ROW).where(abandoned, _ROW.c.expires_at <= now).values(**useless, **NO_LEASE))
    db.execute(update(_ROW).where(abandoned).values(state=OutboxState.PENDING, **NO_LEASE))
