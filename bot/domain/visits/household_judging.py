"""What taking a list of households in would change: each line beside the household as it stands, without writing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import units
from bot.domain.house import house_of
from bot.domain.persons.people import name_key
from bot.domain.rosters.roster_cells import Unread
from bot.domain.rosters.roster_reading import Place
from bot.domain.rosters.roster_standing import pages
from bot.domain.rosters.roster_units import UnitBook
from bot.domain.visits import households
from bot.domain.visits.household_reading import Line, Reading
from bot.domain.visits.keeping import HOLDS
from content import rosters
from db.models import Household, Member, MemberState, Person, Unit


@dataclass(frozen=True, slots=True)
class Entry:
    """What a list says of one household, as it is compared and kept in the trail of an import."""

    holder: str
    mobile_blind: str
    contact_id: int | None

    @classmethod
    def of(cls, row: Household) -> "Entry":
        """Return a household as it stands."""
        return cls(row.holder, row.mobile_blind or "", row.contact_id)

    def plain(self) -> dict[str, Any]:
        """Return it as the trail of an import keeps it."""
        return {"holder": self.holder, "mobile_blind": self.mobile_blind, "contact_id": self.contact_id}


@dataclass(frozen=True, slots=True)
class Change:
    """A line and the household it is about (``None`` when it is new), with what its row is to be."""

    line: Line
    unit_id: int
    blind: str
    before: Household | None
    after: Entry


@dataclass(slots=True)
class Plan:
    """What a file would do: which households it adds and changes, and how many it leaves as they are."""

    reading: Reading
    added: list[Change] = field(default_factory=list[Change])
    changed: list[Change] = field(default_factory=list[Change])
    unchanged: int = 0

    @property
    def refused(self) -> int:
        """How many rows cannot be taken."""
        return len(self.reading.problems)

    def problems(self) -> list[tuple[Place, str]]:
        """Return every row that cannot be taken with its reasons, in the order of the file."""
        sheets = {sheet: number for number, sheet in enumerate(self.reading.about)}
        rows = sorted(self.reading.problems.items(), key=lambda item: (sheets.get(item[0][0], 0), item[0][1]))
        return [(place, rosters.joined(reasons)) for place, reasons in rows]


@dataclass(frozen=True, slots=True)
class _Listed:
    """Somebody on a roster who may be meant as a contact: found by name, told apart by phone and place."""

    person_id: int
    blind: str
    path: str


def judge(db: Session, reading: Reading, reach: Sequence[str]) -> Plan:
    """Compare a reading with the households below the paths of ``reach``."""
    plan = Plan(reading)
    book = UnitBook(db, reach, kinds=HOLDS)
    known = _single(db, plan, _with_units(plan, book))
    contacts = _Contacts(db, reach, {name_key(line.contact) for line, _, _ in known if line.contact})
    standing = _standing(db, {unit_id for _, unit_id, _ in known}, {blind for _, _, blind in known})
    for line, unit_id, blind in known:
        try:
            contact_id = contacts.find(line, book.path(unit_id)) if line.contact else None
        except Unread as reason:
            reading.refuse(line, str(reason))
            continue
        before = standing.get((unit_id, blind))
        change = Change(line, unit_id, blind, before, _after(db, line, contact_id, before))
        if before is None:
            plan.added.append(change)
        elif change.after != Entry.of(before):
            plan.changed.append(change)
        else:
            plan.unchanged += 1
    return plan


def _with_units(plan: Plan, book: UnitBook) -> list[tuple[Line, int]]:
    mentioned = {sheet: book.mentioned(about) for sheet, about in plan.reading.about.items()}
    found: list[tuple[Line, int]] = []
    for line in plan.reading.lines:
        try:
            unit_id = book.find(line.unit) if line.unit else mentioned.get(line.place[0])
        except Unread as reason:
            plan.reading.refuse(line, str(reason))
            continue
        if unit_id is None:
            plan.reading.refuse(line, rosters.problem("village_missing"))
            continue
        found.append((line, unit_id))
    return found


def _single(db: Session, plan: Plan, lines: list[tuple[Line, int]]) -> list[tuple[Line, int, str]]:
    """Refuse lines with an address that the file has already in the same unit."""
    first: dict[tuple[int, str], Line] = {}
    kept: list[tuple[Line, int, str]] = []
    for line, unit_id in lines:
        blind = households.address_blind(db, unit_id, line.address)
        known = first.setdefault((unit_id, blind), line)
        if known is line:
            kept.append((line, unit_id, blind))
        else:
            plan.reading.refuse(line, rosters.problem("same_address", where=plan.reading.where(known.place)))
    return kept


def _standing(db: Session, unit_ids: Collection[int], blinds: Collection[str]) -> dict[tuple[int, str], Household]:
    found: dict[tuple[int, str], Household] = {}
    for page in pages(sorted(blinds)):
        here = select(Household).where(col(Household.unit_id).in_(unit_ids), col(Household.address_blind).in_(page))
        found |= {(one.unit_id, one.address_blind): one for one in db.execute(here).scalars()}
    return found


def _after(db: Session, line: Line, contact_id: int | None, before: Household | None) -> Entry:
    old = Entry.of(before) if before else Entry("", "", None)
    blind = house_of(db).keys.blind(line.mobile) if line.mobile else ""
    return Entry(line.holder or old.holder, blind or old.mobile_blind, contact_id or old.contact_id)


class _Contacts:
    """Whom a list means as contacts: those on the rosters within reach, by their names."""

    def __init__(self, db: Session, reach: Sequence[str], keys: Collection[str]) -> None:
        self._keys = house_of(db).keys
        self._named: dict[str, list[_Listed]] = {}
        rows = select(col(Person.name_key), col(Person.id), col(Person.mobile_blind), col(Unit.path))
        rows = rows.join(Member, col(Member.person_id) == col(Person.id)).join(
            Unit, col(Unit.id) == col(Member.unit_id)
        )
        rows = rows.where(col(Member.state) == MemberState.ACTIVE, units.in_subtrees(reach))
        for page in pages(sorted(keys)):
            for row in db.execute(rows.where(col(Person.name_key).in_(page)).order_by(col(Person.id))):
                self._named.setdefault(row[0], []).append(_Listed(row[1] or 0, row[2] or "", row[3]))

    def find(self, line: Line, path: str) -> int:
        """Return who is meant for a household at a path of the tree; raise :class:`Unread` with what to ask."""
        found = self._named.get(name_key(line.contact), [])
        if line.contact_mobile:
            blind = self._keys.blind(line.contact_mobile)
            found = [one for one in found if one.blind == blind]
        if len(found) > 1:
            near = [one for one in found if one.path.startswith(path)]
            found = near if len(near) == 1 else found
        if not found:
            raise Unread(rosters.problem("contact_unknown", value=line.contact))
        if len(found) > 1:
            raise Unread(rosters.problem("contact_several", value=line.contact, count=len(found)))
        return found[0].person_id
