"""Files people sent: noted in the turn, fetched afterwards, kept by the digest of their bytes."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain.outbox import Target
from db.claims import table_of
from db.models import FileKind, FileState, StoredFile

LARGEST = 20 * 1024 * 1024
"""Bytes of the largest file that is taken, on any channel."""

_FILE = table_of(StoredFile)
_TRIES = 5


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
            half_written = path.with_suffix(".part")
            half_written.write_bytes(data)
            half_written.replace(path)
        return digest

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
            remote_id=one.remote_id,
            name=one.name[:120],
            media_type=one.media_type[:80],
            size=one.size,
            digest=one.digest,
            person_id=person_id,
            created_at=now,
        )
        for one in files
    ]
    db.add_all(rows)
    db.flush()
    return tuple(row.id for row in rows if row.id is not None)


def waiting(db: Session, channels: Sequence[str], *, limit: int) -> list[tuple[int, str, str]]:
    """Return (id, channel, remote id) of files whose bytes are still to be fetched, oldest first."""
    still = select(_FILE.c.id, _FILE.c.channel, _FILE.c.remote_id).where(
        _FILE.c.state == FileState.WAITING, _FILE.c.channel.in_(channels)
    )
    return [tuple(row) for row in db.execute(still.order_by(_FILE.c.attempts, _FILE.c.id).limit(limit))]


def arrived(db: Session, file_id: int, digest: str, size: int) -> None:
    """Note that the bytes of a file are kept."""
    db.execute(update(_FILE).where(_FILE.c.id == file_id).values(state=FileState.KEPT, digest=digest, size=size))


def missed(db: Session, file_id: int) -> None:
    """Note that fetching failed; after a few times the file is lost."""
    row = db.get_one(StoredFile, file_id)
    row.attempts += 1
    row.state = FileState.LOST if row.attempts >= _TRIES else FileState.WAITING
    db.add(row)


def rows(db: Session, file_ids: Sequence[int]) -> list[StoredFile]:
    """Return the rows of some files, in the order they came."""
    found = db.execute(select(StoredFile).where(col(StoredFile.id).in_(file_ids))).scalars()
    return sorted(found, key=lambda row: row.id or 0)
