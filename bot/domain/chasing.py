"""Sees to a question nobody has answered: reminds, then tells others; whoever answers for it then, not when it came."""

from datetime import datetime

from sqlalchemy.orm import Session

from bot.domain import access, agenda, cases, notices, units
from bot.domain.access import Act
from bot.domain.agenda import Item
from bot.domain.answers import topics
from bot.domain.persons import people
from db.models import Case, CaseState, OutboxKind, Unit


def chase(db: Session, item: Item, now: datetime) -> None:
    """Do :data:`bot.domain.cases.CHASE`: remind whom a case was given to, or, for nobody in particular, tell others."""
    case = db.get(Case, item.payload["case_id"])
    if case is None or case.state is not CaseState.OPEN:
        return
    person_id = int(item.payload["person_id"])
    if person_id:
        _remind(db, case, person_id, now)
    else:
        _escalate(db, case, now)


def _remind(db: Session, case: Case, person_id: int, now: datetime) -> None:
    """Remind somebody; who may answer it no longer is left in peace, and it goes to who may."""
    if access.may(db, people.by_id(db, person_id), Act.ANSWER_CASES, _unit(db, case)):
        _tell(db, "cases/reminder_for_cadre", case, person_id, now)
        return
    routed = topics.route(db, _unit(db, case), case.question)
    if case.holder_id == person_id:
        case.holder_id = routed.only
        db.add(case)
    for one in routed.people_ids:
        if one not in _given_to(db, case):
            cases.give(db, case, one, now=now)


def _escalate(db: Session, case: Case, now: datetime) -> None:
    """Tell the others of the unit that answers for it, else the nearest above."""
    given_to = _given_to(db, case)
    answers = topics.route(db, _unit(db, case), case.question).level
    for level in units.line_up(db, answers) if answers else []:
        others = [one for one in access.at(db, Act.ANSWER_CASES, level) if one not in given_to]
        for person_id in others:
            _tell(db, "cases/escalated", case, person_id, now)
        if others:
            return


def _tell(db: Session, template: str, case: Case, to: int, now: datetime) -> None:
    notices.tell(
        db,
        template,
        to=to,
        cause=f"{cases.waiting(case)}{to}:{template.rpartition('/')[2]}",
        now=now,
        kind=OutboxKind.REMINDER,
        choices=cases.to_answer(case),
        attachments=cases.attachments(db, case),
        number=cases.number(case),
        question=cases.one_line(case.question),
    )


def _given_to(db: Session, case: Case) -> frozenset[int]:
    """Return to whom a case was given and not taken from since."""
    return frozenset(int(one["person_id"]) for one in agenda.planned(db, cases.waiting(case)))


def _unit(db: Session, case: Case) -> Unit | None:
    return db.get(Unit, case.unit_id) if case.unit_id else None
