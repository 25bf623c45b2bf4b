"""Taking an import back: within a day, as a whole, and only while nothing it wrote was changed since."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import delete, exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, audit
from bot.domain.house import house_of
from bot.domain.persons.people import name_key
from bot.domain.rosters.roster import UNDOABLE
from bot.domain.rosters.roster_standing import PAGE, Entry, entry_of
from bot.errors import DomainError
from db.claims import table_of
from db.models import Address, Member, Person, RosterChange, RosterImport, Unit

_PERSON = table_of(Person)
_MEMBER = table_of(Member)
_CHANGE = table_of(RosterChange)


def last_import(db: Session, actor: Person, *, now: datetime) -> RosterImport:
    """Return somebody's last import that can still be taken back; refuse when there is none."""
    theirs = (col(RosterImport.actor_id) == actor.id, col(RosterImport.undone_at).is_(None))
    last = select(RosterImport).where(*theirs).order_by(col(RosterImport.id).desc()).limit(1)
    found = db.execute(last).scalar_one_or_none()
    if found is None:
        raise DomainError("roster/nothing_to_undo")
    _insist_on_keeping(db, found, actor)
    if now - found.imported_at > UNDOABLE:
        raise DomainError("roster/too_late_to_undo")
    return found


def undo(db: Session, import_id: int, actor: Person, *, now: datetime) -> RosterImport:
    """Put everybody back as they were before an import, and drop whom it added."""
    held = select(RosterImport).where(col(RosterImport.id) == import_id).with_for_update()
    record = db.execute(held).scalar_one_or_none()
    if record is None or record.actor_id != actor.id or record.undone_at is not None:
        raise DomainError("roster/nothing_to_undo")
    _insist_on_keeping(db, record, actor)
    if now - record.imported_at > UNDOABLE:
        raise DomainError("roster/too_late_to_undo")
    for change in _changes(db, import_id):
        _insist_on_unchanged(db, change)
        _put_back(db, change, now)
    record.undone_at = now
    db.add(record)
    try:
        db.flush()
    except IntegrityError:  # somebody it added has done something since
        raise DomainError("roster/changed_since") from None
    audit.note(db, "roster.undo", f"import {import_id}", actor_id=actor.id, now=now)
    return record


def _insist_on_keeping(db: Session, record: RosterImport, actor: Person) -> None:
    """Refuse whoever no longer keeps what they imported into."""
    access.insist(db, actor, access.Act.KEEP_ROSTER, db.get_one(Unit, record.unit_id))


def _changes(db: Session, import_id: int) -> Iterator[RosterChange]:
    """Yield the trail of an import, a page at a time."""
    last_id = 0
    trail = select(RosterChange).where(col(RosterChange.import_id) == import_id).order_by(col(RosterChange.id))
    while page := db.execute(trail.where(col(RosterChange.id) > last_id).limit(PAGE)).scalars().all():
        last_id = page[-1].id or 0
        yield from page


def _insist_on_unchanged(db: Session, change: RosterChange) -> None:
    if entry_of(db, change.person_id) != Entry.read(change.after):
        raise DomainError("roster/changed_since")


def _put_back(db: Session, change: RosterChange, now: datetime) -> None:
    if change.before is None:
        _drop(db, change)
        return
    keys = house_of(db).keys
    before = Entry.read(change.before)
    mobile = keys.open(change.before["mobile_sealed"]) if change.before["mobile_sealed"] else ""
    person = {
        "name": before.name,
        "name_key": name_key(before.name),
        "mobile_sealed": change.before["mobile_sealed"],
        "mobile_blind": before.mobile_blind or None,
        "last_four_blind": keys.blind(f"last four:{mobile[-4:]}") if mobile else None,
    }
    db.execute(update(_PERSON).where(_PERSON.c.id == change.person_id).values(**person))
    member = {**before.columns(), "changed_at": now}
    db.execute(update(_MEMBER).where(_MEMBER.c.person_id == change.person_id).values(**member))


def _drop(db: Session, change: RosterChange) -> None:
    """Forget somebody an import added, unless they have been here since."""
    has_spoken = exists(select(col(Address.id)).where(col(Address.person_id) == change.person_id))
    if db.execute(select(has_spoken)).scalar_one():
        raise DomainError("roster/changed_since")
    try:
        db.execute(delete(_CHANGE).where(_CHANGE.c.id == change.id))
        db.execute(delete(_MEMBER).where(_MEMBER.c.person_id == change.person_id))
        if change.after["is_new_person"]:
            db.execute(delete(_PERSON).where(_PERSON.c.id == change.person_id))
    except IntegrityError:  # something refers to them
        raise DomainError("roster/changed_since") from None
