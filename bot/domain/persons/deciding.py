"""What a yes or a no of a secretary does, for each kind of petition."""

from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain import notices
from bot.domain.persons import joining, people, petitions
from bot.errors import DomainError
from content.words import label
from db.models import Address, Person, Petition, PetitionKind, PetitionState


def grant(db: Session, petition: Petition, *, by: Person, now: datetime) -> None:
    """Say yes to what needs nothing more to be known."""
    if petition.kind is PetitionKind.MOVE:
        joining.move(db, petition, by=by, now=now)
    elif petition.kind is PetitionKind.RENAME:
        _rename(db, petition, by=by, now=now)
    else:
        raise DomainError("access/not_yours")


def refuse(db: Session, petition: Petition, reason: str, *, by: Person, now: datetime) -> None:
    """Say no, and tell whoever asked why."""
    petitions.decide(db, petition, PetitionState.REFUSED, by_id=by.id or 0, now=now, reason=reason)
    if petition.kind is PetitionKind.JOIN:
        joining.turn_down(db, petition)
    notices.tell(
        db,
        "identity/refused",
        to=db.get_one(Address, petition.address_id),
        cause=f"petition:{petition.id}:decided",
        now=now,
        what=kind_name(petition.kind),
        reason=reason,
    )


def in_a_line(db: Session, petition: Petition) -> str:
    """Return what somebody asks for, on one line for a secretary."""
    said = petitions.details(db, petition)
    name = said.get("name") or people.by_id(db, petition.person_id).name
    return f"{kind_name(petition.kind)} {name}"


def kind_name(kind: PetitionKind) -> str:
    """Return what people call a petition."""
    names = {
        PetitionKind.VOUCH: label("petition_vouch"),
        PetitionKind.JOIN: label("petition_join"),
        PetitionKind.MOVE: label("petition_move"),
        PetitionKind.RENAME: label("petition_rename"),
        PetitionKind.PROXY: label("petition_proxy"),
    }
    return names[kind]


def _rename(db: Session, petition: Petition, *, by: Person, now: datetime) -> None:
    petitions.decide(db, petition, PetitionState.GRANTED, by_id=by.id or 0, now=now)
    person = people.by_id(db, petition.person_id)
    people.set_name(person, petitions.details(db, petition)["name"])
    db.add(person)
    cause = f"petition:{petition.id}:decided"
    notices.tell(db, "my_data/renamed", to=petition.person_id, cause=cause, now=now, name=person.name)
