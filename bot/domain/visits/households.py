"""A household: where it is, whose it is, and how much of that is shown to whom."""

import re
import unicodedata

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access
from bot.domain.access import Act
from bot.domain.house import house_of
from bot.domain.persons import members, people
from bot.errors import DomainError
from db.models import Grant, Household, Person, Unit

LONGEST_ADDRESS = 60
"""Characters of an address."""

_HIDDEN = "*"
_MOBILE_DIGITS = 11
_LANDED = re.compile(r"[0-9A-Za-z\u96f6\u3007\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d\u5341\u767e]+")


def tidy_address(text: str) -> str:
    """Return an address as it is kept: half width, without blanks between its parts."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def address_blind(db: Session, unit_id: int, address: str) -> str:
    """Return the digest by which an address is found within its unit."""
    return house_of(db).keys.blind(f"address:{unit_id}:{tidy_address(address).casefold()}")


def address(db: Session, household: Household) -> str:
    """Return an address in full: only for its contact, those who live there and who keeps the list."""
    return house_of(db).keys.open(household.address_sealed)


def masked_address(db: Session, household: Household) -> str:
    """Return an address without its numbers, so that a list tells streets and no doors."""
    return _LANDED.sub(_HIDDEN, address(db, household))


def mobile(db: Session, household: Household) -> str:
    """Return the phone of a household in full, or nothing: as for an address."""
    return house_of(db).keys.open(household.mobile_sealed) if household.mobile_sealed else ""


def masked_mobile(db: Session, household: Household) -> str:
    """Return the phone of a household as it may be shown, such as ``138****2236``, or nothing."""
    full = mobile(db, household)
    return f"{full[:3]}****{full[-4:]}" if len(full) == _MOBILE_DIGITS else _HIDDEN * len(full)


def called(household: Household, address: str) -> str:
    """Return what a household is called in a line: its householder, else the end of its address."""
    return household.holder or address[-6:]


def masked_holder(household: Household) -> str:
    """Return a householder's family name alone, for those who have not shown yet that they live there."""
    return household.holder[:1] + _HIDDEN * (len(household.holder) - 1)


def mine(db: Session, household_id: int, person: Person) -> Household:
    """Return a household to who keeps in touch with it, held by this transaction.

    Raises :class:`DomainError` when it is not theirs, in the same words as when there is none.
    """
    held = select(Household).where(col(Household.id) == household_id).with_for_update()
    found = db.execute(held.execution_options(populate_existing=True)).scalar_one_or_none()
    if found is None or found.contact_id != person.id or not may_visit(db, person):
        raise DomainError("visits/not_yours")
    return found


def kept(db: Session, household_id: int, person: Person) -> Household:
    """Return a household to who keeps the list it is on, held; raise :class:`DomainError` as :func:`mine` does."""
    held = select(Household).where(col(Household.id) == household_id).with_for_update()
    found = db.execute(held.execution_options(populate_existing=True)).scalar_one_or_none()
    if found is None or not access.may(db, person, Act.KEEP_HOUSEHOLDS, db.get_one(Unit, found.unit_id)):
        raise DomainError("visits/not_yours")
    return found


def may_visit(db: Session, person: Person) -> bool:
    """Tell whether somebody still is who households were given to: on a roster, or with a role."""
    if members.member_of(db, person.id or 0):
        return True
    return db.execute(select(col(Grant.id)).where(col(Grant.person_id) == person.id).limit(1)).first() is not None


def set_address(db: Session, household: Household, given: str) -> None:
    """Keep an address: sealed, and findable by its digest."""
    plain = tidy_address(given)
    household.address_sealed = house_of(db).keys.seal(plain)
    household.address_blind = address_blind(db, household.unit_id, plain)


def set_holder(household: Household, name: str) -> None:
    """Keep a householder's name, and how it is looked up."""
    household.holder, household.holder_key = name, people.name_key(name)


def set_mobile(db: Session, household: Household, given: str) -> None:
    """Keep a phone number, sealed and findable by its digest, or none."""
    keys = house_of(db).keys
    household.mobile_sealed = keys.seal(given) if given else ""
    household.mobile_blind = keys.blind(given) if given else None
