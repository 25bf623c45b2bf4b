"""The entries as they are spoken now, with their index, in every process at the same version."""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain.answers import aliases
from content.match import Matcher
from content.schema import Entry
from db.models import EntryRecord, EntryRevision, Version

VERSION = "entries"


class Entries(Mapping[str, Entry]):
    """Entries by id, kept as JSON and read when they are asked for.

    As objects ten thousand would take 40 MB, as text 10; a turn asks for a handful, and reading one takes 20 µs.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._texts: dict[str, bytes] = {}

    def put(self, text: str) -> Entry:
        """Keep the JSON text of an entry and return the entry; raise ``ValidationError`` when it is none."""
        entry = Entry.model_validate_json(text)
        self._texts[entry.id] = entry.model_dump_json().encode()
        return entry

    def __getitem__(self, entry_id: str) -> Entry:
        """Read an entry."""
        return Entry.model_validate_json(self._texts[entry_id])

    def __contains__(self, entry_id: object) -> bool:
        """Tell whether there is such an entry, without reading it."""
        return entry_id in self._texts

    def __iter__(self) -> Iterator[str]:
        """Go through the ids, in their order."""
        return iter(self._texts)

    def __len__(self) -> int:
        """Count them."""
        return len(self._texts)


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
        select(cast(col(EntryRevision.body), Text))
        .join(
            EntryRecord,
            (col(EntryRevision.entry_id) == col(EntryRecord.id))
            & (col(EntryRevision.number) == col(EntryRecord.revision)),
        )
        .where(col(EntryRecord.retired).is_(False))
        .order_by(col(EntryRecord.id))
    )
    entries = Entries()
    words = aliases.accepted(db)
    matcher = Matcher(aliases.asked_for(entries.put(text), words) for text in db.execute(spoken).scalars())
    return Library(version, entries, matcher)
