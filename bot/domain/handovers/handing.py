"""Hands over somebody's open work to a successor, with a sheet of what it was, and takes it back within a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, agenda, audit, cases, notices, papers
from bot.domain.access import Act
from bot.domain.handovers.kinds import Kind, kinds
from bot.domain.messages import Attachment, Choice
from bot.domain.outgoing import outbox
from bot.domain.papers import PaperKind
from bot.domain.persons import people
from bot.errors import DomainError
from content.words import label
from db.claims import changed, table_of
from db.models import Case, Grant, Handover, Person, Unit

UNDONE_WITHIN = timedelta(hours=24)
"""How long a handover may be taken back."""


@dataclass(frozen=True, slots=True)
class Open:
    """How much of one kind is open, and what that kind is called."""

    called: str
    count: int


def counted(db: Session, person: Person) -> list[Open]:
    """Return how much of each kind somebody has open, without the kinds of which there is nothing."""
    found = [Open(kind.called, len(kind.ids(db, person.id or 0))) for kind in kinds()]
    return [one for one in found if one.count]


def insist(db: Session, giver: Person, successor: Person, *, by: Person) -> None:
    """Refuse a handover that may not be with a :class:`DomainError`.

    Somebody hands over their own work, or whoever gives roles above them does; the successor is another who may answer
    wherever the giver has a role.
    """
    places = _places(db, giver)
    if by.id != giver.id and not (places and all(access.may(db, by, Act.GRANT_ROLES, one) for one in places)):
        raise DomainError("access/not_yours")
    if giver.id == successor.id:
        raise DomainError("handovers/to_yourself")
    missing = next((one for one in places if not access.may(db, successor, Act.ANSWER_CASES, one)), None)
    if missing is not None or not places:
        raise DomainError("handovers/no_role", name=successor.name, unit=missing.name if missing else "")


def hand_over(db: Session, giver: Person, successor: Person, *, by: Person, now: datetime) -> Handover:
    """Give all that somebody has open to another, at once; both are told, with the sheet.

    Raises :class:`DomainError` when it may not be, or there is nothing open.
    """
    insist(db, giver, successor, by=by)
    moved = {kind.name: kind.ids(db, giver.id or 0) for kind in kinds()}
    if not any(moved.values()):
        raise DomainError("handovers/nothing_open", name=giver.name)
    done = Handover(
        from_id=giver.id or 0,
        to_id=successor.id or 0,
        by_id=by.id or 0,
        moved=moved,
        lines=[line for kind in kinds() for line in _lines(db, kind, moved[kind.name])],
        made_at=now,
    )
    db.add(done)
    db.flush()
    for kind in kinds():
        _move(db, kind, moved[kind.name], giver.id, successor.id)
    _pass_on_cases(db, moved["cases"], giver, successor, now=now)
    _note(db, "handovers.make", done, by=by, now=now)
    for person_id in {giver.id or 0, successor.id or 0} - {by.id}:
        _tell(db, "handovers/done_for_you", done, person_id, now=now, files=(sheet(db, done, to=person_id, now=now),))
    return done


def undo(db: Session, handover_id: int, *, by: Person, now: datetime) -> int:
    """Take a handover back; return how much came back: what the successor has given on or finished stays as it is.

    Raises :class:`DomainError` when it is not theirs to take back, was taken back, or was made more than a day ago.
    """
    done = db.execute(select(Handover).where(col(Handover.id) == handover_id).with_for_update()).scalar_one_or_none()
    if done is None or by.id not in {done.by_id, done.from_id}:
        raise DomainError("access/not_yours")
    if done.undone_at is not None or now - done.made_at > UNDONE_WITHIN:
        raise DomainError("handovers/too_late")
    back = {kind.name: _still_theirs(db, kind, done) for kind in kinds()}
    for kind in kinds():
        _move(db, kind, back[kind.name], done.to_id, done.from_id)
    giver, successor = people.by_id(db, done.from_id), people.by_id(db, done.to_id)
    _pass_on_cases(db, back["cases"], successor, giver, now=now)
    done.undone_at, done.undone_by = now, by.id
    db.add(done)
    _note(db, "handovers.undo", done, by=by, now=now)
    for person_id in {done.from_id, done.to_id} - {by.id or 0}:
        _tell(db, "handovers/undone_for_you", done, person_id, now=now)
    return sum(map(len, back.values()))


def last(db: Session, person: Person, *, now: datetime) -> Handover | None:
    """Return the newest handover somebody may still take back, if there is one."""
    mine = (col(Handover.by_id) == person.id) | (col(Handover.from_id) == person.id)
    recent = (col(Handover.undone_at).is_(None), col(Handover.made_at) >= now - UNDONE_WITHIN)
    found = select(Handover).where(mine, *recent).order_by(col(Handover.id).desc()).limit(1)
    return db.execute(found).scalars().first()


def sheet(db: Session, done: Handover, *, to: int, now: datetime) -> Attachment:
    """Order the sheet of a handover for one of those it concerns."""
    return papers.order(db, PaperKind.HANDOVER, str(done.id), name=label("handover_file"), to=to, now=now)


def to_undo(done: Handover) -> Choice:
    """Return what takes a handover back."""
    return Choice(label=label("undo_handover"), go="handovers.undo", fill={"handover_id": done.id})


def _places(db: Session, person: Person) -> Sequence[Unit]:
    held = select(Unit).join(Grant, col(Grant.unit_id) == col(Unit.id)).where(col(Grant.person_id) == person.id)
    return db.execute(held.order_by(col(Unit.path)).distinct()).scalars().all()


def _lines(db: Session, kind: Kind, ids: Sequence[int]) -> list[Mapping[str, str]]:
    rows = db.execute(select(kind.model).where(table_of(kind.model).c.id.in_(ids))).scalars()
    described = [kind.describe(row) for row in rows]
    return [{"kind": kind.called, "what": what, "when": when.isoformat() if when else ""} for what, when in described]


def _move(db: Session, kind: Kind, ids: Sequence[int], giver_id: int | None, successor_id: int | None) -> None:
    table = table_of(kind.model)
    theirs = (table.c.id.in_(ids), table.c[kind.column] == giver_id)
    changed(db, update(table).where(*theirs).values({kind.column: successor_id}))
    db.expire_all()


def _still_theirs(db: Session, kind: Kind, done: Handover) -> list[int]:
    return sorted(set(done.moved.get(kind.name, ())) & set(kind.ids(db, done.to_id)))


def _pass_on_cases(db: Session, ids: Sequence[int], giver: Person, successor: Person, *, now: datetime) -> None:
    """Remind the giver of none of these any more, and give them to the successor as if they were new."""
    for case_id in ids:
        case = db.get_one(Case, case_id)
        agenda.withdraw(db, f"{cases.waiting(case)}{giver.id}:", now=now)
        outbox.cancel(db, f"{cases.waiting(case)}{giver.id}:", now=now, reason="handed over")
        cases.give(db, case, successor.id or 0, now=now)


def _note(db: Session, act: str, done: Handover, *, by: Person, now: datetime) -> None:
    subject = f"handover:{done.id} person:{done.from_id} to person:{done.to_id}"
    audit.note(db, act, subject, actor_id=by.id, now=now)


def _tell(
    db: Session, template: str, done: Handover, to: int, *, now: datetime, files: tuple[Attachment, ...] = ()
) -> None:
    notices.tell(
        db,
        template,
        to=to,
        cause=f"handover:{done.id}:{template.rpartition('/')[2]}:{to}",
        now=now,
        attachments=files,
        giver=people.by_id(db, done.from_id).name,
        successor=people.by_id(db, done.to_id).name,
        count=len(done.lines),
    )
