"""How a matter is told: to who keeps it in full, to villagers as far as it is public."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from bot.domain.files import rows
from bot.domain.house import today
from bot.domain.matters import opinions
from bot.domain.matters.lines import last_day, next_step, standing
from bot.domain.messages import Attachment, Choice
from content import matters as told
from content.matters import Step
from content.words import label
from db.models import FileState, Matter, MatterState, MatterStep

_MOST_FILES = 3


@dataclass(frozen=True, slots=True)
class Hanging:
    """How long a notice hangs out: which day of how many it is, and which is the last; day 0 when it does no more."""

    called: str
    day: int
    days: int
    until: date


def hanging(line: MatterStep, day: date) -> Hanging | None:
    """Return how long a step hangs out on a day, ``None`` where it is none that does."""
    until = last_day(line)
    if until is None:
        return None
    number = (day - line.held_on).days + 1
    return Hanging(told.step(line.step).public, number if day <= until else 0, line.days, until)


def state(db: Session, matter: Matter, *, now: datetime) -> dict[str, object]:
    """Return what villagers are told of a matter: its last step, what hangs out, what is next."""
    last = standing(db, matter.id or 0)[-1]
    return {
        "title": matter.title,
        "state": matter.state.value,
        "step": told.step(last.step).name,
        "day": last.held_on,
        "words": last.words,
        "hangs": hanging(last, today(db, now)),
        "next": next_name(db, matter),
        "reason": matter.reason,
        "may_speak": opinions.is_open(db, matter, now=now),
    }


def lines(found: Sequence[MatterStep]) -> list[str]:
    """Return steps on a line each, the oldest first: the day, what it was, who came and agreed."""
    return [f"{_day(one.held_on)} {told.step(one.step).name}{numbers(one)}" for one in found]


def numbers(line: MatterStep) -> str:
    """Return the numbers of a step in words, nothing where it has none."""
    if line.expected is None:
        return ""
    words = label("matter_numbers").format(expected=line.expected, present=line.present)
    return words if line.agreed is None else words + label("matter_agreed").format(agreed=line.agreed)


def proofs(db: Session, line: MatterStep) -> tuple[Attachment, ...]:
    """Return what was kept with a step as what goes along with a message, a few at the most."""
    kept = [one for one in rows(db, line.files) if one.state is not FileState.LOST]
    return tuple(Attachment(kind=one.kind.value, file_id=one.id or 0, name=one.name) for one in kept[:_MOST_FILES])


def next_name(db: Session, matter: Matter) -> str:
    """Return what the next step of a matter is called, nothing when there is none."""
    step = _next(db, matter)
    return step.name if step else ""


def to_do(db: Session, matter: Matter) -> tuple[Choice, ...]:
    """Offer what who keeps a matter may do next."""
    fill = {"matter_id": matter.id}
    look = Choice(label=label("look_at_matter"), go="matters.look", fill=fill)
    if not next_name(db, matter):
        return (look,)
    return (Choice(label=label("next_step"), go="matters.record", fill=fill), look)


def _next(db: Session, matter: Matter) -> Step | None:
    return next_step(db, matter) if matter.state is MatterState.ONGOING else None


def _day(day: date) -> str:
    return label("matter_day").format(month=day.month, day=day.day)
