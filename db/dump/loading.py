"""Restoring a backup into an empty database of either kind: all of it, or nothing."""

import itertools
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any

from sqlalchemy import BigInteger, Connection, column, func, inspect, literal, select, table, text
from sqlalchemy.exc import DBAPIError, StatementError

from bot.errors import CommandRefused
from db.dump.archive import Archive
from db.dump.manifest import TablePart
from db.dump.placing import Place, placed
from db.dump.revisions import Revisions
from db.dump.rows import Shape
from db.dump.writing import BATCH
from db.reasons import reason
from db.sql import Database

_SHIPPED = {
    "entry_record": "1 = 0",
    "entry_revision": "origin <> 'pack'",
    "version": "1 = 0",
    "audit_line": "id > 1 OR actor_id IS NOT NULL OR act <> 'entries.import'",
}
"""What a first ``hongyan migrate`` writes by itself, as the rows beyond it: the entries this version ships."""


def restore(archive: Archive, database: Database, place: Place, *, revisions: Revisions) -> None:
    """Put a checked backup into an empty database and its files where they belong, in one transaction."""
    with placed(archive, place) as put_files, database.migration() as connection, _loading():
        _insist_on_empty(connection, revisions)
        revisions.climb(connection, archive.manifest.revision)
        _load(connection, archive, revisions.shapes(archive.manifest.revision))
        revisions.climb(connection)
        put_files()


def _insist_on_empty(connection: Connection, revisions: Revisions) -> None:
    """Refuse a database in which anybody left anything, and clear away what a migration writes by itself."""
    revision = revisions.at(connection)
    if revision is None:
        return
    if revision not in revisions.known:
        raise CommandRefused("The database was written by a newer version of Hongyan; install that version.")
    names = [shape.name for shape in revisions.shapes(revision)]
    if connection.dialect.name == "postgresql":
        quoted = ", ".join(map(connection.dialect.identifier_preparer.quote, names))
        connection.execute(text(f"LOCK TABLE {quoted} IN ACCESS EXCLUSIVE MODE"))
    for name in names:
        somebodys = select(literal(1)).select_from(table(name)).where(text(_SHIPPED.get(name, "1 = 1"))).limit(1)
        if connection.execute(somebodys).first():
            raise CommandRefused(f"The database is not empty, its table {name} has rows; restore into a new one.")
    revisions.clear(connection)


def _load(connection: Connection, archive: Archive, shapes: Iterable[Shape]) -> None:
    parts = {part.name: part for part in archive.manifest.tables}
    ordered = list(shapes)
    with _checked_at_the_end(connection, ordered):
        for shape in ordered:
            part = parts[shape.name]
            _fill(connection, archive, part, shape.arranged(part.columns))
    for shape in ordered:
        _check_count(connection, parts[shape.name])
        _count_on(connection, shape, parts[shape.name].counter)


def _fill(connection: Connection, archive: Archive, part: TablePart, shape: Shape) -> None:
    one_row = shape.insert(is_sqlite=connection.dialect.name == "sqlite")
    rows = _values(archive, part, shape)
    while batch := list(itertools.islice(rows, BATCH)):
        connection.execute(one_row, batch)


def _values(archive: Archive, part: TablePart, shape: Shape) -> Generator[dict[str, Any]]:
    for number, line in enumerate(archive.lines(part), start=1):
        try:
            yield shape.values(line)
        except (ValueError, RecursionError) as error:
            raise CommandRefused(f"The backup's {part.member} has a row that cannot be read: line {number}.") from error


def _check_count(connection: Connection, part: TablePart) -> None:
    found = connection.execute(select(func.count()).select_from(table(part.name))).scalar_one()
    if found != part.rows:
        raise CommandRefused(f"The database took {found} of the {part.rows} rows of {part.name}; nothing was changed.")


def _count_on(connection: Connection, shape: Shape, counter: int) -> None:
    """Let PostgreSQL go on with ids that were never given, neither in the rows nor before."""
    if connection.dialect.name == "sqlite" or not shape.counted:
        return
    newest = connection.execute(
        select(func.max(column(shape.counted, BigInteger()))).select_from(table(shape.name))
    ).scalar_one()
    last = max(newest or 0, counter)
    quoted = connection.dialect.identifier_preparer.quote(shape.name)
    names = {"table": quoted, "column": shape.counted}
    if last:
        connection.execute(
            text("SELECT setval(pg_get_serial_sequence(:table, :column), :last)"), {**names, "last": last}
        )


@contextmanager
def _checked_at_the_end(connection: Connection, shapes: list[Shape]) -> Generator[None]:
    """Let a row refer to one that comes later: to its own table, or to one that cannot be filled first."""
    if connection.dialect.name == "sqlite":
        yield
        if broken := connection.execute(text("PRAGMA foreign_key_check")).first():
            raise CommandRefused(f"The backup's tables/{broken[0]}.jsonl refers to rows that are not there.")
        return
    late = list(_forward(connection, shapes))
    for statement in late:
        connection.execute(text(f"{statement} DEFERRABLE INITIALLY DEFERRED"))
    yield
    connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    for statement in late:
        connection.execute(text(f"{statement} NOT DEFERRABLE"))


def _forward(connection: Connection, shapes: list[Shape]) -> Generator[str]:
    quote = connection.dialect.identifier_preparer.quote
    filled = set[str]()
    for shape in shapes:
        if not shape.before <= filled:
            for key in inspect(connection).get_foreign_keys(shape.name):
                if key["referred_table"] not in filled and key["name"]:
                    yield f"ALTER TABLE {quote(shape.name)} ALTER CONSTRAINT {quote(key['name'])}"
        filled.add(shape.name)


@contextmanager
def _loading() -> Generator[None]:
    try:
        yield
    except DBAPIError as error:
        raise CommandRefused(f"The database does not take the backup: {reason(error)}.") from error
    except (StatementError, OverflowError, UnicodeError) as error:
        raise CommandRefused("The backup has a value that the database cannot keep; nothing was changed.") from error
