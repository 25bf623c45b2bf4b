"""Files people sent: noted in the turn, fetched afterwards, kept by the digest of their bytes."""

import hashlib
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from bot import pictures
from bot.clock import new_token
from bot.domain.messages import readable
from bot.domain.outgoing.outbox import PUSHED, Target
from db.claims import table_of
from db.models import WAITING, FileKind, FileState, StoredFile
from db.prepared import Prepared
from db.sql import ring

LARGEST = 20 * 1024 * 1024
"""Bytes of the largest file that is taken, on any channel."""

PRESS = "press"
"""The channel of papers: files that are made here rather than fetched."""

_FILE = table_of(StoredFile)
_JUST_SENT = Prepared(
    select(_FILE.c.id)
    .where(_FILE.c.person_id == bindparam("person_id"), _FILE.c.channel != PRESS)
    .where(_FILE.c.created_at >= bindparam("since"), _FILE.c.passed_on.is_(False))
    .order_by(_FILE.c.id)
)
_PATIENCE = timedelta(hours=24)
_MOST_PRESSINGS = 3
_IN_HAND = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(hours=1)
_LARGEST_SIZE = 2**31 - 1


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file somebody sent: ``digest`` when its bytes are kept already, else ``remote_id`` to fetch them by."""

    kind: FileKind
    remote_id: str = ""
    digest: str = ""
    name: str = ""
    media_type: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file whose bytes are here, ready to be sent on."""

    id: int
    kind: FileKind
    path: Path
    name: str
    media_type: str


class FileStore:
    """The folder of kept bytes, each under its own digest, so that the same photo is kept once."""

    def __init__(self, root: Path) -> None:
        """Keep files below ``root``; it is made when the first one arrives."""
        self._root = root

    def keep(self, data: bytes) -> str:
        """Write bytes and return their SHA-256 digest; raise ``ValueError`` when there are too many or none."""
        if not 0 < len(data) <= LARGEST:
            raise ValueError("empty or too large")
        digest = hashlib.sha256(data).hexdigest()
        path = self.path(digest)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            half_written = path.with_suffix(f".{new_token(6)}")
            with half_written.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            half_written.replace(path)
        return digest

    def keep_sent(self, file: IncomingFile, data: bytes) -> IncomingFile:
        """Keep what somebody sent and return it with its digest; a picture is made anew, whatever way it came.

        Raises ``ValueError`` for what is empty, too large, or a picture that cannot be opened.
        """
        if not pictures.photo_type(data):
            return replace(file, digest=self.keep(data), size=len(data))
        made = pictures.anew(data)
        name = pictures.renamed(file.name)
        return replace(file, digest=self.keep(made), size=len(made), name=name, media_type=pictures.JPEG)

    def path(self, digest: str) -> Path:
        """Return where the bytes of a digest lie, whether or not they do yet."""
        return self._root / digest[:2] / digest

    def kept(self, db: Session, file_id: int) -> KeptFile | None:
        """Return a file that can be sent on, or ``None`` while its bytes are not here."""
        row = db.get(StoredFile, file_id)
        if row is None or row.state is not FileState.KEPT:
            return None
        return KeptFile(file_id, row.kind, self.path(row.digest), row.name, row.media_type)


def note(
    db: Session, files: Sequence[IncomingFile], *, person_id: int | None, source: Target, now: datetime
) -> tuple[int, ...]:
    """Write down what somebody sent and return the new ids, in order."""
    rows = [
        StoredFile(
            kind=one.kind,
            state=FileState.KEPT if one.digest else FileState.WAITING,
            channel=source.channel,
            account=source.account,
            remote_id=readable(one.remote_id)[:200],
            name=readable(one.name)[:120],
            media_type=readable(one.media_type)[:80],
            size=min(max(one.size, 0), _LARGEST_SIZE),
            digest=one.digest,
            person_id=person_id,
            created_at=now,
            next_at=now,
        )
        for one in files
    ]
    db.add_all(rows)
    db.flush()
    return tuple(row.id for row in rows if row.id is not None)


