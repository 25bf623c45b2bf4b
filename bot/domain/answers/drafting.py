"""A text for an entry in the making: written from an answer or from nothing, changed, and handed to a second person."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, audit, cases, questions
from bot.domain.access import Act
from bot.domain.answers import reviewing
from bot.domain.house import house_of, today
from bot.domain.persons import people
from bot.errors import DomainError
from content.match import normalise
from content.schema import LOCAL, MAX_ANSWER_CHARACTERS, MAX_ANSWER_LINES, Entry, Source, contact_in, numbers_in
from content.words import label
from db.claims import changed, table_of
from db.models import Case, DraftState, EntryDraft, Person, Unit

LONGEST_TITLE = 24
"""Characters of a title: what fits on a line with its brackets."""

_MOST_ASKED = 10
_LONGEST_ASKED = 60
_OPEN = (DraftState.WRITING, DraftState.RETURNED)


@dataclass(frozen=True, slots=True)
class Wish:
    """What an entry is to say: its title, how people ask for it, its answer, for whom, and until when it holds."""

    title: str
    answer: str
    scope: str
    until: date
    ask: Sequence[str] = field(default_factory=tuple[str, ...])


def fault(answer: str, *, names: Sequence[str] = ()) -> str:
    """Return the message that says why an answer cannot be kept for everybody, or nothing when it can.

    It names no phone, no link and no long number, none of the people ``names``, and is short.
    """
    plain = questions.without_numbers(answer)
    if contact_in(answer) or "***" in plain or any(len(name) > 1 and name in answer for name in names):
        return "drafts/has_personal"
    lines = answer.strip().splitlines()
    if len(lines) > MAX_ANSWER_LINES or len(answer) > MAX_ANSWER_CHARACTERS or not all(map(str.strip, lines)):
        return "drafts/too_long"
    return ""


def fault_of(db: Session, case: Case) -> str:
    """Return the message that says why the answer to a case cannot be kept, or nothing when it can."""
    return fault(case.answer, names=[people.by_id(db, one.asker_id).name for one in cases.answered_with(db, case)])


def a_year_on(now: datetime, db: Session) -> date:
    """Return until when an entry holds where nobody says otherwise."""
    return years_on(today(db, now), 1)


def years_on(day: date, years: int) -> date:
    """Return the same day some years later; a leap day's is the day before."""
    is_leap_day = (day.month, day.day) == (2, 29)
    return date(day.year + years, day.month, day.day - is_leap_day)


def from_case(db: Session, case_id: int, *, by: Person, now: datetime, answer: str = "") -> EntryDraft:
    """Begin a draft from a case that was answered: asked for in its askers' words; made twice, it is the same one.

    ``answer`` is what to say instead of what the askers were told. Raises :class:`DomainError` when it is not theirs,
    was not answered, or its answer cannot be kept as it is.
    """
    case = db.get(Case, case_id)
    unit = db.get(Unit, case.unit_id) if case and case.unit_id else None
    access.insist(db, by, Act.ANSWER_CASES, unit)
    if case is None or not case.answer:
        raise DomainError("drafts/nothing_to_keep")
    made = select(EntryDraft).where(col(EntryDraft.case_id) == case_id, col(EntryDraft.state) != DraftState.DROPPED)
    before = db.execute(made).scalars().first()
    if before:
        return before
    asked = [one.question for one in cases.answered_with(db, case)]
    wish = Wish(
        title=_title(case.question),
        answer=answer or case.answer,
        scope=unit.name if unit else reviewing.top(db).name,
        until=a_year_on(now, db),
        ask=_ways(asked),
    )
    return write(db, wish, unit=unit or reviewing.top(db), by=by, now=now, case=case)


def write(db: Session, wish: Wish, *, unit: Unit, by: Person, now: datetime, case: Case | None = None) -> EntryDraft:
    """Begin a draft for a new entry of a unit; raise :class:`DomainError` when they may not, or it cannot be kept."""
    reviewing.insist_on_writing(db, by, unit)
    names = [people.by_id(db, case.asker_id).name] if case else []
    if problem := fault(wish.answer, names=names):
        raise DomainError(problem)
    draft = EntryDraft(
        entry_id="", body={}, unit_id=unit.id or 0, case_id=case.id if case else None, author_id=by.id or 0, made_at=now
    )
    db.add(draft)
    db.flush()
    draft.entry_id = f"{LOCAL}d{draft.id}"
    _put(draft, _entry(db, draft, wish, case, now))
    db.flush()
    audit.note(db, "drafts.write", f"draft:{draft.id} {draft.entry_id}", actor_id=by.id, now=now)
    return draft


def revise(db: Session, entry: Entry, *, unit: Unit, by: Person, now: datetime) -> EntryDraft:
    """Begin a draft that is to replace what an entry says now; an open one of the same person is gone on with."""
    reviewing.insist_on_writing(db, by, unit)
    mine = (col(EntryDraft.entry_id) == entry.id, col(EntryDraft.author_id) == by.id)
    before = db.execute(select(EntryDraft).where(*mine, col(EntryDraft.state).in_(_OPEN))).scalars().first()
    if before:
        return before
    draft = EntryDraft(entry_id=entry.id, body={}, unit_id=unit.id or 0, author_id=by.id or 0, made_at=now)
    _put(draft, entry)
    db.add(draft)
    db.flush()
    audit.note(db, "drafts.write", f"draft:{draft.id} {draft.entry_id}", actor_id=by.id, now=now)
    return draft


