"""Figures of what people reported from the grid: each one function, whose first lines are its definition.

A report belongs to the unit it is in, whoever sees to it; one of no unit is the whole's.
"""

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain.reports.counting import Scope
from db.models import GridReport


def reported(db: Session, scope: Scope) -> int:
    """Count what was reported in this time; what others said as well counts once."""
    return _counted(db, scope, scope.holds(col(GridReport.opened_at)))


def mended(db: Session, scope: Scope) -> int:
    """Count what was said to be done in this time, whenever it was reported; what was begun anew is not."""
    return _counted(db, scope, scope.holds(col(GridReport.done_at)))


def _counted(db: Session, scope: Scope, meant: ColumnElement[bool]) -> int:
    here = true() if scope.unit.parent_id is None else col(GridReport.unit_id).in_(scope.units())
    return db.execute(select(func.count()).select_from(GridReport).where(here, meant)).scalar_one()
