"""Looking at duties that broke, from the command line, and having them done after all."""

from datetime import timedelta
from pathlib import Path

from bot.domain import agenda
from db.models import AgendaItem, AgendaState
from db.sql import Database
from tests.commands.conftest import CommandLine
from tests.kit import databases
from tests.kit.talk import MORNING


def opened(tmp_path: Path) -> Database:
    return databases.opened(f"sqlite:///{tmp_path / 'data' / 'hongyan.sqlite3'}")


def break_a_duty(database: Database) -> None:
    database.run(lambda db: agenda.plan(db, "offer:1", "reminders.fire", due_at=MORNING))
    for tries in range(8):
        now = MORNING + timedelta(hours=10 * tries)
        item = database.run(lambda db, now=now: agenda.take(db, now=now))
        assert item is not None
        database.run(lambda db, item=item, now=now: agenda.failed(db, item, "ValueError", now=now))


def test_a_duty_that_broke_is_listed_and_done_after_all(installed: CommandLine, tmp_path: Path) -> None:
    installed("migrate")
    database = opened(tmp_path)
    break_a_duty(database)

    listed = installed("agenda", "list").out.splitlines()
    again = installed("agenda", "again", "1", "2")

    assert (listed[0].split()[:2], listed[0].split()[-1], listed[1]) == (
        ["1", "reminders.fire"],
        "ValueError",
        "1 duties.",
    )
    assert (again.code, again.out) == (1, "1 of 2 are done as soon as a worker looks.\n")
    assert again.complaints == ["2: no duty of that number waits for a person."]
    state = database.run(lambda db: db.get_one(AgendaItem, 1).state)
    database.close()
    assert state is AgendaState.PENDING
