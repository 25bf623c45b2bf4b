"""Important matters within the reach of whoever looks; and one of them with every line there ever was."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import audit, units
from bot.domain.access import Act
from bot.domain.console.visiting import Visit
from bot.domain.files import KeptFile, rows
from bot.domain.house import house_of, today
from bot.domain.lists.listing import Line, Listing, Order, Rows
from bot.domain.matters import correcting, keeping, opinions, telling
from bot.domain.matters.lines import next_step, standing, standing_of
from bot.domain.matters.telling import Hanging
from bot.errors import DomainError
from content.matters import Step
from db.models import FileState, Matter, MatterState, MatterStep, Person, StoredFile, Unit


@dataclass(frozen=True, slots=True)
class MatterRow:
    """A matter in a list: where it is, who holds it, how its notice hangs out."""

    matter: Matter
    unit: str
    holder: str
    hangs: Hanging | None


@dataclass(frozen=True, slots=True)
class StepLine:
    """A line of a matter: who wrote it down, who ended it, and the files that are kept with it."""

    line: MatterStep
    by: str
    ended_by: str
    files: Sequence[StoredFile]


@dataclass(frozen=True, slots=True)
class Sight:
    """A matter on a page of its own; ``next`` is its next step, ``last_id`` the line that may be taken back."""

    row: MatterRow
    lines: Sequence[StepLine]
    next: Step | None
    last_id: int | None
    asked: int
    waiting: int


def listing(visit: Visit, filters: dict[str, str]) -> Listing[MatterRow]:
    """Return the matters of one's units; ``state``, ``kind``, ``unit`` and ``text`` narrow them down."""
    chosen = _rows(visit)
    if (state := filters.get("state", "")) in set(MatterState):
        chosen = chosen.where(col(Matter.state) == MatterState(state))
    if kind := filters.get("kind", ""):
        chosen = chosen.where(col(Matter.kind) == kind)
    if unit := next((one for one in places(visit) if str(one.id) == filters.get("unit", "")), None):
        below = select(col(Unit.id)).where(units.in_subtrees([unit.path]))
        chosen = chosen.where(col(Matter.unit_id).in_(below))
    if text := filters.get("text", "").strip():
        chosen = chosen.where(col(Matter.title).contains(text, autoescape=True))
    orders = {
        "id": Order(col(Matter.id), col(Matter.id), falls=True),
        "stepped": Order(col(Matter.stepped_at), col(Matter.id), falls=True),
    }

    def read(_db: Session, found: Sequence[Line]) -> Sequence[MatterRow]:
        return _read(visit, found)

    return Listing(chosen, orders, read)


def sight(visit: Visit, matter_id: int) -> Sight:
    """Return a matter for its page and note who looked; raise :class:`DomainError` when it is not theirs to see."""
    db, row = visit.db, _found(visit, matter_id)
    matter = row.matter
    stands = standing(db, matter_id)
    asked, waiting = opinions.counts(db, matter)
    audit.note(db, "matters.look", f"matter:{matter_id}", actor_id=visit.person.id, now=visit.now)
    lines = [
        StepLine(line, by, ended_by, [one for one in rows(db, line.files) if one.state is FileState.KEPT])
        for line, by, ended_by in correcting.history(db, matter_id)
    ]
    return Sight(
        row=row,
        lines=lines,
        next=next_step(db, matter) if matter.state is MatterState.ONGOING else None,
        last_id=stands[-1].id if stands else None,
        asked=asked,
        waiting=waiting,
    )


def proof(visit: Visit, matter_id: int, file_id: int) -> KeptFile:
    """Return a file of a matter; raise :class:`DomainError` when it is none of it, or not theirs to see."""
    matter = _found(visit, matter_id).matter
    theirs = {one for line, _by, _ended in correcting.history(visit.db, matter.id or 0) for one in line.files}
    kept = house_of(visit.db).store.kept(visit.db, file_id)
    if kept is None or not kept.path.is_file() or file_id not in theirs:
        raise DomainError("matters/not_yours")
    return kept


def places(visit: Visit) -> Sequence[Unit]:
    """Return the units whose matters somebody keeps, in the order of the tree."""
    return keeping.units_of(visit.db, visit.person)


def _rows(visit: Visit) -> Rows:
    chosen = select(Matter, col(Unit.name), col(Person.name)).join(Unit, col(Unit.id) == col(Matter.unit_id))
    chosen = chosen.outerjoin(Person, col(Person.id) == col(Matter.holder_id))
    return chosen.where(units.in_subtrees(visit.reach(Act.KEEP_MATTERS)))


def _found(visit: Visit, matter_id: int) -> MatterRow:
    row = visit.db.execute(_rows(visit).where(col(Matter.id) == matter_id)).one_or_none()
    if row is None:
        raise DomainError("matters/not_yours")
    return _read(visit, [row])[0]


def _read(visit: Visit, found: Sequence[Line]) -> list[MatterRow]:
    day, lines = today(visit.db, visit.now), standing_of(visit.db, [row[0].id for row in found])
    last = {matter_id: telling.hanging(its[-1], day) for matter_id, its in lines.items() if its}
    return [MatterRow(row[0], row[1], row[2] or "", last.get(row[0].id)) for row in found]
