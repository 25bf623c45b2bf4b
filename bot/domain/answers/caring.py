"""Looking after entries: who may, what each has been, which are old, and what becomes of one that is no longer true."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, audit, entries, scopes, units
from bot.domain.access import Act
from bot.domain.answers import drafting
from bot.domain.house import house_of, today
from bot.errors import DomainError
from content.schema import Entry
from db.models import EntryRecord, EntryRevision, Origin, Person, Unit

SOON = timedelta(days=30)
"""How long before its day an entry is one to be looked at."""

_ACTS = (Act.EDIT_ENTRIES, Act.ANSWER_CASES)


@dataclass(frozen=True, slots=True)
class Change:
    """One text an entry had: its number, when and by whom it was written (nobody: a pack), and whether it is spoken."""

    number: int
    at: datetime
    origin: Origin
    author: str
    is_spoken: bool
    entry: Entry


@dataclass(frozen=True, slots=True)
class Old:
    """An entry to be looked at, and whether its day is over already."""

    entry: Entry
    is_over: bool


def unit_of(db: Session, entry: Entry) -> Unit | None:
    """Return the unit an entry belongs to: that of its scope, else the one above all."""
    return scopes.unit_of(db, entry.scope) or units.root(db)


def may_edit(db: Session, person: Person, entry: Entry) -> bool:
    """Tell whether somebody looks after an entry: an editor or one who answers, where it belongs."""
    unit = unit_of(db, entry)
    return any(access.may(db, person, act, unit) for act in _ACTS)


def for_editor(db: Session, entry_id: str, person: Person) -> Entry:
    """Return an entry that is spoken to who looks after it; raise :class:`DomainError` when they do not."""
    entry = house_of(db).shelf.current(db).entries.get(entry_id)
    if entry is None:
        raise DomainError("entries/gone")
    if not may_edit(db, person, entry):
        raise DomainError("access/not_yours")
    return entry


def history(db: Session, entry_id: str) -> Sequence[Change]:
    """Return every text an entry had, the newest first."""
    spoken = db.execute(select(col(EntryRecord.revision)).where(col(EntryRecord.id) == entry_id)).scalar_one_or_none()
    both = select(EntryRevision, Person).outerjoin(Person, col(Person.id) == col(EntryRevision.author_id))
    texts = both.where(col(EntryRevision.entry_id) == entry_id).order_by(col(EntryRevision.number).desc())
    rows: Sequence[tuple[EntryRevision, Person | None]] = [(row, person) for row, person in db.execute(texts)]
    return [
        Change(
            row.number,
            row.created_at,
            row.origin,
            person.name if person else "",
            row.number == spoken,
            Entry.model_validate(row.body),
        )
        for row, person in rows
    ]


def retire(db: Session, entry_id: str, *, by: Person, now: datetime) -> Entry:
    """Speak an entry no longer; raise :class:`DomainError` when they do not look after it."""
    entry = for_editor(db, entry_id, by)
    entries.retire(db, entry_id, by=by, now=now)
    return entry


def restore(db: Session, entry_id: str, *, by: Person, now: datetime) -> Entry:
    """Speak an entry again; raise :class:`DomainError` when there is none, or they do not look after it."""
    entry = next((one for one in retired(db, by) if one.id == entry_id), None)
    if entry is None:
        raise DomainError("entries/gone")
    entries.retire(db, entry_id, by=by, now=now, is_retired=False)
    return entry


def retired(db: Session, person: Person) -> list[Entry]:
    """Return what is no longer spoken of what somebody looks after, the last written first."""
    put_away = (
        select(EntryRevision)
        .join(EntryRecord, col(EntryRecord.id) == col(EntryRevision.entry_id))
        .where(col(EntryRecord.retired).is_(True), col(EntryRevision.number) == col(EntryRecord.revision))
        .order_by(col(EntryRevision.id).desc())
    )
    found = [Entry.model_validate(one.body) for one in db.execute(put_away).scalars()]
    return [one for one in found if may_edit(db, person, one)]


def extend(db: Session, entry_id: str, *, by: Person, now: datetime) -> date:
    """Let an entry hold for a year from today, as it stands: somebody looked; return until when.

    Raises :class:`DomainError` when they do not look after it.
    """
    entry = for_editor(db, entry_id, by)
    until = drafting.a_year_on(now, db)
    entries.speak(db, entry.model_copy(update={"check_by": until}), author=by, now=now)
    audit.note(db, "entries.extend", entry_id, actor_id=by.id, now=now)
    return until


def old(db: Session, person: Person, *, now: datetime) -> list[Old]:
    """Return the entries somebody looks after whose day is over or comes soon: those of their own place first."""
    day = today(db, now)
    library = house_of(db).shelf.current(db)
    due = [one for one in library.entries.values() if one.check_by <= day + SOON]
    allowed = {scope: may_edit(db, person, one) for scope, one in {one.scope: one for one in due}.items()}
    here = {scope: scopes.unit_of(db, scope) is not None for scope in allowed}
    mine = [Old(one, one.check_by < day) for one in due if allowed[one.scope]]
    return sorted(mine, key=lambda one: (not here[one.entry.scope], one.entry.check_by, one.entry.id))
