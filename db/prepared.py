"""Statements compiled once and run by the driver itself, for what happens at every turn and every send.

Building, caching and wrapping a Core statement costs several times what SQLite needs to run it. What is prepared here
is still a Core statement, with the column types' own conversions both ways; only the machinery around it is left out.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Dialect, Executable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler

_Convert = Callable[[Any], Any]
_Parameters = Callable[[Mapping[str, Any]], Any]
Build = Callable[[bool], Executable]
"""Builds a statement; told whether it is for PostgreSQL."""


class Prepared:
    """One statement with named parameters; compiled at its first run on each kind of database."""

    def __init__(self, statement: Executable | Build) -> None:
        """Keep a statement, or what builds it where the two databases need different ones."""
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, db: Session, **values: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401  # as the columns take them
        """Run and return all rows, in the order of the statement's columns."""
        compiled = self._for(db)
        return compiled.converted(_execute(db, compiled, compiled.parameters(values)).fetchall())

    def row(self, db: Session, **values: Any) -> tuple[Any, ...] | None:  # noqa: ANN401  # as above
        """Run and return the first row, if there is one."""
        found = self.rows(db, **values)
        return found[0] if found else None

    def run(self, db: Session, **values: Any) -> int:  # noqa: ANN401  # as above
        """Run a statement that returns no rows and return how many it changed."""
        compiled = self._for(db)
        return _execute(db, compiled, compiled.parameters(values)).rowcount

    def run_many(self, db: Session, many: Iterable[Mapping[str, Any]]) -> None:
        """Run a statement that returns no rows once for each set of values."""
        compiled = self._for(db)
        _execute(db, compiled, [compiled.parameters(values) for values in many], many=True)

    def _for(self, db: Session) -> "_Compiled":
        dialect = db.get_bind().dialect
        found = self._compiled.get(dialect.name)
        if found is None:
            statement = self._statement
            if not isinstance(statement, Executable):
                statement = statement(dialect.name == "postgresql")
            found = self._compiled[dialect.name] = _Compiled(statement, dialect)
        return found


class _Compiled:
    """The text of a statement for one kind of database, and how values go in and come out."""

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        compiled = cast("SQLCompiler", cast("Any", statement).compile(dialect=dialect))
        self.text = str(compiled)
        self.error: type[Exception] = cast("Any", dialect.dbapi).Error
        binds = {name: _Bind(parameter, dialect) for name, parameter in compiled.binds.items()}
        order = compiled.positiontup
        self.parameters = _in_order(binds, order) if order is not None else _by_name(binds)
        self._readers = _readers(statement, dialect)

    def converted(self, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        readers = self._readers
        if readers is None:
            return list(rows)
        return [
            tuple([value if reader is None else reader(value) for value, reader in zip(row, readers, strict=True)])
            for row in rows
        ]


class _Bind:
    """One parameter: its value when none is given, and how a value is written."""

    def __init__(self, parameter: Any, dialect: Dialect) -> None:  # noqa: ANN401  # SQLAlchemy's bind parameter
        self.is_required = bool(parameter.required)
        self._write: _Convert | None = parameter.type.dialect_impl(dialect).bind_processor(dialect)
        self.default = None if self.is_required else self.written(parameter.effective_value)

    def written(self, value: Any) -> Any:  # noqa: ANN401  # as the column takes it
        return value if self._write is None else self._write(value)


def _in_order(binds: Mapping[str, _Bind], order: Sequence[str]) -> _Parameters:
    steps = [(name, binds[name]) for name in order]

    def parameters(values: Mapping[str, Any]) -> Any:  # noqa: ANN401  # as the driver takes them
        return [
            bind.written(values[name]) if bind.is_required or name in values else bind.default for name, bind in steps
        ]

    return parameters


def _by_name(binds: Mapping[str, _Bind]) -> _Parameters:
    def parameters(values: Mapping[str, Any]) -> Any:  # noqa: ANN401  # as the driver takes them
        return {
            name: bind.written(values[name]) if bind.is_required or name in values else bind.default
            for name, bind in binds.items()
        }

    return parameters


def _readers(statement: Any, dialect: Dialect) -> list[_Convert | None] | None:  # noqa: ANN401  # a select, or what returns
    columns = getattr(statement, "exported_columns", ())
    readers = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
    return readers if any(readers) else None


def _execute(db: Session, compiled: _Compiled, parameters: Any, *, many: bool = False) -> Any:  # noqa: ANN401  # the driver's own
    connection = db.connection().connection.driver_connection
    cursor = cast("Any", connection).cursor()
    try:
        (cursor.executemany if many else cursor.execute)(compiled.text, parameters)
    except compiled.error as error:
        dialect = db.get_bind().dialect
        raise DBAPIError.instance(
            compiled.text, None, error, compiled.error, hide_parameters=True, dialect=dialect
        ) from error
    return cursor
