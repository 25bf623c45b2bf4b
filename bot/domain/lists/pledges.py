"""Pledges within the reach of whoever looks; and one with what became of it and how it was appraised."""

from collections.abc import Mapping, Sequence
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
from bot.domain.pledges import appraising, finding, history, judging, keeping
from bot.domain.pledges.appraising import Given
from bot.domain.pledges.history import Step
from bot.errors import DomainError
from db.models import FileState, Person, Pledge, PledgeLine, PledgeState, StoredFile, Unit

OVERDUE = "overdue"
"""The filter for public pledges whose day is over."""


@dataclass(frozen=True, slots=True)
class PledgeRow:
    """A pledge in a list: of which unit, whose, and where it stands (also :data:`OVERDUE`)."""

    pledge: Pledge
    unit: str
    name: str
    state: str


@dataclass(frozen=True, slots=True)
class Sight:
    """A pledge on a page of its own: its history with photos by id, its appraisals, and what may be done about it."""

    row: PledgeRow
    steps: Sequence[Step]
    photos: Mapping[int, StoredFile]
    given: Sequence[Given]
    is_kept: bool
    may_review: bool
    stages: Sequence[str]


def listing(visit: Visit, filters: dict[str, str]) -> Listing[PledgeRow]:
    """Return the pledges of one's units; ``state`` (also :data:`OVERDUE`) and ``unit`` narrow them down."""
    chosen = _rows(visit)
    state = filters.get("state", "")
    if state == OVERDUE:
        late = (col(Pledge.state) == PledgeState.PUBLISHED, col(Pledge.due_on) < today(visit.db, visit.now))
        chosen = chosen.where(*late)
    elif state in set(PledgeState):
        chosen = chosen.where(col(Pledge.state) == PledgeState(state))
    place = next((one for one in places(visit) if str(one.id) == filters.get("unit", "")), None)
    if place:
        chosen = chosen.where(units.in_subtrees([place.path]))
    orders = {"id": Order(col(Pledge.id), col(Pledge.id), falls=True)}

    def read(_db: Session, found: Sequence[Line]) -> Sequence[PledgeRow]:
        return [_read(visit, one) for one in found]

    return Listing(chosen, orders, read)


def sight(visit: Visit, pledge_id: int) -> Sight:
    """Return a pledge for its page; raise :class:`DomainError` when it is not theirs to see."""
    row = _found(visit, pledge_id)
    db, pledge = visit.db, row.pledge
    steps = history.of(db, pledge)
    kept = rows(db, {file_id for step in steps for file_id in step.files})
    audit.note(db, "pledges.look", f"pledge:{pledge.id}", actor_id=visit.person.id, now=visit.now)
    return Sight(
        row=row,
        steps=steps,
        photos={one.id or 0: one for one in kept if one.state is FileState.KEPT},
        given=appraising.of(db, pledge),
        is_kept=keeping.is_keeper(db, pledge, visit.person),
        may_review=judging.may_review(db, pledge, visit.person),
        stages=appraising.stages_for(db, pledge, visit.person),
    )


def photo(visit: Visit, pledge_id: int, file_id: int) -> KeptFile:
    """Return a photo of a pledge; raise :class:`DomainError` when it is none of it, or not theirs to see."""
    pledge = _found(visit, pledge_id).pledge
    files = visit.db.execute(select(col(PledgeLine.files)).where(col(PledgeLine.pledge_id) == pledge.id)).scalars()
    kept = house_of(visit.db).store.kept(visit.db, file_id)
    if kept is None or not kept.path.is_file() or not any(file_id in one for one in files):
        raise DomainError("pledges/not_yours")
    return kept


def places(visit: Visit) -> Sequence[Unit]:
    """Return the units whose pledges somebody sees, in the order of the tree."""
    return units.within(visit.db, visit.reach(Act.JUDGE_PLEDGES))


def _rows(visit: Visit) -> Rows:
    chosen = select(Pledge, col(Unit.name), col(Person.name)).join(Unit, col(Unit.id) == col(Pledge.unit_id))
    joined = chosen.join(Person, col(Person.id) == col(Pledge.holder_id))
    return joined.where(units.in_subtrees(visit.reach(Act.JUDGE_PLEDGES)))


def _found(visit: Visit, pledge_id: int) -> PledgeRow:
    row = visit.db.execute(_rows(visit).where(col(Pledge.id) == pledge_id)).one_or_none()
    if row is None:
        raise DomainError("pledges/not_yours")
    return _read(visit, row)


def _read(visit: Visit, row: Line) -> PledgeRow:
    pledge, unit, name = row[:3]
    is_late = finding.is_overdue(visit.db, pledge, now=visit.now)
    return PledgeRow(pledge, unit, name, OVERDUE if is_late else pledge.state.value)
