"""How rows become lines of text and lines become rows, the same on SQLite and PostgreSQL."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    ColumnClause,
    ColumnElement,
    Date,
    DateTime,
    Double,
    Float,
    Insert,
    Integer,
    LargeBinary,
    Select,
    String,
    Table,
    Text,
    bindparam,
    column,
    insert,
    select,
    table,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import NullType, TypeEngine

from bot.errors import CommandRefused
from db.types import UtcDateTime


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of value: its type in a statement, how it is written down, and how that is read again."""

    type: TypeEngine[Any]
    write: Callable[[Any], Any] | None
    read: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Shape:
    """A table as a revision has it; ``before`` names the tables its rows refer to."""

    name: str
    columns: tuple[str, ...]
    kinds: tuple[Kind, ...]
    key: tuple[str, ...]
    before: frozenset[str]

    def arranged(self, columns: Sequence[str]) -> "Shape":
        """Return the same table with its columns in another order."""
        kinds = dict(zip(self.columns, self.kinds, strict=True))
        return Shape(self.name, tuple(columns), tuple(kinds[one] for one in columns), self.key, self.before)

    @property
    def counted(self) -> str | None:
        """The column whose values the database may count by itself."""
        if len(self.key) != 1 or self.kinds[self.columns.index(self.key[0])] is not _INTEGER:
            return None
        return self.key[0]

    def select(self, *, is_sqlite: bool) -> Select[*tuple[Any, ...]]:
        """Return the statement that reads every row, ordered by its key; JSON comes as the text that is kept."""
        pairs = zip(self.columns, self.kinds, strict=True)
        return (
            select(*(_taken(name, kind, is_sqlite=is_sqlite) for name, kind in pairs))
            .select_from(table(self.name))
            .order_by(*map(_named, self.key))
        )

    def insert(self, *, is_sqlite: bool) -> Insert:
        """Return the statement that writes one row of what :meth:`values` gives."""
        given = {
            name: _given(f"c{number}", kind, is_sqlite=is_sqlite)
            for number, (name, kind) in enumerate(zip(self.columns, self.kinds, strict=True))
        }
        return insert(table(self.name, *map(_named, self.columns))).values(given)

    def line(self, row: Sequence[Any]) -> bytes:
        """Write one row down."""
        values = [
            value if value is None or kind.write is None else kind.write(value)
            for kind, value in zip(self.kinds, row, strict=True)
        ]
        return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"

    def values(self, line: bytes) -> dict[str, Any]:
        """Read what :meth:`line` wrote; raise ``ValueError`` when it is something else."""
        found: Any = json.loads(line)
        if type(found) is not list:
            raise ValueError("a row is a list")
        pairs = enumerate(zip(self.kinds, cast("list[Any]", found), strict=True))
        return {f"c{number}": None if value is None else kind.read(value) for number, (kind, value) in pairs}


def shape_of(reflected: Table) -> Shape:
    """Return the shape of a table that was read off a database."""
    return Shape(
        name=reflected.name,
        columns=tuple(one.name for one in reflected.columns),
        kinds=tuple(_kind(one.type, f"{reflected.name}.{one.name}") for one in reflected.columns),
        key=tuple(one.name for one in reflected.primary_key.columns),
        before=frozenset(one.column.table.name for one in reflected.foreign_keys),
    )


def _named(name: str) -> ColumnClause[Any]:
    return column(name)


def _kind(found: TypeEngine[Any], where: str) -> Kind:
    for known, kind in _KINDS:
        if isinstance(found, known):
            return kind
    raise CommandRefused(f"Backups do not know yet how to keep {where}, which is of type {found}.")


def _taken(name: str, kind: Kind, *, is_sqlite: bool) -> ColumnElement[Any]:
    if kind is not _JSON:
        return column(name, kind.type)
    return column(name, NullType()) if is_sqlite else sql_cast(column(name), Text)


def _given(name: str, kind: Kind, *, is_sqlite: bool) -> ColumnElement[Any]:
    if kind is not _JSON:
        return bindparam(name, type_=kind.type)
    text = bindparam(name, type_=Text())
    return text if is_sqlite else sql_cast(text, JSONB)


def _plain(wanted: type[Any]) -> Callable[[Any], Any]:
    def read(value: object) -> object:
        if type(value) is not wanted:
            raise ValueError(f"this is no {wanted.__name__}")
        return value

    return read


def _whole_number(value: object) -> int:
    if type(value) is not int or not -(2**63) <= value < 2**63:
        raise ValueError("this is no whole number of 64 bits")
    return value


def _moment(value: str) -> datetime:
    found = datetime.fromisoformat(_text(value))
    if found.tzinfo is None:
        raise ValueError("this moment has no time zone")
    return found


def _kept_json(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)  # SQLite keeps a bare number as a number


_text = _plain(str)
_TEXT = Kind(Text(), None, _text)
_INTEGER = Kind(BigInteger(), None, _whole_number)
_NUMBER = Kind(Double(), None, _plain(float))
_BOOLEAN = Kind(Boolean(), None, _plain(bool))
_MOMENT = Kind(UtcDateTime(), datetime.isoformat, _moment)
_DAY = Kind(Date(), date.isoformat, lambda value: date.fromisoformat(_text(value)))
_BYTES = Kind(
    LargeBinary(), lambda value: b64encode(value).decode(), lambda value: b64decode(_text(value), validate=True)
)
_JSON = Kind(Text(), _kept_json, _text)
_KINDS: tuple[tuple[type[TypeEngine[Any]], Kind], ...] = (
    (JSON, _JSON),
    (DateTime, _MOMENT),
    (Date, _DAY),
    (Boolean, _BOOLEAN),
    (Float, _NUMBER),
    (Integer, _INTEGER),
    (LargeBinary, _BYTES),
    (String, _TEXT),
)
