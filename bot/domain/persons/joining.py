"""Members who stand on no roster here yet, and members who change their branch: asked for, confirmed by a secretary."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, notices, units
from bot.domain.persons import identity, members, people, petitions
from bot.errors import DomainError
from content.match import normalise
from content.words import label
from db.models import (
    Address,
    Category,
    Member,
    MemberState,
    OutboxKind,
    Person,
    Petition,
    PetitionKind,
    PetitionState,
    Unit,
    UnitKind,
)

BRANCHES = (UnitKind.COMMITTEE, UnitKind.GENERAL_BRANCH, UnitKind.BRANCH, UnitKind.GROUP)
_FEW = 6


@dataclass(frozen=True, slots=True)
class Registration:
    """What somebody says of themselves: ``home`` is the branch they come from, or the firm they work for."""

    name: str
    mobile: str
    home: str
    category: Category


def register(db: Session, address: Address, said: Registration, *, now: datetime) -> bool:
    """Keep somebody as pending and ask the nearest secretary; tell whether there is anybody to ask.

    Raises :class:`DomainError` when they are known already.
    """
    person = db.get_one(Person, address.person_id)
    identity.insist_on_stranger(db, person)
    if petitions.standing(db, PetitionKind.JOIN, address.person_id):
        raise DomainError("joining/asked_already")
    unit = db.get(Unit, person.unit_id) if person.unit_id else None
    details = {"name": said.name, "mobile": said.mobile, "home": said.home, "category": said.category.value}
    petition = petitions.open_one(db, PetitionKind.JOIN, unit, address=address, details=details, now=now)
    if petition is None:
        return False
    people.set_name(person, said.name)
    people.set_mobile(db, person, said.mobile)
    _put_pending(db, person, petition.unit_id, said.category, now)
    petitions.ask(
        db,
        "joining/for_secretary",
        petition=petition,
        now=now,
        name=said.name,
        mobile=people.masked_mobile(db, person),
        home=said.home,
        category=category_name(said.category),
    )
    return True


def accept(db: Session, petition: Petition, unit_id: int, *, by: Person, now: datetime) -> Member:
    """Let somebody who registered stand on the roster of a branch, and tell them."""
    unit = db.get_one(Unit, unit_id)
    access.insist(db, by, access.Act.KEEP_ROSTER, unit)
    person = db.get_one(Person, petition.person_id)
    _insist_on_new(db, person)
    petitions.decide(db, petition, PetitionState.GRANTED, by_id=by.id or 0, now=now)
    member = _line_of(db, petition.person_id)
    if member is None:
        raise DomainError("identity/decided_already")
    member.state, member.unit_id = MemberState.ACTIVE, unit_id
    member.confirmed_by, member.changed_at = by.id, now
    db.add(member)
    db.flush()
    cause = f"petition:{petition.id}:decided"
    notices.tell(db, "joining/accepted", to=petition.person_id, cause=cause, now=now, branch=unit.name)
    return member


def turn_down(db: Session, petition: Petition) -> None:
    """Take a pending line off again, and what was told for it."""
    person = db.get_one(Person, petition.person_id)
    member = _line_of(db, petition.person_id)
    if member is not None and member.state is MemberState.PENDING:
        db.delete(member)
        people.forget_who(person)
        db.add(person)
        db.flush()


def ask_to_move(db: Session, address: Address, unit_id: int, *, now: datetime) -> bool:
    """Ask the secretary of another branch to take a member; tell whether there is anybody to ask."""
    person, unit = db.get_one(Person, address.person_id), db.get_one(Unit, unit_id)
    branch = insist_on_member(db, person)
    if branch.id == unit_id:
        raise DomainError("joining/there_already", branch=branch.name)
    if petitions.standing(db, PetitionKind.MOVE, address.person_id):
        raise DomainError("joining/asked_already")
    if not access.responsible(db, access.Act.KEEP_ROSTER, unit):
        return False
    petition = petitions.open_one(db, PetitionKind.MOVE, unit, address=address, details={}, now=now)
    if petition:
        petitions.ask(
            db,
            "joining/wants_to_move",
            petition=petition,
            now=now,
            name=person.name,
            branch=branch.name,
            after=unit.name,
        )
    return petition is not None


def move(db: Session, petition: Petition, *, by: Person, now: datetime) -> None:
    """Put a member on the roster of the branch that takes them; they and both branches are told."""
    petitions.decide(db, petition, PetitionState.GRANTED, by_id=by.id or 0, now=now)
    member = members.member_of(db, petition.person_id)
    if member is None:
        raise DomainError("joining/no_member")
    before, after = db.get_one(Unit, member.unit_id), db.get_one(Unit, petition.unit_id)
    person = db.get_one(Person, petition.person_id)
    member.unit_id, member.changed_at = petition.unit_id, now
    db.add(member)
    db.flush()
    cause = f"petition:{petition.id}:decided"
    notices.tell(db, "joining/moved", to=petition.person_id, cause=cause, now=now, branch=after.name)
    told = {*access.responsible(db, access.Act.KEEP_ROSTER, before)}
    told |= {*access.responsible(db, access.Act.KEEP_ROSTER, after)}
    notices.tell_all(
        db,
        "joining/moved_for_secretary",
        to=sorted(told - {petition.person_id, by.id}),
        cause=cause,
        now=now,
        kind=OutboxKind.NOTICE,
        name=person.name,
        before=before.name,
        after=after.name,
    )


def insist_on_member(db: Session, person: Person) -> Unit:
    """Return somebody's branch; refuse who stands on no roster."""
    branch = members.branch_of(db, person.id or 0)
    if branch is None:
        raise DomainError("joining/no_member")
    return branch


