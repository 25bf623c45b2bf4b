"""Questions a person must answer: opened by whoever asks, answered once by whoever is responsible."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, agenda, audit, notices, units
from bot.domain.answers import grouping, topics
from bot.domain.answers.grouping import Asked
from bot.domain.house import house_of
from bot.domain.messages import Attachment, Choice
from bot.domain.outgoing import outbox
from bot.domain.persons import people
from bot.errors import DomainError
from content.match import normalise
from content.words import answer_words, label
from db.claims import changed, table_of
from db.models import Address, Case, CaseKind, CaseState, Person, StoredFile, Unit

_CASE = table_of(Case)
CHASE = "cases.chase"
"""The duty that sees to a case nobody has answered: :mod:`bot.domain.chasing`."""

PATIENCE_DAYS = 2
"""Working days after which whoever was asked is reminded; after twice as many it goes to others."""

_BETWEEN = " ,:;\u3000\uff0c\uff1a\uff1b\n"
_NUMBER = re.compile(r"[Ww\uff37\uff57] ?(\d{4,9})(?!\d)")


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks what, from where, and what they sent along; ``hints`` are other words for what it is about.

    An opinion names the matter it is about, by id, and ``for_id`` who is to answer it as long as they may.
    """

    person: Person
    address: Address
    question: str
    unit: Unit | None = None
    entry_id: str = ""
    files: tuple[StoredFile, ...] = ()
    hints: tuple[str, ...] = ()
    matter_id: int | None = None
    for_id: int | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A case's number and whose people were told, if any; ``was_open`` when the same was asked before."""

    number: str
    by: Unit | None = None
    was_open: bool = False


def number(case: Case) -> str:
    """Return the number people see, such as ``W0012``."""
    return f"W{case.id:04d}"


def named(text: str) -> tuple[int, str] | None:
    """Return the id of the case that is named first of all, and what is said to it; a word for answering may lead."""
    said = text.strip()
    for word in sorted(answer_words()["answering"], key=len, reverse=True):
        said = said.removeprefix(word).lstrip(_BETWEEN)
    found = _NUMBER.match(said)
    return (int(found[1]), said[found.end() :].lstrip(_BETWEEN)) if found else None


def hand_off(db: Session, asking: Asking, *, now: datetime) -> Opened:
    """Open a question for whoever minds its topic, else the nearest responsible people, and tell them.

    They are reminded after two working days; after four it goes to the others of the unit or to those above.
    """
    before = _still_open(db, asking)
    if before:
        return Opened(number(before), was_open=True)
    routed = topics.to_one(db, asking.unit, asking.for_id) or topics.route(
        db, asking.unit, asking.question, asking.hints
    )
    case = Case(
        kind=CaseKind.OPINION if asking.matter_id else CaseKind.QUESTION,
        matter_id=asking.matter_id,
        question=asking.question,
        topic=routed.topic,
        holder_id=routed.only,
        entry_id=asking.entry_id,
        files=[row.id for row in asking.files],
        unit_id=asking.unit.id if asking.unit else None,
        asker_id=asking.person.id or 0,
        address_id=asking.address.id or 0,
        opened_at=now,
    )
    db.add(case)
    db.flush()
    for person_id in routed.people_ids:
        give(db, case, person_id, now=now)
    _chase(db, case, f"{waiting(case)}0", days=2 * PATIENCE_DAYS, now=now)
    return Opened(number(case), by=routed.level)


def answer(db: Session, case_id: int, text: str, *, by: Person, now: datetime, without: Collection[int] = ()) -> Case:
    """Answer a case once, and with it all that ask the same but those ``without`` (ids); each asker is told.

    Raises :class:`DomainError` when it is not theirs to answer or was answered before.
    """
    case = for_cadre(db, case_id, by)
    together = [one for one in alike(db, case) if one.id not in without]
    if not _answer(db, case, text, by=by, now=now):
        raise DomainError("cases/answered_already", number=number(case))
    for one in together:
        _answer(db, one, text, by=by, now=now)
    return case


def answered_with(db: Session, case: Case) -> Sequence[Case]:
    """Return a case that was answered and all that got the same answer at that moment, in their order."""
    at_once = (col(Case.answered_by) == case.answered_by, col(Case.answered_at) == case.answered_at)
    together = select(Case).where(*at_once, col(Case.answer) == case.answer)
    return db.execute(together.order_by(col(Case.id))).scalars().all()


