"""Pledges found: one of them to be changed, somebody's own, those that people of a place see."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import units
from bot.domain.house import today
from bot.errors import DomainError
from db.models import IS_OPEN_PLEDGE, Person, Pledge, PledgeState, Unit

_SEEN = timedelta(days=366)
"""How long people see a pledge that is over."""

_MOST = 60


def held(db: Session, pledge_id: int) -> Pledge:
    """Return a pledge, held by this transaction; raise :class:`DomainError` when there is none."""
    meant = select(Pledge).where(col(Pledge.id) == pledge_id)
    found = db.execute(meant.with_for_update().execution_options(populate_existing=True)).scalar_one_or_none()
    if found is None:
        raise DomainError("pledges/not_yours")
    return found


def is_public(pledge: Pledge) -> bool:
    """Tell whether anybody may see a pledge: it was made public, whatever became of it."""
    return pledge.published_at is not None


def is_overdue(db: Session, pledge: Pledge, *, now: datetime) -> bool:
    """Tell whether the day of a public pledge is over and it is not done."""
    return pledge.state is PledgeState.PUBLISHED and pledge.due_on < today(db, now)


def open_of(db: Session, person: Person) -> Sequence[Pledge]:
    """Return the pledges of somebody's own that are not over, what is due first first."""
    mine = select(Pledge).where(IS_OPEN_PLEDGE, col(Pledge.holder_id) == person.id)
    return db.execute(mine.order_by(col(Pledge.due_on), col(Pledge.id))).scalars().all()


def of_place(db: Session, unit: Unit, *, now: datetime) -> Sequence[Pledge]:
    """Return what everybody sees of a place and all below it: what is under way first, then what is over."""
    here = select(Pledge).join(Unit, col(Unit.id) == col(Pledge.unit_id)).where(units.in_subtrees([unit.path]))
    seen = here.where(col(Pledge.published_at).is_not(None), col(Pledge.due_on) >= today(db, now) - _SEEN)
    order = (col(Pledge.ended_at).is_not(None), col(Pledge.due_on), col(Pledge.id))
    return db.execute(seen.order_by(*order).limit(_MOST)).scalars().all()
