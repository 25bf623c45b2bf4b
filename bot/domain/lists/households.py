"""The households of the lists somebody keeps, the longest unseen first, masked; and one of them with its visits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import false, func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import audit, units
from bot.domain.access import Act
from bot.domain.console.visiting import Visit as Look
from bot.domain.files import KeptFile
from bot.domain.house import house_of
from bot.domain.lists.listing import Line, Listing, Order, Rows
from bot.domain.lists.people import MOST_PHONES
from bot.domain.lists.piles import MOST, SHOWN, Item, Pile
from bot.domain.persons import people
from bot.domain.visits import households, unseen, walking
from bot.errors import DomainError
from content.visits import kind_name
from db.models import NEVER, AuditLine, Household, HouseholdImport, Person, Resident, Unit, Visit
from db.types import END_OF_PREFIX

_PHONE = "visits.phone"
_HOUR = timedelta(hours=1)
_MOBILE = 11
_VISITS = 30


@dataclass(frozen=True, slots=True)
class HouseholdRow:
    """A household in a list."""

    household: Household
    unit: str
    contact: str
    address: str
    mobile: str

    @property
    def holder(self) -> str:
        """The householder, or where it is when nobody is known."""
        return self.household.holder or self.address

    @property
    def seen_at(self) -> datetime | None:
        """When it was seen last, if ever."""
        return None if self.household.seen_at == NEVER else self.household.seen_at


@dataclass(frozen=True, slots=True)
class Past:
    """One visit to a household: when, by whom, for what, what was noted of it and its photos."""

    at: datetime
    by: str
    kind: str
    note: str
    files: Sequence[int]


@dataclass(frozen=True, slots=True)
class Portrait:
    """A household on a page of its own, with its address in full and its visits, the newest first."""

    row: HouseholdRow
    address: str
    residents: int
    visits: Sequence[Past]


def listing(look: Look, filters: dict[str, str]) -> Listing[HouseholdRow]:
    """Return the households of the lists somebody keeps.

    ``name`` is the beginning of a householder's name or a whole phone number, ``who`` that of their contact's name;
    ``unit``, ``contact`` (``none``: nobody) and ``seen`` (``long``: not for long, ``never``) narrow the list down.
    """
    rows = _rows(look)
    if unit := _unit(look, filters.get("unit", "")):
        below = select(col(Unit.id)).where(units.in_subtrees([unit.path]))
        rows = rows.where(col(Household.unit_id).in_(below))
    if filters.get("contact", "") == "none":
        rows = rows.where(col(Household.contact_id).is_(None))
    seen = filters.get("seen", "")
    if seen == "never":
        rows = rows.where(col(Household.seen_at) == NEVER)
    elif seen == "long":
        rows = rows.where(col(Household.seen_at) < unseen.line(look.now))
    rows = _named(look.db, rows, filters.get("name", "").strip()[:40])
    if key := people.name_key(filters.get("who", "").strip()[:40]):
        called = select(col(Person.id)).where(col(Person.name_key) >= key, col(Person.name_key) < key + END_OF_PREFIX)
        rows = rows.where(col(Household.contact_id).in_(called))
    orders = {
        "seen": Order(col(Household.seen_at), col(Household.id)),
        "holder": Order(col(Household.holder_key), col(Household.id)),
    }
    return Listing(rows, orders, _read)


def portrait(look: Look, household_id: int) -> Portrait:
    """Return a household of a list one keeps, and write down who looked; raise :class:`DomainError` for others."""
    row, db = _found(look, household_id), look.db
    audit.note(db, "visits.look", f"household:{household_id}", actor_id=look.person.id, now=look.now)
    theirs = select(func.count()).select_from(Resident).where(col(Resident.household_id) == household_id)
    past = select(Visit, col(Person.name)).join(Person, col(Person.id) == col(Visit.visitor_id))
    past = past.where(col(Visit.household_id) == household_id).order_by(
        col(Visit.visited_at).desc(), col(Visit.id).desc()
    )
    return Portrait(
        row=row,
        address=households.address(db, row.household),
        residents=db.execute(theirs).scalar_one(),
        visits=[
            Past(one.visited_at, name, kind_name(one.kind), walking.noted(db, one), one.files)
            for one, name in db.execute(past.limit(_VISITS))
        ],
    )


def reveal(look: Look, household_id: int) -> str:
    """Return the phone of a household in full to who keeps its list, and write that down.

    Raises :class:`DomainError` for somebody else's, and when whoever looks has seen too many within an hour.
    """
    row = _found(look, household_id)
    seen = select(func.count()).select_from(AuditLine)
    mine = (col(AuditLine.actor_id) == look.person.id, col(AuditLine.at) > look.now - _HOUR)
    if look.db.execute(seen.where(*mine, col(AuditLine.act) == _PHONE)).scalar_one() >= MOST_PHONES:
        raise DomainError("console/enough_phones", most=MOST_PHONES)
    audit.note(look.db, "visits.phone", f"household:{household_id}", actor_id=look.person.id, now=look.now)
    return households.mobile(look.db, row.household)


def photo(look: Look, household_id: int, file_id: int) -> KeptFile:
    """Return a photo of a visit to a household; raise :class:`DomainError` when it is none of it, or not theirs."""
    _found(look, household_id)
    theirs = select(Visit).where(col(Visit.household_id) == household_id)
    known = {one for visit in look.db.execute(theirs).scalars() for one in visit.files}
    kept = house_of(look.db).store.kept(look.db, file_id) if file_id in known else None
    if kept is None or not kept.path.is_file():
        raise DomainError("visits/not_yours")
    return kept


def long_unseen(look: Look) -> Pile:
    """Return the households that were not seen for long, the longest first."""
    rows = _rows(look).where(col(Household.seen_at) < unseen.line(look.now))
    first = _read(look.db, look.db.execute(rows.order_by(col(Household.seen_at), col(Household.id)).limit(SHOWN)).all())
    items = [Item(one.holder, f"/admin/households/{one.household.id}", one.seen_at, one.unit) for one in first]
    return Pile("long_unseen", _count(look, rows), items, "/admin/households?seen=long")


def nobodys(look: Look) -> Pile:
    """Return how many households nobody keeps in touch with."""
    rows = _rows(look).where(col(Household.contact_id).is_(None))
    return Pile("nobodys_households", _count(look, rows), (), "/admin/households?contact=none")


def places(look: Look) -> Sequence[Unit]:
    """Return the units whose households somebody may see, in the order of the tree."""
    return units.within(look.db, look.reach(Act.KEEP_HOUSEHOLDS))


def last_imports(look: Look, *, limit: int, since: datetime) -> Sequence[HouseholdImport]:
    """Return one's own last imports."""
    mine = select(HouseholdImport).where(
        col(HouseholdImport.actor_id) == look.person.id, col(HouseholdImport.imported_at) > since
    )
    return look.db.execute(mine.order_by(col(HouseholdImport.id).desc()).limit(limit)).scalars().all()


