"""Content entries in the database: each with every revision it ever had."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from db.types import Table, json_column, moment, where_given, word


class Origin(StrEnum):
    """Where a revision came from."""

    PACK = "pack"
    LOCAL = "local"


class EntryRecord(Table, table=True):
    """An entry and which of its revisions is spoken. ``pack_digest`` is the newest pack text seen for it."""

    id: str = Field(primary_key=True, max_length=80)
    revision: int
    pack_digest: str = Field(default="", max_length=64)
    differs_from_pack: bool = False
    retired: bool = False


class EntryRevision(Table, table=True):
    """One text an entry had, never changed afterwards."""

    __table_args__ = (UniqueConstraint("entry_id", "number"), where_given("entry_revision", "author_id"))

    id: int | None = Field(default=None, primary_key=True)
    entry_id: str = Field(foreign_key="entry_record.id", max_length=80)
    number: int
    origin: Origin = word(Origin)
    body: dict[str, Any] = Field(sa_type=json_column())
    author_id: int | None = Field(default=None, foreign_key="person.id")
    created_at: datetime = moment()


class Version(Table, table=True):
    """A named mark that is new after each change, such as the version of all entries taken together."""

    name: str = Field(primary_key=True, max_length=40)
    mark: str = Field(default="", max_length=40)
