"""The entries as they are spoken now, with their index, in every process at the same version."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from content.match import Matcher
from content.schema import Entry
from db.models import EntryRecord, EntryRevision, Version

VERSION = "entries"


@dataclass(frozen=True, slots=True)
class Library:
    """One version of all entries and the index over them."""

    version: str
    entries: Mapping[str, Entry]
    matcher: Matcher


@dataclass(slots=True)
class Shelf:
    """Keeps the newest library in memory; a turn that finds a newer version in the database loads it first."""

    _held: Library | None = None
    _loading: threading.Lock = field(default_factory=threading.Lock)

    def current(self, db: Session, version: str | None = None) -> Library:
        """Return the library of the version that this transaction sees, or has read already."""
        if version is None:
            version = _version_in(db)
        held = self._held
        if held is not None and held.version == version:
            return held
        with self._loading:
            if self._held is None or self._held.version != version:
                self._held = _load(db, version)
            return self._held


def _version_in(db: Session) -> str:
    return db.execute(select(col(Version.mark)).where(col(Version.name) == VERSION)).scalar_one_or_none() or ""


def _load(db: Session, version: str) -> Library:
    spoken = (
        select(col(EntryRevision.body))
        .join(
            EntryRecord,
            (col(EntryRevision.entry_id) == col(EntryRecord.id))
            & (col(EntryRevision.number) == col(EntryRecord.revision)),
        )
        .where(col(EntryRecord.retired).is_(False))
        .order_by(col(EntryRecord.id))
    )
    entries = [Entry.model_validate(body) for body in db.execute(spoken).scalars()]
    return Library(version, {entry.id: entry for entry in entries}, Matcher(entries))
