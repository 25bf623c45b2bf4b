"""Looking at what could not be delivered, from the command line."""

from pathlib import Path

from db.models import OutboxState
from db.sql import Database
from tests.commands.conftest import CommandLine
from tests.kit import databases
from tests.kit.post import Post


def failed_row(tmp_path: Path) -> int:
    database: Database = databases.opened(f"sqlite:///{tmp_path / 'data' / 'hongyan.sqlite3'}")
    post = Post(database)
    row_id = post.write("停水", cause="broadcast:1")
    [parcel] = post.lease()
    post.settle(parcel, OutboxState.FAILED)
    database.close()
    return row_id


def test_what_failed_is_listed_and_sent_once_more(installed: CommandLine, tmp_path: Path) -> None:
    installed("migrate")
    row_id = failed_row(tmp_path)

    listed = installed("outbox", "list").out.splitlines()
    requeued = installed("outbox", "requeue", str(row_id))
    waiting = installed("outbox", "list", "--state", "pending").out.splitlines()
    cancelled = installed("outbox", "cancel", str(row_id))

    assert (listed[0].split()[:2], listed[-1]) == ([str(row_id), "failed"], "1 rows.")
    assert "停水" not in "".join(listed)
    assert (requeued.code, requeued.out) == (0, "1 of 1 wait to be sent again.\n")
    assert waiting[0].split()[:2] == [str(row_id), "pending"]
    assert cancelled.out == "1 of 1 cancelled.\n"


def test_nothing_to_look_at_is_said(installed: CommandLine) -> None:
    installed("migrate")

    assert installed("outbox", "list").out == "0 rows.\n"
