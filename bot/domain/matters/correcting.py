"""What was written down wrongly is put right: the wrong line ends and stays, with who ended it and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import audit, files
from bot.domain.house import today
from bot.domain.matters import keeping, spreading, stepping
from bot.domain.matters.lines import standing
from bot.errors import DomainError
from content import matters as told
from db.models import Matter, MatterState, MatterStep, Person, StoredFile

_COUNTED = ("expected", "present", "agreed")


@dataclass(frozen=True, slots=True)
class Right:
    """What is right instead of what was written down; what is not given stays as it was."""

    held_on: date | None = None
    counts: Mapping[str, int] | None = None
    words: str | None = None


def amend(db: Session, line_id: int, right: Right, *, reason: str, by: Person, now: datetime) -> Matter:
    """Put another line in the place of one that is wrong.

    Raises :class:`DomainError` when it is not theirs, stands no more, or what is said instead cannot be.
    """
    matter, line = _held(db, line_id, by)
    if matter.state is MatterState.DROPPED:
        raise DomainError("matters/is_over", title=matter.title)
    step, anew = told.step(line.step), _anew(line, right, by=by, now=now)
    others = standing(db, line.matter_id)
    stepping.insist_on_days([anew if one.id == line.id else one for one in others], today(db, now))
    _end(db, line, reason, by=by, now=now)
    db.add(anew)
    db.flush()
    audit.note(db, "matters.correct", f"matter:{matter.id} {step.name}", actor_id=by.id, now=now)
    stepping.settle(db, matter, now=now)
    if step.is_public:
        spreading.plan(db, anew, "corrected", now=now)
    return matter


def withdraw(db: Session, line_id: int, *, reason: str, by: Person, now: datetime) -> Matter:
    """Take the last step of a matter back, as if it had not been taken yet.

    Raises :class:`DomainError` when it is not theirs, or steps stand that came after it.
    """
    matter, line = _held(db, line_id, by)
    if standing(db, line.matter_id)[-1].id != line.id or matter.state is MatterState.DROPPED:
        raise DomainError("matters/not_the_last", step=told.step(line.step).name)
    _end(db, line, reason, by=by, now=now)
    audit.note(db, "matters.withdraw", f"matter:{matter.id} {told.step(line.step).name}", actor_id=by.id, now=now)
    stepping.settle(db, matter, now=now)
    if told.step(line.step).is_public:
        spreading.plan(db, line, "withdrawn", now=now)
    return matter


def add_proofs(db: Session, line_id: int, sent: Sequence[StoredFile], *, by: Person, now: datetime) -> Matter:
    """Keep photos or files with a step; raise :class:`DomainError` when it is not theirs."""
    matter, line = _held(db, line_id, by)
    line.files = [*line.files, *(one.id for one in sent)]
    db.add(line)
    files.pass_on(db, sent)
    audit.note(db, "matters.proof", f"matter:{matter.id} {told.step(line.step).name}", actor_id=by.id, now=now)
    return matter


def drop(db: Session, matter_id: int, reason: str, *, by: Person, now: datetime) -> Matter:
    """Give a matter up, with a reason; raise :class:`DomainError` when it is over or not theirs."""
    matter = keeping.ongoing(db, matter_id, by)
    return _turn(db, matter, MatterState.DROPPED, reason, by=by, now=now)


def resume(db: Session, matter_id: int, *, by: Person, now: datetime) -> Matter:
    """Let a matter go on that was given up; raise :class:`DomainError` when it was not, or is not theirs."""
    matter = keeping.held(db, matter_id, by)
    if matter.state is not MatterState.DROPPED:
        raise DomainError("matters/not_dropped", title=matter.title)
    return _turn(db, matter, MatterState.ONGOING, "", by=by, now=now)


def history(db: Session, matter_id: int) -> Sequence[tuple[MatterStep, str, str]]:
    """Return every line there ever was of a matter, with who wrote it down and who ended it, in their order."""
    rows = select(MatterStep).where(col(MatterStep.matter_id) == matter_id).order_by(col(MatterStep.id))
    return [(one, _name(db, one.by_id), _name(db, one.ended_by)) for one in db.execute(rows).scalars()]


def _turn(db: Session, matter: Matter, state: MatterState, reason: str, *, by: Person, now: datetime) -> Matter:
    lines = standing(db, matter.id or 0)
    act = "drop" if state is MatterState.DROPPED else "resume"
    audit.note(db, f"matters.{act}", f"matter:{matter.id}", actor_id=by.id, now=now)
    if state is MatterState.ONGOING:
        matter.reason = reason
        stepping.settle(db, matter, now=now)
    else:
        matter.state, matter.reason, matter.closed_at, matter.run = state, reason, now, matter.run + 1
        db.add(matter)
    if matter.published_at is not None and lines:
        spreading.plan(db, lines[-1], "dropped" if act == "drop" else "resumed", now=now)
    return matter


def _anew(line: MatterStep, right: Right, *, by: Person, now: datetime) -> MatterStep:
    """Return a line that says what is right; refuse numbers that are not enough."""
    step = told.step(line.step)
    said = {name: value for name in _COUNTED if (value := getattr(line, name)) is not None}
    counts = {**said, **(right.counts or {})} if step.attend else {}
    stepping.insist_on_numbers(step, counts)
    return MatterStep(
        matter_id=line.matter_id,
        step=line.step,
        held_on=right.held_on or line.held_on,
        expected=counts.get("expected"),
        present=counts.get("present"),
        agreed=counts.get("agreed"),
        days=line.days,
        words=line.words if right.words is None else right.words,
        files=list(line.files),
        by_id=by.id,
        at=now,
        replaces_id=line.id,
    )


def _held(db: Session, line_id: int, by: Person) -> tuple[Matter, MatterStep]:
    line = db.get(MatterStep, line_id)
    if line is None:
        raise DomainError("matters/not_yours")
    matter = keeping.held(db, line.matter_id, by)
    db.refresh(line)
    if line.ended_at is not None:
        raise DomainError("matters/stands_no_more", step=told.step(line.step).name)
    return matter, line


def _end(db: Session, line: MatterStep, reason: str, *, by: Person, now: datetime) -> None:
    line.ended_at, line.ended_by, line.reason = now, by.id, reason
    db.add(line)
    db.flush()


def _name(db: Session, person_id: int | None) -> str:
    person = db.get(Person, person_id) if person_id else None
    return person.name if person else ""