def change(db: Session, draft: EntryDraft, *, by: Person, now: datetime, **fields: object) -> Entry:
    """Change ``title``, ``answer``, ``ask``, ``scope`` or ``check_by`` of a draft its author has; return the entry.

    What the source gives stays, but for its day: a new answer is of today. Raises :class:`DomainError`.
    """
    if draft.author_id != by.id or draft.state not in _OPEN:
        raise DomainError("drafts/not_yours")
    body: dict[str, Any] = {**draft.body, **fields}
    if "answer" in fields:
        if problem := fault(str(fields["answer"])):
            raise DomainError(problem)
        body["source"] = {**draft.body["source"], "date": today(db, now).isoformat()}
    body["figures"] = _figures(str(body["title"]), str(body["answer"]), body["unstated"], body["figures"])
    _put(draft, _checked(body))
    db.add(draft)
    db.flush()
    return entry_of(draft)


def send(db: Session, draft: EntryDraft, *, by: Person, now: datetime) -> Sequence[int]:
    """Hand a draft to a second person: whoever may publish it is told; return their ids, nobody's when there is none.

    Raises :class:`DomainError` when it is not theirs to send.
    """
    if draft.author_id != by.id or draft.state not in _OPEN:
        raise DomainError("drafts/not_yours")
    draft.state, draft.made_at = DraftState.WAITING, now
    db.add(draft)
    db.flush()
    reviewers = reviewing.reviewers(db, draft)
    for person_id in reviewers:
        reviewing.ask(db, draft, person_id, now=now)
    return reviewers


def drop(db: Session, draft: EntryDraft, *, by: Person, now: datetime) -> None:
    """Let a draft be nothing any more; raise :class:`DomainError` when it is not theirs, or was decided meanwhile."""
    table = table_of(EntryDraft)
    still = (table.c.id == draft.id, table.c.author_id == by.id, table.c.state.in_((*_OPEN, DraftState.WAITING)))
    if not changed(db, update(table).where(*still).values(state=DraftState.DROPPED, decided_at=now)):
        raise DomainError("drafts/not_yours")
    db.refresh(draft)
    reviewing.stop_asking(db, draft, now=now)


def mine(db: Session, draft_id: int, by: Person) -> EntryDraft:
    """Return a draft to whom it belongs; raise :class:`DomainError` when it is another's."""
    draft = db.get(EntryDraft, draft_id)
    if draft is None or draft.author_id != by.id:
        raise DomainError("drafts/not_yours")
    return draft


def entry_of(draft: EntryDraft) -> Entry:
    """Return the entry a draft would be."""
    return Entry.model_validate(draft.body)


def unfinished(db: Session, person: Person) -> Sequence[EntryDraft]:
    """Return the drafts somebody has in hand: written and not sent, or come back."""
    theirs = select(EntryDraft).where(col(EntryDraft.author_id) == person.id, col(EntryDraft.state).in_(_OPEN))
    return db.execute(theirs.order_by(col(EntryDraft.id))).scalars().all()


def _entry(db: Session, draft: EntryDraft, wish: Wish, case: Case | None, now: datetime) -> Entry:
    said = case.answered_at if case and case.answered_at else now
    source = Source(
        title=f"{cases.number(case)} {label('answered_case')}" if case else label("written_at_desk"),
        publisher=cases.place_name(db.get(Unit, draft.unit_id)),
        date=said.astimezone(house_of(db).zone).date(),
    )
    return _checked(
        {
            "id": draft.entry_id,
            "title": wish.title,
            "ask": list(wish.ask),
            "answer": wish.answer,
            "unstated": [],
            "figures": _figures(wish.title, wish.answer, [], []),
            "scope": wish.scope,
            "source": source.model_dump(mode="json"),
            "check_by": wish.until.isoformat(),
            "related": [],
            "systems": [],
            "samples": [],
        }
    )


def _checked(body: dict[str, Any]) -> Entry:
    """Return the entry a body is; what the schema refuses is refused here in words."""
    try:
        return Entry.model_validate(body)
    except ValidationError as error:
        fields = {str(part) for one in error.errors() for part in one["loc"][:1]}
        raise DomainError("drafts/not_until" if "check_by" in fields else "drafts/too_long") from error


def _put(draft: EntryDraft, entry: Entry) -> None:
    draft.body = entry.model_dump(mode="json")


def _figures(title: str, answer: str, unstated: Sequence[str], kept: Sequence[str]) -> list[str]:
    """Return the figures as they were given, and every number shown that none of them holds."""
    held = {number for figure in kept for number in numbers_in(figure)}
    shown = [number for text in (title, answer, *unstated) for number in numbers_in(text)]
    return [*kept, *dict.fromkeys(number for number in shown if number not in held)]


def _title(question: str) -> str:
    return cases.one_line(questions.without_numbers(question), longest=LONGEST_TITLE)


def _ways(asked: Sequence[str]) -> list[str]:
    """Return each way people asked, once, without what could be somebody's number."""
    lines = [cases.one_line(questions.without_numbers(one), longest=_LONGEST_ASKED) for one in asked]
    ways = {normalise(one): one for one in reversed(lines) if "***" not in one and normalise(one)}
    return list(reversed(ways.values()))[:_MOST_ASKED]
