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

_DRIVER = "driver"
_MISSING = object()
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

    def row_of_each(self, db: Session, many: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...] | None]:
        """Run once for each set of values, in their order, and return the first row of each.

        All of them are one round trip to a PostgreSQL.
        """
        if len(many) == 1:
            return [self.row(db, **many[0])]
        compiled = self._for(db)
        found = _rows_of_each(db, compiled, [compiled.parameters(values) for values in many])
        return [compiled.converted(rows[:1])[0] if rows else None for rows in found]

    def run(self, db: Session, **values: Any) -> int:  # noqa: ANN401  # as above
        """Run a statement that returns no rows and return how many it changed."""
        compiled = self._for(db)
        return _execute(db, compiled, compiled.parameters(values)).rowcount

    def run_many(self, db: Session, many: Iterable[Mapping[str, Any]]) -> None:
        """Run a statement that returns no rows once for each set of values; all are one round trip to a PostgreSQL."""
        compiled = self._for(db)
        parameters = [compiled.parameters(values) for values in many]
        if len(parameters) == 1:
            _execute(db, compiled, parameters[0])
        elif parameters:
            _execute(db, compiled, parameters, many=True)

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
        self.is_pipelined = dialect.name == "postgresql"
        self.error: type[Exception] = cast("Any", dialect.dbapi).Error
        order = compiled.positiontup
        steps = _steps(compiled, dialect, compiled.binds if order is None else order)
        self._required = frozenset(name for name, _, default in steps if default is _MISSING)
        self._parameters = _by_name(steps) if order is None else _in_order(steps)
        self._readers = _readers(statement, dialect)

    def parameters(self, values: Mapping[str, Any]) -> Any:  # noqa: ANN401  # as the driver takes them
        """Return the values as they are written; raise ``TypeError`` when one is missing."""
        if not self._required <= values.keys():
            raise TypeError(f"no value for {', '.join(sorted(self._required - values.keys()))}")
        return self._parameters(values)

    def converted(self, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Return rows as the columns' types read them, a column at a time: what needs no reading costs nothing."""
        if not (self._readers and rows):
            return list(rows)
        columns = list(zip(*rows, strict=True))
        for number, read in self._readers:
            columns[number] = tuple(map(read, columns[number]))
        return list(zip(*columns, strict=True))


def _write(parameter: Any, dialect: Dialect) -> _Convert | None:  # noqa: ANN401  # SQLAlchemy's bind parameter
    return parameter.type.dialect_impl(dialect).bind_processor(dialect)


def _default(parameter: Any, dialect: Dialect) -> Any:  # noqa: ANN401  # as the driver takes it
    """Return what a parameter is when nothing is given for it."""
    if parameter.required:
        return _MISSING
    write = _write(parameter, dialect)
    return write(parameter.effective_value) if write else parameter.effective_value


def _steps(compiled: SQLCompiler, dialect: Dialect, names: Iterable[str]) -> list[tuple[str, _Convert | None, Any]]:
    binds = compiled.binds
    return [(name, _write(binds[name], dialect), _default(binds[name], dialect)) for name in names]


def _in_order(steps: Sequence[tuple[str, _Convert | None, Any]]) -> _Parameters:
    def parameters(values: Mapping[str, Any]) -> Any:  # noqa: ANN401  # as the driver takes them
        return [
            default if name not in values else values[name] if write is None else write(values[name])
            for name, write, default in steps
        ]

    return parameters


def _by_name(steps: Sequence[tuple[str, _Convert | None, Any]]) -> _Parameters:
    names = [name for name, _, _ in steps]
    in_order = _in_order(steps)
    return lambda values: dict(zip(names, in_order(values), strict=True))


def _readers(statement: Any, dialect: Dialect) -> list[tuple[int, _Convert]]:  # noqa: ANN401  # a select, or what returns
    """Return which columns have to be read, and how."""
    columns = getattr(statement, "exported_columns", ())
    readers = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
    return [(number, read) for number, read in enumerate(readers) if read]


def _rows_of_each(db: Session, compiled: _Compiled, many: Sequence[Any]) -> list[list[tuple[Any, ...]]]:
    if not compiled.is_pipelined:
        return [_execute(db, compiled, parameters).fetchall() for parameters in many]
    if not many:
        return []
    cursor = _execute(db, compiled, many, many=True, returning=True)
    found = [cursor.fetchall()]
    while cursor.nextset():
        found.append(cursor.fetchall())
    return found


def _execute(db: Session, compiled: _Compiled, parameters: Any, *, many: bool = False, **how: bool) -> Any:  # noqa: ANN401  # the driver's own
    db.flush()  # what this session has not written yet comes first, as before any other statement
    cursor = _driver(db).cursor()
    try:
        (cursor.executemany if many else cursor.execute)(compiled.text, parameters, **how)
    except compiled.error as error:
        dialect = db.get_bind().dialect
        raise DBAPIError.instance(
            compiled.text, None, error, compiled.error, hide_parameters=True, dialect=dialect
        ) from error
    return cursor


def _driver(db: Session) -> Any:  # noqa: ANN401  # the driver's connection
    """Return the connection a session works on, once the session has begun to use it.

    A session whose flush failed has undone its work, and what it wrote now would stay: it is refused instead.
    """
    found = db.info.get(_DRIVER) if db.is_active else None
    if found is None:
        found = db.info[_DRIVER] = db.connection().connection.driver_connection
    return found
