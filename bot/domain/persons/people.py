"""Who talks, and where they can be reached."""

import unicodedata
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, bindparam, or_, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain.house import house_of
from bot.domain.outgoing.outbox import Target
from content.match import normalise
from db.claims import claim, table_of
from db.models import Address, Person
from db.prepared import Prepared

_ADDRESS = table_of(Address)
_SEEN = Prepared(
    update(_ADDRESS)
    .where(_ADDRESS.c.id == bindparam("address_id"))
    .values(unreachable="", last_seen_at=bindparam("last_seen_at", type_=_ADDRESS.c.last_seen_at.type))
)
_SEEN_EVERY = 60
_MOBILE_DIGITS = 11
_LONGEST_NAME = 60
_BRACKETS = ("(", "\uff08")
"""What begins a remark behind a name, in either width."""


def known_at(db: Session, target: Target, *, now: datetime) -> tuple[Person, Address]:
    """Return the person behind an address, making both when they speak for the first time."""
    address = address_at(db, target)
    if address is None:
        address = _first_contact(db, target, now)
    person = db.get_one(Person, address.person_id)
    return person, address


def seen(db: Session, address_id: int, *, unreachable: str, last_seen_at: datetime, now: datetime) -> None:
    """Keep that somebody spoke from an address: they are reached there again, and best."""
    if unreachable or (now - last_seen_at).total_seconds() > _SEEN_EVERY:
        _SEEN.run(db, address_id=address_id, last_seen_at=now)


def person_at(db: Session, target: Target) -> int | None:
    """Return the id of whoever has a chat to themselves, ``None`` for a group or a stranger."""
    return db.execute(select(_ADDRESS.c.person_id).where(_at(target))).scalar_one_or_none()


def address_at(db: Session, target: Target) -> Address | None:
    """Return an address, ``None`` where nobody has spoken from yet."""
    return db.execute(select(Address).where(_at(target))).scalar_one_or_none()


def attach(db: Session, person: Person, target: Target, *, now: datetime) -> Address:
    """Let somebody be reached at an address; raise ``ValueError`` when it is somebody else's."""
    found = address_at(db, target)
    if found is not None and found.person_id != person.id:
        raise ValueError("this address is somebody else's")
    if found is None:
        found = Address(
            channel=target.channel,
            account=target.account,
            external_id=target.chat,
            person_id=person.id or 0,
            last_seen_at=now,
        )
        db.add(found)
        db.flush()
    return found


def by_id(db: Session, person_id: int) -> Person:
    """Return somebody by their id."""
    return db.get_one(Person, person_id)


def by_mobile(db: Session, mobile: str) -> list[Person]:
    """Find everybody with a phone number (a couple may share one), without any being readable in the database."""
    blind = house_of(db).keys.blind(plain_mobile(mobile))
    return list(db.execute(select(Person).where(col(Person.mobile_blind) == blind).order_by(col(Person.id))).scalars())


def by_name_and_last_four(db: Session, name: str, last_four: str) -> list[Person]:
    """Find everybody of a name whose phone number ends in four digits."""
    blind = house_of(db).keys.blind(f"last four:{last_four}")
    meant = select(Person).where(col(Person.name_key) == name_key(name), col(Person.last_four_blind) == blind)
    return list(db.execute(meant.order_by(col(Person.id))).scalars())


def name_key(name: str) -> str:
    """Return a name as it is looked up: one spelling, without blanks and the dots some minority names have."""
    return normalise(name).replace(" ", "")[:_LONGEST_NAME]


def is_called(name: str) -> ColumnElement[bool]:
    """Tell whether a name is somebody's, also where theirs has a remark in brackets behind it."""
    begun = [col(Person.name).startswith(f"{name}{bracket}", autoescape=True) for bracket in _BRACKETS]
    return or_(col(Person.name_key) == name_key(name), *begun)


def set_name(person: Person, name: str) -> None:
    """Keep a name, and how it is looked up."""
    person.name = name[:_LONGEST_NAME]
    person.name_key = name_key(name)


def forget_who(person: Person) -> None:
    """Forget somebody's name, phone and place; what they did stays, without a name."""
    person.name = person.name_key = person.mobile_sealed = ""
    person.mobile_blind = person.last_four_blind = person.unit_id = None


