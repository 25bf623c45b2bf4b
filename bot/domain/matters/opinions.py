"""What villagers say of a matter while its notice hangs out: a case for who sees to it, answered as any other."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import cases
from bot.domain.cases import Asking, Opened
from bot.domain.house import today
from bot.errors import DomainError
from content.words import label
from db.models import Address, Case, CaseState, Matter, MatterState, Person, Unit


def is_open(db: Session, matter: Matter, *, now: datetime) -> bool:
    """Tell whether a notice of a matter hangs out, so that something may be said to it."""
    day = today(db, now)
    is_out = matter.published_at is not None and matter.state is not MatterState.DROPPED
    return is_out and matter.public_until is not None and matter.public_until >= day


def give(db: Session, matter: Matter, words: str, *, by: Person, at: Address, now: datetime) -> Opened:
    """Hand what somebody thinks of a matter to who sees to it; raise :class:`DomainError` when no notice hangs out."""
    if not is_open(db, matter, now=now):
        raise DomainError("matters/not_hung_out", title=matter.title)
    question = label("opinion_on").format(title=matter.title, words=words)
    unit = db.get_one(Unit, matter.unit_id)
    asking = Asking(by, at, question, unit, matter_id=matter.id, for_id=matter.holder_id)
    return cases.hand_off(db, asking, now=now)


def counts(db: Session, matter: Matter) -> tuple[int, int]:
    """Return how many opinions there are of a matter, and how many of them wait for an answer."""
    about = select(func.count()).where(col(Case.matter_id) == matter.id)
    both = (about, about.where(col(Case.state) == CaseState.OPEN))
    asked, waiting = (db.execute(one).scalar_one() for one in both)
    return asked, waiting
