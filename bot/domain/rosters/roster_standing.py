"""The roster as it stands: what is kept of whom, found by names, and who is on it that a file does not name."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import islice
from typing import Any, Self, TypeVar

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain.rosters.roster_reading import Line
from db.models import Address, Category, Member, MemberKind, MemberState, Person, Unit

T = TypeVar("T")
PAGE = 500
"""Names or rows in one statement."""

_KEPT = (MemberState.ACTIVE, MemberState.LEFT)
_COLUMNS: tuple[Any, ...] = (
    col(Person.id),
    col(Person.name_key),
    col(Person.mobile_sealed),
    col(Member.id),
    col(Person.name),
    col(Person.mobile_blind),
    col(Member.unit_id),
    col(Member.kind),
    col(Member.category),
    col(Member.state),
    col(Member.is_probationary),
    col(Member.gender),
    col(Member.born_on),
    col(Member.joined_on),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What a roster says of one person, as it is compared and kept in the trail of an import; days as ISO text."""

    name: str
    mobile_blind: str
    unit_id: int
    kind: MemberKind = MemberKind.PARTY_MEMBER
    category: Category = Category.REGULAR
    state: MemberState = MemberState.ACTIVE
    is_probationary: bool = False
    gender: str = ""
    born_on: str = ""
    joined_on: str = ""

    @classmethod
    def of(cls, line: Line, unit_id: int, blind: str, before: "Entry | None") -> Self:
        """Return what a line makes of an entry: what it does not say stays as it was."""
        old = before or Entry(line.name, "", unit_id)
        return cls(
            name=line.name,
            mobile_blind=blind or old.mobile_blind,
            unit_id=unit_id,
            kind=line.kind or old.kind,
            category=line.category or old.category,
            is_probationary=old.is_probationary if line.is_probationary is None else line.is_probationary,
            gender=line.gender or old.gender,
            born_on=_iso(line.born_on) or old.born_on,
            joined_on=_iso(line.joined_on) or old.joined_on,
        )

    @classmethod
    def read(cls, kept: dict[str, Any]) -> Self:
        """Return an entry as the trail of an import has it."""
        words: dict[str, type[StrEnum]] = {"kind": MemberKind, "category": Category, "state": MemberState}
        names = cls.__dataclass_fields__.keys() & kept.keys()
        values: dict[str, Any] = {name: words[name](kept[name]) if name in words else kept[name] for name in names}
        return cls(**values)

    def plain(self) -> dict[str, Any]:
        """Return it as the trail of an import keeps it."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def columns(self) -> dict[str, Any]:
        """Return the columns of a member's row."""
        own = self.plain()
        del own["name"], own["mobile_blind"]
        return {**own, "born_on": _day(self.born_on), "joined_on": _day(self.joined_on)}


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody as they stand: on a roster now or before, or known without ever having spoken."""

    person_id: int
    is_member: bool
    entry: Entry
    sealed: str


def standing(db: Session, names: Collection[str]) -> dict[str, list[Standing]]:
    """Return everybody of some names who may be meant by a roster, by name."""
    found: dict[str, list[Standing]] = {}
    has_spoken = exists(select(col(Address.id)).where(col(Address.person_id) == col(Person.id)))
    query = select(*_COLUMNS).outerjoin(Member, col(Member.person_id) == col(Person.id))
    may_be_meant = or_(col(Member.state).in_(_KEPT), col(Member.id).is_(None) & ~has_spoken)
    for page in pages(sorted(names)):
        rows = db.execute(query.where(col(Person.name_key).in_(page), may_be_meant).order_by(col(Person.id)))
        for row in rows:
            person_id, key, sealed, member_id = row[:4]
            found.setdefault(key, []).append(Standing(person_id, member_id is not None, _entry(row[4:]), sealed))
    return found


def entry_of(db: Session, person_id: int) -> Entry | None:
    """Return what is kept of somebody on a roster now, in whatever state; ``None`` when they stand on none."""
    query = select(*_COLUMNS).join(Member, col(Member.person_id) == col(Person.id)).where(col(Person.id) == person_id)
    row = db.execute(query).one_or_none()
    return _entry(row[4:]) if row else None


def absent(
    db: Session, unit_ids: Collection[int], kinds: Collection[MemberKind], meant: Collection[int]
) -> list[tuple[str, str]]:
    """Return the names and branches of those on the rosters of some units whom a file does not name."""
    rows = (
        select(col(Member.person_id), col(Person.name), col(Unit.name))
        .join(Person, col(Person.id) == col(Member.person_id))
        .join(Unit, col(Unit.id) == col(Member.unit_id))
        .where(col(Member.state) == MemberState.ACTIVE, col(Member.kind).in_(kinds))
    )
    found: list[tuple[str, str]] = []
    for page in pages(sorted(unit_ids)):
        on_it = db.execute(rows.where(col(Member.unit_id).in_(page)).order_by(col(Member.id)))
        found.extend((name, unit) for person_id, name, unit in on_it if person_id not in meant)
    return found


def pages(items: Collection[T]) -> Iterator[list[T]]:
    """Yield items a page at a time."""
    rest = iter(items)
    while page := list(islice(rest, PAGE)):
        yield page


def _entry(kept: Sequence[Any]) -> Entry:
    """Return the columns of a row as an entry; who stands on no roster has but a name and a phone."""
    name, blind, unit_id, kind, category, state, is_probationary, gender, born_on, joined_on = kept
    if unit_id is None:
        return Entry(name, blind or "", 0)
    days = (_iso(born_on), _iso(joined_on))
    return Entry(name, blind or "", unit_id, kind, category, state, is_probationary, gender, *days)


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _day(kept: str) -> date | None:
    return date.fromisoformat(kept) if kept else None
