"""Appraisals of a public pledge: entered stage by stage by those the place has named, with the day, and shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, audit
from bot.domain.house import today
from bot.domain.pledges import finding
from bot.errors import DomainError
from content.pledges import Stage, grade_name, grades, stage_name, stages
from db.models import Person, Pledge, PledgeAppraisal, PledgeState, Role, Unit

_APPRAISED = (PledgeState.PUBLISHED, PledgeState.DONE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is entered: at which stage, the grade, the day it was given, and a word on it where there is one."""

    stage: str
    grade: str
    on: date
    words: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """An appraisal as it is shown."""

    stage: str
    grade: str
    on: date
    words: str


def stages_for(db: Session, pledge: Pledge, person: Person) -> list[str]:
    """Return the stages somebody may enter of a pledge, by key: none of their own, nor of one that is over."""
    if pledge.holder_id == person.id or pledge.state not in _APPRAISED:
        return []
    unit = db.get_one(Unit, pledge.unit_id)
    return [key for key, stage in stages().items() if _may_enter(db, stage, unit, person)]


def enter(db: Session, pledge_id: int, verdict: Verdict, *, by: Person, now: datetime) -> Pledge:
    """Enter how a pledge was appraised at a stage; what was entered there before is replaced.

    Raises :class:`DomainError` when they may not enter this stage, the grade is none, or the day is still to come or
    before the pledge was public.
    """
    pledge = finding.held(db, pledge_id)
    if verdict.stage not in stages_for(db, pledge, by) or verdict.grade not in grades():
        raise DomainError("pledges/not_yours_to_appraise")
    begun = today(db, pledge.published_at) if pledge.published_at else verdict.on
    if not begun <= verdict.on <= today(db, now):
        raise DomainError("pledges/no_day_to_appraise", begun=begun)
    here = (col(PledgeAppraisal.pledge_id) == pledge.id, col(PledgeAppraisal.stage) == verdict.stage)
    row = db.execute(select(PledgeAppraisal).where(*here)).scalar_one_or_none()
    if row is None:
        row = PledgeAppraisal(
            pledge_id=pledge.id or 0, stage=verdict.stage, grade=verdict.grade, appraised_on=verdict.on, at=now
        )
    row.grade, row.words, row.appraised_on = verdict.grade, verdict.words, verdict.on
    row.by_id, row.at = by.id, now
    db.add(row)
    db.flush()
    subject = f"pledge:{pledge.id} {stage_name(verdict.stage)} {grade_name(verdict.grade)}"
    audit.note(db, "pledges.appraise", subject, actor_id=by.id, now=now)
    return pledge


def of(db: Session, pledge: Pledge) -> Sequence[Given]:
    """Return how a pledge was appraised, in the order of the days."""
    mine = select(PledgeAppraisal).where(col(PledgeAppraisal.pledge_id) == pledge.id)
    rows = db.execute(mine.order_by(col(PledgeAppraisal.appraised_on), col(PledgeAppraisal.id))).scalars()
    return [Given(stage_name(one.stage), grade_name(one.grade), one.appraised_on, one.words) for one in rows]


def _may_enter(db: Session, stage: Stage, unit: Unit, person: Person) -> bool:
    paths = access.held(db, person, [Role(one) for one in stage.by])
    return access.is_above(paths, unit) if stage.at == "above" else any(unit.path.startswith(one) for one in paths)
