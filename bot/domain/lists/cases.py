"""Questions that people were asked to answer, within the reach of whoever looks."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import cases, units
from bot.domain.access import Act
from bot.domain.console.visiting import Visit
from bot.domain.lists.listing import Line, Listing, Order
from bot.errors import DomainError
from db.models import Case, CaseState, Person, Unit

_LOOKED_THROUGH = 5000
"""How many of the newest are looked through for a word: such a look goes from one to the next."""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A question in a list."""

    case: Case
    number: str
    unit: str
    answerer: str


def listing(visit: Visit, filters: dict[str, str]) -> Listing[CaseRow]:
    """Return the questions somebody may answer; ``state`` and ``text`` narrow them down."""
    rows = select(Case, col(Unit.name), col(Person.name)).outerjoin(Unit, col(Unit.id) == col(Case.unit_id))
    rows = rows.outerjoin(Person, col(Person.id) == col(Case.answered_by)).where(_within(visit))
    state = filters.get("state", "")
    if state in set(CaseState):
        rows = rows.where(col(Case.state) == CaseState(state))
    text = filters.get("text", "").strip()
    if text:
        newest = select(func.max(col(Case.id)) - _LOOKED_THROUGH).scalar_subquery()
        rows = rows.where(col(Case.id) > newest, col(Case.question).contains(text, autoescape=True))
    return Listing(rows, {"id": Order(col(Case.id), col(Case.id), falls=True)}, _read)


def found(visit: Visit, case_id: int) -> Case:
    """Return a question, whatever became of it; raise :class:`DomainError` when it is not theirs to see."""
    mine = select(Case).outerjoin(Unit, col(Unit.id) == col(Case.unit_id)).where(col(Case.id) == case_id)
    case = visit.db.execute(mine.where(_within(visit))).scalar_one_or_none()
    if case is None:
        raise DomainError("cases/not_yours")
    return case


def _within(visit: Visit) -> ColumnElement[bool]:
    paths = visit.reach(Act.ANSWER_CASES)
    top = units.root(visit.db)
    if top is not None and top.path in paths:
        return true()
    return units.in_subtrees(paths)


def _read(_db: Session, rows: Sequence[Line]) -> Sequence[CaseRow]:
    return [CaseRow(row[0], cases.number(row[0]), row[1] or "", row[2] or "") for row in rows]
