"""Figures of what was told to many: each one function, whose first lines are its definition.

A broadcast belongs to the unit in whose name it goes.
"""

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain.reports.counting import Scope
from db.models import Broadcast, Recipient, RecipientState


def broadcasts(db: Session, scope: Scope) -> int:
    """Broadcasts that began to go out in this time, also those that were stopped half-way."""
    began = (col(Broadcast.unit_id).in_(scope.units()), scope.holds(col(Broadcast.began_at)))
    return db.execute(select(func.count()).select_from(Broadcast).where(*began)).scalar_one()


def told(db: Session, scope: Scope) -> int:
    """How many messages of them were delivered: one person who got two counts twice."""
    began = select(col(Broadcast.id)).where(
        col(Broadcast.unit_id).in_(scope.units()), scope.holds(col(Broadcast.began_at))
    )
    sent = (col(Recipient.broadcast_id).in_(began), col(Recipient.state) == RecipientState.SENT)
    return db.execute(select(func.count()).select_from(Recipient).where(*sent)).scalar_one()