def plain_mobile(mobile: str) -> str:
    """Return the digits of a phone number however it was written: wide, spaced, or with +86 before it."""
    digits = "".join(mark for mark in unicodedata.normalize("NFKC", mobile) if mark.isdecimal())
    return digits[-_MOBILE_DIGITS:] if digits.startswith("86") and len(digits) > _MOBILE_DIGITS else digits


def set_mobile(db: Session, person: Person, mobile: str) -> None:
    """Keep a phone number: sealed, and findable by its keyed digest and that of its last four digits."""
    keys = house_of(db).keys
    plain = plain_mobile(mobile)
    person.mobile_sealed = keys.seal(plain)
    person.mobile_blind = keys.blind(plain)
    person.last_four_blind = keys.blind(f"last four:{plain[-4:]}")
    db.add(person)


def mobile(db: Session, person: Person) -> str:
    """Return somebody's phone number in full, or nothing: only for who may see it, and with an audit line."""
    return house_of(db).keys.open(person.mobile_sealed) if person.mobile_sealed else ""


def sealed(db: Session, text: str) -> str:
    """Return a text as nobody can read it in the database, for forms that are open."""
    return house_of(db).keys.seal(text)


def unsealed(db: Session, text: str) -> str:
    """Return what :func:`sealed` closed."""
    return house_of(db).keys.open(text)


def masked_mobile(db: Session, person: Person) -> str:
    """Return somebody's phone number as it may be shown, such as ``138****2236``, or nothing."""
    full = mobile(db, person)
    return f"{full[:3]}****{full[-4:]}" if len(full) == _MOBILE_DIGITS else "*" * len(full)


def best_address(db: Session, person_id: int) -> Address | None:
    """Return where somebody is best reached: the address they used last that still takes messages."""
    theirs = select(Address).where(col(Address.person_id) == person_id, col(Address.unreachable) == "")
    return db.execute(theirs.order_by(col(Address.last_seen_at).desc(), col(Address.id)).limit(1)).scalar_one_or_none()


def best_addresses(db: Session, person_ids: Collection[int]) -> dict[int, Address]:
    """Return where each of these people is best reached, without those who are nowhere."""
    theirs = select(Address).where(col(Address.person_id).in_(person_ids), col(Address.unreachable) == "")
    found = db.execute(theirs.order_by(col(Address.last_seen_at), col(Address.id).desc())).scalars()
    return {one.person_id: one for one in found}


def best_of(person_id: ColumnElement[int], column: Any) -> ScalarSelect[Any]:  # noqa: ANN401  # a column of an address
    """Return, as part of a statement, a column of the address at which somebody is best reached."""
    theirs = select(column).where(col(Address.person_id) == person_id, col(Address.unreachable) == "")
    return theirs.order_by(col(Address.last_seen_at).desc(), col(Address.id)).limit(1).scalar_subquery()


def lose_touch(db: Session, target: Target, reason: str) -> None:
    """Stop pushing to an address, and remember why."""
    db.execute(update(_ADDRESS).where(_at(target)).values(unreachable=reason[:40]))


def regain_touch(db: Session, target: Target) -> None:
    """Push to an address again."""
    db.execute(update(_ADDRESS).where(_at(target)).values(unreachable=""))


def move(db: Session, target: Target, new_id: str) -> None:
    """Follow an address to its new external id, unless somebody already is known there."""
    there = Target(target.channel, target.account, new_id)
    if db.execute(select(_ADDRESS.c.id).where(_at(there))).first() is None:
        db.execute(update(_ADDRESS).where(_at(target)).values(external_id=new_id))


def _at(target: Target) -> ColumnElement[bool]:
    return and_(
        _ADDRESS.c.channel == target.channel,
        _ADDRESS.c.account == target.account,
        _ADDRESS.c.external_id == target.chat,
    )


def _first_contact(db: Session, target: Target, now: datetime) -> Address:
    person = Person(created_at=now)
    db.add(person)
    db.flush()
    values = {
        "channel": target.channel,
        "account": target.account,
        "external_id": target.chat,
        "person_id": person.id,
        "unreachable": "",
        "last_seen_at": now,
    }
    if claim(db, Address, values, key=("channel", "account", "external_id")) is None:
        db.delete(person)
        db.flush()
    return db.execute(select(Address).where(_at(target))).scalar_one()
