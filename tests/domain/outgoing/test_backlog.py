"""What waits is counted by what it is for, with how long the oldest has waited, at a cost that stays small."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, text
from sqlalchemy.orm import Session

from bot.domain import agenda, files
from bot.domain.files import IncomingFile
from bot.domain.outgoing import pacing
from bot.domain.outgoing.backlog import DEAD, OPEN, Backlog, backlog
from bot.domain.outgoing.outbox import LEASE
from bot.domain.outgoing.pacing import Lane
from db.claims import table_of
from db.models import FileKind, OutboxKind, OutboxRow, OutboxState, Priority
from tests.kit.post import Post, target

PENDING, LEASED, FAILED, UNCERTAIN = *OPEN, *DEAD
NOTICE, REMINDER, BROADCAST, REPLY = OutboxKind.NOTICE, OutboxKind.REMINDER, OutboxKind.BROADCAST, OutboxKind.REPLY
MINUTE = timedelta(minutes=1)
SENT_LONG_AGO = 2_000
MOST = 20


def look(post: Post) -> Backlog:
    return post.database.run(lambda db: backlog(db, now=post.now, most=MOST), write=False)


def counts(post: Post) -> dict[tuple[OutboxState, OutboxKind], int]:
    return {what: count for what, count in look(post).rows.items() if count}


def fill(post: Post, how_many: int, **values: Any) -> None:
    urgency, now = Priority.BROADCAST, post.now
    row = OutboxRow(cause="", kind=BROADCAST, priority=urgency, channel="test", account="bot", chat="li", content={})
    row.due_at = row.next_at = row.created_at = now
    like_it = {**row.model_dump(exclude={"id"}), **values}
    rows = [{**like_it, "cause": f"{values['state']}:{number}"} for number in range(how_many)]
    post.database.run(lambda db: db.execute(insert(table_of(OutboxRow)), rows))


def test_an_empty_outbox_has_nothing_of_every_kind(post: Post) -> None:
    found = look(post)

    assert found.rows == {(state, kind): 0 for state in (PENDING, LEASED, FAILED, UNCERTAIN) for kind in OutboxKind}
    assert found.oldest_due == dict.fromkeys(OutboxKind, timedelta(0))
    assert (found.dead, found.fetches) == (0, 0)


def test_rows_are_counted_by_where_they_stand_and_what_they_are_for(post: Post) -> None:
    post.write("一", kind=REPLY, owner="here")
    for kind in (NOTICE, NOTICE, REMINDER):
        post.write("二", kind=kind)

    assert counts(post) == {(LEASED, REPLY): 1, (PENDING, NOTICE): 2, (PENDING, REMINDER): 1}


@pytest.mark.parametrize("state", [FAILED, UNCERTAIN])
def test_what_ended_badly_counts_until_somebody_looks_at_it(post: Post, state: OutboxState) -> None:
    fill(post, 3, state=state)

    assert (counts(post), look(post).dead) == ({(state, BROADCAST): 3}, 3)


@pytest.mark.parametrize("state", [OutboxState.SENT, OutboxState.CANCELLED])
def test_what_ended_as_it_should_counts_no_more(post: Post, state: OutboxState) -> None:
    fill(post, 3, state=state)

    assert (counts(post), look(post).dead) == ({}, 0)


def test_the_oldest_due_row_of_each_kind_tells_how_long_it_has_waited(post: Post) -> None:
    for kind, ago in ((NOTICE, 2), (NOTICE, 7), (REMINDER, 30)):
        post.write("一", kind=kind, due=-ago * MINUTE)

    waited = look(post).oldest_due

    assert waited == {REPLY: 0 * MINUTE, NOTICE: 7 * MINUTE, REMINDER: 30 * MINUTE, BROADCAST: 0 * MINUTE}


def test_what_is_not_due_yet_has_not_waited(post: Post) -> None:
    post.write("一", due=5 * MINUTE)

    assert (counts(post), look(post).oldest_due[NOTICE]) == ({(PENDING, NOTICE): 1}, timedelta(0))


def test_what_waits_to_be_tried_again_is_due_again_only_then(post: Post) -> None:
    fill(post, 1, state=PENDING, due_at=post.now - 60 * MINUTE, next_at=post.now + MINUTE)
    before = look(post).oldest_due[BROADCAST]
    post.clock.turn(3 * MINUTE)

    assert (before, look(post).oldest_due[BROADCAST]) == (timedelta(0), 2 * MINUTE)


def test_what_a_process_took_and_never_ended_still_waits(post: Post) -> None:
    post.write("一", kind=REPLY, owner="a process that was killed")
    post.clock.turn(9 * MINUTE)

    assert look(post).oldest_due[REPLY] == 9 * MINUTE


def test_files_whose_bytes_are_not_here_yet_are_counted(post: Post) -> None:
    sent = [IncomingFile(FileKind.PHOTO, remote_id="1"), IncomingFile(FileKind.VOICE, remote_id="2")]
    kept = IncomingFile(FileKind.PHOTO, digest="f" * 64)
    post.database.run(lambda db: files.note(db, [*sent, kept], person_id=None, source=target("li"), now=post.now))

    assert look(post).fetches == 2


def test_what_could_not_be_done_in_eight_tries_is_left_to_a_person(post: Post) -> None:
    def break_once(db: Session) -> bool:
        item = agenda.take(db, now=post.now + timedelta(days=9))
        if item:
            agenda.failed(db, item, "ValueError", now=post.now)
        return item is not None

    post.database.run(lambda db: agenda.plan(db, "a cause", "a kind", due_at=post.now))
    for _ in range(7):
        assert post.database.run(break_once)
    assert look(post).undone == 0

    assert post.database.run(break_once)

    assert look(post).undone == 1
    assert not post.database.run(break_once)


def test_who_pushes_for_an_account_with_limits_counts_until_that_lease_runs_out(post: Post) -> None:
    lane = Lane("test", "bot")
    before = look(post).senders
    post.database.run(lambda db: pacing.hold(db, lane, owner="here", now=post.now))
    held = look(post).senders
    post.clock.turn(LEASE)

    assert (before, held, look(post).senders) == ({}, {"test": 1}, {"test": 0})


def test_there_is_an_end_to_counting(post: Post) -> None:
    fill(post, MOST + 5, state=PENDING)
    fill(post, MOST + 5, state=FAILED)

    assert counts(post) == {(PENDING, BROADCAST): MOST, (FAILED, BROADCAST): MOST}


def test_what_is_in_doubt_is_seen_however_much_failed(post: Post) -> None:
    fill(post, 1, state=UNCERTAIN)
    fill(post, MOST, state=FAILED)

    assert counts(post) == {(UNCERTAIN, BROADCAST): 1, (FAILED, BROADCAST): MOST - 1}


def test_rows_that_were_sent_are_not_even_looked_at(post: Post) -> None:
    fill(post, SENT_LONG_AGO, state=OutboxState.SENT)

    plans = post.database.run(lambda db: explained(db, post))

    used = {index for index in ("ix_outbox_due", "ix_outbox_leased", "ix_outbox_dead") if index in "\n".join(plans)}
    assert used == {"ix_outbox_due", "ix_outbox_leased", "ix_outbox_dead"}
    assert [line for line in plans if "outbox_row" in line and "ix_outbox_" not in line] == []


def explained(db: Session, post: Post) -> list[str]:
    """How the database goes about each statement that looks at the outbox."""
    connection, said = db.connection(), list[tuple[str, Any]]()
    event.listen(connection, "before_cursor_execute", lambda *told: said.append((told[2], told[3])))
    backlog(db, now=post.now)
    asked = [one for one in said if "outbox_row" in one[0]]
    explain = "EXPLAIN QUERY PLAN" if post.database.is_sqlite else "EXPLAIN"
    if not post.database.is_sqlite:
        db.execute(text("SET LOCAL enable_seqscan = off"))  # the table is small: let the planner use an index if it may
        db.execute(text("SET LOCAL enable_bitmapscan = off"))
    return [
        str(row[-1])
        for statement, values in asked
        for row in connection.exec_driver_sql(f"{explain} {statement}", values)
    ]
