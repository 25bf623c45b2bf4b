"""Entries in the database: packs come in, local edits stand, every revision is kept."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.clock import new_token
from bot.domain import audit
from bot.domain.library import VERSION
from content.schema import Entry
from db.claims import put_if_missing, table_of
from db.models import EntryRecord, EntryRevision, Origin, Person, Version
from db.sql import ring

_VERSIONS = table_of(Version)


@dataclass(slots=True)
class ImportReport:
    """What an import did, as entry ids."""

    added: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    kept_local: list[str] = field(default_factory=list)
    not_in_pack: list[str] = field(default_factory=list)


def import_pack(db: Session, pack: Sequence[Entry], *, now: datetime) -> ImportReport:
    """Take a pack in: new and newer texts are spoken at once, a text edited here is kept and flagged instead."""
    lock(db)
    report = ImportReport()
    known = {record.id: record for record in db.execute(select(EntryRecord)).scalars()}
    newer = [(record, entry) for entry in pack if (record := _newer(db, entry, known.get(entry.id), report))]
    _revise(db, newer, Origin.PACK, author=None, now=now)
    report.not_in_pack = sorted(known.keys() - {entry.id for entry in pack})
    if report.added or report.updated:
        announce(db)
        subject = f"{len(report.added)} new, {len(report.updated)} newer"
        audit.note(db, "entries.import", subject, actor_id=None, now=now)
    return report


def edit(db: Session, entry: Entry, *, author: Person | None, now: datetime) -> None:
    """Speak a text written here from now on; a later pack will not replace it."""
    speak(db, entry, author=author, now=now)
    audit.note(db, "entries.edit", entry.id, actor_id=author.id if author else None, now=now)


def edit_all(db: Session, pack: Sequence[Entry], *, author: Person | None, now: datetime) -> list[str]:
    """Edit what reads otherwise than it is spoken, return its ids; a text that came back as it went out is no edit."""
    lock(db)
    current = {one.id: digest(one) for one in spoken(db)}
    changed = [one for one in pack if current.get(one.id) != digest(one)]
    for one in changed:
        edit(db, one, author=author, now=now)
    return [one.id for one in changed]


def speak(db: Session, entry: Entry, *, author: Person | None, now: datetime) -> None:
    """Do what :func:`edit` does, for a rule that writes its own line of the audit."""
    lock(db)
    record = db.get(EntryRecord, entry.id) or EntryRecord(id=entry.id, revision=0)
    _revise(db, [(record, entry)], Origin.LOCAL, author=author, now=now)
    record.differs_from_pack = record.pack_digest not in {"", digest(entry)}
    record.retired = False
    announce(db)


def retire(db: Session, entry_id: str, *, by: Person | None, now: datetime, is_retired: bool = True) -> bool:
    """Speak an entry no longer, or again; tell whether that changed anything. Its revisions stay."""
    lock(db)
    record = db.get(EntryRecord, entry_id)
    if record is None or record.retired is is_retired:
        return False
    record.retired = is_retired
    db.add(record)
    db.flush()
    announce(db)
    act = "entries.retire" if is_retired else "entries.restore"
    audit.note(db, act, entry_id, actor_id=by.id if by else None, now=now)
    return True


def spoken(db: Session) -> list[Entry]:
    """Return every entry as it is spoken now, for export."""
    current = select(EntryRevision).join(
        EntryRecord,
        (col(EntryRevision.entry_id) == col(EntryRecord.id)) & (col(EntryRevision.number) == col(EntryRecord.revision)),
    )
    current = current.where(col(EntryRecord.retired).is_(False)).order_by(col(EntryRecord.id))
    return [Entry.model_validate(one.body) for one in db.execute(current).scalars()]


def digest(entry: Entry) -> str:
    """Return a digest of an entry's text, equal only for equal texts."""
    text = json.dumps(entry.model_dump(mode="json"), ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def lock(db: Session) -> None:
    """Make imports and edits take turns: whoever holds the version's row goes first."""
    put_if_missing(db, Version, {"name": VERSION, "mark": ""}, key=("name",))
    db.execute(select(_VERSIONS.c.mark).where(_VERSIONS.c.name == VERSION).with_for_update())


def announce(db: Session) -> None:
    """Let every process speak the entries as they are now, once this transaction is committed."""
    ring(db, VERSION)
    db.execute(update(_VERSIONS).where(_VERSIONS.c.name == VERSION).values(mark=new_token(12)))


def _newer(db: Session, entry: Entry, record: EntryRecord | None, report: ImportReport) -> EntryRecord | None:
    """Report what becomes of an entry of a pack; return its record when its text is to be spoken from now on."""
    newest = digest(entry)
    if record is None:
        report.added.append(entry.id)
        return EntryRecord(id=entry.id, revision=0, pack_digest=newest)
    if record.pack_digest == newest:
        report.unchanged.append(entry.id)
        return None
    record.pack_digest = newest
    if _is_local(db, record):
        record.differs_from_pack = newest != _spoken_digest(db, record)
        (report.kept_local if record.differs_from_pack else report.unchanged).append(entry.id)
        return None
    report.updated.append(entry.id)
    return record


def _spoken_digest(db: Session, record: EntryRecord) -> str:
    body = select(col(EntryRevision.body)).where(
        col(EntryRevision.entry_id) == record.id, col(EntryRevision.number) == record.revision
    )
    return digest(Entry.model_validate(db.execute(body).scalar_one()))


def _is_local(db: Session, record: EntryRecord) -> bool:
    current = select(col(EntryRevision.origin)).where(
        col(EntryRevision.entry_id) == record.id, col(EntryRevision.number) == record.revision
    )
    return db.execute(current).scalar_one() is Origin.LOCAL


def _revise(
    db: Session,
    texts: Sequence[tuple[EntryRecord, Entry]],
    origin: Origin,
    *,
    author: Person | None,
    now: datetime,
) -> None:
    """Write a new revision of each entry and speak it: all at once, because a pack may hold thousands."""
    if not texts:
        return
    entry_id, number = col(EntryRevision.entry_id), col(EntryRevision.number)
    newest = {row[0]: row[1] for row in db.execute(select(entry_id, func.max(number)).group_by(entry_id))}
    for record, entry in texts:
        record.revision = newest.get(entry.id, 0) + 1
    db.add_all([record for record, _ in texts])
    db.flush()
    author_id = author.id if author else None
    db.add_all(
        EntryRevision(
            entry_id=record.id,
            number=record.revision,
            origin=origin,
            body=entry.model_dump(mode="json"),
            author_id=author_id,
            created_at=now,
        )
        for record, entry in texts
    )
    db.flush()
