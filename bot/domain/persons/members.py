"""Who stands on a roster, as what, and below which unit: asked by everything that has an audience."""

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import units
from db.models import Member, MemberKind, MemberState, Person, Unit


def member_of(db: Session, person_id: int) -> Member | None:
    """Return somebody's line on a roster while they stand on it."""
    on_it = (col(Member.person_id) == person_id, col(Member.state) == MemberState.ACTIVE)
    return db.execute(select(Member).where(*on_it)).scalar_one_or_none()


def kind_of(db: Session, person_id: int) -> MemberKind:
    """Return as what somebody takes part; who stands on no roster is a volunteer."""
    member = member_of(db, person_id)
    return member.kind if member else MemberKind.VOLUNTEER


def branch_of(db: Session, person_id: int) -> Unit | None:
    """Return the unit on whose roster somebody stands."""
    member = member_of(db, person_id)
    return db.get_one(Unit, member.unit_id) if member else None


def below(unit: Unit, kind: MemberKind | None = MemberKind.PARTY_MEMBER) -> Select[int]:
    """Return, as a statement, the ids of all people on the rosters of a subtree, of one kind or of all (``None``)."""
    below_it = select(col(Unit.id)).where(in_subtree(unit))
    meant = select(col(Member.person_id)).where(
        col(Member.state) == MemberState.ACTIVE, col(Member.unit_id).in_(below_it)
    )
    return meant if kind is None else meant.where(col(Member.kind) == kind)


def is_below(db: Session, person: Person, unit: Unit) -> bool:
    """Tell whether somebody belongs to a subtree, by roster or because they live there."""
    ids = {person.unit_id} - {None}
    member = member_of(db, person.id or 0)
    if member:
        ids.add(member.unit_id)
    theirs = select(col(Unit.id)).where(col(Unit.id).in_(ids), in_subtree(unit)).limit(1)
    return db.execute(theirs).first() is not None


def in_subtree(unit: Unit) -> ColumnElement[bool]:
    """Say, within a statement, that a unit is this one or lies below it."""
    return units.in_subtrees([unit.path])
