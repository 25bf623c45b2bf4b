"""The lines of a matter that stand: read by whatever tells of it, decides about it or plans after it."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from content import matters as told
from content.matters import Step
from db.models import Matter, MatterStep

_DAY = timedelta(days=1)


def standing(db: Session, matter_id: int) -> list[MatterStep]:
    """Return the steps of a matter that stand, in the order of the table."""
    return standing_of(db, [matter_id])[matter_id]


def standing_of(db: Session, matter_ids: Sequence[int]) -> Mapping[int, list[MatterStep]]:
    """Return the steps that stand of several matters, each in the order of the table."""
    rows = select(MatterStep).where(col(MatterStep.matter_id).in_(matter_ids), col(MatterStep.ended_at).is_(None))
    order = {one.key: place for place, one in enumerate(told.steps())}
    found: dict[int, list[MatterStep]] = {one: [] for one in matter_ids}
    lines = db.execute(rows.order_by(col(MatterStep.id))).scalars()
    for line in sorted(lines, key=lambda one: order.get(one.step, -1)):
        found[line.matter_id].append(line)
    return found


def next_step(db: Session, matter: Matter) -> Step | None:
    """Return which step a matter takes next, ``None`` when all are done."""
    done = {one.step for one in standing(db, matter.id or 0)}
    return next((one for one in told.steps() if one.key not in done), None)


def last_day(line: MatterStep) -> date | None:
    """Return the last day a step hangs out, ``None`` where it does not."""
    return line.held_on + (line.days - 1) * _DAY if line.days else None
