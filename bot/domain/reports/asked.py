"""Figures of what people asked: each one function, whose first lines are its definition.

Questions are known by person and words, not by turns: who is offered three entries, picks one, finds it no help and
is passed on to a cadre has asked one question. Who was erased has asked nothing any more.
"""

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import notices
from bot.domain.house import house_of
from bot.domain.questions import Outcome
from bot.domain.reports.counting import Scope
from db.models import Address, Case, CaseState, Person, Question

PATIENCE_DAYS = 2
"""Working days after which a case that nobody has answered is overdue."""

_SHORTEST_WAIT = timedelta(days=PATIENCE_DAYS)


def questions(db: Session, scope: Scope) -> int:
    """Questions that were put: the same words by the same person count once, whatever became of them."""
    return _asked(db, scope, true())


def handed_off(db: Session, scope: Scope) -> int:
    """Those of the questions that were passed on to a cadre."""
    return _asked(db, scope, col(Question.outcome) == Outcome.HANDED_OFF.value)


def answered(db: Session, scope: Scope) -> int:
    """Cases a cadre answered in this time, whenever they were opened."""
    count = select(func.count()).select_from(Case)
    return db.execute(count.where(scope.answers_for(), scope.holds(col(Case.answered_at)))).scalar_one()


def waiting(db: Session, scope: Scope) -> int:
    """Cases that nobody had answered at the end of this time."""
    count = select(func.count()).select_from(Case)
    return db.execute(count.where(scope.answers_for(), open_at_end(scope))).scalar_one()


def overdue(db: Session, scope: Scope) -> int:
    """Those of them that were opened two working days (Monday to Friday) before the end of this time, or earlier."""
    long_enough = col(Case.opened_at) <= scope.until - _SHORTEST_WAIT
    opened = select(col(Case.opened_at)).where(scope.answers_for(), open_at_end(scope), long_enough)
    zone = house_of(db).zone
    due = (notices.working_days_later(one, PATIENCE_DAYS, zone) for one in db.execute(opened).scalars())
    return sum(one <= scope.until for one in due)


def open_at_end(scope: Scope) -> ColumnElement[bool]:
    """Say, within a statement, that a case was open when the time ended; one closed without an answer never was."""
    still = and_(col(Case.answered_at).is_(None), col(Case.state) == CaseState.OPEN)
    return and_(col(Case.opened_at) < scope.until, or_(still, col(Case.answered_at) >= scope.until))


def _asked(db: Session, scope: Scope, meant: ColumnElement[bool]) -> int:
    asked = select(col(Person.id), col(Question.text)).select_from(Question)
    asked = asked.join(Address, col(Address.id) == col(Question.address_id))
    asked = asked.join(Person, col(Person.id) == col(Address.person_id))
    once = asked.where(scope.holds(col(Question.asked_at)), scope.belongs(), meant).distinct().subquery()
    return db.execute(select(func.count()).select_from(once)).scalar_one()
