"""Column types that behave alike on SQLite and PostgreSQL."""

import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Enum, Index, Integer, String, TypeDecorator, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import declared_attr
from sqlmodel import Field, SQLModel

_WORD_START = re.compile(r"(?<!^)(?=[A-Z])")

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Table(SQLModel):
    """Base of every table; ``OutboxRow`` is kept as ``outbox_row``."""

    model_config = {"defer_build": True}  # rows are checked by the database: validators of them would only take memory

    @declared_attr.directive
    def __tablename__(  # pyright: ignore[reportIncompatibleVariableOverride]  # SQLAlchemy names it so
        cls,  # noqa: N805  # it is called with the class
    ) -> str:
        """Return the class name in snake case."""
        return _WORD_START.sub("_", cls.__name__).lower()


class _Write(Protocol):
    def __call__(self, value: datetime | None) -> object: ...


class _Read(Protocol):
    def __call__(self, value: Any) -> datetime | None: ...  # noqa: ANN401  # what a driver returns


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, kept in UTC; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> _Write:
        """Return what turns an aware moment into what the database keeps; it raises ``ValueError`` for a naive one.

        The whole way is one function, as every row holds some moments: SQLAlchemy's own three take four times as long.
        """
        return _to_server if dialect.name == "postgresql" else _to_file

    def result_processor(self, dialect: Dialect, coltype: object) -> _Read:
        """Return what turns what the database kept into an aware moment in UTC."""
        del coltype
        return _from_server if dialect.name == "postgresql" else _from_file


def json_column() -> Any:  # noqa: ANN401  # SQLAlchemy's own type for a column type
    """Return the JSON type of each database."""
    return JSON().with_variant(JSONB(), "postgresql")


def moment(**options: Any) -> Any:  # noqa: ANN401  # what SQLModel's own Field takes and returns
    """Declare a column that holds an aware moment."""
    return Field(sa_type=UtcDateTime, **options)


END_OF_PREFIX = "\U0010ffff"
"""Behind a prefix it is behind everything that begins so, where texts are sorted byte by byte."""


def in_byte_order(length: int) -> Any:  # noqa: ANN401  # SQLAlchemy's own type for a column type
    """Return a text type that sorts byte by byte on both databases, so that a prefix is a range of its index."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


def word(choices: type[StrEnum], **options: Any) -> Any:  # noqa: ANN401  # as above
    """Declare a column that holds one of ``choices`` by its value, as plain text."""
    kept = Enum(choices, native_enum=False, length=24, values_callable=_values)
    return Field(sa_type=kept, **options)


def where_given(table: str, column: str) -> Index:
    """Return an index of a column that is mostly empty: where it is, a row costs nothing."""
    given = text(f"{column} IS NOT NULL")
    return Index(f"ix_{table}_{column}", column, postgresql_where=given, sqlite_where=given)


def big_number(**options: Any) -> Any:  # noqa: ANN401  # as above
    """Declare a 64-bit whole number, also as a self-counting key on both databases."""
    return Field(sa_type=BigInteger().with_variant(Integer(), "sqlite"), **options)


def _in_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a moment without a time zone is ambiguous")
    return value.astimezone(UTC)


def _to_server(value: datetime | None) -> datetime | None:
    return None if value is None else _in_utc(value)


def _from_server(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


def _to_file(value: datetime | None) -> str | None:
    """Write a moment as SQLAlchemy does, without its zone: texts of one form stand in the order of time."""
    return None if value is None else _in_utc(value).isoformat(" ", "microseconds")[:-6]


def _from_file(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value + "+00:00")


def _values(choices: type[StrEnum]) -> list[str]:
    return [one.value for one in choices]
