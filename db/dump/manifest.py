"""What a backup says of itself: where it comes from, and the size and digest of each of its parts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from bot.errors import CommandRefused

FORMAT = 1
"""The layout this version writes, and the newest it can read."""

MANIFEST = "manifest.json"
LARGEST = 64 * 1024 * 1024
"""Bytes of the largest manifest that is read: enough to name some 300,000 files."""

_Name = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]{0,62}$")]
_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Count = Annotated[int, Field(ge=0, lt=2**63)]
_EXACT = ConfigDict(extra="forbid", strict=True)


@dataclass(frozen=True, slots=True)
class TablePart:
    """The rows of one table, ``size`` in bytes; ``counter`` is the last id PostgreSQL gave out, else zero."""

    __pydantic_config__ = _EXACT

    name: _Name
    columns: tuple[_Name, ...]
    rows: _Count
    size: _Count
    sha256: _Digest
    counter: _Count

    @property
    def member(self) -> str:
        """Its name in the archive."""
        return f"tables/{self.name}.jsonl"


@dataclass(frozen=True, slots=True)
class FilePart:
    """One received file: the name it is kept under, and the digest of the bytes that were there."""

    __pydantic_config__ = _EXACT

    name: _Digest
    size: _Count
    sha256: _Digest

    @property
    def member(self) -> str:
        """Its name in the archive."""
        return f"files/{self.name}"


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything there is to know of a backup without reading its rows; ``key`` tells which secret sealed them."""

    __pydantic_config__ = _EXACT

    format: int
    hongyan: str
    revision: str
    made_at: datetime
    key: str
    tables: tuple[TablePart, ...]
    files: tuple[FilePart, ...]

    @property
    def rows(self) -> int:
        """How many rows there are in all tables."""
        return sum(part.rows for part in self.tables)


@dataclass(frozen=True, slots=True)
class _Head:
    format: int


_WHOLE = TypeAdapter(Manifest)
_HEAD = TypeAdapter(_Head)


def written(manifest: Manifest) -> bytes:
    """Return the manifest as it stands in the archive."""
    return _WHOLE.dump_json(manifest, indent=1)


def read(data: bytes) -> Manifest:
    """Read a manifest; refuse one of a newer layout, and one that nobody here wrote."""
    try:
        if _HEAD.validate_json(data).format > FORMAT:
            raise CommandRefused("The backup was written by a newer version of Hongyan; install that version.")
        return _WHOLE.validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        raise CommandRefused(f"The backup's {MANIFEST} cannot be read: {where}: {first['msg']}.") from error
