"""Which activities concern somebody: those they may sign up for, and those they hold."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, units
from bot.domain.persons import members
from bot.domain.volunteers.activities import LONGEST
from bot.errors import DomainError
from db.models import Activity, ActivityKind, OccasionState, Person, Unit

_JUST_OVER = timedelta(days=3)
"""How long whoever holds an activity still finds it in their list: names and minutes are written down afterwards."""


def upcoming(db: Session, person: Person, *, now: datetime, limit: int) -> Sequence[Activity]:
    """Return the next activities somebody may sign up for; to whom nobody knows where they belong, of all units."""
    chosen = select(Activity).where(
        col(Activity.state) == OccasionState.PUBLISHED,
        col(Activity.starts_at) > now,
        col(Activity.kind) != ActivityKind.DUTY,
        or_(col(Activity.audience_kind).is_(None), col(Activity.audience_kind) == members.kind_of(db, person.id or 0)),
    )
    around = units_around(db, person)
    if around:
        chosen = chosen.where(col(Activity.audience_unit_id).in_(around))
    return db.execute(chosen.order_by(col(Activity.starts_at), col(Activity.id)).limit(limit)).scalars().all()


def held_in(db: Session, person: Person, *, now: datetime, limit: int) -> Sequence[Activity]:
    """Return what somebody holds or may hold: drafts, what is to come, and what was on in the last days."""
    paths = access.reach(db, person, access.Act.HOLD_ACTIVITIES)
    if not paths:
        raise DomainError("access/not_yours")
    theirs = units.in_subtrees(paths)
    since = now - _JUST_OVER
    chosen = (
        select(Activity)
        .join(Unit, col(Unit.id) == col(Activity.unit_id))
        .where(
            theirs,
            col(Activity.state).in_((OccasionState.DRAFT, OccasionState.PUBLISHED)),
            col(Activity.ends_at) > since,
            col(Activity.starts_at) > since - LONGEST,  # by whose index they are found
        )
    )
    return db.execute(chosen.order_by(col(Activity.starts_at), col(Activity.id)).limit(limit)).scalars().all()


def is_meant(db: Session, activity: Activity, person: Person) -> bool:
    """Tell whether somebody belongs to whom an activity is for."""
    if activity.audience_kind not in {None, members.kind_of(db, person.id or 0)}:
        return False
    audience = db.get_one(Unit, activity.audience_unit_id)
    return audience.parent_id is None or members.is_below(db, person, audience)


def units_around(db: Session, person: Person) -> list[int]:
    """Return the ids of all units somebody belongs to, and of all above them."""
    branch = members.branch_of(db, person.id or 0)
    home = db.get(Unit, person.unit_id) if person.unit_id else None
    return [one.id or 0 for unit in (branch, home) if unit for one in units.line_up(db, unit)]
