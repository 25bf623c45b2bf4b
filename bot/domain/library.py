"""The entries as they are spoken now, with their index, in every process at the same version."""

import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain.answers import aliases
from bot.domain.spoken import Entries, spoken_now
from content.match import Matcher
from content.schema import Entry
from db.models import EntryRecord, EntryRevision, Version
from db.sql import give_back_pages

VERSION = "entries"

_STEPS = 16
"""Changes that are looked at again with the next: any of them may have been undone with its transaction."""

_LAST = 32
"""Revisions that are looked at again after everything was read, for the same reason."""

_MOST = 200
"""Changed entries up to which an index follows them one by one; from more a new one is made faster."""

_AT_ONCE = 500
"""Entries read from the database in one go."""

_PATIENCE = 0.05
"""Seconds a turn waits for another one that follows a change before it answers from what was spoken before."""


@dataclass(frozen=True, slots=True)
class Library:
    """One version of all entries and the index over them."""

    version: str
    entries: Mapping[str, Entry]
    matcher: Matcher


@dataclass(frozen=True, slots=True)
class _Step:
    """A change that was followed: the newest revision before it, and the entries that were read anew."""

    newest: int
    changed: frozenset[str]


@dataclass(slots=True)
class Shelf:
    """Keeps the newest library in memory; a turn that finds a newer version in the database lets it follow first."""

    _held: Library | None = None
    _entries: Entries = field(default_factory=Entries)
    _numbers: dict[str, int] = field(default_factory=dict[str, int])
    _words: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    _retired: set[str] = field(default_factory=set[str])
    _newest: int = 0
    _steps: deque[_Step] = field(default_factory=lambda: deque[_Step](maxlen=_STEPS))
    _changing: threading.Lock = field(default_factory=threading.Lock)

    def current(self, db: Session, version: str | None = None) -> Library:
        """Return the library of the version that this transaction sees, or has read already.

        While another thread makes a whole new index, it is the library of the version before.
        """
        if version is None:
            version = _version_in(db)
        held = self._held
        if held is not None and held.version == version:
            return held
        if not self._changing.acquire(timeout=-1 if held is None else _PATIENCE):
            return held or Library("", {}, Matcher(()))
        try:
            if self._held is None or self._held.version != version:
                self._held = self._follow(db, version, self._held)
            return self._held
        finally:
            self._changing.release()

    def _follow(self, db: Session, version: str, held: Library | None) -> Library:
        """Read what changed since, or everything where that is unknown or too much."""
        newest = db.execute(select(func.max(col(EntryRevision.id)))).scalar_one() or 0
        words = aliases.accepted(db)
        changed = self._changed(db, words) if held else None
        if held is None or changed is None:
            return self._load(db, version, newest, words)
        entries = self._entries.copy()
        spoken = {row[0]: (row[1], row[2]) for row in db.execute(spoken_now(sorted(changed)))} if changed else {}
        for entry_id in sorted(changed):
            number, text = spoken.get(entry_id, (0, ""))
            if not number:
                self._numbers.pop(entry_id, None)
                held.matcher.remove(entry_id)
                entries.drop(entry_id)
            elif not entries.has(entry_id, text) or words.get(entry_id) != self._words.get(entry_id):
                self._numbers[entry_id] = number
                held.matcher.put(aliases.asked_for(entries.put(text), words))
        self._steps.append(_Step(min(newest, self._newest), changed))
        if not self._is_complete(db):
            return self._load(db, version, newest, words)
        self._stand(entries, newest, words)
        return Library(version, entries, held.matcher)

    def _changed(self, db: Session, words: Mapping[str, Sequence[str]]) -> frozenset[str] | None:
        """Return the entries to read anew: newer ones, and those of the last changes; nothing when these are many."""
        since = min((step.newest for step in self._steps), default=self._newest)
        newer = select(col(EntryRevision.entry_id)).where(col(EntryRevision.id) > since).limit(_MOST + 1)
        changed = {*db.execute(newer).scalars()}.union(*(step.changed for step in self._steps))
        retired = {*db.execute(select(col(EntryRecord.id)).where(col(EntryRecord.retired))).scalars()}
        changed |= (retired & self._numbers.keys()) | (self._retired - retired)
        changed |= {one for one in words.keys() | self._words.keys() if words.get(one) != self._words.get(one)}
        self._retired = retired
        return frozenset(changed) if len(changed) <= _MOST else None

    def _is_complete(self, db: Session) -> bool:
        """Tell whether as many entries are held, of the same revisions, as there are."""
        sums = select(func.count(), func.sum(col(EntryRecord.revision))).where(col(EntryRecord.retired).is_(False))
        count, numbers = db.execute(sums).one()
        return count == len(self._numbers) and (numbers or 0) == sum(self._numbers.values())

    def _load(self, db: Session, version: str, newest: int, words: Mapping[str, Sequence[str]]) -> Library:
        entries, numbers = Entries(), dict[str, int]()

        def read() -> Iterator[aliases.AskedFor]:
            for entry_id, number, body in db.execute(spoken_now().execution_options(yield_per=_AT_ONCE)):
                numbers[entry_id] = number
                yield aliases.asked_for(entries.put(body), words)
            give_back_pages(db)  # before the index is made, which needs that memory

        matcher = Matcher(read())
        self._numbers = numbers
        self._steps.clear()
        self._steps.append(_last_step(db, newest))
        self._retired = {*db.execute(select(col(EntryRecord.id)).where(col(EntryRecord.retired))).scalars()}
        self._stand(entries, newest, words)
        return Library(version, entries, matcher)

    def _stand(self, entries: Entries, newest: int, words: Mapping[str, Sequence[str]]) -> None:
        """Let a new set stand for the one before, which a turn may still hold."""
        self._entries.follow(entries)
        self._entries, self._newest, self._words = entries, newest, words


def is_newest(db: Session, library: Library) -> bool:
    """Tell whether a library is of the version this transaction sees: it is not while an index is being made."""
    return library.version == _version_in(db)


def _last_step(db: Session, newest: int) -> _Step:
    """Return the last revisions as a change, because their transaction may be undone as well."""
    last = select(col(EntryRevision.entry_id)).where(col(EntryRevision.id) > newest - _LAST)
    return _Step(newest - _LAST, frozenset(db.execute(last).scalars()))


def _version_in(db: Session) -> str:
    return db.execute(select(col(Version.mark)).where(col(Version.name) == VERSION)).scalar_one_or_none() or ""
