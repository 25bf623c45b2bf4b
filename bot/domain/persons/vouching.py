"""When somebody is not found: a secretary says who they are, or gives them a code beforehand."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, audit, codes, notices
from bot.domain.persons import binding, identity, members, people, petitions
from bot.errors import DomainError
from db.claims import changed, table_of
from db.models import (
    Address,
    Code,
    CodePurpose,
    Member,
    MemberState,
    Person,
    Petition,
    PetitionKind,
    PetitionState,
    Unit,
)

_CODE = table_of(Code)
INVITE_LASTS = timedelta(days=7)
"""How long a code works that is told or sent to somebody who is not there: until they next look at their phone."""

SHOWN_FOR = timedelta(minutes=10)
"""How long a code works that somebody scans from a screen: whoever photographs it in passing is too late."""


def ask_secretary(db: Session, address: Address, name: str, last_four: str, *, now: datetime) -> bool:
    """Ask a secretary who somebody is, once; tell whether there is anybody to ask.

    A name that only one branch has goes to that branch: nobody but its secretary sees the difference.
    """
    details = {"name": name, "last_four": last_four}
    person = db.get_one(Person, address.person_id)
    unit = _branch_with(db, name) or (db.get(Unit, person.unit_id) if person.unit_id else None)
    was_open = petitions.standing(db, PetitionKind.VOUCH, address.person_id, name)
    petition = petitions.open_one(db, PetitionKind.VOUCH, unit, address=address, details=details, now=now)
    if petition and not was_open:
        petitions.ask(
            db,
            "identity/who_is_this",
            petition=petition,
            now=now,
            name=name,
            last_four=last_four,
        )
    return petition is not None


def vouch(db: Session, petition: Petition, person_id: int, *, by: Person, now: datetime) -> Person:
    """Bind whoever asked to somebody a secretary keeps on the roster, and tell them."""
    insist_on_keeping(db, by, person_id)
    petitions.decide(db, petition, PetitionState.GRANTED, by_id=by.id or 0, now=now)
    address = db.get_one(Address, petition.address_id)
    person = binding.bind(db, address, person_id, by="secretary", now=now)
    notices.tell(
        db,
        "identity/vouched",
        to=address,
        cause=f"petition:{petition.id}:decided",
        now=now,
        name=person.name,
        place=identity.place_of(db, person),
    )
    return person


def invite(db: Session, person_id: int, *, by: Person, now: datetime) -> str:
    """Make a code that binds whoever first shows it to somebody on the roster; it lasts :data:`INVITE_LASTS`."""
    insist_on_keeping(db, by, person_id)
    _take_back(db, person_id, now=now)
    audit.note(db, "identity.invite", f"person:{person_id}", actor_id=by.id, now=now)
    return codes.make(db, CodePurpose.INVITE, person_id, now=now, lasts=INVITE_LASTS, by=by.id)


def show(db: Session, person_id: int, *, by: Person, now: datetime) -> None:
    """Make a code beside that of an invitation, to be scanned from a screen by whoever stands before it.

    It lasts :data:`SHOWN_FOR`; whichever of the two is used, the other works no more.
    """
    insist_on_keeping(db, by, person_id)
    codes.make(db, CodePurpose.INVITE, person_id, now=now, lasts=SHOWN_FOR, by=by.id)


def invited(db: Session, text: str, *, address: Address, now: datetime) -> Person | None:
    """Return whom an invite is for, without using it up; a wrong one counts as a try."""
    identity.insist_on_try(db, address, now=now)
    code = codes.find(db, text, now=now)
    if code is None or code.purpose is not CodePurpose.INVITE:
        identity.note_try(db, address, now=now)
        return None
    return db.get_one(Person, code.subject_id)


def accept(db: Session, text: str, *, address: Address, now: datetime) -> Person | None:
    """Bind whoever shows a good invite and use it up; ``None`` when it is none, which counts as a try."""
    person = invited(db, text, address=address, now=now)
    code = codes.find(db, text, now=now)
    if person is None or code is None:
        return None
    unused = (_CODE.c.id == code.id, _CODE.c.used_at.is_(None))
    if not changed(db, update(_CODE).where(*unused).values(used_at=now, used_by=person.id)):
        return None
    _take_back(db, person.id or 0, now=now)
    return binding.bind(db, address, person.id or 0, by="invite", now=now)


def named(db: Session, name: str, *, by: Person) -> list[Person]:
    """Return everybody of a name on the rosters somebody keeps."""
    paths = access.reach(db, by, access.Act.KEEP_ROSTER)
    found = (
        select(Person, Unit)
        .join(Member, col(Member.person_id) == col(Person.id))
        .join(Unit, col(Unit.id) == col(Member.unit_id))
        .where(col(Person.name_key) == people.name_key(name), col(Member.state) == MemberState.ACTIVE)
    )
    rows = db.execute(found.order_by(col(Person.id))).all()
    return [person for person, unit in rows if any(unit.path.startswith(path) for path in paths)]


def insist_on_keeping(db: Session, by: Person, person_id: int) -> None:
    """Refuse whoever does not keep the roster somebody stands on."""
    branch = members.branch_of(db, person_id)
    if branch is None:
        raise DomainError("access/not_yours")
    access.insist(db, by, access.Act.KEEP_ROSTER, branch)


def labelled(db: Session, found: Sequence[Person]) -> list[str]:
    """Return how people of one name are told apart for a secretary: by branch and masked phone."""
    return [f"{one.name} {identity.place_of(db, one)} {people.masked_mobile(db, one)}".strip() for one in found]


def _take_back(db: Session, person_id: int, *, now: datetime) -> None:
    """Let no code for somebody that was not used work any more."""
    mine = (_CODE.c.purpose == CodePurpose.INVITE, _CODE.c.subject_id == person_id, _CODE.c.used_at.is_(None))
    db.execute(update(_CODE).where(*mine).values(expires_at=now))


def _branch_with(db: Session, name: str) -> Unit | None:
    theirs = (
        select(Unit)
        .join(Member, col(Member.unit_id) == col(Unit.id))
        .join(Person, col(Person.id) == col(Member.person_id))
        .where(col(Person.name_key) == people.name_key(name), col(Member.state) == MemberState.ACTIVE)
    )
    found = db.execute(theirs.distinct().limit(2)).scalars().all()
    return found[0] if len(found) == 1 else None