def _rows(look: Look) -> Rows:
    paths = look.reach(Act.KEEP_HOUSEHOLDS)
    if not paths:
        raise DomainError("access/not_yours")
    rows = select(Household, col(Unit.name), col(Person.name)).join(Unit, col(Unit.id) == col(Household.unit_id))
    rows = rows.outerjoin(Person, col(Person.id) == col(Household.contact_id))
    top = units.root(look.db)
    if top is not None and top.path in paths:
        return rows
    mine = select(col(Unit.id)).where(units.in_subtrees(paths))
    return rows.where(col(Household.unit_id).in_(mine))


def _unit(look: Look, given: str) -> Unit | None:
    return next((one for one in places(look) if str(one.id) == given), None) if given else None


def _named(db: Session, rows: Rows, name: str) -> Rows:
    if not name:
        return rows
    digits = people.plain_mobile(name)
    if len(digits) == _MOBILE:
        return rows.where(col(Household.mobile_blind) == house_of(db).keys.blind(digits))
    key = people.name_key(name)
    if not key:
        return rows.where(false())
    return rows.where(col(Household.holder_key) >= key, col(Household.holder_key) < key + END_OF_PREFIX)


def _found(look: Look, household_id: int) -> HouseholdRow:
    found = look.db.execute(_rows(look).where(col(Household.id) == household_id)).all()
    if not found:
        raise DomainError("visits/not_yours")
    return _read(look.db, found)[0]


def _read(db: Session, rows: Sequence[Line]) -> Sequence[HouseholdRow]:
    return [
        HouseholdRow(
            row[0], row[1], row[2] or "", households.masked_address(db, row[0]), households.masked_mobile(db, row[0])
        )
        for row in rows
    ]


def _count(look: Look, rows: Rows) -> int:
    return look.db.execute(select(func.count()).select_from(rows.limit(MOST).subquery())).scalar_one()
