"""How deliveries ended, many at once: what was sent is sent whoever says so, any other end is its holder's to tell."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import String, cast, func, insert, literal, select, text

from bot.domain.outgoing import outbox, settling
from bot.domain.outgoing.outbox import LEASE, PATIENCE, Parcel
from bot.domain.outgoing.settling import Settlement
from db.claims import table_of
from db.models import OutboxKind, OutboxRow, OutboxState
from tests.kit.post import Post, target

PENDING, LEASED, SENT, FAILED = OutboxState.PENDING, OutboxState.LEASED, OutboxState.SENT, OutboxState.FAILED
CANCELLED, UNCERTAIN = OutboxState.CANCELLED, OutboxState.UNCERTAIN
SECOND = timedelta(seconds=1)
MANY = 300
SOME = 50


def settle(post: Post, *settlements: Settlement) -> None:
    post.database.run(lambda db: settling.settle(db, settlements, now=post.now))


def taken(post: Post, **how: OutboxKind) -> Parcel:
    """Write a row and take it."""
    post.write("你好", **how)
    [parcel] = post.lease()
    return parcel


def write_like_the_first(post: Post, how_many: int) -> None:
    """Let PostgreSQL write rows that wait, faster than it learns how many there are."""
    row = table_of(OutboxRow)
    number = func.generate_series(1, how_many)
    same = [one for one in row.c if one.name not in {"id", "cause", "state"}]
    rows = select(literal("like the first:") + cast(number, String), literal("pending"), *same)
    many = insert(row).from_select(["cause", "state", *(one.name for one in same)], rows)
    post.database.run(lambda db: db.execute(many))


def back(parcel: Parcel, post: Post, wait: timedelta, **more: object) -> Settlement:
    """Let a parcel wait for so long."""
    return replace(Settlement(parcel, PENDING, "as it was", again_at=post.now + wait), **more)


def test_a_batch_that_was_sent_keeps_each_number(post: Post) -> None:
    for number in range(MANY):
        post.write(str(number), to=f"chat {number}")
    parcels = post.lease(limit=MANY)
    post.clock.turn(SECOND)

    settle(post, *(Settlement(one, SENT, remote_id=f"remote {one.id}") for one in parcels))

    rows = [post.row(one.id) for one in (parcels[0], parcels[MANY // 2], parcels[-1])]
    assert [one.remote_id for one in rows] == [f"remote {one.id}" for one in rows]
    assert {(one.state, one.reason, one.ended_at, one.lease_owner, one.leased_until) for one in rows} == {
        (SENT, "", post.now, "", None)
    }
    post.clock.turn(LEASE)
    assert post.lease(limit=MANY) == []


@pytest.mark.integration
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_right_after_a_mailing_what_was_sent_is_still_found_by_its_key(post: Post) -> None:
    settle(post, Settlement(taken(post), SENT))
    post.database.run(lambda db: db.execute(text("ANALYZE outbox_row")))
    write_like_the_first(post, 100 * MANY)
    parcels = post.lease(limit=SOME)
    read = text("SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'outbox_row'")

    with post.database.transaction() as db:
        before = db.execute(read).scalar_one()
        settling.settle(db, [Settlement(one, SENT) for one in parcels], now=post.now)
        rows_read = db.execute(read).scalar_one() - before

    assert rows_read == SOME


def test_ends_of_every_kind_in_one_batch_touch_nothing_else(post: Post) -> None:
    ids = [post.write(str(number), to=f"chat {number}") for number in range(5)]
    first, second, third, fourth, _still_sending = post.lease()

    settle(
        post,
        Settlement(first, FAILED, "blocked"),
        Settlement(second, SENT, remote_id="7"),
        back(third, post, 5 * SECOND),
        Settlement(fourth, UNCERTAIN, "silence"),
    )

    rows = [post.row(one) for one in ids]
    assert [(one.state, one.reason, one.remote_id) for one in rows] == [
        (FAILED, "blocked", ""),
        (SENT, "", "7"),
        (PENDING, "as it was", ""),
        (UNCERTAIN, "silence", ""),
        (LEASED, "", ""),
    ]
    assert [one.next_at - post.now for one in rows[2:]] == [5 * SECOND, 0 * SECOND, 0 * SECOND]
    assert [one.lease_owner for one in rows] == ["", "", "", "", "here"]


def test_nothing_at_all_is_no_fault(post: Post) -> None:
    parcel = taken(post)

    settle(post)

    assert post.state(parcel.id) is LEASED


def test_what_is_in_doubt_and_turns_out_to_be_sent_is_sent(post: Post) -> None:
    parcel = taken(post, kind=OutboxKind.BROADCAST)
    settle(post, Settlement(parcel, UNCERTAIN, "silence"))

    settle(post, Settlement(parcel, SENT, remote_id="7"))

    row = post.row(parcel.id)
    assert (row.state, row.reason, row.remote_id) == (SENT, "", "7")


def test_what_was_sent_by_one_who_lost_the_row_is_sent_and_not_sent_again(post: Post) -> None:
    lost = taken(post)
    post.clock.turn(LEASE)
    [current] = post.lease(owner="there")

    settle(post, Settlement(lost, SENT, remote_id="7"))
    settle(post, back(current, post, SECOND))
    post.clock.turn(LEASE)

    assert (post.row(lost.id).remote_id, post.lease()) == ("7", [])


@pytest.mark.parametrize("state", [FAILED, UNCERTAIN, CANCELLED])
def test_any_other_end_is_told_by_whoever_holds_the_row(post: Post, state: OutboxState) -> None:
    lost = taken(post)
    post.clock.turn(LEASE)
    [current] = post.lease(owner="there")

    settle(post, Settlement(lost, state, "late"))
    before = post.state(lost.id)
    settle(post, Settlement(current, state, "in time"))

    assert (before, post.state(lost.id), post.row(lost.id).reason) == (LEASED, state, "in time")


@pytest.mark.parametrize("state", [SENT, FAILED, CANCELLED])
def test_an_end_is_not_undone(post: Post, state: OutboxState) -> None:
    parcel = taken(post)
    settle(post, Settlement(parcel, state, remote_id="7"))

    settle(post, *(Settlement(parcel, other, "late", remote_id="8") for other in (SENT, FAILED, UNCERTAIN)))
    settle(post, back(parcel, post, SECOND))

    assert (post.state(parcel.id), post.row(parcel.id).remote_id) == (state, "7")


def cancel(post: Post) -> None:
    post.database.run(lambda db: outbox.cancel(db, "post:", now=post.now, reason="answered"))


def test_what_was_cancelled_while_it_was_sent_is_sent_when_it_was(post: Post) -> None:
    parcel = taken(post)
    cancel(post)

    settle(post, Settlement(parcel, SENT, remote_id="7"))

    assert (post.state(parcel.id), post.row(parcel.id).remote_id) == (SENT, "7")


@pytest.mark.parametrize("waits_for_account", [False, True])
def test_what_was_cancelled_while_it_was_sent_does_not_wait_for_another_try(
    post: Post, *, waits_for_account: bool
) -> None:
    parcel = taken(post)
    cancel(post)

    settle(post, back(parcel, post, SECOND, pauses_until=post.now + SECOND if waits_for_account else None))

    assert (post.state(parcel.id), post.row(parcel.id).ended_at) == (CANCELLED, post.now)


@pytest.mark.parametrize(("wait", "state"), [(59, PENDING), (60, CANCELLED)])
def test_what_would_be_of_no_use_by_then_does_not_wait(post: Post, wait: int, state: OutboxState) -> None:
    row_id = post.write("三点开会", expires=60 * SECOND)
    [parcel] = post.lease()

    settle(post, back(parcel, post, wait * SECOND))

    assert post.state(row_id) is state


@pytest.mark.parametrize(("late", "state"), [(0 * SECOND, PENDING), (SECOND, FAILED)])
def test_what_was_tried_for_long_enough_is_given_up(post: Post, late: timedelta, state: OutboxState) -> None:
    row_id = post.write("你好")
    post.clock.turn(PATIENCE + late)
    [parcel] = post.lease()

    settle(post, back(parcel, post, SECOND))

    assert (post.state(row_id), post.row(row_id).reason) == (
        state,
        "as it was" if state is PENDING else "gave up: as it was",
    )


def test_what_only_waits_for_its_account_is_not_given_up_and_keeps_its_place(post: Post) -> None:
    row_id = post.write("你好")
    due_at = post.now
    post.clock.turn(2 * PATIENCE)
    [parcel] = post.lease()

    settle(post, back(parcel, post, SECOND, pauses_until=post.now + SECOND))

    row = post.row(row_id)
    assert (row.state, row.next_at, row.lease_owner) == (PENDING, due_at, "")


def test_a_chat_that_moved_is_written_to_where_it_went(post: Post) -> None:
    parcel = taken(post)

    settle(post, back(parcel, post, 0 * SECOND, moved_to="new"))

    assert [(one.id, one.target, one.attempts) for one in post.lease()] == [(parcel.id, target("new"), 2)]


def test_a_reason_longer_than_what_is_kept_is_cut_wherever_it_goes(post: Post) -> None:
    ids = [post.write(str(number), to=f"chat {number}") for number in range(3)]
    failed, waiting, old = post.lease()
    long_ago = post.now - 2 * PATIENCE
    post.database.run(lambda db: setattr(db.get_one(OutboxRow, old.id), "due_at", long_ago))

    settle(
        post,
        Settlement(failed, FAILED, "很长" * 300),
        *(replace(back(one, post, SECOND), reason="很长" * 300) for one in (waiting, old)),
    )

    assert [(post.state(one), len(post.row(one).reason)) for one in ids] == [
        (FAILED, 200),
        (PENDING, 200),
        (FAILED, 200),
    ]
