"""What one parcel needs from the database before it can be said, and what is written down while it is."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.channels.base import TryLater
from bot.domain.files import FileStore, KeptFile
from db.claims import insert_into, put_or_replace, table_of
from db.models import FileState, StoredFile, WechatMedia, WechatProgress

MEDIA_KEPT = timedelta(days=3)
"""How long WeChat keeps a file."""

_SURELY_KEPT = timedelta(hours=70)
_PROGRESS = table_of(WechatProgress)
_MEDIA = table_of(WechatMedia)


@dataclass(frozen=True, slots=True)
class Supplies:
    """The files of a parcel that are here, by id, and how many of its parts have gone already."""

    files: dict[int, KeptFile]
    parts_gone: int


def supplies(db: Session, row_id: int, file_ids: Collection[int], *, store: FileStore) -> Supplies:
    """Return what a parcel needs; raise :class:`TryLater` for a file that is still to come."""
    files: dict[int, KeptFile] = {}
    for file_id in sorted(file_ids):
        row = db.get(StoredFile, file_id)
        if row is None or row.state is FileState.LOST:
            continue
        kept = store.kept(db, file_id)
        if kept is None:
            raise TryLater(f"file {file_id} is not here yet")
        files[file_id] = kept
    gone = db.execute(select(_PROGRESS.c.parts).where(_PROGRESS.c.outbox_id == row_id)).scalar_one_or_none()
    return Supplies(files, gone or 0)


def note_gone(db: Session, row_id: int, parts: int, *, now: datetime) -> None:
    """Write down how many parts of a message have gone; what has gone does not come back."""
    written = insert_into(db, _PROGRESS).values(outbox_id=row_id, parts=parts, gone_at=now)
    further = written.on_conflict_do_update(
        index_elements=["outbox_id"], set_={"parts": parts, "gone_at": now}, where=_PROGRESS.c.parts < parts
    )
    db.execute(further)


def media_id(db: Session, account: str, digest: str, *, now: datetime) -> str:
    """Return where WeChat surely still keeps a file, or nothing."""
    kept = select(_MEDIA.c.media_id).where(
        _MEDIA.c.account == account, _MEDIA.c.digest == digest, _MEDIA.c.expires_at > now
    )
    return db.execute(kept).scalar_one_or_none() or ""


def note_media(db: Session, account: str, digest: str, kept_as: str, *, now: datetime) -> None:
    """Write down where WeChat keeps a file now."""
    values = {"account": account, "digest": digest, "media_id": kept_as, "expires_at": now + _SURELY_KEPT}
    put_or_replace(db, WechatMedia, values, key=("account", "digest"))


def forget_media(db: Session, account: str, digest: str) -> None:
    """Forget where WeChat kept a file: it does not any more."""
    db.execute(delete(_MEDIA).where(_MEDIA.c.account == account, _MEDIA.c.digest == digest))
