"""Whatever members do, each statement finds its rows by an index, however many people there are."""

from sqlalchemy import Inspector, inspect, text
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from bot.domain import duties
from db.claims import table_of
from db.models import Person
from db.sql import Database
from tests.kit.databases import SqliteMaker, opened
from tests.kit.multitude import Size, grow
from tests.kit.plans import Listener
from tests.kit.talk import MORNING
from tests.kit.township import found_branches
from tests.kit.walk import Walk

MULTITUDE = Size(members=2_000, branches=100, activities=300, ahead=20, seats=10)
MANY = 100
"""Statements a week has at the least, on either database."""

SMALL = frozenset(
    {
        *("broadcast", "course", "entry_draft", "entry_record", "entry_revision", "household_import", "matter"),
        *("matter_step", "outbox_body", "roster_import", "sender", "series", "star_sheet", "unit", "version"),
    }
)
"""Tables that do not grow with people, or only where few people are."""

GROWING = frozenset(SQLModel.metadata.tables) - SMALL


def walk(database: Database, *, is_analyzed: bool) -> Listener:
    """Live a week among a crowd and return what the database was told meanwhile."""
    place = database.run(lambda db: found_branches(db, 2))[0]
    database.run(lambda db: grow(db, MULTITUDE))
    database.run(lambda db: duties.begin(db, MORNING))
    if is_analyzed:
        database.run(lambda db: db.execute(text("ANALYZE")))
    listener = Listener(database)
    Walk(database, place, listener.step).go()
    return listener


def test_no_flow_and_no_duty_reads_a_growing_table_from_end_to_end(database: Database) -> None:
    listener = walk(database, is_analyzed=True)

    assert len(listener.heard) > MANY
    assert listener.scans(GROWING) == []


def test_nor_where_nobody_looked_at_the_tables(sqlite_maker: SqliteMaker) -> None:
    """PostgreSQL does that by itself; SQLite is never told to in production."""
    database = opened(sqlite_maker.make())
    listener = walk(database, is_analyzed=False)

    assert listener.scans(GROWING) == []
    database.close()


def test_whoever_refers_to_a_person_is_found_by_an_index(database: Database) -> None:
    """Without one, erasing a row of a person reads the whole table that may refer to it."""
    rows = table_of(Person)

    def missing(db: Session) -> list[str]:
        look = inspect(db.connection())
        return [
            f"{table.name}.{column.name}"
            for table in SQLModel.metadata.sorted_tables
            for column in table.columns
            if any(key.column.table is rows for key in column.foreign_keys)
            and column.name not in _first_columns(look, table.name)
        ]

    assert database.run(missing) == []


def _first_columns(look: Inspector, table: str) -> set[str | None]:
    indexes = [one["column_names"] for one in (*look.get_indexes(table), *look.get_unique_constraints(table))]
    return {columns[0] for columns in (*indexes, look.get_pk_constraint(table)["constrained_columns"])}
