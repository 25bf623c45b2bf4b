"""Who somebody is: found by name and last four digits, counted so that nobody can guess, bound and unbound.

Whatever does not fit is answered in the same words, whether or not a name is on a roster.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import audit
from bot.domain.house import house_of
from bot.domain.outgoing import outbox
from bot.domain.persons import members, people
from bot.errors import DomainError
from content.words import label
from db.claims import table_of
from db.models import Address, BindingTry, Grant, Person, Unit

TRIES_A_DAY = 5
"""Tries from one address, and tries of one person, in 24 hours."""

NAME_A_DAY = 10
NAME_A_MONTH = 30
"""Tries for one name, from wherever they come: at most one in a thousand numbers can be tried a day."""

MISSES = 3
"""After so many misses in a day a secretary is asked."""

_FOUND_FOR = timedelta(minutes=30)
_DAY = timedelta(days=1)
_MONTH = timedelta(days=30)
_TRY = table_of(BindingTry)


@dataclass(frozen=True, slots=True)
class Sought:
    """Whom a name and four digits fit, and how often somebody has missed today."""

    found: tuple[Person, ...]
    misses: int


def may_try(db: Session, address: Address, *, now: datetime) -> bool:
    """Tell whether an address, and whoever speaks from it, may try once more today."""
    mine = (_TRY.c.address_id == address.id, _TRY.c.person_id == address.person_id)
    return all(_tries(db, one, since=now - _DAY) < TRIES_A_DAY for one in mine)


def insist_on_try(db: Session, address: Address, *, now: datetime) -> None:
    """Refuse who has tried too often today with a :class:`DomainError`."""
    if not may_try(db, address, now=now):
        raise DomainError("identity/too_many_tries")


def insist_on_code(db: Session, address: Address, *, now: datetime) -> None:
    """Refuse who has given too many wrong codes today with a :class:`DomainError`, before the next is looked up."""
    if guesses_too_often(db, address, now=now):
        raise DomainError("identity/too_many_tries")


def guesses_too_often(db: Session, address: Address, *, now: datetime) -> bool:
    """Tell whether an address has given too many wrong codes or numbers today.

    Names that did not fit are not counted here: whoever mistyped theirs may still scan the code on a door.
    """
    wrong = (_TRY.c.address_id == address.id, _TRY.c.name_blind == "", _TRY.c.found_id.is_(None))
    return _count(db, *wrong, _TRY.c.tried_at > now - _DAY) >= TRIES_A_DAY


def note_try(db: Session, address: Address, *, now: datetime, name: str = "", found: Person | None = None) -> None:
    """Count a try: for a name, or with a code that is none."""
    blind = _name_blind(db, name) if name else ""
    found_id = found.id if found else None
    made = BindingTry(
        address_id=address.id or 0, person_id=address.person_id, name_blind=blind, found_id=found_id, tried_at=now
    )
    db.add(made)
    db.flush()


def seek(db: Session, name: str, last_four: str, *, address: Address, now: datetime) -> Sought:
    """Look somebody up and count the try. A name that is tried too often fits nobody for a while."""
    insist_on_try(db, address, now=now)
    found = [one for one in people.by_name_and_last_four(db, name, last_four) if is_known_here(db, one)]
    if _is_worn_out(db, name, now):
        found = []
    for one in found or [None]:
        note_try(db, address, now=now, name=name, found=one)
    missed = (_TRY.c.found_id.is_(None), _TRY.c.address_id == address.id)
    misses = _count(db, *missed, _TRY.c.tried_at > now - _DAY)
    return Sought(tuple(found), misses)


def was_found(db: Session, person_id: int, *, address: Address, now: datetime) -> bool:
    """Tell whether an address has just found somebody by name and digits, so that it may say: that is me."""
    just = (_TRY.c.address_id == address.id, _TRY.c.found_id == person_id, _TRY.c.tried_at > now - _FOUND_FOR)
    return _count(db, *just) > 0


def is_known_here(db: Session, person: Person) -> bool:
    """Tell whether somebody stands on a roster or has a role: only these can be bound to."""
    if members.member_of(db, person.id or 0):
        return True
    return db.execute(select(col(Grant.id)).where(col(Grant.person_id) == person.id).limit(1)).first() is not None


def place_of(db: Session, person: Person) -> str:
    """Return where somebody belongs, in words: their branch, else where they have a role or live, else nothing."""
    unit = members.branch_of(db, person.id or 0) or _granted(db, person)
    unit = unit or (db.get(Unit, person.unit_id) if person.unit_id else None)
    return unit.name if unit else ""


def insist_on_stranger(db: Session, person: Person) -> None:
    """Refuse who is bound already with a :class:`DomainError`: they unbind first."""
    if is_known_here(db, person):
        raise DomainError("identity/bound_already", name=person.name, place=place_of(db, person))


def unbind(db: Session, address: Address, *, act: str, by_id: int | None, now: datetime) -> Person:
    """Let an address speak for nobody known; what waits to go there goes to another address, or nowhere.

    ``by_id`` is who wants it so, ``None`` when it lapsed.
    """
    person_id = address.person_id
    fresh = Person(created_at=now)
    db.add(fresh)
    db.flush()
    address.person_id = fresh.id or 0
    db.add(address)
    db.flush()
    there = outbox.Target(address.channel, address.account, address.external_id)
    best = people.best_address(db, person_id)
    other = outbox.Target(best.channel, best.account, best.external_id) if best else None
    outbox.readdress(db, there, other, now=now)
    audit.note(db, act, f"person:{person_id} address:{address.id}", actor_id=by_id, now=now)
    return fresh


def addresses_of(db: Session, person_id: int) -> Sequence[Address]:
    """Return every address of somebody, the one used last first."""
    theirs = select(Address).where(col(Address.person_id) == person_id)
    return db.execute(theirs.order_by(col(Address.last_seen_at).desc(), col(Address.id))).scalars().all()


def own_address(db: Session, person: Person, address_id: int) -> Address:
    """Return one of somebody's addresses; raise :class:`DomainError` when it is not theirs any more."""
    address = db.get(Address, address_id)
    if address is None or address.person_id != person.id:
        raise DomainError("identity/not_your_address")
    return address


def channel_name(channel: str) -> str:
    """Return what people call a channel."""
    names = {
        "telegram": label("channel_telegram"),
        "web": label("channel_web"),
        "wechat": label("channel_wechat"),
    }
    return names.get(channel, label("channel_other"))


def _granted(db: Session, person: Person) -> Unit | None:
    held = select(Unit).join(Grant, col(Grant.unit_id) == col(Unit.id)).where(col(Grant.person_id) == person.id)
    return db.execute(held.order_by(col(Grant.id)).limit(1)).scalar_one_or_none()


def _is_worn_out(db: Session, name: str, now: datetime) -> bool:
    blind = _TRY.c.name_blind == _name_blind(db, name)
    is_missed = _TRY.c.found_id.is_(None)
    limits = ((NAME_A_DAY, _DAY), (NAME_A_MONTH, _MONTH))
    return any(_count(db, blind, is_missed, _TRY.c.tried_at > now - span) >= most for most, span in limits)


def _name_blind(db: Session, name: str) -> str:
    return house_of(db).keys.blind(f"try:{people.name_key(name)}")


def _tries(db: Session, of: ColumnElement[bool], *, since: datetime) -> int:
    return _count(db, of, _TRY.c.tried_at > since)


def _count(db: Session, *meant: ColumnElement[bool]) -> int:
    return db.execute(select(func.count()).select_from(_TRY).where(*meant)).scalar_one()
