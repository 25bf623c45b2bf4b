"""The sheet of a branch for a year: begun by its secretary, drawn anew while it is a draft, read by whoever may."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, audit, units
from bot.domain.access import Act
from bot.domain.stars import drawing
from bot.errors import DomainError
from content.stars import criteria, drafted
from db.claims import put_if_missing
from db.models import Member, MemberKind, MemberState, Person, StarRating, StarSheet, StarState, Unit

MOST = 500
"""Members of one branch."""


@dataclass(frozen=True, slots=True)
class Rated:
    """One member on a sheet, by name."""

    rating: StarRating
    name: str


def branches(db: Session, person: Person) -> Sequence[Unit]:
    """Return the units with members of their own whose stars somebody keeps, in the order of the tree."""
    paths = access.reach(db, person, Act.KEEP_POINTS)
    here = (col(Member.unit_id) == col(Unit.id), col(Member.state) == MemberState.ACTIVE)
    has_members = select(col(Member.id)).where(*here, col(Member.kind) == MemberKind.PARTY_MEMBER).exists()
    meant = select(Unit).where(units.in_subtrees(paths), has_members)
    return db.execute(meant.order_by(col(Unit.path))).scalars().all()


def begin(db: Session, unit: Unit, *, by: Person, now: datetime) -> StarSheet:
    """Return this year's sheet of a branch, with a line for each of its members, drawn from records while a draft.

    Raises :class:`DomainError` when it is not theirs to keep, or the branch has no members.
    """
    access.insist(db, by, Act.KEEP_POINTS, unit)
    members = _members(db, unit)
    if not members:
        raise DomainError("stars/nobody_here", unit=unit.name)
    year = drawing.drawn_at(db, now)
    key: dict[str, object] = {"unit_id": unit.id, "year": year}
    put_if_missing(db, StarSheet, {**key, "state": StarState.DRAFT, "made_by": by.id, "made_at": now}, key=tuple(key))
    meant = select(StarSheet).where(col(StarSheet.unit_id) == unit.id, col(StarSheet.year) == year)
    sheet = db.execute(meant.with_for_update().execution_options(populate_existing=True)).scalar_one()
    if sheet.state is StarState.DRAFT:
        _draw(db, sheet, members)
        audit.note(db, "stars.draft", f"stars:{sheet.id} {year}", actor_id=by.id, now=now)
    return sheet


def for_keeper(db: Session, sheet_id: int, person: Person) -> StarSheet:
    """Return a sheet to whoever keeps it, held by this transaction; raise :class:`DomainError` for everybody else."""
    meant = select(StarSheet).where(col(StarSheet.id) == sheet_id).with_for_update()
    sheet = db.execute(meant.execution_options(populate_existing=True)).scalar_one_or_none()
    if sheet is None or not access.may(db, person, Act.KEEP_POINTS, db.get_one(Unit, sheet.unit_id)):
        raise DomainError("stars/not_yours")
    return sheet


def rated(db: Session, sheet: StarSheet) -> list[Rated]:
    """Return everybody on a sheet by name."""
    both = select(StarRating, col(Person.name)).join(Person, col(Person.id) == col(StarRating.person_id))
    mine = both.where(col(StarRating.sheet_id) == sheet.id)
    rows = db.execute(mine.order_by(col(Person.name_key), col(Person.id)))
    return [Rated(rating, name) for rating, name in rows]


def met(marks: Mapping[str, Mapping[str, object]]) -> dict[str, bool]:
    """Return which criteria are met, of those records speak of; those that are none any more are left out."""
    return {one.key: bool(marks[one.key]["is_met"]) for one in criteria() if one.key in marks}


def _draw(db: Session, sheet: StarSheet, members: Sequence[int]) -> None:
    known = drawing.marks(db, members, sheet.year)
    standing = select(StarRating).where(col(StarRating.sheet_id) == sheet.id)
    there = {one.person_id: one for one in db.execute(standing).scalars()}
    for gone in there.keys() - set(members):
        db.delete(there[gone])
    for person_id in members:
        row = there.get(person_id) or StarRating(sheet_id=sheet.id or 0, person_id=person_id)
        row.marks = known[person_id]
        row.drafted = drafted(met(row.marks))
        db.add(row)
    db.flush()


def _members(db: Session, unit: Unit) -> list[int]:
    here = (col(Member.unit_id) == unit.id, col(Member.state) == MemberState.ACTIVE)
    meant = select(col(Member.person_id)).where(*here, col(Member.kind) == MemberKind.PARTY_MEMBER)
    return list(db.execute(meant.order_by(col(Member.person_id)).limit(MOST)).scalars())
