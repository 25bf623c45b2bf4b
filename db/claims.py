"""Insert a row unless somebody has taken its key: the one way to be first, on both databases."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import BindParameter, CursorResult, Executable, Select, Table, Update, bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlmodel import SQLModel


def table_of(model: type[SQLModel]) -> Table:
    """Return the table of a model, for statements that need no objects."""
    return cast("Table", vars(model)["__table__"])


def named(model: type[SQLModel], *columns: str) -> dict[str, BindParameter[Any]]:
    """Return a parameter for each of these columns, by its name, to be given when the statement runs."""
    return {name: bindparam(name, type_=table_of(model).c[name].type) for name in columns}


def claim(db: Session, model: type[SQLModel], values: Mapping[str, Any], *, key: tuple[str, ...]) -> int | None:
    """Insert ``values`` and return the new row's ``id``, or ``None`` when ``key`` is taken.

    A concurrent claim of the same key waits until the other transaction ends, so exactly one of them wins.
    """
    return db.execute(_insert(db, model, values, key).returning(table_of(model).c.id)).scalar_one_or_none()


def put_if_missing(db: Session, model: type[SQLModel], values: Mapping[str, Any], *, key: tuple[str, ...]) -> None:
    """Insert ``values`` unless ``key`` is there already, for rows that are locked next."""
    db.execute(_insert(db, model, values, key))


def is_first(db: Session, model: type[SQLModel], values: Mapping[str, Any], *, key: tuple[str, ...]) -> bool:
    """Insert ``values`` unless ``key`` is there already; tell whether it was not.

    Whoever comes with the same key meanwhile waits until this transaction ends.
    """
    return db.execute(_insert(db, model, values, key).returning(table_of(model).c[key[0]])).first() is not None


def put_or_replace(db: Session, model: type[SQLModel], values: Mapping[str, Any], *, key: tuple[str, ...]) -> None:
    """Insert ``values``, or put them in place of what is there under ``key``, whoever else does the same meanwhile."""
    others = {name: value for name, value in values.items() if name not in key}
    inserted = insert_into(db, table_of(model)).values(**values)
    db.execute(inserted.on_conflict_do_update(index_elements=list(key), set_=others))


def put_all_missing(
    db: Session, model: type[SQLModel], columns: Sequence[str], rows: Select[Any], *, key: tuple[str, ...]
) -> int:
    """Insert what a statement selects, as these columns, where ``key`` is not there already; return how many rows."""
    statement = all_missing(model, columns, rows, key=key, is_postgresql=is_postgresql(db))
    return cast("CursorResult[Any]", db.execute(statement)).rowcount


def all_missing(
    model: type[SQLModel], columns: Sequence[str], rows: Select[Any], *, key: tuple[str, ...], is_postgresql: bool
) -> Executable:
    """Return the statement of :func:`put_all_missing`, for whoever runs it again and again."""
    inserted = _insert_into(table_of(model), is_postgresql=is_postgresql).from_select(
        list(columns), rows, include_defaults=False
    )
    return inserted.on_conflict_do_nothing(index_elements=list(key))


def insert_into(db: Session, table: Table) -> Any:  # noqa: ANN401  # a dialect's insert
    """Return an insert that may say what is to be done where a key is taken: each database has its own."""
    return _insert_into(table, is_postgresql=is_postgresql(db))


def is_postgresql(db: Session) -> bool:
    """Tell which kind of database a session works on."""
    return db.get_bind().dialect.name == "postgresql"


def changed(db: Session, statement: Update) -> int:
    """Run an update and return how many rows it changed."""
    return cast("CursorResult[Any]", db.execute(statement)).rowcount


def _insert(db: Session, model: type[SQLModel], values: Mapping[str, Any], key: tuple[str, ...]) -> Any:  # noqa: ANN401  # a dialect's insert
    return insert_into(db, table_of(model)).values(**values).on_conflict_do_nothing(index_elements=list(key))


def _insert_into(table: Table, *, is_postgresql: bool) -> Any:  # noqa: ANN401  # as above
    return (postgresql if is_postgresql else sqlite).insert(table)
