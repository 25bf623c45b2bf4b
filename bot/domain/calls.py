"""Whom a cadre should call: who answered none of a session's reminders, or has not heard what became of something.

Who is shown the news when they come, or answers, is on the list no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, audit, notices, occasions, papers
from bot.domain.messages import Attachment, Choice
from bot.domain.papers import PaperKind
from bot.domain.persons import people
from bot.errors import DomainError
from content.words import label
from db.claims import put_if_missing, table_of
from db.models import (
    Attendance,
    AttendanceState,
    CallItem,
    News,
    Occasion,
    OccasionState,
    OutboxKind,
    OutboxRow,
    OutboxState,
    Person,
    Rsvp,
    StudySession,
    Unit,
)

SHOWN = 4
"""How many names fit into one message."""

_ITEM = table_of(CallItem)


@dataclass(frozen=True, slots=True)
class Callee:
    """Somebody to be called: the item, their name, their number as far as it may be shown, and what they do not know.

    Without ``news`` they have answered nothing.
    """

    item_id: int
    person_id: int
    name: str
    mobile: str
    news: News | None = None

    @property
    def why(self) -> str:
        """Return in words what they have not heard, or nothing."""
        if self.news is None:
            return ""
        return label("not_heard_moved") if self.news is News.MOVED else label("not_heard_cancelled")


def put(db: Session, session: StudySession, person_ids: Sequence[int], *, now: datetime) -> None:
    """Put people on the list of a session, each once."""
    for person_id in person_ids:
        values = {"session_id": session.id, "person_id": person_id, "made_at": now}
        put_if_missing(db, CallItem, values, key=("session_id", "person_id"))


def put_unheard(
    db: Session, occasion: Occasion, person_id: int, news: News, *, now: datetime, outbox_id: int | None = None
) -> None:
    """Put somebody on the list who has not heard the news of something; who was called about older news, once more.

    ``outbox_id`` is the message they are shown when they come, if there is one.
    """
    mine = {**occasions.named(occasion), "person_id": person_id}
    put_if_missing(db, CallItem, {**mine, "made_at": now}, key=tuple(mine))
    is_theirs = (_ITEM.c[name] == value for name, value in mine.items())
    is_other = or_(_ITEM.c.news.is_distinct_from(news), _ITEM.c.outbox_id.is_distinct_from(outbox_id))
    anew = {"news": news, "outbox_id": outbox_id, "made_at": now, "called_at": None, "called_by": None}
    db.execute(update(_ITEM).where(*is_theirs, is_other).values(**anew))


def put_silent(db: Session, session: StudySession, *, now: datetime) -> None:
    """Put everybody on the list of a session who has answered nothing so far."""
    silent = (
        col(Attendance.session_id) == session.id,
        col(Attendance.rsvp) == Rsvp.NONE,
        col(Attendance.state) == AttendanceState.EXPECTED,
    )
    rows = select(col(Attendance.person_id)).where(*silent).order_by(col(Attendance.id))
    put(db, session, list(db.execute(rows).scalars()), now=now)


def tell_secretary(db: Session, occasion: Occasion, *, now: datetime, cause: str = "") -> None:
    """Tell whoever holds something who is still to be called, if anybody is; ``cause`` names another reason to."""
    if not waiting_count(db, occasion):
        return
    notices.tell_all(
        db,
        "calls/list",
        to=access.responsible(db, act_for(occasion), db.get_one(Unit, occasion.unit_id)),
        cause=cause or f"calls:{occasion.id}:{occasion.sequence}",
        now=now,
        kind=OutboxKind.NOTICE,
        choices=choices(db, occasion),
        **summary(db, occasion),
    )


def act_for(occasion: Occasion) -> access.Act:
    """Return what somebody must be allowed to do to call about something."""
    return access.Act.HOLD_SESSIONS if isinstance(occasion, StudySession) else access.Act.HOLD_ACTIVITIES


def summary(db: Session, occasion: Occasion) -> dict[str, Any]:
    """Return what a list says above its names: how many there are, and how many of them have not heard the news."""
    return {
        "title": occasion.title,
        "starts_at": occasion.starts_at,
        "count": waiting_count(db, occasion),
        "unheard": _count(db, *_still(occasion), _ITEM.c.news.is_not(None)),
    }


def choices(db: Session, occasion: Occasion) -> tuple[Choice, ...]:
    """Offer each of the next people to be ticked off, and their numbers; free words tick off several.

    The words are read by the places people have here: somebody else may tick them off meanwhile.
    """
    shown = waiting(db, occasion)
    names = tuple(
        Choice(
            label=" ".join(filter(None, (one.name, one.mobile, one.why))),
            go="calls.called",
            fill={"item_id": one.item_id},
        )
        for one in shown
    )
    numbers = Choice(label=label("call_numbers"), go="calls.numbers", fill=_fill(occasion, shown), words="called")
    return (*names, numbers) if names else ()


def ticks(occasion: Occasion, shown: Sequence[Callee]) -> tuple[Choice, ...]:
    """Offer each of those whose numbers were shown to be ticked off, or all of them; free words tick off several."""
    names = tuple(Choice(label=one.name, go="calls.called", fill={"item_id": one.item_id}) for one in shown)
    everybody = {**_fill(occasion, shown), "called": list(range(1, len(shown) + 1))}
    return (*names, Choice(label=label("all_called"), go="calls.numbers", fill=everybody, words="called"))


def _fill(occasion: Occasion, shown: Sequence[Callee]) -> dict[str, object]:
    return {**occasions.named(occasion), "shown": [one.item_id for one in shown]}


def waiting(db: Session, occasion: Occasion, *, limit: int = SHOWN) -> list[Callee]:
    """Return the next people to be called, numbers masked."""
    return [_callee(item, person, people.masked_mobile(db, person)) for item, person in _next(db, occasion, limit)]


def waiting_count(db: Session, occasion: Occasion) -> int:
    """Return how many are still to be called."""
    return _count(db, *_still(occasion))


def _count(db: Session, *which: ColumnElement[bool]) -> int:
    return db.execute(select(func.count()).select_from(_ITEM).where(*which)).scalar_one()


def _next(db: Session, occasion: Occasion, limit: int) -> Sequence[tuple[CallItem, Person]]:
    both = select(CallItem, Person).join(Person, col(Person.id) == col(CallItem.person_id))
    rows = db.execute(both.where(*_still(occasion)).order_by(col(CallItem.id)).limit(limit)).all()
    return [(item, person) for item, person in rows]


def _callee(item: CallItem, person: Person, mobile: str) -> Callee:
    return Callee(item.id or 0, item.person_id, person.name, mobile, item.news)


def is_open() -> ColumnElement[bool]:
    """Say, within a statement, that somebody is still to be called: nobody did, nor did they answer or see it since."""
    row, session, part = (table_of(model).alias() for model in (OutboxRow, StudySession, Attendance))
    shown = exists().where(row.c.id == _ITEM.c.outbox_id, row.c.state == OutboxState.SENT)
    is_on = exists().where(session.c.id == _ITEM.c.session_id, session.c.state != OccasionState.CANCELLED)
    is_theirs = (part.c.session_id == _ITEM.c.session_id, part.c.person_id == _ITEM.c.person_id)
    answered = exists().where(*is_theirs, part.c.rsvp != Rsvp.NONE)
    return and_(_ITEM.c.called_at.is_(None), ~shown, or_(_ITEM.c.news.is_not(None), and_(is_on, ~answered)))


def _still(occasion: Occasion) -> tuple[ColumnElement[bool], ...]:
    about = _ITEM.c.session_id if isinstance(occasion, StudySession) else _ITEM.c.activity_id
    return about == occasion.id, is_open()


def with_numbers(db: Session, occasion: Occasion, by: Person, *, now: datetime) -> list[Callee]:
    """Return the next people to be called with their numbers in full, and write down who saw them."""
    access.insist(db, by, access.Act.SEE_PHONES, db.get_one(Unit, occasion.unit_id))
    found = _next(db, occasion, SHOWN)
    for item, _ in found:
        audit.note(db, "calls.number", f"call:{item.id}", actor_id=by.id, now=now)
    return [_callee(item, person, people.mobile(db, person)) for item, person in found]


def as_paper(db: Session, occasion: Occasion, by: Person, *, now: datetime) -> Attachment:
    """Order the whole list with its numbers as a file, for where numbers are not written, and write that down."""
    access.insist(db, by, access.Act.SEE_PHONES, db.get_one(Unit, occasion.unit_id))
    audit.note(db, "calls.paper", f"{occasions.word(occasion)} {occasion.id}", actor_id=by.id, now=now)
    subject = str(occasion.id) if isinstance(occasion, StudySession) else f"activity:{occasion.id}"
    return papers.order(db, PaperKind.CALL_LIST, subject, name=label("calls_file"), to=by.id, now=now)


def called(db: Session, item_ids: Sequence[int], by: Person, *, now: datetime) -> tuple[Occasion, list[str]]:
    """Tick people off and return what it was about and their names; raise :class:`DomainError` when it is not theirs.

    Items of other lists are left alone.
    """
    items = [db.get(CallItem, one) for one in item_ids]
    occasion = _of(db, items[0]) if items and items[0] else None
    if occasion is None:
        raise DomainError("calls/none")
    access.insist(db, by, act_for(occasion), db.get_one(Unit, occasion.unit_id))
    names: list[str] = []
    for item in items:
        if item is None or _of(db, item) is not occasion:
            continue
        if item.called_at is None:
            item.called_at, item.called_by = now, by.id
            db.add(item)
            audit.note(db, "calls.called", f"call:{item.id}", actor_id=by.id, now=now)
        names.append(db.get_one(Person, item.person_id).name)
    db.flush()
    return occasion, names


def _of(db: Session, item: CallItem) -> Occasion | None:
    return occasions.found(db, session_id=item.session_id, activity_id=item.activity_id)
