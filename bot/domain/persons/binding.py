"""Letting an address speak for somebody on a roster: what it did before becomes theirs, other addresses are told."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import audit, notices
from bot.domain.messages import Choice
from bot.domain.persons import identity, merging, petitions
from bot.domain.volunteers import seats, waitlist
from bot.domain.volunteers.activities import locked
from content.words import label
from db.models import Address, Person, PetitionKind

_TOLD = 3


def bind(db: Session, address: Address, person_id: int, *, by: str, now: datetime) -> Person:
    """Let an address speak for somebody on the roster; all it did before is theirs. Other addresses are told.

    ``by`` is how it is known who they are. Raises :class:`DomainError` when the address is somebody else's already.
    """
    _hold(db, address)
    stranger, person = db.get_one(Person, address.person_id), db.get_one(Person, person_id)
    if stranger.id == person_id:
        return person
    identity.insist_on_stranger(db, stranger)
    petitions.withdraw(db, PetitionKind.VOUCH, stranger.id or 0, now=now)
    elsewhere = identity.addresses_of(db, person_id)
    merging.merge(db, stranger, person)
    audit.note(db, f"identity.bind.{by}", f"person:{person_id} address:{address.id}", actor_id=person_id, now=now)
    for activity_id in sorted(activity.id or 0 for _, activity in seats.mine(db, person_id, now=now)):
        waitlist.fill(db, locked(db, activity_id), now=now)  # a seat that was held twice comes free
    for other in elsewhere[:_TOLD]:
        notices.tell(
            db,
            "identity/joined_elsewhere",
            to=other,
            cause=f"bound:{address.id}:{int(now.timestamp())}",
            now=now,
            choices=(Choice(label=label("not_mine"), go="identity.not_mine", fill={"address_id": address.id}),),
            name=person.name,
            channel=identity.channel_name(address.channel),
        )
    return person


def _hold(db: Session, address: Address) -> None:
    """See an address as it stands, and let nobody else bind it meanwhile: a code and a secretary may come at once."""
    mine = select(Address).where(col(Address.id) == address.id).with_for_update()
    db.execute(mine.execution_options(populate_existing=True)).scalar_one()
