"""The outbox: what is written once, taken in order, and ended in exactly one way."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from bot.domain.outgoing import holding, outbox, settling
from bot.domain.outgoing.outbox import LEASE
from bot.domain.outgoing.settling import Settlement
from db.models import OutboxKind, OutboxState
from tests.kit.post import Post, target

PENDING, LEASED, SENT = OutboxState.PENDING, OutboxState.LEASED, OutboxState.SENT
CANCELLED, UNCERTAIN, FAILED = OutboxState.CANCELLED, OutboxState.UNCERTAIN, OutboxState.FAILED
LONG = timedelta(days=365)


def texts(post: Post, limit: int = 50) -> list[str]:
    return [parcel.message.text for parcel in post.lease(limit=limit)]


def cancel(post: Post, prefix: str) -> int:
    return post.database.run(lambda db: outbox.cancel(db, prefix, now=post.now, reason="answered"))


def test_the_same_cause_is_never_written_twice(post: Post) -> None:
    first = post.write("一", cause="case:1:answered:7")

    assert post.write("二", cause="case:1:answered:7", to="wang") == 0
    assert texts(post) == ["一"]
    assert post.state(first) is LEASED


def test_a_cause_that_has_spoken_stays_spent(post: Post) -> None:
    post.write("一", cause="once")
    [parcel] = post.lease()
    post.settle(parcel, SENT)

    assert post.write("二", cause="once") == 0


def test_of_many_who_write_one_cause_at_once_one_succeeds(post: Post) -> None:
    with ThreadPoolExecutor(6) as threads:
        ids = list(threads.map(lambda number: post.write(str(number), cause="once"), range(12)))

    assert sorted(ids)[:-1] == [0] * 11
    assert len(texts(post)) == 1


def test_the_most_urgent_goes_first_and_then_the_oldest(post: Post) -> None:
    post.write("群发", kind=OutboxKind.BROADCAST)
    post.write("提醒", kind=OutboxKind.REMINDER)
    post.write("晚一点的通知")
    post.clock.turn(timedelta(seconds=1))
    post.write("早一点的通知", due=-timedelta(minutes=1))
    post.write("答复", kind=OutboxKind.REPLY)

    assert texts(post) == ["答复", "早一点的通知", "晚一点的通知", "提醒", "群发"]


def test_a_batch_is_no_larger_than_asked_for(post: Post) -> None:
    for number in range(5):
        post.write(str(number))

    assert [texts(post, limit=2) for _ in range(4)] == [["0", "1"], ["2", "3"], ["4"], []]


def test_what_is_leased_is_nobody_elses(post: Post) -> None:
    row_id = post.write("你好")

    [parcel] = post.lease(owner="here")

    row = post.row(row_id)
    assert (post.lease(owner="there"), parcel.attempts) == ([], 1)
    assert (row.state, row.lease_owner, row.leased_until) == (LEASED, "here", post.now + LEASE)


def test_many_who_lease_at_once_share_without_overlap(post: Post) -> None:
    for number in range(30):
        post.write(str(number))
    with ThreadPoolExecutor(4) as threads:
        batches = list(threads.map(lambda number: post.lease(owner=f"worker {number}", limit=5), range(8)))

    taken = [parcel.message.text for batch in batches for parcel in batch]
    assert sorted(taken, key=int) == sorted(set(taken), key=int)


def test_a_row_born_leased_belongs_to_whoever_wrote_it_until_the_lease_runs_out(post: Post) -> None:
    post.write("答复", kind=OutboxKind.REPLY, owner="here")
    assert post.lease(owner="there") == []
    post.clock.turn(LEASE)

    [parcel] = post.lease(owner="there")

    assert (parcel.message.text, parcel.attempts) == ("答复", 2)


@pytest.mark.parametrize("kind", [OutboxKind.REPLY, OutboxKind.NOTICE, OutboxKind.REMINDER])
def test_a_lease_that_ran_out_is_taken_by_the_next(post: Post, kind: OutboxKind) -> None:
    post.write("你好", kind=kind)
    post.lease(owner="here")
    post.clock.turn(LEASE - timedelta(milliseconds=1))
    too_early = post.lease(owner="there")
    post.clock.turn(timedelta(milliseconds=1))

    [parcel] = post.lease(owner="there")

    assert (too_early, parcel.attempts) == ([], 2)


def test_a_broadcast_whose_lease_ran_out_is_in_doubt_and_never_sent_again(post: Post) -> None:
    row_id = post.write("停水", kind=OutboxKind.BROADCAST)
    post.lease()
    post.clock.turn(LEASE)

    assert post.lease() == []
    row = post.row(row_id)
    assert (row.state, row.reason, row.ended_at) == (UNCERTAIN, "in flight when its sender stopped", post.now)
    post.clock.turn(LONG)
    assert post.lease() == []


def test_a_broadcast_found_in_doubt_that_was_sent_after_all_is_recorded_as_sent(post: Post) -> None:
    row_id = post.write("停水", kind=OutboxKind.BROADCAST)
    [parcel] = post.lease(owner="here")
    post.clock.turn(LEASE)
    post.lease(owner="there")

    post.settle(parcel, SENT)

    assert post.state(row_id) is SENT


def test_what_is_no_longer_of_use_is_cancelled(post: Post) -> None:
    row_id = post.write("三点开会", expires=timedelta(hours=1))
    post.clock.turn(timedelta(hours=1))

    assert post.lease() == []
    row = post.row(row_id)
    assert (row.state, row.reason, row.ended_at) == (CANCELLED, "no longer of use", post.now)


def test_what_is_still_of_use_is_sent(post: Post) -> None:
    post.write("三点开会", expires=timedelta(hours=1))
    post.clock.turn(timedelta(minutes=59))

    assert texts(post) == ["三点开会"]


def test_what_expired_while_it_was_leased_is_not_sent_again(post: Post) -> None:
    row_id = post.write("三点开会", expires=timedelta(seconds=5))
    post.lease()
    post.clock.turn(LEASE)

    assert post.lease() == []
    assert post.state(row_id) is CANCELLED


def test_settling_ends_a_row_with_its_remote_number(post: Post) -> None:
    row_id = post.write("你好")
    [parcel] = post.lease()

    post.settle(parcel, SENT)

    row = post.row(row_id)
    assert (row.state, row.remote_id, row.lease_owner, row.leased_until, row.ended_at) == (
        SENT,
        f"remote-{row_id}",
        "",
        None,
        post.now,
    )


def test_a_row_that_has_to_wait_comes_back_then_and_not_before(post: Post) -> None:
    post.write("你好")
    [parcel] = post.lease()
    post.settle(parcel, PENDING, again_in=timedelta(seconds=30))
    post.clock.turn(timedelta(seconds=29))
    too_early = post.lease()
    post.clock.turn(timedelta(seconds=1))

    assert (too_early, [one.attempts for one in post.lease()]) == ([], [2])


def test_an_end_is_an_end(post: Post) -> None:
    row_id = post.write("你好")
    [parcel] = post.lease()
    post.settle(parcel, SENT)
    post.settle(parcel, FAILED)
    post.settle(parcel, PENDING, again_in=timedelta(0))

    assert (post.state(row_id), post.lease()) == (SENT, [])


def test_whoever_comes_late_does_not_put_back_what_another_is_sending(post: Post) -> None:
    row_id = post.write("你好")
    [late] = post.lease(owner="here")
    post.clock.turn(LEASE)
    [current] = post.lease(owner="there")

    post.settle(late, PENDING, again_in=timedelta(0))
    taken_by_a_third = post.lease(owner="elsewhere")
    post.settle(current, SENT)

    assert (taken_by_a_third, post.state(row_id)) == ([], SENT)


def test_releasing_gives_back_what_one_owner_holds(post: Post) -> None:
    mine = post.write("一")
    post.lease(owner="here")
    theirs = post.write("二")
    post.lease(owner="there")

    given_back = post.database.run(lambda db: holding.release(db, "here", now=post.now))

    assert given_back == 1
    assert (post.state(mine), post.state(theirs)) == (PENDING, LEASED)
    assert texts(post) == ["一"]


def test_releasing_leaves_ended_rows_alone(post: Post) -> None:
    row_id = post.write("一")
    [parcel] = post.lease(owner="here")
    post.settle(parcel, SENT)

    assert post.database.run(lambda db: holding.release(db, "here", now=post.now)) == 0
    assert post.state(row_id) is SENT


def test_cancelling_ends_what_waits_under_a_cause(post: Post) -> None:
    first, second = (post.write("催", cause=f"case:1:waiting:2:{one}") for one in (5, 6))
    other = post.write("催", cause="case:11:waiting:2:5")

    assert cancel(post, "case:1:waiting:") == 2
    row = post.row(first)
    assert (row.state, row.reason, row.ended_at) == (CANCELLED, "answered", post.now)
    assert (post.state(second), post.state(other)) == (CANCELLED, PENDING)


@pytest.mark.parametrize(
    ("prefix", "spared"), [("a_b:", "axb:1"), ("50%:", "50x:1"), ("%", "anything"), ("_", "x"), ("a\\b", "a\\\\b")]
)
def test_marks_in_a_cause_stand_for_themselves(post: Post, prefix: str, spared: str) -> None:
    meant, other = post.write("一", cause=f"{prefix}1"), post.write("二", cause=spared)

    assert cancel(post, prefix) == 1
    assert (post.state(meant), post.state(other)) == (CANCELLED, PENDING)


def test_what_was_sent_stays_sent_when_its_cause_is_cancelled(post: Post) -> None:
    row_id = post.write("催", cause="case:1:waiting:2:5")
    [parcel] = post.lease()
    post.settle(parcel, SENT)

    assert cancel(post, "case:1:") == 0
    assert post.state(row_id) is SENT


def test_what_is_cancelled_while_it_is_sent_is_not_sent_again(post: Post) -> None:
    row_id = post.write("催", kind=OutboxKind.REMINDER, cause="case:1:waiting:2:5")
    [parcel] = post.lease()
    cancel(post, "case:1:")

    post.settle(parcel, PENDING, again_in=timedelta(seconds=2))
    post.clock.turn(timedelta(minutes=1))

    assert (post.lease(), post.state(row_id)) == ([], CANCELLED)


def test_redirecting_moves_what_is_open_and_nothing_else(post: Post) -> None:
    ended = post.write("旧", to="old")
    [parcel] = post.lease()
    post.settle(parcel, SENT)
    waiting, elsewhere = post.write("新", to="old"), post.write("别的", to="other")

    post.database.run(lambda db: outbox.redirect(db, target("old"), "new"))

    assert [post.row(one).chat for one in (ended, waiting, elsewhere)] == ["old", "new", "other"]


def test_a_move_settles_the_row_at_its_new_place(post: Post) -> None:
    row_id = post.write("你好", to="old")
    [parcel] = post.lease()

    post.settle(parcel, PENDING, again_in=timedelta(0), moved="new")

    assert [(one.id, one.target) for one in post.lease()] == [(row_id, target("new"))]


def test_only_what_was_said_in_a_chat_can_be_quoted_there(post: Post) -> None:
    row_id = post.write("你好", to="li")
    here = post.database.run(lambda db: outbox.spoken(db, row_id, target("li")))
    elsewhere = post.database.run(lambda db: outbox.spoken(db, row_id, target("wang")))

    assert (here.text if here else "", elsewhere) == ("你好", None)


def test_a_long_reason_is_cut_to_what_is_kept(post: Post) -> None:
    row_id = post.write("你好")
    [parcel] = post.lease()
    settlement = Settlement(parcel, FAILED, "很长" * 300)

    post.database.run(lambda db: settling.settle(db, [settlement], now=post.now))

    assert post.row(row_id).reason == "很长" * 100
