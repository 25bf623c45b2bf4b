"""What is taken, in which order and how fast; whose it is; and that what is not due costs nothing."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, insert, text
from sqlalchemy.orm import Session

from bot.domain.messages import Attachment, Message
from bot.domain.outgoing import holding, leasing, outbox, pacing, settling
from bot.domain.outgoing.leasing import HORIZON
from bot.domain.outgoing.outbox import LEASE, Draft, Parcel, Target
from bot.domain.outgoing.pacing import Lane, Limits, Pace
from bot.domain.outgoing.settling import Settlement
from db.claims import table_of
from db.models import OutboxBody, OutboxKind, OutboxRow, OutboxState, Priority
from tests.kit.post import Post, target

PENDING, LEASED, SENT, FAILED = OutboxState.PENDING, OutboxState.LEASED, OutboxState.SENT, OutboxState.FAILED
CANCELLED, UNCERTAIN = OutboxState.CANCELLED, OutboxState.UNCERTAIN
REPLY, NOTICE, BROADCAST = OutboxKind.REPLY, OutboxKind.NOTICE, OutboxKind.BROADCAST
SECOND = timedelta(seconds=1)
INTERVAL = SECOND / 20
LIMITS = Limits(INTERVAL, of_chat=lambda _chat: Pace(SECOND, burst=3))
LIMITED, FREE = Lane("test", "bot", LIMITS), Lane("test", "bot")
FITS = HORIZON // INTERVAL
FUTURE_ROWS = 100_000
LOOKING = ("UPDATE outbox_row SET state=", "SELECT (SELECT")
CONTENT = {"template": "tests/post", "text": "你好"}


def lease(post: Post, lane: Lane = LIMITED, *, owner: str = "here", limit: int = 500, **how: bool) -> list[Parcel]:
    return post.database.run(
        lambda db: leasing.lease_due(db, lane, owner=owner, now=post.now, limit=limit, **how),
    )


def words(parcels: Sequence[Parcel]) -> list[str]:
    return [parcel.message.text for parcel in parcels]


def sent(post: Post, parcels: Sequence[Parcel]) -> list[str]:
    """Record that these were sent and return what they said."""
    done = [Settlement(parcel, SENT) for parcel in parcels]
    post.database.run(lambda db: settling.settle(db, done, now=post.now))
    return words(parcels)


def write_elsewhere(post: Post, channel: str, account: str, kind: OutboxKind = NOTICE) -> int:
    message = Message(template="tests/post", text=f"{channel} {account}")
    draft = Draft(f"{channel}:{account}", kind, Target(channel, account, "li"), message, post.now)
    return post.database.run(lambda db: outbox.write(db, draft, now=post.now)) or 0


def write_with_photos(post: Post, how_many: int, chat: str) -> None:
    photos = tuple(Attachment(kind="photo", file_id=number) for number in range(how_many))
    message = Message(template="tests/post", text=chat, attachments=photos)
    draft = Draft(f"photos:{chat}", NOTICE, target(chat), message, post.now)
    post.database.run(lambda db: outbox.write(db, draft, now=post.now))


def test_each_account_has_what_is_its_own(post: Post) -> None:
    for channel, account in (("test", "bot"), ("test", "other bot"), ("other", "bot")):
        write_elsewhere(post, channel, account)

    assert words(lease(post, Lane("test", "other bot"))) == ["test other bot"]
    assert words(lease(post, Lane("other", "bot", LIMITS))) == ["other bot"]
    assert words(lease(post)) == ["test bot"]


def test_no_more_is_taken_than_may_go_soon_each_with_its_slot(post: Post) -> None:
    for number in range(2 * FITS):
        post.write(str(number), to=f"chat {number}")

    parcels = lease(post)

    assert [one.not_before for one in parcels] == [post.now + number * INTERVAL for number in range(FITS)]
    assert (words(parcels), lease(post)) == ([str(number) for number in range(FITS)], [])
    post.clock.turn(HORIZON)
    assert words(lease(post)) == [str(number) for number in range(FITS, 2 * FITS)]


def test_without_limits_everything_goes_at_once(post: Post) -> None:
    for number in range(2 * FITS):
        post.write(str(number))

    assert [one.not_before for one in lease(post, FREE)] == [None] * 2 * FITS


def test_a_reply_goes_before_every_broadcast_that_is_not_leased_yet(post: Post) -> None:
    for number in range(2 * FITS):
        post.write("停水", to=f"chat {number}", kind=BROADCAST)
    lease(post)
    post.write("答复", kind=REPLY)
    post.clock.turn(HORIZON)

    assert words(lease(post)) == ["答复", *["停水"] * (FITS - 1)]


def test_a_broadcast_that_is_paid_for_takes_no_slot_from_the_others(post: Post) -> None:
    lane = replace(LIMITED, limits=replace(LIMITS, paid_interval=INTERVAL / 10))
    for number in range(2 * FITS):
        post.write("停水", to=f"chat {number}", kind=BROADCAST)
    post.write("通知")

    parcels = lease(post, lane)

    assert [(one.message.text, one.is_paid) for one in parcels[:2]] == [("通知", False), ("停水", True)]
    slots = [post.now, *(post.now + number * INTERVAL / 10 for number in range(2 * FITS))]
    assert [one.not_before for one in parcels] == slots


def test_a_chat_with_hundreds_of_messages_holds_up_nobody(post: Post) -> None:
    for number in range(300):
        post.write(str(number), to="busy")
    post.write("你好", to="other")

    assert words(lease(post)) == ["0", "1", "2", "你好"]


@pytest.mark.parametrize("lane", [LIMITED, FREE])
def test_what_is_of_no_more_use_holds_up_nobody(post: Post, lane: Lane) -> None:
    old = [post.write("过期", to=f"chat {number}", expires=SECOND) for number in range(50)]
    post.clock.turn(SECOND)
    live = post.write("你好")

    assert [one.id for one in lease(post, lane)] == [live]
    assert {(post.row(one).state, post.row(one).reason) for one in old} == {(CANCELLED, "no longer of use")}


@pytest.mark.parametrize("pause", [0.1, 0.9, 1.2, 2.5])
def test_a_chat_that_has_to_wait_keeps_its_order(post: Post, pause: float) -> None:
    for number in range(20):
        post.write(str(number))
    heard: list[str] = []
    for _ in range(int(25 / pause)):
        heard += sent(post, lease(post))
        post.clock.turn(pause * SECOND)

    assert heard == [str(number) for number in range(20)]


def test_a_chat_keeps_its_order_among_many_others(post: Post) -> None:
    for number in range(5):
        post.write(str(number))
    for number in range(20):
        post.write("你好", to=f"chat {number}")
    for number in range(5, 10):
        post.write(str(number))
    heard: list[str] = []
    for _ in range(60):
        heard += sent(post, lease(post))
        post.clock.turn(HORIZON)

    assert [one for one in heard if one != "你好"] == [str(number) for number in range(10)]


def test_what_does_not_fit_because_of_its_parts_keeps_its_place(post: Post) -> None:
    for chat in ("li", "wang", "chen"):
        write_with_photos(post, 3, chat)
    first = words(lease(post))
    post.clock.turn(HORIZON)
    post.write("你好", to="zhao")

    assert (first, words(lease(post))) == (["li", "wang"], ["chen", "你好"])


def test_what_was_put_off_has_not_been_tried(post: Post) -> None:
    for number in range(4):
        post.write(str(number))
    lease(post)
    post.clock.turn(SECOND)

    assert [(one.message.text, one.attempts) for one in lease(post)] == [("3", 1)]


def test_one_process_pushes_for_an_account_with_limits(post: Post) -> None:
    for number in range(3 * FITS):
        post.write(str(number), to=f"chat {number}")
    here = lease(post, owner="here")
    post.clock.turn(HORIZON)
    there = lease(post, owner="there")
    post.database.run(lambda db: pacing.let_go(db, "here"))

    assert (len(here), there) == (FITS, [])
    assert words(lease(post, owner="there")) == [str(number) for number in range(FITS, 2 * FITS)]


def test_what_the_one_who_stopped_had_taken_is_taken_over_with_the_account(post: Post) -> None:
    row_id = post.write("你好")
    lease(post, owner="here")
    post.clock.turn(LEASE)

    assert [(one.id, one.attempts) for one in lease(post, owner="there")] == [(row_id, 2)]
    post.write("还有", to="wang")
    assert lease(post, owner="here") == []


@pytest.mark.parametrize("lane", [LIMITED, FREE])
def test_after_a_jump_of_the_clock_nothing_is_taken_over(post: Post, lane: Lane) -> None:
    row_id = post.write("你好")
    lease(post, lane, owner="here")
    post.clock.turn(LEASE)

    assert (lease(post, lane, owner="there", trusts_clock=False), post.state(row_id)) == ([], LEASED)


def test_a_lease_by_a_clock_that_was_put_back_since_is_not_believed(post: Post) -> None:
    row_id = post.write("你好")
    lease(post, FREE, owner="here")
    post.database.run(lambda db: setattr(db.get_one(OutboxRow, row_id), "leased_until", post.now + 3 * LEASE))

    assert [one.id for one in lease(post, FREE, owner="there")] == [row_id]


def test_a_lease_that_is_not_believed_is_found_among_others(post: Post) -> None:
    rows = [post.write(text) for text in ("你好", "开会")]
    lease(post, FREE)
    post.database.run(lambda db: setattr(db.get_one(OutboxRow, rows[0]), "leased_until", post.now + 3 * LEASE))

    assert [one.id for one in lease(post, FREE, owner="there")] == [rows[0]]


def test_while_every_lease_holds_no_row_is_written_for_them(post: Post) -> None:
    post.write("停水", kind=BROADCAST)
    lease(post, FREE)
    said: list[str] = []
    event.listen(post.database.engine, "before_cursor_execute", lambda *told: said.append(told[2]))
    lease(post, FREE, owner="there")

    assert [one for one in said if "outbox_row" in one] == []


def test_a_broadcast_in_doubt_is_repeated_where_nobody_hears_it_twice(post: Post) -> None:
    row_id = post.write("停水", kind=BROADCAST)
    lease(post, FREE)
    post.clock.turn(LEASE)

    assert [(one.id, one.attempts) for one in lease(post, FREE, repeats=True)] == [(row_id, 2)]


def test_one_channel_decides_nothing_about_the_rows_of_another(post: Post) -> None:
    row_id = write_elsewhere(post, "web", "web", BROADCAST)
    post.write("停水", kind=BROADCAST)
    for lane in (FREE, Lane("web", "web")):
        lease(post, lane)
    post.clock.turn(LEASE)
    lease(post, FREE)

    assert post.state(row_id) is LEASED
    assert [one.id for one in lease(post, Lane("web", "web"), repeats=True)] == [row_id]


@pytest.mark.parametrize("lane", [LIMITED, FREE])
def test_what_cannot_be_read_fails_and_the_rest_goes(post: Post, lane: Lane) -> None:
    unreadable = [post.write("坏", to=f"chat {number}") for number in range(2 * FITS)]

    def spoil(db: Session) -> None:
        body = OutboxBody(content={"from": "another version"})
        db.add(body)
        db.flush()
        for number, row_id in enumerate(unreadable):
            row = db.get_one(OutboxRow, row_id)
            row.content, row.body_id = ({"text": 5}, None) if number % 2 else (None, body.id)

    post.database.run(spoil)
    post.write("好")

    assert words(lease(post, lane)) == ["好"]
    assert {(post.row(one).state, post.row(one).reason) for one in unreadable} == {(FAILED, "unreadable")}


def renewed(post: Post, parcel: Parcel, owner: str = "here") -> bool:
    return post.database.run(lambda db: holding.renew(db, parcel, owner=owner, now=post.now))


def test_a_lease_is_renewed_by_its_owner_only(post: Post) -> None:
    row_id = post.write("你好")
    [parcel] = lease(post, FREE)
    post.clock.turn(LEASE / 2)

    assert (renewed(post, parcel, "there"), post.row(row_id).leased_until) == (False, post.now + LEASE / 2)
    assert (renewed(post, parcel), post.row(row_id).leased_until) == (True, post.now + LEASE)


def test_whoever_lost_a_row_and_took_it_again_does_not_renew_the_lost_lease(post: Post) -> None:
    post.write("你好")
    [lost] = lease(post, FREE)
    post.clock.turn(LEASE)
    [taken_again] = lease(post, FREE)

    assert (renewed(post, lost), renewed(post, taken_again)) == (False, True)


def test_what_has_ended_is_not_renewed(post: Post) -> None:
    post.write("你好")
    [parcel] = lease(post, FREE)
    post.settle(parcel, SENT)

    assert not renewed(post, parcel)


def test_what_was_begun_is_not_given_back(post: Post) -> None:
    begun, waiting = post.write("一"), post.write("二")
    lease(post, FREE)

    given_back = post.database.run(lambda db: holding.release(db, "here", now=post.now, begun={begun}))

    assert (given_back, post.state(begun), post.state(waiting)) == (1, LEASED, PENDING)


def test_what_is_given_back_keeps_its_place(post: Post) -> None:
    for number in range(4):
        post.write(str(number))
    lease(post, FREE, limit=2)
    post.clock.turn(SECOND)
    post.database.run(lambda db: holding.release(db, "here", now=post.now))

    assert words(lease(post, FREE, owner="there")) == ["0", "1", "2", "3"]


def due_in(post: Post, *lanes: Lane) -> timedelta | None:
    moment = post.database.run(lambda db: leasing.next_due(db, lanes), write=False)
    return moment and moment - post.now


def test_the_next_is_due_when_the_first_of_some_accounts_is(post: Post) -> None:
    nothing = due_in(post, FREE)
    post.write("提醒", kind=OutboxKind.REMINDER, due=3 * SECOND)
    post.write("通知", due=5 * SECOND)
    write_elsewhere(post, "web", "web")

    assert (nothing, due_in(post, FREE), due_in(post)) == (None, 3 * SECOND, None)
    assert due_in(post, FREE, Lane("web", "web")) == 0 * SECOND


def test_the_end_of_a_lease_is_due_as_well(post: Post) -> None:
    post.write("你好")
    lease(post, FREE)

    assert (due_in(post, FREE), due_in(post, Lane("web", "web"))) == (LEASE, None)


def test_nothing_is_due_before_the_account_may_send_again(post: Post) -> None:
    post.write("你好")
    post.database.run(lambda db: pacing.pause(db, LIMITED, until=post.now + 7 * SECOND))

    assert (due_in(post, LIMITED), lease(post)) == (7 * SECOND, [])
    post.clock.turn(7 * SECOND)
    assert (due_in(post, LIMITED), words(lease(post))) == (0 * SECOND, ["你好"])


def fill(post: Post, how_many: int, *, due: timedelta) -> None:
    """Write rows of every priority, as quickly as can be."""
    like_it = OutboxRow(cause="", kind=NOTICE, priority=0, channel="test", account="bot", chat="li", content=CONTENT)
    like_it.due_at = like_it.next_at = post.now + due
    like_it.created_at = post.now
    values = {**like_it.model_dump(exclude={"id"}), "state": "pending", "kind": "notice"}
    kinds = list(Priority)
    rows = [
        {**values, "cause": f"{due}:{number}", "priority": int(kinds[number % len(kinds)])}
        for number in range(how_many)
    ]
    post.database.run(lambda db: db.execute(insert(table_of(OutboxRow)), rows))
    post.database.run(lambda db: db.execute(text("ANALYZE")))


def ways(post: Post, lane: Lane) -> dict[str, list[str]]:
    """How the database goes about finding rows to take: each statement by its first word, without what it reckons."""
    explain = _explained_by_sqlite if post.database.is_sqlite else _explained_by_postgresql
    plans = post.database.run(lambda db: explain(post, db, lane))
    return {word: [line.partition("  (cost=")[0].strip(" ->") for line in plan] for word, plan in plans.items()}


def _explained_by_postgresql(post: Post, db: Session, lane: Lane) -> dict[str, list[str]]:
    for _ in range(7):  # from the sixth time on the driver has it prepared, and the server may plan once for all values
        leasing.lease_due(db, lane, owner="here", now=post.now, limit=1)
        leasing.next_due(db, [lane])
    db.execute(text("SET LOCAL plan_cache_mode = force_generic_plan"))
    asked = db.execute(text("SELECT name, statement, cardinality(parameter_types) FROM pg_prepared_statements")).all()
    plans = dict[str, list[str]]()
    for name, statement, count in asked:
        if statement.startswith(LOOKING):
            nothing = ", ".join(["NULL"] * count)
            lines = db.connection().exec_driver_sql(f'EXPLAIN EXECUTE "{name}" ({nothing})')
            plans[statement.split()[0]] = [line for (line,) in lines]
    return plans


def _explained_by_sqlite(post: Post, db: Session, lane: Lane) -> dict[str, list[str]]:
    said: list[str] = []
    driver = db.connection().connection.driver_connection
    driver.set_trace_callback(said.append)
    leasing.lease_due(db, lane, owner="here", now=post.now, limit=1)
    driver.set_trace_callback(None)
    asked = {one.split()[0]: one for one in said if one.startswith(LOOKING) and "pending" in one}
    return {
        word: [row[-1] for row in db.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {one}")]
        for word, one in asked.items()
    }


@pytest.mark.integration
def test_rows_of_the_future_are_not_walked(post: Post) -> None:
    fill(post, 400, due=-SECOND)
    before = ways(post, FREE)
    fill(post, FUTURE_ROWS, due=timedelta(days=1))
    after = ways(post, FREE)

    assert (before, sorted(after)) == (after, ["SELECT", "UPDATE"])
    used = [line for plan in after.values() for line in plan if "outbox_row" in line and "ix_outbox_leased" not in line]
    by_key = [
        line for line in used if line.startswith(("SEARCH outbox_row USING INTEGER PRIMARY KEY", "Index Scan using pk"))
    ]
    by_due = [line for line in used if "ix_outbox_due" in line]
    assert (len(by_key), len(by_due)) == (1, len(Priority) + 1)
    assert set(used) - {*by_key, *by_due} <= {"Update on outbox_row"}
    bound = "priority=? AND next_at<?)" if post.database.is_sqlite else "AND (next_at <= $"
    assert [word for word, plan in after.items() if bound in "\n".join(plan)] == ["UPDATE"]
