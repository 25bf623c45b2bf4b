"""Rows of every table and every earlier schema are still there, and still the same, after all later migrations."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import MetaData, select, text
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from db import schema
from db.sql import Database
from tests.kit.any_row import put
from tests.kit.talk import MORNING as MOMENT

MODELS = SQLModel.metadata.tables
OF_SCHEMA = {"alembic_version", "version"}

REFERRING = {"recipient": {"broadcast_id": ("broadcast", "id")}}
"""Columns that refer to a row without a foreign key, which an earlier schema had."""

Rows = Mapping[str, list[dict[str, Any]]]


def test_what_each_earlier_version_wrote_outlives_every_migration_up_and_down(empty: Database) -> None:
    written: list[tuple[MetaData, Rows]] = []
    for revision in schema.known_revisions():
        schema.migrate(empty, revision=revision)
        tables = empty.run(reflected)
        there = everything(empty, tables)
        assert [lost(rows, there) for _, rows in written] == [[]] * len(written)
        empty.run(lambda db, tables=tables: put_one_of_each(db, tables))
        written.append((tables, everything(empty, tables)))
    schema.downgrade(empty, schema.known_revisions()[0])

    tables, rows = written[0]
    assert lost(rows, everything(empty, tables)) == []


def test_older_reports_tell_what_is_known_of_them(empty: Database) -> None:
    schema.migrate(empty, revision="0012")

    def report(db: Session) -> None:
        table = reflected(db).tables["grid_report"]
        put(db, table)
        put(db, table, outcome="换了灯泡", done_at=MOMENT, closed_at=MOMENT)

    empty.run(report)

    schema.migrate(empty)

    lines = text("SELECT report_id, became, words FROM grid_line ORDER BY report_id, id")
    assert [tuple(row) for row in empty.run(lambda db: db.execute(lines).all(), write=False)] == [
        (1, "opened", ""),
        (2, "opened", ""),
        (2, "done", "换了灯泡"),
        (2, "closed", ""),
    ]


def reflected(db: Session) -> MetaData:
    """The tables there are, their columns with the types that the models give them."""
    metadata = MetaData()
    metadata.reflect(db.connection(), only=lambda name, _: name not in OF_SCHEMA)
    for table in metadata.tables.values():
        for column in table.columns:
            if table.name in MODELS and column.name in MODELS[table.name].columns:
                column.type = MODELS[table.name].columns[column.name].type
    return metadata


def put_one_of_each(db: Session, tables: MetaData) -> None:
    """Write a row into every table, which refers to the rows written before it where it must."""
    rows: dict[str, dict[str, Any]] = {}
    for table in tables.sorted_tables:
        keys = [(column, key.column) for column in table.columns for key in column.foreign_keys if not column.nullable]
        given = {column.name: rows[key.table.name][key.name] for column, key in keys if key.table.name in rows}
        given |= {own: rows[other][key] for own, (other, key) in REFERRING.get(table.name, {}).items()}
        rows[table.name] = put(db, table, **given)


def everything(database: Database, tables: MetaData) -> Rows:
    def read(db: Session) -> Rows:
        return {one.name: [dict(row) for row in db.execute(select(one)).mappings()] for one in tables.sorted_tables}

    return database.run(read, write=False)


def lost(before: Rows, after: Rows) -> list[str]:
    """What was there and is not: tables, and rows by the columns that there are still."""
    found: list[str] = []
    for name, rows in before.items():
        known = after.get(name, [])
        kept = set(rows[0]) & set(known[0]) if known else set()
        left = Counter(_as_words(row, kept) for row in rows) - Counter(_as_words(row, kept) for row in known)
        found += [f"{name}: {count}" for count in [left.total()] if count or not known]
    return found


def _as_words(row: Mapping[str, Any], columns: set[str]) -> str:
    return repr(sorted((name, row[name]) for name in columns))
