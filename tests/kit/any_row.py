"""A row of any table, with whatever its columns insist on: for rules that hold for every table there is."""

import itertools
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Date, DateTime, Enum, Float, Integer, Table, insert
from sqlalchemy.orm import Session

from db.types import UtcDateTime

_numbers = itertools.count(1)
_MOMENT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def put(db: Session, table: Table, **given: Any) -> dict[str, Any]:
    """Write a row, with new rows of other tables where it must refer to some; return it."""
    needed = [column for column in table.columns if _is_needed(column) and column.name not in given]
    values = {**{column.name: _value(db, column) for column in needed}, **given}
    written = db.execute(insert(table).values(**values).returning(*table.columns)).one()
    return dict(zip(table.columns.keys(), written, strict=True))


def _is_needed(column: Column[Any]) -> bool:
    is_alone = column.primary_key and len(column.table.primary_key) == 1
    counts_itself = is_alone and isinstance(column.type, Integer) and not column.foreign_keys
    return not column.nullable and not counts_itself


def _value(db: Session, column: Column[Any]) -> Any:
    for key in column.foreign_keys:
        return put(db, key.column.table)[key.column.name]
    kind = column.type
    if isinstance(kind, Enum):
        return kind.python_type(kind.enums[0])
    simple: tuple[tuple[Any, Any], ...] = (
        (UtcDateTime | DateTime, _MOMENT),
        (Boolean, False),
        (Date, date(2026, 11, 23)),
        (Float, 0.0),
        (JSON, {}),
    )
    for types, value in simple:
        if isinstance(kind, types):
            return value
    number = next(_numbers)
    return number if kind.python_type is int else f"x{number}"[-(getattr(kind, "length", None) or 20) :]
