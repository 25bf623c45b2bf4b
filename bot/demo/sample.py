"""Fills a database with an invented village, so that the demo has somebody to talk to and something to do."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.demo import matters, occasions
from bot.demo.wall import Phone
from bot.domain import access, units
from bot.domain.grid import places
from bot.domain.outgoing.outbox import Target
from bot.domain.persons import people
from content.loader import load_yaml
from db.models import Address, Member, Person, Role, Unit, UnitKind

_FILE = Path(__file__).parents[2] / "content" / "samples" / "demo.yaml"


def load_sample(db: Session, *, now: datetime) -> None:
    """Add the sample units, people and what they take part in once; a database that has units is left alone."""
    if units.root(db) is not None:
        return
    for row in _sample()["units"]:
        parent = unit_named(db, row["parent"]) if "parent" in row else None
        units.add(db, row["name"], UnitKind(row["kind"]), parent)
    for row in _sample()["people"]:
        _add_person(db, row, now)
    for row in _sample()["members"]:
        _add_member(db, row, now)
    _add_households(db, now)
    for row in _sample()["places"]:
        unit = unit_named(db, row["unit"])
        places.put(db, unit, row["name"], row["details"], by=_at_phone(db, row["by"], now), now=now)
    for row in _sample()["matters"]:
        matters.carry_on(db, row, unit_named(db, row["unit"]), _at_phone(db, row["by"], now), now)
    for row in _sample()["activities"]:
        taken = [_person_named(db, name) for name in row.get("taken", ())]
        occasions.hold_activity(db, row, unit_named(db, row["unit"]), _at_phone(db, row["by"], now), taken, now)
    for row in _sample()["sessions"]:
        occasions.hold_session(db, row, unit_named(db, row["unit"]), _at_phone(db, row["by"], now), now)
    for row in _sample()["pledges"]:
        occasions.pledge(db, row, unit_named(db, row["unit"]), _at_phone(db, row["by"], now), now)


def phones() -> Sequence[Phone]:
    """Return the phones on the wall, one a sample person."""
    return [
        Phone(row["visitor"], _visitor(row["visitor"]), row["title"], row["subtitle"], row.get("behind", ""))
        for row in _sample()["people"]
    ]


def as_wechat() -> frozenset[str]:
    """Return the visitors whose phones are written to as WeChat would let us."""
    return frozenset(_visitor(row["visitor"]) for row in _sample()["people"] if row.get("channel") == "wechat")


def address_of(db: Session, phone: str) -> Address | None:
    """Return where the owner of a phone on the wall is reached, ``None`` for a phone there is not."""
    there = (col(Address.channel) == "web", col(Address.external_id) == _visitor(phone))
    return db.execute(select(Address).where(*there)).scalar_one_or_none()


def unit_named(db: Session, name: str) -> Unit:
    """Return a sample unit."""
    return db.execute(select(Unit).where(col(Unit.name) == name)).scalar_one()


def _add_person(db: Session, row: dict[str, Any], now: datetime) -> None:
    person = _at_phone(db, row["visitor"], now)
    people.set_name(person, row.get("name", ""))
    if "mobile" in row:
        people.set_mobile(db, person, row["mobile"])
    unit = unit_named(db, row["unit"]) if "unit" in row else None
    person.unit_id = unit.id if unit else None
    db.add(person)
    if unit and "role" in row:
        access.grant(db, person, Role(row["role"]), unit)


def _add_member(db: Session, row: dict[str, Any], now: datetime) -> None:
    person = _at_phone(db, row["visitor"], now) if "visitor" in row else Person(created_at=now)
    people.set_name(person, row["name"])
    db.add(person)
    if "mobile" in row:
        people.set_mobile(db, person, row["mobile"])
    db.flush()
    unit = unit_named(db, row["unit"])
    db.add(Member(person_id=person.id or 0, unit_id=unit.id or 0, created_at=now, changed_at=now))
    db.flush()


def _add_households(db: Session, now: datetime) -> None:
    for row in _sample()["households"]:
        contact = _person_named(db, row["contact"]) if "contact" in row else None
        occasions.found_household(db, row, unit_named(db, row["unit"]), contact, now)


def _person_named(db: Session, name: str) -> Person:
    return db.execute(select(Person).where(col(Person.name) == name)).scalar_one()


def _at_phone(db: Session, visitor: str, now: datetime) -> Person:
    """Return who has a phone on the wall."""
    return people.known_at(db, Target("web", "web", _visitor(visitor)), now=now)[0]


def _visitor(name: str) -> str:
    return f"demo-{name}"


def _sample() -> dict[str, Any]:
    loaded = load_yaml(_FILE)
    if not isinstance(loaded, dict):
        raise TypeError("demo.yaml must be a mapping")
    return cast("dict[str, Any]", loaded)
