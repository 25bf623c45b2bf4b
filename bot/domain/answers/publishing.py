"""A second person publishes a draft, or returns it: everybody is answered by it, and who asked before is told."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from bot.domain import audit, cases, entries, notices
from bot.domain.answers import drafting, reviewing, tidings
from bot.domain.messages import Choice
from bot.domain.persons import people
from bot.errors import DomainError
from content.schema import Entry
from content.words import label
from db.claims import changed, put_if_missing, table_of
from db.models import AnswerTold, Case, DraftState, EntryDraft, Person

_DRAFT = table_of(EntryDraft)


def publish(db: Session, draft_id: int, *, by: Person, now: datetime, seen: str = "") -> Entry:
    """Let a draft answer everybody from now on, and plan that whoever asked in vain is told; return the entry.

    ``seen`` is the version that was read, where that is known. Raises :class:`DomainError` when it is not theirs to
    publish, somebody was quicker, the text is another by now, or what it would replace was changed since it was sent.
    """
    draft = reviewing.for_reviewer(db, draft_id, by)
    if seen and seen != reviewing.version(draft):
        raise DomainError("drafts/changed_since")
    if reviewing.is_overtaken(db, draft):
        raise DomainError("drafts/entry_changed_since", title=draft.body["title"])
    _decide(db, draft, DraftState.PUBLISHED, by=by, now=now)
    entry = drafting.entry_of(draft)
    entries.speak(db, entry, author=people.by_id(db, draft.author_id), now=now)
    audit.note(db, "drafts.publish", f"draft:{draft.id} {entry.id}", actor_id=by.id, now=now)
    _note_who_heard(db, draft, now)
    tidings.plan(db, entry.id, cause=f"draft:{draft.id}", now=now)
    if draft.author_id != by.id:
        cause = f"draft:{draft.id}:published"
        notices.tell(db, "drafts/published_yours", to=draft.author_id, cause=cause, now=now, title=entry.title)
    return entry


def give_back(db: Session, draft_id: int, reason: str, *, by: Person, now: datetime) -> EntryDraft:
    """Return a draft to whoever wrote it, and tell them why; raise :class:`DomainError` as :func:`publish` does."""
    draft = reviewing.for_reviewer(db, draft_id, by)
    _decide(db, draft, DraftState.RETURNED, by=by, now=now, reason=reason)
    audit.note(db, "drafts.return", f"draft:{draft.id} {draft.entry_id}", actor_id=by.id, now=now)
    notices.tell(
        db,
        "drafts/returned",
        to=draft.author_id,
        cause=f"draft:{draft.id}:returned:{int(now.timestamp())}",
        now=now,
        choices=(
            Choice(label=label("change"), go="drafts.change", fill={"draft_id": draft.id}),
            Choice(label=label("drop_draft"), go="drafts.drop", fill={"draft_id": draft.id}),
        ),
        title=draft.body["title"],
        reason=reason,
    )
    return draft


def _decide(db: Session, draft: EntryDraft, state: DraftState, *, by: Person, now: datetime, reason: str = "") -> None:
    still = (_DRAFT.c.id == draft.id, _DRAFT.c.state == DraftState.WAITING)
    values = {"state": state, "decided_by": by.id, "decided_at": now, "reason": reason[:200]}
    if not changed(db, update(_DRAFT).where(*still).values(**values)):
        raise DomainError("drafts/decided_already")
    db.refresh(draft)
    reviewing.stop_asking(db, draft, now=now)


def _note_who_heard(db: Session, draft: EntryDraft, now: datetime) -> None:
    """Remember who heard this answer from a person already: they are not told again."""
    case = db.get(Case, draft.case_id) if draft.case_id else None
    for one in cases.answered_with(db, case) if case and case.answered_at else ():
        values = {"entry_id": draft.entry_id, "person_id": one.asker_id, "told_at": now}
        put_if_missing(db, AnswerTold, values, key=("entry_id", "person_id"))
