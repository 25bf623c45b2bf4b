"""Figures of visits to households: each one function, whose first lines are its definition.

A visit belongs to the unit whose household it was when it was paid.
"""

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain.reports.counting import Scope
from db.models import Visit


def visits_paid(db: Session, scope: Scope) -> int:
    """Visits to households that were written down for this time; one household on two days counts twice."""
    return db.execute(select(func.count()).select_from(Visit).where(*_paid(scope))).scalar_one()


def households(db: Session, scope: Scope) -> int:
    """How many different households were visited, those left out that are deleted since."""
    different = func.count(col(Visit.household_id).distinct())
    return db.execute(select(different).where(*_paid(scope))).scalar_one()


def _paid(scope: Scope) -> tuple[ColumnElement[bool], ...]:
    return (col(Visit.unit_id).in_(scope.units()), scope.holds(col(Visit.visited_at)))
