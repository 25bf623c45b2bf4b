"""A matter begins and goes on: each step in its order, on a day that can be, with the numbers it needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, audit, files
from bot.domain.access import Act
from bot.domain.house import today
from bot.domain.matters import deadlines, keeping, quorum, spreading
from bot.domain.matters.lines import last_day, next_step, standing
from bot.domain.matters.quorum import Finding
from bot.errors import DomainError
from content import matters as told
from content.matters import Step
from db.models import Matter, MatterState, MatterStep, Person, StoredFile, Unit

_MOST_DAYS = 90


@dataclass(frozen=True, slots=True)
class Held:
    """A step as it was held: on which day, with which numbers, in which words it is made public, with what proof.

    ``days`` is how long it hangs out, where that is not what its table says.
    """

    step: str
    held_on: date
    counts: Mapping[str, int] = field(default_factory=dict[str, int])
    words: str = ""
    days: int = 0
    files: Sequence[StoredFile] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a matter is: where, what it is called, of which kind, what it costs (fen), when it was first proposed."""

    unit: Unit
    title: str
    kind: str
    amount: int
    proposed_on: date


def begin(db: Session, proposal: Proposal, *, by: Person, now: datetime) -> Matter:
    """Begin a matter with its first step.

    Raises :class:`DomainError` when it is not theirs, one of that name goes on already, or the day is to come.
    """
    access.insist(db, by, Act.KEEP_MATTERS, proposal.unit)
    here = (col(Matter.unit_id) == proposal.unit.id, col(Matter.state) == MatterState.ONGOING)
    same = select(func.count()).where(*here, col(Matter.title) == proposal.title)
    if db.execute(same).scalar_one():
        raise DomainError("matters/same_title", title=proposal.title)
    matter = Matter(
        unit_id=proposal.unit.id or 0,
        title=proposal.title,
        kind=proposal.kind,
        amount=proposal.amount,
        holder_id=by.id,
        created_by=by.id,
        opened_at=now,
        stepped_at=now,
    )
    db.add(matter)
    db.flush()
    audit.note(db, "matters.begin", f"matter:{matter.id}", actor_id=by.id, now=now)
    return record(db, matter.id or 0, Held(told.steps()[0].key, proposal.proposed_on), by=by, now=now)


def record(db: Session, matter_id: int, held: Held, *, by: Person, now: datetime) -> Matter:
    """Write down the next step of a matter; who follows it hears of a step that is made public.

    Raises :class:`DomainError` when it is not theirs or over, when that step is not the next one, when its numbers are
    not enough or its day cannot be: then nothing is changed.
    """
    matter = keeping.ongoing(db, matter_id, by)
    step = next_step(db, matter)
    if step is None or step.key != held.step:
        raise DomainError("matters/not_next", step=told.step(held.step).name, next=step.name if step else "")
    insist_on_numbers(step, held.counts)
    line = MatterStep(
        matter_id=matter_id,
        step=held.step,
        held_on=held.held_on,
        expected=held.counts.get("expected") if step.attend else None,
        present=held.counts.get("present") if step.attend else None,
        agreed=held.counts.get("agreed") if step.attend else None,
        days=min(held.days or step.days, _MOST_DAYS) if step.is_public else 0,
        words=held.words,
        files=[one.id for one in held.files],
        by_id=by.id,
        at=now,
    )
    insist_on_days([*standing(db, matter_id), line], today(db, now))
    db.add(line)
    db.flush()
    files.pass_on(db, held.files)
    audit.note(db, "matters.step", f"matter:{matter_id} {step.name}", actor_id=by.id, now=now)
    settle(db, matter, now=now)
    if step.is_public:
        spreading.plan(db, line, "step", now=now)
    return matter


def settle(db: Session, matter: Matter, *, now: datetime) -> None:
    """Bring a matter in line with the steps that stand, and plan what is due after them."""
    lines = standing(db, matter.id or 0)
    shown = [one for one in lines if told.step(one.step).is_public]
    last = lines[-1] if lines else None
    matter.step = last.step if last else ""
    matter.public_until = last_day(last) if last else None
    matter.published_at = (matter.published_at or now) if shown else None
    is_done = next_step(db, matter) is None
    matter.state = MatterState.DONE if is_done else MatterState.ONGOING
    matter.closed_at = now if is_done else None
    matter.stepped_at, matter.run = now, matter.run + 1
    db.add(matter)
    db.flush()
    deadlines.plan(db, matter, now=now)


def insist_on_numbers(step: Step, counts: Mapping[str, int]) -> None:
    """Refuse numbers that are not enough for a step, or are none, with a :class:`DomainError`."""
    judged = quorum.judge(step, counts)
    if judged.finding in {Finding.UNSAID, Finding.IMPOSSIBLE}:
        raise DomainError("matters/impossible_numbers")
    if judged.finding is not Finding.PASSED:
        came = judged.finding is Finding.TOO_FEW_CAME
        share = judged.share.words if judged.share else ""
        raise DomainError("matters/no_quorum", came=came, share=share, needs=judged.needs)


def insist_on_days(lines: Sequence[MatterStep], day: date) -> None:
    """Refuse days that are to come, or not in the order of the steps, with a :class:`DomainError`.

    What hangs out does so to the end before the next step.
    """
    if any(one.held_on > day for one in lines):
        raise DomainError("matters/day_to_come")
    for before, after in pairwise(lines):
        until = last_day(before)
        if after.held_on < before.held_on:
            raise DomainError("matters/day_before", step=told.step(before.step).name, day=before.held_on)
        if until and after.held_on <= until:
            raise DomainError("matters/still_public", step=told.step(before.step).public, until=until)
