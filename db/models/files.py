"""Files people sent: what they are and whether they are kept yet."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, text
from sqlmodel import Field

from db.types import Table, moment, word


class FileKind(StrEnum):
    """How a file is shown and heard."""

    PHOTO = "photo"
    VOICE = "voice"
    DOCUMENT = "document"


class FileState(StrEnum):
    """Whether the bytes are here."""

    WAITING = "waiting"
    KEPT = "kept"
    LOST = "lost"


WAITING = text("state = 'waiting'")
"""Files whose bytes are still to be fetched, in the words of their index."""


class StoredFile(Table, table=True):
    """One file; its bytes lie in the data folder under ``digest`` once it is kept."""

    __table_args__ = (Index("ix_stored_file_waiting", "id", postgresql_where=WAITING, sqlite_where=WAITING),)

    id: int | None = Field(default=None, primary_key=True)
    kind: FileKind = word(FileKind)
    state: FileState = word(FileState, default=FileState.WAITING)
    channel: str = Field(max_length=20)
    account: str = Field(max_length=64)
    remote_id: str = Field(default="", max_length=200)
    name: str = Field(default="", max_length=120)
    media_type: str = Field(default="", max_length=80)
    size: int = 0
    digest: str = Field(default="", max_length=64, index=True)
    attempts: int = 0
    passed_on: bool = False
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    next_at: datetime = moment()
    created_at: datetime = moment()
