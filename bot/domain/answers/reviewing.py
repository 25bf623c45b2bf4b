"""The second person: who may write and publish an entry of a unit, who is asked to, and what waits for them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, cases, entries, notices, units
from bot.domain.access import Act
from bot.domain.answers import disagreeing
from bot.domain.house import house_of
from bot.domain.messages import Choice
from bot.domain.outgoing import outbox
from bot.domain.persons import people
from bot.errors import DomainError
from content.schema import Entry
from content.words import label
from db.models import DraftState, EntryDraft, EntryRevision, Person, Unit

_ACTS = (Act.EDIT_ENTRIES, Act.ANSWER_CASES)
_MOST_ASKED = 3
_MARK = 16


def insist_on_writing(db: Session, by: Person, unit: Unit) -> None:
    """Refuse whoever neither edits entries nor answers cases for a unit with a :class:`DomainError`."""
    if not any(access.may(db, by, act, unit) for act in _ACTS):
        raise DomainError("access/not_yours")


def writes_for(db: Session, person: Person) -> Sequence[Unit]:
    """Return the units somebody was given a role in that writes entries, the highest first."""
    return units.at(db, [path for act in _ACTS for path in access.reach(db, person, act)])


def may_publish(db: Session, draft: EntryDraft, person: Person) -> bool:
    """Tell whether somebody may publish a draft: an editor or another who answers there, and never who wrote it.

    Where the house lets people publish their own (there is nobody else), they may.
    """
    unit = db.get_one(Unit, draft.unit_id)
    is_own = draft.author_id == person.id
    return any(access.may(db, person, act, unit) for act in _ACTS) and (not is_own or house_of(db).own_drafts)


def for_reviewer(db: Session, draft_id: int, person: Person) -> EntryDraft:
    """Return a draft that waits to who may publish it; raise :class:`DomainError` when they may not, or it is over."""
    draft = db.get(EntryDraft, draft_id)
    if draft is None or not may_publish(db, draft, person):
        raise DomainError("drafts/not_your_own" if draft and draft.author_id == person.id else "access/not_yours")
    if draft.state is not DraftState.WAITING:
        raise DomainError("drafts/decided_already")
    return draft


def reviewers(db: Session, draft: EntryDraft) -> Sequence[int]:
    """Return whom to ask to publish a draft: the nearest others who answer there, then the nearest editors."""
    unit = db.get_one(Unit, draft.unit_id)
    for level in units.line_up(db, unit):
        found = [one for act in reversed(_ACTS) for one in access.at(db, act, level) if one != draft.author_id]
        if found:
            return list(dict.fromkeys(found))[:_MOST_ASKED]
    return []


def ask(db: Session, draft: EntryDraft, person_id: int, *, now: datetime) -> None:
    """Show a draft to somebody who may publish it."""
    entry = Entry.model_validate(draft.body)
    notices.tell(
        db,
        "drafts/for_reviewer",
        to=person_id,
        cause=f"draft:{draft.id}:{int(draft.made_at.timestamp())}:asked",
        now=now,
        choices=to_decide(draft),
        draft=draft.id,
        entry=entry,
        author=people.by_id(db, draft.author_id).name,
        other=_other(db, entry),
    )


def shown(db: Session, draft: EntryDraft, entry: Entry) -> dict[str, object]:
    """Return what a draft is shown with: the entry, who wrote it, and an entry that says otherwise, if there is one."""
    author = people.by_id(db, draft.author_id).name
    return {"draft": draft.id, "entry": entry, "author": author, "other": _other(db, entry)}


def _other(db: Session, entry: Entry) -> str:
    """Return the title of an entry that says otherwise, or nothing."""
    other = disagreeing.with_others(entry, house_of(db).shelf.current(db))
    return other.title if other else ""


def to_decide(draft: EntryDraft) -> tuple[Choice, ...]:
    """Return what a second person may say to a draft."""
    fill = {"draft_id": draft.id}
    publish = Choice(label=label("publish_draft"), go="drafts.publish", fill={**fill, "seen": version(draft)})
    return (publish, Choice(label=label("return_draft"), go="drafts.return", fill=fill))


def version(draft: EntryDraft) -> str:
    """Return a mark of a draft's text, another one for each text: what is published is what was read."""
    return entries.digest(Entry.model_validate(draft.body))[:_MARK]


def is_overtaken(db: Session, draft: EntryDraft) -> bool:
    """Tell whether the entry a draft would replace was written anew since it was sent: that would be lost unseen."""
    newer = (col(EntryRevision.entry_id) == draft.entry_id, col(EntryRevision.created_at) > draft.made_at)
    return db.execute(select(col(EntryRevision.id)).where(*newer).limit(1)).first() is not None


def stop_asking(db: Session, draft: EntryDraft, *, now: datetime) -> None:
    """Do not ask anybody any more who was not asked yet."""
    outbox.cancel(db, f"draft:{draft.id}:{int(draft.made_at.timestamp())}:asked", now=now, reason="decided")


def waiting_for(db: Session, person: Person) -> Sequence[EntryDraft]:
    """Return the drafts somebody may publish, the oldest first."""
    paths = [path for act in _ACTS for path in access.reach(db, person, act)]
    waiting = select(EntryDraft).join(Unit, col(Unit.id) == col(EntryDraft.unit_id))
    chosen = waiting.where(col(EntryDraft.state) == DraftState.WAITING, units.in_subtrees(paths))
    if not house_of(db).own_drafts:
        chosen = chosen.where(col(EntryDraft.author_id) != person.id)
    return db.execute(chosen.order_by(col(EntryDraft.id))).scalars().all()


def top(db: Session) -> Unit:
    """Return the unit above all others; raise :class:`DomainError` where there is no unit at all."""
    found = units.root(db)
    if found is None:
        raise DomainError("access/not_yours")
    return found


def number(draft: EntryDraft) -> str:
    """Return how a draft is called where several are listed."""
    return cases.one_line(str(draft.body["title"]), longest=16)
