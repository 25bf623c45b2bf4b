"""Whoever asked in vain is told, once, when there is an answer: from the log of questions, a page of it at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import agenda, scopes, unasked
from bot.domain.agenda import Item
from bot.domain.house import house_of
from bot.domain.library import Library, is_newest
from bot.domain.messages import Choice
from bot.domain.persons import people
from bot.domain.questions import Outcome
from bot.domain.unasked import Letter
from content.match import Outcome as Found
from content.match import normalise
from content.schema import Entry
from content.words import label
from db.claims import insert_into, table_of
from db.models import Address, AnswerTold, Case, CaseState, OutboxKind, Question

TELL = "answers.tell"
"""The duty that tells who asked before."""

WINDOW = timedelta(days=90)
"""How long ago somebody may have asked and still be told."""

_GAP = timedelta(minutes=2)
"""So long after an entry is published somebody may still have been told that there is none."""

_A_MOMENT = timedelta(seconds=2)
_STILL_NEWS = timedelta(days=14)
_PAGE = 50
_IN_VAIN = (Outcome.UNANSWERED.value, Outcome.HANDED_OFF.value, Outcome.NOT_SOLVED.value)
_TOLD = table_of(AnswerTold)


@dataclass(frozen=True, slots=True)
class _Asker:
    """Somebody who asked in vain, and their words."""

    person_id: int
    words: str


def plan(db: Session, entry_id: str, *, cause: str, now: datetime) -> None:
    """Plan that whoever asked before is told of an entry that is spoken from now on."""
    agenda.plan(db, f"tidings:{cause}", TELL, due_at=now, entry_id=entry_id, until=now.isoformat(), after_id=0)


def tell(db: Session, item: Item, now: datetime) -> None:
    """Tell those of a page of the log whom the entry would now answer outright, and go on with the next page.

    A while later it looks once more at who asked just then: their turn may have begun before the entry was spoken.
    """
    library = house_of(db).shelf.current(db)
    if not is_newest(db, library):
        agenda.again(db, item, at=now + _A_MOMENT)
        return
    entry = library.entries.get(item.payload["entry_id"])
    if entry is None:  # it was put away again
        return
    until = datetime.fromisoformat(item.payload["until"])
    since = datetime.fromisoformat(item.payload["since"]) if "since" in item.payload else until - WINDOW
    page = _page(db, since, until, int(item.payload["after_id"]))
    asked = [_Asker(person_id, words) for _, person_id, words in page if _is_answered(words, entry, library)]
    _write(db, entry, _not_told(db, entry, asked, now), now)
    if len(page) == _PAGE:
        agenda.again(db, item, at=now, after_id=page[-1][0])
    elif "since" not in item.payload:
        span = {"since": (until - _GAP).isoformat(), "until": (until + _GAP).isoformat()}
        agenda.again(db, item, at=until + _GAP, after_id=0, **span)


def _page(db: Session, since: datetime, until: datetime, after: int) -> Sequence[tuple[int, int, str]]:
    """Return what was asked in vain in a span of time: the line's number, who asked and the words."""
    in_vain = col(Question.outcome).in_(_IN_VAIN)
    asked = select(col(Question.id), col(Address.person_id), col(Question.text)).join(
        Address, col(Address.id) == col(Question.address_id)
    )
    span = (col(Question.asked_at) >= since, col(Question.asked_at) <= until, col(Question.id) > after)
    rows = db.execute(asked.where(in_vain, *span).order_by(col(Question.id)).limit(_PAGE)).all()
    return [(line or 0, person_id, words) for line, person_id, words in rows]


def _is_answered(words: str, entry: Entry, library: Library) -> bool:
    """Tell whether somebody who asked this would now be answered by the entry and nothing else."""
    decision = library.matcher.decide(words)
    return decision.outcome is Found.ANSWER and decision.matches[0].entry_id == entry.id


def _not_told(db: Session, entry: Entry, asked: Sequence[_Asker], now: datetime) -> list[_Asker]:
    """Return those who have not heard it yet and whom it concerns, each once, and remember that they hear it now."""
    first = {one.person_id: one for one in reversed(asked)}
    chosen: list[_Asker] = []
    for person_id, one in sorted(first.items()):
        concerned = scopes.concerns(db, entry.scope, people.by_id(db, person_id).unit_id)
        if concerned and not _heard_from_person(db, one) and _claim(db, entry.id, person_id, now):
            chosen.append(one)
    return chosen


def _heard_from_person(db: Session, asker: _Asker) -> bool:
    """Tell whether somebody's question was answered by a person since."""
    theirs = (col(Case.asker_id) == asker.person_id, col(Case.state) != CaseState.OPEN, col(Case.answer) != "")
    asked = db.execute(select(col(Case.question)).where(*theirs)).scalars()
    return any(normalise(one) == normalise(asker.words) for one in asked)


def _claim(db: Session, entry_id: str, person_id: int, now: datetime) -> bool:
    told = insert_into(db, _TOLD).values(entry_id=entry_id, person_id=person_id, told_at=now)
    once = told.on_conflict_do_nothing(index_elements=["entry_id", "person_id"]).returning(_TOLD.c.person_id)
    return db.execute(once).first() is not None


def _write(db: Session, entry: Entry, askers: Sequence[_Asker], now: datetime) -> None:
    letters = [
        Letter(
            one.person_id,
            one.person_id,
            "entries/now_answered",
            {"entry": entry, "question": " ".join(one.words.split())[:40]},
            choices=_choices(entry, one),
        )
        for one in askers
    ]
    cause = f"told:{entry.id}"
    unasked.tell(db, letters, cause=cause, kind=OutboxKind.NOTICE, now=now, until=now + _STILL_NEWS)


def _choices(entry: Entry, asker: _Asker) -> tuple[Choice, ...]:
    fill = {"entry_id": entry.id, "asked": asker.words}
    return (
        Choice(label=label("useful"), go="entries.useful", fill=fill),
        Choice(label=label("not_solved"), go="entries.not_solved", fill=fill),
    )
