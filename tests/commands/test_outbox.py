"""Looking at what could not be delivered, from the command line."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain.outgoing import dead_letters
from db.models import AuditLine, Broadcast, BroadcastState, OutboxKind, OutboxState, Unit, UnitKind
from tests.commands.conftest import CommandLine
from tests.kit import databases
from tests.kit.post import Post

MISSING = 4711


@pytest.fixture
def post(installed: CommandLine, tmp_path: Path) -> Iterator[Post]:
    """The outbox of the installation the commands look at."""
    installed("migrate")
    database = databases.opened(f"sqlite:///{tmp_path / 'data' / 'hongyan.sqlite3'}")
    yield Post(database)
    database.close()


def ended(post: Post, state: OutboxState, *, kind: OutboxKind = OutboxKind.NOTICE, cause: str = "") -> int:
    row_id = post.write("停水", kind=kind, cause=cause)
    [parcel] = post.lease()
    post.settle(parcel, state)
    return row_id


def acts(post: Post) -> list[tuple[str, str]]:
    lines = select(col(AuditLine.act), col(AuditLine.subject)).where(col(AuditLine.act).startswith("outbox."))
    return [(line.act, line.subject) for line in post.database.run(lambda db: db.execute(lines).all())]


def test_what_failed_is_listed_and_sent_once_more(installed: CommandLine, post: Post) -> None:
    row_id = ended(post, OutboxState.FAILED)

    listed = installed("outbox", "list").out.splitlines()
    requeued = installed("outbox", "requeue", str(row_id), str(row_id))
    waiting = installed("outbox", "list", "--state", "pending").out.splitlines()
    cancelled = installed("outbox", "cancel", str(row_id))

    assert (listed[0].split()[:2], listed[-1]) == ([str(row_id), "failed"], "1 rows failed or uncertain.")
    assert "停水" not in "".join(listed)
    assert (requeued.code, requeued.out) == (0, "1 of 1 wait to be sent again.\n")
    assert waiting[0].split()[:2] == [str(row_id), "pending"]
    assert (cancelled.code, cancelled.out) == (0, "1 of 1 cancelled.\n")
    assert acts(post) == [("outbox.requeue", str(row_id)), ("outbox.cancel", str(row_id))]


def test_nothing_to_look_at_is_said(installed: CommandLine) -> None:
    installed("migrate")

    assert installed("outbox", "list").out == "0 rows failed or uncertain.\n"


def test_a_list_that_goes_on_says_so(installed: CommandLine, post: Post) -> None:
    rows = [ended(post, OutboxState.FAILED) for _ in range(3)]

    listed = installed("outbox", "list", "--limit", "2").out.splitlines()

    assert [line.split()[0] for line in listed[:-1]] == [str(rows[2]), str(rows[1])]
    assert listed[-1] == "2 rows, and there are older ones; --limit shows more."


def test_each_row_that_is_not_sent_again_is_named_with_its_reason(installed: CommandLine, post: Post) -> None:
    sent, moved_on, failed = (ended(post, one) for one in (OutboxState.SENT, OutboxState.FAILED, OutboxState.UNCERTAIN))
    waits = post.write("停水")
    post.database.run(lambda db: dead_letters.hand_on(db, moved_on))

    done = installed("outbox", "requeue", *map(str, (MISSING, failed, moved_on, waits, sent)))

    assert (done.code, done.out) == (1, "1 of 5 wait to be sent again.\n")
    assert done.complaints == [
        f"{sent}: it was sent, and what was sent is never sent again.",
        f"{moved_on}: its receiver is tried at another address instead.",
        f"{waits}: it waits to be sent already.",
        f"{MISSING}: there is no such row.",
    ]
    assert acts(post) == [("outbox.requeue", str(failed))]


def test_what_was_recalled_is_not_sent_again_and_that_is_said(installed: CommandLine, post: Post) -> None:
    author = post.meet("secretary")

    def recalled(db: Session) -> int:
        place = Unit(name="石湾", kind=UnitKind.CENTRE)
        db.add(place)
        db.flush()
        about: dict[str, Any] = {"audience": {}, "audience_words": "", "text": "停水", "created_at": post.now}
        broadcast = Broadcast(unit_id=place.id or 0, author_id=author, state=BroadcastState.RECALLED, **about)
        db.add(broadcast)
        db.flush()
        return broadcast.id or 0

    number = post.database.run(recalled)
    row_id = ended(post, OutboxState.UNCERTAIN, kind=OutboxKind.BROADCAST, cause=f"broadcast:{number}:1")

    done = installed("outbox", "requeue", str(row_id))

    assert (done.code, done.out) == (1, "0 of 1 wait to be sent again.\n")
    assert done.complaints == [f"{row_id}: its broadcast was recalled."]


def test_each_row_that_is_not_cancelled_is_named_with_its_reason(installed: CommandLine, post: Post) -> None:
    sent, failed = ended(post, OutboxState.SENT), ended(post, OutboxState.FAILED)
    under_way = post.write("停水", owner="a worker")

    done = installed("outbox", "cancel", *map(str, (sent, failed, under_way, MISSING)))

    assert (done.code, done.out) == (1, "0 of 4 cancelled.\n")
    assert done.complaints == [
        f"{sent}: it was sent.",
        f"{failed}: it failed, so it does not wait to be sent.",
        f"{under_way}: it is being sent right now.",
        f"{MISSING}: there is no such row.",
    ]
    assert acts(post) == []


def test_of_many_rows_each_is_written_down(installed: CommandLine, post: Post) -> None:
    rows = [str(post.write("停水")) for _ in range(90)]

    installed("outbox", "cancel", *rows)

    lines = [subject for _, subject in acts(post)]
    assert len(lines) > 1
    assert ", ".join(lines).split(", ") == rows


@pytest.mark.parametrize("number", ["0", "abc", "1.5", "9" * 30])
@pytest.mark.parametrize("command", [("outbox", "requeue"), ("outbox", "cancel"), ("agenda", "again")], ids=" ".join)
def test_what_cannot_be_a_number_of_a_row_is_a_wrong_argument(
    installed: CommandLine, command: tuple[str, str], number: str
) -> None:
    assert installed(*command, number).code == 2


@pytest.mark.parametrize(
    "command",
    [("outbox", "list"), ("outbox", "cancel", "1"), ("agenda", "list"), ("agenda", "again", "1"), ("units", "list")],
    ids=" ".join,
)
def test_whoever_has_other_settings_than_the_server_is_not_told_that_all_is_well(
    installed: CommandLine, command: tuple[str, ...], tmp_path: Path
) -> None:
    installed.set(data_dir=tmp_path / "elsewhere")

    refused = installed(*command)

    assert (refused.code, refused.out) == (1, "")
    assert refused.err == (
        f"There is no database {tmp_path / 'elsewhere' / 'hongyan.sqlite3'}: give this command the settings of the "
        "server (HONGYAN_DATA_DIR or HONGYAN_DATABASE_URL), or make one with: hongyan migrate\n"
    )
    assert not (tmp_path / "elsewhere").exists()
