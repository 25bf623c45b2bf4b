"""Who keeps important matters: whose they are, whose turn it is, and which of them wait for somebody."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, units
from bot.domain.access import Act
from bot.domain.house import today
from bot.domain.persons import people
from bot.errors import DomainError
from content import matters as told
from db.models import Grant, Matter, MatterState, Person, Unit, UnitKind

_WHERE = (UnitKind.VILLAGE, UnitKind.COMMITTEE, UnitKind.GROUP)
"""Kinds of units that decide on matters."""

_DAY = timedelta(days=1)


def units_of(db: Session, person: Person) -> Sequence[Unit]:
    """Return the units somebody may keep matters of: those they have a role at, and the villages below these."""
    paths = access.reach(db, person, Act.KEEP_MATTERS)
    decides = or_(col(Unit.path).in_(paths), col(Unit.kind).in_(_WHERE))
    rows = select(Unit).where(units.in_subtrees(paths), decides).order_by(col(Unit.path))
    return db.execute(rows).scalars().all()


def keeps_any(db: Session, person: Person) -> bool:
    """Tell whether somebody keeps matters of one unit or another."""
    return bool(access.reach(db, person, Act.KEEP_MATTERS))


def may_keep(db: Session, matter: Matter, person: Person) -> bool:
    """Tell whether somebody may write down the steps of a matter."""
    return access.may(db, person, Act.KEEP_MATTERS, db.get_one(Unit, matter.unit_id))


def found(db: Session, matter_id: int, person: Person) -> Matter:
    """Return a matter somebody keeps; raise :class:`DomainError` for any other, in the same words as for none."""
    matter = db.get(Matter, matter_id)
    if matter is None or not may_keep(db, matter, person):
        raise DomainError("matters/not_yours")
    return matter


def held(db: Session, matter_id: int, person: Person) -> Matter:
    """Return a matter somebody keeps, held by this transaction; raise :class:`DomainError` as :func:`found`."""
    found(db, matter_id, person)
    meant = select(Matter).where(col(Matter.id) == matter_id)
    return db.execute(meant.with_for_update().execution_options(populate_existing=True)).scalar_one()


def ongoing(db: Session, matter_id: int, person: Person) -> Matter:
    """Return a matter that still goes on, held; raise :class:`DomainError` when it is over or not theirs."""
    matter = held(db, matter_id, person)
    if matter.state is not MatterState.ONGOING:
        raise DomainError("matters/is_over", title=matter.title)
    return matter


def of(db: Session, person: Person, *, state: MatterState = MatterState.ONGOING, most: int) -> Sequence[Matter]:
    """Return the newest matters of a state that somebody keeps."""
    mine = units.in_subtrees(access.reach(db, person, Act.KEEP_MATTERS))
    rows = select(Matter).join(Unit, col(Unit.id) == col(Matter.unit_id)).where(mine, col(Matter.state) == state)
    return db.execute(rows.order_by(col(Matter.id).desc()).limit(most)).scalars().all()


def responsible(db: Session, matter: Matter) -> list[int]:
    """Return who sees to a matter, by id: who holds it, else the nearest who may keep it and can be reached."""
    unit = db.get_one(Unit, matter.unit_id)
    holder = db.get(Person, matter.holder_id) if matter.holder_id else None
    if holder and access.may(db, holder, Act.KEEP_MATTERS, unit) and people.best_address(db, holder.id or 0):
        return [holder.id or 0]
    return access.responsible(db, Act.KEEP_MATTERS, unit)


def due_on(matter: Matter, day_of_step: date) -> date:
    """Return when a matter wants its next step: after its notice has hung out, else when it has been idle too long."""
    return (matter.public_until + _DAY) if matter.public_until else day_of_step + told.idle_days() * _DAY


def waiting_for(db: Session, person: Person, *, now: datetime) -> list[tuple[Matter, date]]:
    """Return the matters that want their next step of somebody, and since when, the longest first.

    Theirs are those they hold, and those of the very units they have a role at.
    """
    kept = access.roles_for(Act.KEEP_MATTERS)
    mine = select(col(Grant.unit_id)).where(col(Grant.person_id) == person.id, col(Grant.role).in_(kept))
    theirs = or_(col(Matter.holder_id) == person.id, col(Matter.unit_id).in_(mine))
    rows = select(Matter).where(col(Matter.state) == MatterState.ONGOING, theirs)
    day = today(db, now)
    waiting = [(one, due_on(one, today(db, one.stepped_at))) for one in db.execute(rows).scalars()]
    late = [(one, due) for one, due in waiting if due <= day and may_keep(db, one, person)]
    return sorted(late, key=lambda pair: (pair[1], pair[0].id))
