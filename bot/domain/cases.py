"""Questions a person must answer: opened by whoever asks, answered once by whoever is responsible."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, audit, notices, units
from bot.domain.house import house_of
from bot.domain.messages import Attachment, Choice
from bot.domain.outgoing import outbox
from bot.errors import DomainError
from content.match import normalise
from content.words import label
from db.claims import changed, table_of
from db.models import Address, Case, CaseKind, CaseState, OutboxKind, Person, StoredFile, Unit

_CASE = table_of(Case)
_PATIENCE_DAYS = 2
_COMPARED = 200


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks what, from where, and what they sent along."""

    person: Person
    address: Address
    question: str
    unit: Unit | None = None
    entry_id: str = ""
    files: tuple[StoredFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """A case's number and whose people were told, if any; ``was_open`` when the same was asked before."""

    number: str
    by: Unit | None = None
    was_open: bool = False


def number(case: Case) -> str:
    """Return the number people see, such as ``W0012``."""
    return f"W{case.id:04d}"


def hand_off(db: Session, asking: Asking, *, now: datetime) -> Opened:
    """Open a question for the nearest responsible people and tell them; remind them after two working days."""
    before = _still_open(db, asking)
    if before:
        return Opened(number(before), was_open=True)
    case = Case(
        kind=CaseKind.QUESTION,
        question=asking.question,
        entry_id=asking.entry_id,
        files=[row.id for row in asking.files],
        unit_id=asking.unit.id if asking.unit else None,
        asker_id=asking.person.id or 0,
        address_id=asking.address.id or 0,
        opened_at=now,
    )
    db.add(case)
    db.flush()
    level, people_ids = access.nearest(db, access.Act.ANSWER_CASES, asking.unit)
    for person_id in people_ids:
        _tell(db, case, person_id, now)
    _escalate(db, case, level, people_ids, now)
    return Opened(number(case), by=level)


def answer(db: Session, case_id: int, text: str, *, by: Person, now: datetime) -> Case:
    """Answer a case once, and with it all that ask the same; each asker is told.

    Raises :class:`DomainError` when it is not theirs to answer or was answered before.
    """
    case = for_cadre(db, case_id, by)
    for one in (case, *_alike(db, case)):
        _answer(db, one, text, by=by, now=now)
    return case


def _answer(db: Session, case: Case, text: str, *, by: Person, now: datetime) -> None:
    still_open = (_CASE.c.id == case.id, _CASE.c.state == CaseState.OPEN)
    answered = {"state": CaseState.ANSWERED, "answer": text, "answered_by": by.id, "answered_at": now}
    if not changed(db, update(_CASE).where(*still_open).values(**answered)):
        raise DomainError("cases/answered_already", number=number(case))
    db.refresh(case)
    _stop_waiting(db, case, now)
    audit.note(db, "cases.answer", number(case), actor_id=by.id, now=now)
    notices.tell(
        db,
        "cases/answer_for_asker",
        to=db.get_one(Address, case.address_id),
        cause=f"case:{case.id}:answered",
        now=now,
        choices=(
            Choice(label=label("useful"), go="cases.useful", fill={"case_id": case.id}),
            Choice(label=label("ask_more"), go="cases.hand_off", fill={"entry_id": case.entry_id}),
        ),
        question=one_line(case.question),
        answer=text,
        answerer=_answerer(db, by),
    )


def close(db: Session, case_id: int, *, by: Person, now: datetime) -> Case:
    """Close a case by the asker's word; raise :class:`DomainError` when it is somebody else's."""
    case = db.get(Case, case_id)
    if case is None or case.asker_id != by.id:
        raise DomainError("cases/not_yours")
    case.state = CaseState.CLOSED
    db.add(case)
    _stop_waiting(db, case, now)
    return case


def for_cadre(db: Session, case_id: int, person: Person) -> Case:
    """Return a case to somebody who may answer it; raise :class:`DomainError` when they may not."""
    case = db.get(Case, case_id)
    unit = db.get(Unit, case.unit_id) if case and case.unit_id else units.root(db)
    if case is None or not access.may(db, person, access.Act.ANSWER_CASES, unit):
        raise DomainError("cases/not_yours")
    if case.state is not CaseState.OPEN:
        raise DomainError("cases/answered_already", number=number(case))
    return case


def waiting_for(db: Session, person: Person) -> Sequence[Case]:
    """Return open cases somebody may answer, the oldest first."""
    paths = access.reach(db, person, access.Act.ANSWER_CASES)
    top = units.root(db)
    mine = units.in_subtrees(paths)
    if top is not None and top.path in paths:
        mine = or_(mine, col(Case.unit_id).is_(None))
    open_cases = select(Case).outerjoin(Unit, col(Unit.id) == col(Case.unit_id))
    chosen = open_cases.where(col(Case.state) == CaseState.OPEN, mine)
    return db.execute(chosen.order_by(col(Case.id))).scalars().all()


def asked_alike(db: Session, case: Case) -> int:
    """Return how many people wait for an answer to the same question, its asker included."""
    return len({case.asker_id, *(one.asker_id for one in _alike(db, case))})


def one_line(text: str, *, longest: int = 120) -> str:
    """Return a question on one line, cut where it is very long, so that it cannot pass for a message of ours."""
    flat = " ".join(text.split())
    return flat if len(flat) <= longest else f"{flat[: longest - 1]}…"


def attachments(db: Session, case: Case) -> tuple[Attachment, ...]:
    """Return what the asker sent along, to be passed on."""
    rows = [db.get_one(StoredFile, file_id) for file_id in case.files]
    return tuple(Attachment(kind=row.kind.value, file_id=row.id or 0, name=row.name) for row in rows)


def place_name(unit: Unit | None) -> str:
    """Return who answers for a unit, in words."""
    return f"{unit.name if unit else ''}{label('service_centre')}"


def _alike(db: Session, case: Case) -> list[Case]:
    """Return the other open cases of the same unit that ask the same in the same words."""
    others = select(Case).where(
        col(Case.state) == CaseState.OPEN, col(Case.unit_id) == case.unit_id, col(Case.id) != case.id
    )
    asked = normalise(case.question)
    newest = db.execute(others.order_by(col(Case.id).desc()).limit(_COMPARED)).scalars()
    return [one for one in newest if not one.files and not case.files and normalise(one.question) == asked]


def _still_open(db: Session, asking: Asking) -> Case | None:
    same = (col(Case.asker_id) == asking.person.id, col(Case.question) == asking.question)
    found = select(Case).where(*same, col(Case.state) == CaseState.OPEN)
    return None if asking.files else db.execute(found).scalars().first()


def _tell(db: Session, case: Case, person_id: int, now: datetime) -> None:
    """Give a case to somebody, and remind them when it is still open after two working days."""
    notices.tell(
        db,
        "cases/for_cadre",
        to=person_id,
        cause=f"case:{case.id}:opened",
        now=now,
        choices=_to_answer(case),
        attachments=attachments(db, case),
        number=number(case),
        question=one_line(case.question),
        alike=asked_alike(db, case),
    )
    _later(db, "cases/reminder_for_cadre", case, to=person_id, days=_PATIENCE_DAYS, now=now)


def _escalate(db: Session, case: Case, unit: Unit | None, told: list[int], now: datetime) -> None:
    """Tell the nearest people above when nobody has answered after four working days."""
    line = units.line_up(db, unit) if unit else []
    for level in line[1:]:
        above = [one for one in access.responsible(db, access.Act.ANSWER_CASES, level) if one not in told]
        for person_id in above:
            _later(db, "cases/escalated", case, to=person_id, days=2 * _PATIENCE_DAYS, now=now)
        if above:
            return


def _later(db: Session, template: str, case: Case, *, to: int, days: int, now: datetime) -> None:
    notices.tell(
        db,
        template,
        to=to,
        cause=f"case:{case.id}:waiting:{days}",
        now=now,
        due_at=notices.working_days_later(now, days, house_of(db).zone),
        kind=OutboxKind.REMINDER,
        choices=_to_answer(case),
        attachments=attachments(db, case),
        number=number(case),
        question=one_line(case.question),
    )


def _to_answer(case: Case) -> tuple[Choice, ...]:
    return (Choice(label=label("answer_case"), go="cases.answer", fill={"case_id": case.id}, words="text"),)


def _stop_waiting(db: Session, case: Case, now: datetime) -> None:
    outbox.cancel(db, f"case:{case.id}:waiting:", now=now, reason="answered")


def _answerer(db: Session, person: Person) -> str:
    return place_name(db.get(Unit, person.unit_id) if person.unit_id else None)