def branches_named(db: Session, text: str) -> list[Unit]:
    """Return the branches a name or a part of it means, one that is spelt in full alone."""
    said = normalise(text)
    known = db.execute(select(Unit).where(col(Unit.kind).in_(BRANCHES)).order_by(col(Unit.id))).scalars().all()
    exact = [one for one in known if normalise(one.name) == said]
    return exact or [one for one in known if len(said) > 1 and said in normalise(one.name)]


def branches_kept_by(db: Session, person: Person) -> Sequence[Unit]:
    """Return the branches whose rosters somebody keeps, a few of them."""
    paths = access.reach(db, person, access.Act.KEEP_ROSTER)
    known = select(Unit).where(col(Unit.kind).in_(BRANCHES)).order_by(col(Unit.path))
    kept = [one for one in db.execute(known).scalars() if any(one.path.startswith(path) for path in paths)]
    return kept[:_FEW] if kept else [one for one in [units.root(db)] if one and one.path in paths]


def category_name(category: Category) -> str:
    """Return what people call a category."""
    names = {
        Category.REGULAR: label("regular_member"),
        Category.FLOATING: label("floating_member"),
        Category.ENTERPRISE: label("enterprise_member"),
    }
    return names[category]


def _put_pending(db: Session, person: Person, unit_id: int, category: Category, now: datetime) -> None:
    member = _line_of(db, person.id or 0) or Member(
        person_id=person.id or 0, unit_id=unit_id, created_at=now, changed_at=now
    )
    member.unit_id, member.category, member.state = unit_id, category, MemberState.PENDING
    member.changed_at = now
    db.add_all((person, member))
    db.flush()


def _insist_on_new(db: Session, person: Person) -> None:
    """Refuse to list twice whoever stands on a roster with the same name and phone: they are to be bound instead."""
    same = select(Person).where(
        col(Person.name_key) == person.name_key,
        col(Person.mobile_blind) == person.mobile_blind,
        col(Person.id) != person.id,
    )
    if any(members.member_of(db, one.id or 0) for one in db.execute(same).scalars()):
        raise DomainError("joining/listed_already", name=person.name)


def _line_of(db: Session, person_id: int) -> Member | None:
    return db.execute(select(Member).where(col(Member.person_id) == person_id)).scalar_one_or_none()
