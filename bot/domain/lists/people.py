"""Who stands on the rosters somebody keeps: found by the beginning of a name, by a phone, by branch; phones masked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, false, func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, audit, units
from bot.domain.access import Act
from bot.domain.console.visiting import Visit
from bot.domain.house import house_of
from bot.domain.lists.listing import Line, Listing, Order, Rows
from bot.domain.persons import people
from bot.errors import DomainError
from db.models import (
    Address,
    AuditLine,
    Grant,
    Member,
    MemberKind,
    MemberState,
    Person,
    RosterChange,
    RosterImport,
    Unit,
)
from db.types import END_OF_PREFIX

MOST_PHONES = 30
"""Phones somebody may see in full within an hour, one by one."""

_SEEN = "people.phone"
_HOUR = timedelta(hours=1)
_MOBILE = 11
_LAST = 4
_MOST_CHANGES = 20
_LONG = 10


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Somebody in a list."""

    person: Person
    member: Member
    unit: str
    mobile: str
    is_bound: bool


@dataclass(frozen=True, slots=True)
class Portrait:
    """Somebody on a page of their own: their row, what they may do where, and what rosters said of them."""

    row: PersonRow
    roles: Sequence[tuple[str, str]]
    imports: Sequence[RosterImport]


def listing(visit: Visit, filters: dict[str, str]) -> Listing[PersonRow]:
    """Return the people of the rosters somebody keeps; raise :class:`DomainError` when they keep none.

    ``name`` is the beginning of a name, or a phone number or its last four digits; ``unit``, ``kind``, ``state`` and
    ``bound`` narrow the list down.
    """
    rows = _rows(visit).where(_mostly(visit.db, _state(filters.get("state", ""))))
    if filters.get("kind", "") in set(MemberKind):
        rows = rows.where(_mostly(visit.db, col(Member.kind) == MemberKind(filters["kind"])))
    if unit := _unit(visit, filters.get("unit", "")):
        below = select(col(Unit.id)).where(units.in_subtrees([unit.path]))
        rows = rows.where(col(Member.unit_id).in_(below))
    if filters.get("bound", "") in {"yes", "no"}:
        spoken = exists(select(col(Address.id)).where(col(Address.person_id) == col(Person.id)))
        rows = rows.where(spoken if filters["bound"] == "yes" else ~spoken)
    rows = _named(visit, rows, filters.get("name", "").strip()[:40])
    orders = {
        "name": Order(col(Person.name_key), col(Member.id)),
        "entered": Order(col(Member.id), col(Member.id), falls=True),
    }
    return Listing(rows, orders, _read)


def portrait(visit: Visit, person_id: int) -> Portrait:
    """Return somebody on a roster one keeps, and write down who looked; raise :class:`DomainError` for others."""
    row = _found(visit, person_id)
    held = select(col(Grant.role), col(Unit.name)).join(Unit, col(Unit.id) == col(Grant.unit_id))
    roles = visit.db.execute(held.where(col(Grant.person_id) == person_id).order_by(col(Grant.id)))
    changed = select(RosterImport).join(RosterChange, col(RosterChange.import_id) == col(RosterImport.id))
    changed = changed.where(col(RosterChange.person_id) == person_id).order_by(col(RosterImport.id).desc())
    imports = visit.db.execute(changed.limit(_MOST_CHANGES)).scalars().all()
    audit.note(visit.db, "people.look", f"person:{person_id}", actor_id=visit.person.id, now=visit.now)
    return Portrait(row, [(role.value, unit) for role, unit in roles], imports)


def reveal(visit: Visit, person_id: int) -> str:
    """Return somebody's phone in full to who may see it, and write that down.

    Raises :class:`DomainError` for somebody else's, and when whoever looks has seen too many within an hour.
    """
    row = _found(visit, person_id)
    unit = visit.db.get_one(Unit, row.member.unit_id)
    access.insist(visit.db, visit.person, Act.SEE_PHONES, unit)
    _insist_on_measure(visit)
    audit.note(visit.db, _SEEN, f"person:{person_id}", actor_id=visit.person.id, now=visit.now)
    return people.mobile(visit.db, row.person)


def _insist_on_measure(visit: Visit) -> None:
    seen = select(func.count()).where(
        col(AuditLine.actor_id) == visit.person.id,
        col(AuditLine.at) > visit.now - _HOUR,
        col(AuditLine.act) == _SEEN,
    )
    if visit.db.execute(seen).scalar_one() >= MOST_PHONES:
        raise DomainError("console/enough_phones", most=MOST_PHONES)


def kept_units(visit: Visit) -> Sequence[Unit]:
    """Return the units whose rosters somebody keeps, the highest first."""
    return units.within(visit.db, visit.reach(Act.KEEP_ROSTER))


def last_imports(visit: Visit, *, limit: int, since: datetime) -> Sequence[RosterImport]:
    """Return one's own last imports."""
    mine = select(RosterImport).where(
        col(RosterImport.actor_id) == visit.person.id, col(RosterImport.imported_at) > since
    )
    return visit.db.execute(mine.order_by(col(RosterImport.id).desc()).limit(limit)).scalars().all()


def _rows(visit: Visit) -> Rows:
    paths = visit.reach(Act.KEEP_ROSTER)
    if not paths:
        raise DomainError("access/not_yours")
    rows = select(Member, Person, col(Unit.name)).join(Person, col(Person.id) == col(Member.person_id))
    rows = rows.join(Unit, col(Unit.id) == col(Member.unit_id))
    top = units.root(visit.db)
    return rows if top is not None and top.path in paths else rows.where(units.in_subtrees(paths))


def _state(given: str) -> ColumnElement[bool]:
    return col(Member.state) == (MemberState(given) if given in set(MemberState) else MemberState.ACTIVE)


def _mostly(db: Session, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Tell SQLite, which never looks at its tables, that something holds for most people.

    So it goes along the index of names instead of sorting everybody.
    """
    return func.likely(condition) if db.get_bind().dialect.name == "sqlite" else condition


def _unit(visit: Visit, given: str) -> Unit | None:
    return visit.db.get(Unit, int(given)) if given.isascii() and given.isdecimal() and len(given) < _LONG else None


def _named(visit: Visit, rows: Rows, name: str) -> Rows:
    """Narrow a list down to a phone, its last four digits, or the beginning of a name."""
    if not name:
        return rows
    digits = people.plain_mobile(name)
    keys = house_of(visit.db).keys
    if len(digits) == _MOBILE:
        return rows.where(col(Person.mobile_blind) == keys.blind(digits))
    if len(digits) == _LAST and name.isdecimal():
        return rows.where(col(Person.last_four_blind) == keys.blind(f"last four:{digits}"))
    key = people.name_key(name)
    if not key:
        return rows.where(false())
    return rows.where(col(Person.name_key) >= key, col(Person.name_key) < key + END_OF_PREFIX)


def _found(visit: Visit, person_id: int) -> PersonRow:
    found = visit.db.execute(_rows(visit).where(col(Person.id) == person_id)).all()
    if not found:
        raise DomainError("access/not_yours")
    return _read(visit.db, found)[0]


def _read(db: Session, rows: Sequence[Line]) -> Sequence[PersonRow]:
    ids = [row[1].id for row in rows]
    spoken = set(db.execute(select(col(Address.person_id)).where(col(Address.person_id).in_(ids))).scalars())
    return [PersonRow(row[1], row[0], row[2], people.masked_mobile(db, row[1]), row[1].id in spoken) for row in rows]