def waiting(db: Session, channels: Sequence[str], *, now: datetime, limit: int) -> list[tuple[int, str, str]]:
    """Return (id, channel, remote id) of files that are to be fetched now, oldest first."""
    still = select(_FILE.c.id, _FILE.c.channel, _FILE.c.remote_id).where(
        WAITING, _FILE.c.next_at <= now, _FILE.c.channel.in_(channels)
    )
    return [tuple(row) for row in db.execute(still.order_by(_FILE.c.id).limit(limit))]


def next_due(db: Session, channels: Sequence[str]) -> datetime | None:
    """Return when the next waiting file of some channels may be fetched, if one waits."""
    first = select(func.min(_FILE.c.next_at)).where(WAITING, _FILE.c.channel.in_(channels))
    return db.execute(first).scalar_one()


def take(db: Session, file_ids: Sequence[int], *, now: datetime) -> list[int]:
    """Return which of some waiting files nobody else has in hand; for half a minute they are the caller's."""
    free = update(_FILE).where(_FILE.c.id.in_(file_ids), WAITING, _FILE.c.next_at <= now)
    return sorted(db.execute(free.values(next_at=now + _IN_HAND).returning(_FILE.c.id)).scalars())


def arrived(db: Session, file_id: int, digest: str, size: int) -> None:
    """Note that the bytes of a file are kept, and wake whoever has a message that waits for it."""
    ring(db, PUSHED)
    db.execute(update(_FILE).where(_FILE.c.id == file_id).values(state=FileState.KEPT, digest=digest, size=size))


def incoming(db: Session, file_id: int) -> IncomingFile:
    """Return what a waiting file said of itself when it came."""
    row = db.get_one(StoredFile, file_id)
    return IncomingFile(row.kind, row.remote_id, name=row.name, media_type=row.media_type)


def arrived_as(db: Session, file_id: int, kept: IncomingFile) -> None:
    """Note that what somebody sent is kept, as it is now."""
    arrived(db, file_id, kept.digest, kept.size)
    now = update(_FILE).where(_FILE.c.id == file_id)
    db.execute(now.values(name=kept.name, media_type=kept.media_type))


def missed(db: Session, file_id: int, *, now: datetime) -> None:
    """Note that fetching failed: it is tried again less and less often, and after a day the file is lost.

    A paper that could not be made a few times in a row will not be made later either.
    """
    row = db.get_one(StoredFile, file_id)
    row.attempts += 1
    row.next_at = now + min(timedelta(seconds=2 ** min(row.attempts, 12)), _LONGEST_WAIT)
    is_over = row.attempts >= _MOST_PRESSINGS if row.channel == PRESS else now - row.created_at > _PATIENCE
    row.state = FileState.LOST if is_over else FileState.WAITING
    db.add(row)


def drop_unused(db: Session, store: FileStore, digest: str) -> None:
    """Drop the bytes of a digest unless a file still has them."""
    if db.execute(select(_FILE.c.id).where(_FILE.c.digest == digest).limit(1)).first() is None:
        store.path(digest).unlink(missing_ok=True)


def just_sent(db: Session, person_id: int, *, since: datetime) -> list[int]:
    """Return the ids of what somebody sent lately and has not passed on yet."""
    return [file_id for (file_id,) in _JUST_SENT.rows(db, person_id=person_id, since=since)]


def pass_on(db: Session, files: Sequence[StoredFile]) -> None:
    """Note that files went along with a case."""
    for one in files:
        one.passed_on = True
        db.add(one)


def rows(db: Session, file_ids: Collection[int]) -> list[StoredFile]:
    """Return the rows of some files, in the order they came."""
    found = db.execute(select(StoredFile).where(col(StoredFile.id).in_(file_ids))).scalars()
    return sorted(found, key=lambda row: row.id or 0)
