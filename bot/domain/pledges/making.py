"""A pledge is made: public at once, or shown to those above first; one that came back is written anew."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from bot.domain import access, audit
from bot.domain.access import Act
from bot.domain.house import today
from bot.domain.pledges import judging, keeping
from bot.errors import DomainError
from db.models import Person, Pledge, PledgeState, Unit


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised: one sentence, and by which day."""

    words: str
    due_on: date


def make(db: Session, promise: Promise, unit: Unit, *, by: Person, is_reviewed: bool, now: datetime) -> Pledge:
    """Make a pledge for a unit somebody is secretary of: public at once, unless it ``is_reviewed`` first.

    Raises :class:`DomainError` when they are not, the day is over, or nobody above can be asked.
    """
    access.insist(db, by, Act.MAKE_PLEDGES, unit)
    _insist_on_time(db, promise, now)
    pledge = Pledge(
        unit_id=unit.id or 0,
        holder_id=by.id or 0,
        words=promise.words,
        due_on=promise.due_on,
        state=PledgeState.WAITING,
        made_at=now,
    )
    db.add(pledge)
    db.flush()
    if is_reviewed:
        judging.send(db, pledge, by=by, now=now)
    else:
        judging.publish(db, pledge, by=by, now=now)
    audit.note(db, "pledges.send" if is_reviewed else "pledges.publish", f"pledge:{pledge.id}", actor_id=by.id, now=now)
    return pledge


def rewrite(db: Session, pledge_id: int, promise: Promise, *, by: Person, now: datetime) -> Pledge:
    """Say a pledge that came back in other words, and show it to those above again.

    Raises :class:`DomainError` when it is not theirs or did not come back, or the day is over.
    """
    pledge = keeping.for_keeper(db, pledge_id, by, PledgeState.RETURNED)
    _insist_on_time(db, promise, now)
    pledge.words, pledge.due_on = promise.words, promise.due_on
    judging.send(db, pledge, by=by, now=now)
    audit.note(db, "pledges.send", f"pledge:{pledge.id}", actor_id=by.id, now=now)
    return pledge


def _insist_on_time(db: Session, promise: Promise, now: datetime) -> None:
    if promise.due_on < today(db, now):
        raise DomainError("pledges/day_is_past")
