"""Whom a secretary should call: those who answered none of the reminders of a session."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, audit, notices, papers
from bot.domain.messages import Attachment, Choice
from bot.domain.papers import PaperKind
from bot.domain.persons import people
from bot.errors import DomainError
from content.words import label
from db.claims import put_if_missing
from db.models import Attendance, AttendanceState, CallItem, OutboxKind, Person, Rsvp, StudySession, Unit

SHOWN = 4
"""How many names fit into one message."""


@dataclass(frozen=True, slots=True)
class Callee:
    """Somebody to be called: the item, their name, and their number as far as it may be shown."""

    item_id: int
    name: str
    mobile: str


def put(db: Session, session: StudySession, person_ids: Sequence[int], *, now: datetime) -> None:
    """Put people on the list of a session, each once."""
    for person_id in person_ids:
        values = {"session_id": session.id, "person_id": person_id, "made_at": now}
        put_if_missing(db, CallItem, values, key=("session_id", "person_id"))


def put_silent(db: Session, session: StudySession, *, now: datetime) -> None:
    """Put everybody on the list of a session who has answered nothing so far."""
    silent = (
        col(Attendance.session_id) == session.id,
        col(Attendance.rsvp) == Rsvp.NONE,
        col(Attendance.state) == AttendanceState.EXPECTED,
    )
    rows = select(col(Attendance.person_id)).where(*silent).order_by(col(Attendance.id))
    put(db, session, list(db.execute(rows).scalars()), now=now)


def tell_secretary(db: Session, session: StudySession, *, now: datetime) -> None:
    """Tell whoever holds the session who is still to be called, if anybody is."""
    count = waiting_count(db, session)
    if not count:
        return
    notices.tell_all(
        db,
        "calls/list",
        to=access.responsible(db, access.Act.HOLD_SESSIONS, db.get_one(Unit, session.unit_id)),
        cause=f"calls:{session.id}:{session.sequence}",
        now=now,
        kind=OutboxKind.NOTICE,
        choices=choices(db, session),
        title=session.title,
        starts_at=session.starts_at,
        count=count,
    )


def choices(db: Session, session: StudySession) -> tuple[Choice, ...]:
    """Offer each of the next people to be ticked off, and their numbers; free words tick off several.

    The words are read by the places people have here: somebody else may tick them off meanwhile.
    """
    shown = waiting(db, session)
    names = tuple(
        Choice(label=f"{one.name} {one.mobile}".strip(), go="calls.called", fill={"item_id": one.item_id})
        for one in shown
    )
    fill = {"session_id": session.id, "shown": [one.item_id for one in shown]}
    numbers = Choice(label=label("call_numbers"), go="calls.numbers", fill=fill, words="called")
    return (*names, numbers) if names else ()


def ticks(session: StudySession, shown: Sequence[Callee]) -> tuple[Choice, ...]:
    """Offer each of those whose numbers were shown to be ticked off, or all of them; free words tick off several."""
    names = tuple(Choice(label=one.name, go="calls.called", fill={"item_id": one.item_id}) for one in shown)
    fill = {"session_id": session.id, "shown": [one.item_id for one in shown]}
    everybody = {**fill, "called": list(range(1, len(shown) + 1))}
    return (*names, Choice(label=label("all_called"), go="calls.numbers", fill=everybody, words="called"))


def waiting(db: Session, session: StudySession) -> list[Callee]:
    """Return the next people to be called, numbers masked."""
    rows = db.execute(
        select(CallItem, Person)
        .join(Person, col(Person.id) == col(CallItem.person_id))
        .where(*_still(session))
        .order_by(col(CallItem.id))
        .limit(SHOWN)
    ).all()
    return [Callee(item.id or 0, person.name, people.masked_mobile(db, person)) for item, person in rows]


def waiting_count(db: Session, session: StudySession) -> int:
    """Return how many are still to be called."""
    return db.execute(select(func.count()).select_from(CallItem).where(*_still(session))).scalar_one()


def _still(session: StudySession) -> tuple[ColumnElement[bool], ...]:
    """Say, within a statement, that somebody is still to be called: nobody did, and they have not answered since."""
    answered = select(col(Attendance.id)).where(
        col(Attendance.session_id) == session.id,
        col(Attendance.person_id) == col(CallItem.person_id),
        col(Attendance.rsvp) != Rsvp.NONE,
    )
    return col(CallItem.session_id) == session.id, col(CallItem.called_at).is_(None), ~exists(answered)


def with_numbers(db: Session, session: StudySession, by: Person, *, now: datetime) -> list[Callee]:
    """Return the next people to be called with their numbers in full, and write down who saw them."""
    access.insist(db, by, access.Act.SEE_PHONES, db.get_one(Unit, session.unit_id))
    found = waiting(db, session)
    for one in found:
        audit.note(db, "calls.number", f"call:{one.item_id}", actor_id=by.id, now=now)
    items = {one.item_id: db.get_one(CallItem, one.item_id).person_id for one in found}
    return [Callee(one.item_id, one.name, people.mobile(db, db.get_one(Person, items[one.item_id]))) for one in found]


def as_paper(db: Session, session: StudySession, by: Person, *, now: datetime) -> Attachment:
    """Order the whole list with its numbers as a file, for where numbers are not written, and write that down."""
    access.insist(db, by, access.Act.SEE_PHONES, db.get_one(Unit, session.unit_id))
    audit.note(db, "calls.paper", f"session {session.id}", actor_id=by.id, now=now)
    name = label("calls_file")
    return papers.order(db, PaperKind.CALL_LIST, str(session.id), name=name, to=by.id, now=now)


def called(db: Session, item_ids: Sequence[int], by: Person, *, now: datetime) -> tuple[StudySession, list[str]]:
    """Tick people off and return the session and their names; raise :class:`DomainError` when it is not theirs."""
    items = [db.get(CallItem, one) for one in item_ids]
    first = items[0] if items else None
    session = db.get(StudySession, first.session_id) if first and first.session_id else None
    if session is None:
        raise DomainError("calls/none")
    access.insist(db, by, access.Act.HOLD_SESSIONS, db.get_one(Unit, session.unit_id))
    names: list[str] = []
    for item in items:
        if item is None or item.session_id != session.id:
            continue
        if item.called_at is None:
            item.called_at, item.called_by = now, by.id
            db.add(item)
            audit.note(db, "calls.called", f"call:{item.id}", actor_id=by.id, now=now)
        names.append(db.get_one(Person, item.person_id).name)
    db.flush()
    return session, names