def _answer(db: Session, case: Case, text: str, *, by: Person, now: datetime) -> bool:
    """Answer one case and tell its asker; tell whether nobody was quicker."""
    still_open = (_CASE.c.id == case.id, _CASE.c.state == CaseState.OPEN)
    answered = {"state": CaseState.ANSWERED, "answer": text, "answered_by": by.id, "answered_at": now}
    if not changed(db, update(_CASE).where(*still_open).values(**answered)):
        return False
    db.refresh(case)
    _stop_waiting(db, case, now)
    audit.note(db, "cases.answer", number(case), actor_id=by.id, now=now)
    notices.tell(
        db,
        "cases/answer_for_asker",
        to=_where_to_answer(db, case),
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
    return True


def close(db: Session, case_id: int, *, by: Person, now: datetime) -> Case:
    """Close a case by the asker's word; raise :class:`DomainError` when it is somebody else's."""
    case = db.get(Case, case_id)
    if case is None or case.asker_id != by.id:
        raise DomainError("cases/not_yours")
    case.state = CaseState.CLOSED
    db.add(case)
    _stop_waiting(db, case, now)
    return case


def close_asked(db: Session, asker: Person, question: str, *, now: datetime) -> None:
    """Close whatever somebody still waits for that they asked in these words: they have heard an answer."""
    theirs = (col(Case.asker_id) == asker.id, col(Case.state) == CaseState.OPEN)
    for case in db.execute(select(Case).where(*theirs)).scalars():
        if normalise(case.question) == normalise(question):
            close(db, case.id or 0, by=asker, now=now)


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
    return len({case.asker_id, *(one.asker_id for one in alike(db, case))})


def alike(db: Session, case: Case) -> list[Case]:
    """Return the other open cases of the same unit that ask the same, in whatever words; see :mod:`grouping`.

    Opinions are each somebody's own.
    """
    if case.files or case.matter_id:
        return []
    others = select(Case).where(
        col(Case.state) == CaseState.OPEN,
        col(Case.unit_id) == case.unit_id,
        col(Case.id) != case.id,
        col(Case.matter_id).is_(None),
    )
    newest = db.execute(others.order_by(col(Case.id).desc()).limit(grouping.MOST)).scalars()
    waiting = {str(one.id): one for one in newest if not one.files}
    same = grouping.alike(case.question, (Asked(name, one.question) for name, one in waiting.items()))
    return sorted((waiting[name] for name in same), key=lambda one: one.id or 0)


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


def _still_open(db: Session, asking: Asking) -> Case | None:
    same = (col(Case.asker_id) == asking.person.id, col(Case.question) == asking.question)
    found = select(Case).where(*same, col(Case.state) == CaseState.OPEN)
    return None if asking.files else db.execute(found).scalars().first()


def give(db: Session, case: Case, person_id: int, *, now: datetime) -> None:
    """Give a case to somebody, and remind them when it is still open after two working days."""
    asked = asked_alike(db, case)
    notices.tell(
        db,
        "cases/for_cadre",
        to=person_id,
        cause=f"case:{case.id}:opened",
        now=now,
        choices=to_answer(case, others=asked - 1),
        attachments=attachments(db, case),
        number=number(case),
        question=one_line(case.question),
        topic=case.topic,
        alike=asked,
    )
    cause = f"{waiting(case)}{person_id}:{int(now.timestamp())}"
    _chase(db, case, cause, days=PATIENCE_DAYS, now=now, person_id=person_id)


def waiting(case: Case) -> str:
    """Return what the causes begin with of all that is done because a case waits.

    The id of whom it was given to follows, 0 for what is for nobody in particular.
    """
    return f"case:{case.id}:waiting:"


def _chase(db: Session, case: Case, cause: str, *, days: int, now: datetime, person_id: int = 0) -> None:
    due_at = notices.working_days_later(now, days, house_of(db).zone)
    agenda.plan(db, cause, CHASE, due_at=due_at, case_id=case.id, person_id=person_id)


def to_answer(case: Case, *, others: int = 0) -> tuple[Choice, ...]:
    """Offer to answer, which the words of a reply do by themselves, and to look at others that ask the same."""
    answer_it = Choice(label=label("answer_case"), go="cases.answer", fill={"case_id": case.id}, words="text")
    look = Choice(label=label("asked_alike"), go="cases.alike", fill={"case_id": case.id})
    return (answer_it, look) if others else (answer_it,)


def _stop_waiting(db: Session, case: Case, now: datetime) -> None:
    agenda.withdraw(db, waiting(case), now=now)
    outbox.cancel(db, waiting(case), now=now, reason="answered")


def _where_to_answer(db: Session, case: Case) -> Address:
    """Return where it was asked; where that is lost, another address of whoever asked, if they have one."""
    asked_at = db.get_one(Address, case.address_id)
    return (people.best_address(db, case.asker_id) if asked_at.unreachable else None) or asked_at


def _answerer(db: Session, person: Person) -> str:
    return place_name(db.get(Unit, person.unit_id) if person.unit_id else None)
