"""Broadcasts of the units somebody works for, the newest first."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import units
from bot.domain.access import Act
from bot.domain.console.visiting import Visit
from bot.domain.lists.listing import Line, Listing, Order
from db.models import Broadcast, BroadcastState, Unit

BroadcastRow = tuple[Broadcast, str]


def listing(visit: Visit, filters: dict[str, str]) -> Listing[BroadcastRow]:
    """Return broadcasts with the names of their units; ``state`` narrows them down."""
    rows = select(Broadcast, col(Unit.name)).join(Unit, col(Unit.id) == col(Broadcast.unit_id))
    rows = rows.where(units.in_subtrees(visit.reach(Act.BROADCAST)))
    if filters.get("state", "") in set(BroadcastState):
        rows = rows.where(col(Broadcast.state) == BroadcastState(filters["state"]))
    return Listing(rows, {"id": Order(col(Broadcast.id), col(Broadcast.id), falls=True)}, _read)


def _read(_db: Session, rows: Sequence[Line]) -> Sequence[BroadcastRow]:
    return [(row[0], row[1]) for row in rows]
