"""What became of a pledge, line by line: written with each step, and what anybody may read of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from db.models import Person, Pledge, PledgeBecame, PledgeLine, StoredFile

TOLD = (PledgeBecame.PROGRESS, PledgeBecame.DONE)
"""Lines that say how far a pledge is."""


@dataclass(frozen=True, slots=True)
class Step:
    """A line as it is read: what became of it, when, by whom, in which words, with which photos."""

    became: PledgeBecame
    at: datetime
    actor: str
    words: str
    files: Sequence[int]


def note(  # one row
    db: Session,
    pledge: Pledge,
    became: PledgeBecame,
    *,
    by: Person,
    now: datetime,
    words: str = "",
    photos: Sequence[StoredFile] = (),
) -> None:
    """Write one line."""
    ids = [one.id for one in photos]
    line = PledgeLine(pledge_id=pledge.id or 0, became=became, actor_id=by.id, words=words, files=ids, at=now)
    db.add(line)
    db.flush()


def of(db: Session, pledge: Pledge) -> Sequence[Step]:
    """Return everything that became of a pledge, the oldest first."""
    rows = select(PledgeLine, col(Person.name)).outerjoin(Person, col(Person.id) == col(PledgeLine.actor_id))
    found = db.execute(rows.where(col(PledgeLine.pledge_id) == pledge.id).order_by(col(PledgeLine.id)))
    return [Step(one.became, one.at, actor or "", one.words, one.files) for one, actor in found]


def last_told(db: Session, pledge: Pledge) -> PledgeLine | None:
    """Return what was said last of how far a pledge is, if anything was."""
    told = (col(PledgeLine.pledge_id) == pledge.id, col(PledgeLine.became).in_(TOLD))
    return db.execute(select(PledgeLine).where(*told).order_by(col(PledgeLine.id).desc()).limit(1)).scalar_one_or_none()


def touched_since(db: Session, pledge_ids: Sequence[int], since: datetime) -> frozenset[int]:
    """Return of which of these pledges something became known since then, by id."""
    lately = (col(PledgeLine.pledge_id).in_(pledge_ids), col(PledgeLine.at) >= since)
    return frozenset(db.execute(select(col(PledgeLine.pledge_id)).where(*lately)).scalars())
