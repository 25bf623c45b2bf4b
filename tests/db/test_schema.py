import subprocess
import sys
from pathlib import Path
from subprocess import PIPE

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import SQLModel

from bot.errors import DatabaseUnavailable, SchemaMismatch
from db import schema
from db.schema import Standing
from db.sql import Database
from tests.kit.databases import opened

AHEAD = "The database was written by a newer version of Hongyan; install that version."
NOT_CURRENT = "The database is not at this version's schema; run: hongyan migrate"
ROOT = Path(schema.__file__).parents[1]
MIGRATE = """
import sys
from db import schema, sql
database = sql.Database(sys.argv[1])
print("ready", flush=True)
sys.stdin.read()
schema.migrate(database)
"""
TABLES = {table.name for table in SQLModel.metadata.sorted_tables}
REVISIONS = [one.revision for one in ScriptDirectory(str(Path(schema.__file__).parent / "migrations")).walk_revisions()]


def put_at(database: Database, revision: str, *, oldest_code: str = "9998") -> None:
    """Make a database look as if a newer version had migrated it."""
    database.run(lambda db: db.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": revision}))
    mark = text("UPDATE version SET mark = :it WHERE name = 'schema.oldest_code'")
    database.run(lambda db: db.execute(mark, {"it": oldest_code}))


def tables(database: Database) -> set[str]:
    return set(inspect(database.engine).get_table_names())


def test_a_database_with_nothing_in_it_is_empty(empty: Database) -> None:
    assert schema.standing(empty) is Standing.EMPTY


def test_a_migrated_database_is_current(database: Database) -> None:
    assert schema.standing(database) is Standing.CURRENT
    schema.require_current(database)


def test_a_database_of_an_older_version_is_behind(empty: Database) -> None:
    schema.migrate(empty, revision=REVISIONS[-1])

    assert schema.standing(empty) is Standing.BEHIND
    with pytest.raises(SchemaMismatch, match=NOT_CURRENT):
        schema.require_current(empty)


def test_a_database_of_a_newer_version_is_ahead(database: Database) -> None:
    put_at(database, "9999")

    assert schema.standing(database) is Standing.AHEAD


def test_a_newer_schema_made_for_this_version_too_is_worked_on_and_left_as_it_is(database: Database) -> None:
    put_at(database, "9999", oldest_code=REVISIONS[0])

    schema.migrate(database)
    schema.require_current(database)

    assert schema.standing(database) is Standing.FIT


@pytest.mark.parametrize("revision", REVISIONS)
def test_each_migration_says_which_code_works_on_what_it_makes(empty: Database, revision: str) -> None:
    schema.migrate(empty, revision=revision)

    mark = text("SELECT mark FROM version WHERE name = 'schema.oldest_code'")
    assert empty.run(lambda db: db.execute(mark).scalar_one()) in [one for one in REVISIONS if one <= revision]


def test_migrating_from_nothing_makes_every_table(empty: Database) -> None:
    schema.migrate(empty)

    assert schema.standing(empty) is Standing.CURRENT
    assert tables(empty) == TABLES | {"alembic_version"}


def test_migrating_twice_changes_nothing(empty: Database) -> None:
    schema.migrate(empty)
    schema.migrate(empty)

    assert schema.standing(empty) is Standing.CURRENT
    assert schema.differences(empty) == []


def test_models_and_migrations_agree(empty: Database) -> None:
    schema.migrate(empty)

    assert schema.differences(empty) == []


def test_a_difference_between_models_and_database_is_seen(database: Database) -> None:
    database.run(lambda db: db.execute(text("ALTER TABLE version ADD COLUMN colour VARCHAR")))

    assert len(schema.differences(database)) == 1


def test_all_the_way_down_and_up_again(empty: Database) -> None:
    schema.migrate(empty)

    schema.downgrade(empty, "base")
    assert (schema.standing(empty), tables(empty)) == (Standing.EMPTY, {"alembic_version"})

    schema.migrate(empty)
    assert (schema.standing(empty), schema.differences(empty)) == (Standing.CURRENT, [])


def test_a_version_ahead_is_refused_and_left_alone(database: Database) -> None:
    put_at(database, "9999")

    with pytest.raises(SchemaMismatch) as on_migrating:
        schema.migrate(database)
    with pytest.raises(SchemaMismatch) as on_starting:
        schema.require_current(database)

    assert [str(on_migrating.value), str(on_starting.value)] == [AHEAD, AHEAD]
    assert schema.standing(database) is Standing.AHEAD


def test_an_empty_database_is_not_served_from(empty: Database) -> None:
    with pytest.raises(SchemaMismatch) as caught:
        schema.require_current(empty)

    assert str(caught.value) == NOT_CURRENT


def test_a_migration_that_fails_halfway_leaves_nothing_behind(empty: Database) -> None:
    empty.run(lambda db: db.execute(text("CREATE TABLE question (id INTEGER)")))

    with pytest.raises((DatabaseUnavailable, SQLAlchemyError)):
        schema.migrate(empty)

    assert tables(empty) - {"alembic_version"} == {"question"}


def test_a_migration_that_failed_halfway_can_be_run_again(empty: Database) -> None:
    empty.run(lambda db: db.execute(text("CREATE TABLE question (id INTEGER)")))
    with pytest.raises((DatabaseUnavailable, SQLAlchemyError)):
        schema.migrate(empty)
    empty.run(lambda db: db.execute(text("DROP TABLE question")))

    schema.migrate(empty)

    assert (schema.standing(empty), schema.differences(empty)) == (Standing.CURRENT, [])


def test_two_processes_that_migrate_at_once_do_it_once(empty: Database, empty_url: str) -> None:
    script = [sys.executable, "-c", MIGRATE, empty_url]
    both = [subprocess.Popen(script, cwd=ROOT, stdin=PIPE, stdout=PIPE, stderr=PIPE, text=True) for _ in range(2)]
    for one in both:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"

    for one in both:
        assert one.stdin is not None
        one.stdin.close()
    ended = [(one.wait(timeout=30), (one.stderr.read() if one.stderr else "")[-300:]) for one in both]

    for one in both:
        close_pipes(one)
    assert ended == [(0, ""), (0, "")]
    assert (schema.standing(empty), schema.differences(empty)) == (Standing.CURRENT, [])


def close_pipes(process: subprocess.Popen[str]) -> None:
    for pipe in (process.stdout, process.stderr):
        if pipe:
            pipe.close()


def test_a_database_that_cannot_be_opened_is_unavailable(tmp_path: Path) -> None:
    database = opened(f"postgresql+psycopg://hongyan@/nowhere?host={tmp_path}")

    with pytest.raises(DatabaseUnavailable):
        schema.standing(database)
    with pytest.raises(DatabaseUnavailable):
        schema.migrate(database)

    database.close()


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("二次报销" * 1000, encoding="utf-8")
    database = opened(f"sqlite:///{tmp_path}/letter.txt")

    with pytest.raises(DatabaseUnavailable):
        schema.standing(database)

    database.close()
