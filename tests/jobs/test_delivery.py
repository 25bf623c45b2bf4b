"""How a send ends: each way to go wrong has its own consequence, and none of them touches another message."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from bot.channels.base import Blocked, ChatGone, ChatMoved, InDoubt, RateLimited, Refused, TryLater
from bot.clock import TurnableClock
from bot.domain.messages import Message
from bot.domain.outgoing import dead_letters, pacing
from bot.domain.outgoing.leasing import BATCH
from bot.domain.outgoing.outbox import LEASE, Parcel
from bot.domain.outgoing.pacing import Lane, Limits, Pace
from bot.domain.persons import people
from bot.errors import DeliveryError
from bot.jobs.delivery import AT_ONCE, Delivery
from db.models import OutboxBody, OutboxKind, OutboxRow, OutboxState, Person
from db.sql import Database
from tests.kit.channels import FakeChannel
from tests.kit.post import Post, target
from tests.kit.talk import MORNING

AGAIN = [OutboxKind.REPLY, OutboxKind.NOTICE, OutboxKind.REMINDER]


async def eventually(post: Post, row_id: int, state: OutboxState) -> bool:
    """Look for a while whether a row comes to stand so."""
    for _ in range(100):
        if post.state(row_id) is state:
            return True
        await asyncio.sleep(0.01)
    return False


async def test_what_is_due_is_sent_and_its_number_kept(post: Post, channel: FakeChannel, delivery: Delivery) -> None:
    row_id = post.write("你好")

    assert await delivery.sweep() == 1
    assert channel.arrived == [("li", "你好")]
    row = post.row(row_id)
    assert (row.state, row.remote_id, row.attempts, row.ended_at) == (OutboxState.SENT, "li-1", 1, post.now)
    assert await delivery.sweep() == 0


async def test_what_is_not_due_waits(post: Post, channel: FakeChannel, delivery: Delivery) -> None:
    post.write("明天", due=timedelta(days=1))

    assert await delivery.sweep() == 0
    post.clock.turn(timedelta(days=1))
    assert await delivery.sweep() == 1
    assert channel.texts == ["明天"]


@pytest.mark.parametrize(("error", "reason"), [(Blocked("bye"), "Blocked"), (ChatGone("nowhere"), "ChatGone")])
async def test_whoever_cannot_be_reached_is_left_in_peace(
    post: Post, channel: FakeChannel, delivery: Delivery, error: DeliveryError, reason: str
) -> None:
    li = post.meet("li")
    row_id = post.write("你好")
    channel.misbehave("li", error)

    await delivery.sweep()

    row = post.row(row_id)
    assert (row.state, row.reason.partition(":")[0], row.ended_at) == (OutboxState.FAILED, reason, post.now)
    assert post.address(li) == ("li", reason)


@pytest.mark.parametrize("kind", [OutboxKind.NOTICE, OutboxKind.REMINDER])
async def test_what_somebody_did_not_get_where_they_are_gone_goes_to_their_other_address(
    post: Post, channel: FakeChannel, delivery: Delivery, kind: OutboxKind
) -> None:
    li = post.meet("li")
    post.database.run(lambda db: people.attach(db, db.get_one(Person, li), target("other"), now=post.now))
    row_id = post.write("办好了", kind=kind, cause="case:1:answered:1")
    channel.misbehave("li", Blocked("bye"))

    await delivery.sweep()
    await delivery.sweep()
    await delivery.sweep()

    assert channel.arrived == [("other", "办好了")]
    assert post.row(row_id).reason == "tried elsewhere: Blocked: bye"
    assert post.database.run(lambda db: dead_letters.requeue(db, [row_id], now=post.now)) == 0


async def test_who_is_gone_everywhere_is_tried_at_each_address_once(
    post: Post, channel: FakeChannel, delivery: Delivery
) -> None:
    li = post.meet("li")
    post.database.run(lambda db: people.attach(db, db.get_one(Person, li), target("other"), now=post.now))
    row_id = post.write("办好了")
    for chat in ("li", "other"):
        channel.misbehave(chat, Blocked("bye"))

    sent = [await delivery.sweep() for _ in range(4)]

    assert (sent, channel.arrived, post.state(row_id)) == ([1, 1, 0, 0], [], OutboxState.FAILED)


async def test_a_chat_that_moved_gets_everything_where_it_went(
    post: Post, channel: FakeChannel, delivery: Delivery
) -> None:
    li = post.meet("old")
    ids = [post.write(text, to="old") for text in ("一", "二")]
    later = post.write("以后", to="old", due=timedelta(days=1))
    channel.misbehave("old", ChatMoved("new"), times=2)

    await delivery.sweep()
    await delivery.sweep()

    assert channel.arrived == [("new", "一"), ("new", "二")]
    assert [post.state(one) for one in ids] == [OutboxState.SENT, OutboxState.SENT]
    assert (post.row(later).chat, post.address(li)) == ("new", ("new", ""))


async def test_what_a_channel_will_never_take_fails_and_the_person_is_still_reached(
    post: Post, channel: FakeChannel, delivery: Delivery
) -> None:
    li = post.meet("li")
    refused, next_one = post.write("太长"), post.write("你好")
    channel.misbehave("li", Refused("too long"))

    await delivery.sweep()

    assert (post.state(refused), post.row(refused).reason) == (OutboxState.FAILED, "Refused: too long")
    assert (post.state(next_one), post.address(li)) == (OutboxState.SENT, ("li", ""))


async def test_a_message_for_a_channel_that_is_not_here_waits_for_whoever_has_it(post: Post) -> None:
    row_id = post.write("你好")

    assert await Delivery(post.database, {}, clock=post.clock, owner="here").sweep() == 0
    assert post.state(row_id) is OutboxState.PENDING


async def test_a_rate_limit_is_waited_out(post: Post, channel: FakeChannel, delivery: Delivery) -> None:
    row_id = post.write("你好")
    channel.misbehave("li", RateLimited(retry_after=30))
    await delivery.sweep()
    post.clock.turn(timedelta(seconds=29.9))
    assert await delivery.sweep() == 0
    post.clock.turn(timedelta(seconds=0.1))

    assert await delivery.sweep() == 1
    assert (channel.texts, post.state(row_id)) == (["你好"], OutboxState.SENT)


@pytest.mark.parametrize("error", [RateLimited(retry_after=30), TryLater("server error"), InDoubt("silence")])
async def test_what_has_to_wait_is_not_overtaken_by_the_next_to_the_same_person(
    post: Post, channel: FakeChannel, delivery: Delivery, error: DeliveryError
) -> None:
    for text in ("一", "二"):
        post.write(text)
    channel.misbehave("li", error)
    await delivery.sweep()
    tried_at_once = list(channel.tried)
    for _ in range(4):
        post.clock.turn(timedelta(seconds=30))
        await delivery.sweep()

    assert (tried_at_once, channel.texts) == (["一"], ["一", "二"])


async def test_trouble_is_tried_again_less_and_less_often(post: Post, channel: FakeChannel, delivery: Delivery) -> None:
    row_id = post.write("你好")
    channel.misbehave("li", TryLater("server error"), times=4)
    waits: list[float] = []
    for _ in range(4):
        await delivery.sweep()
        waits.append((post.row(row_id).next_at - post.now).total_seconds())
        post.clock.turn(timedelta(seconds=waits[-1]))

    assert await delivery.sweep() == 1
    assert (waits, post.state(row_id)) == ([2, 4, 8, 16], OutboxState.SENT)


async def test_a_reply_in_trouble_is_tried_again_sooner(post: Post, channel: FakeChannel, delivery: Delivery) -> None:
    row_id = post.write("你好", kind=OutboxKind.REPLY)
    channel.misbehave("li", TryLater("server error"))
    await delivery.sweep()
    waits = post.row(row_id).next_at - post.now
    post.clock.turn(waits)

    assert (waits, await delivery.sweep()) == (timedelta(seconds=0.5), 1)


async def test_an_outage_of_an_hour_loses_nothing(post: Post, channel: FakeChannel, delivery: Delivery) -> None:
    row_id = post.write("你好")
    began = post.now
    channel.misbehave("li", TryLater("server error"), times=1000)
    while post.now - began < timedelta(hours=1) and post.state(row_id) is OutboxState.PENDING:
        await delivery.sweep()
        post.clock.turn(timedelta(seconds=20))

    assert post.state(row_id) is OutboxState.PENDING


async def test_trouble_without_end_is_given_up_with_its_reason(
    post: Post, channel: FakeChannel, delivery: Delivery
) -> None:
    row_id = post.write("你好")
    channel.misbehave("li", TryLater("server error"), times=1000)
    for _ in range(60):
        await delivery.sweep()
        post.clock.turn(timedelta(hours=1))

    row = post.row(row_id)
    assert (row.state, row.reason) == (OutboxState.FAILED, "gave up: TryLater: server error")


async def test_patience_asked_for_again_and_again_is_no_reason_to_give_up(
    post: Post, channel: FakeChannel, delivery: Delivery
) -> None:
    row_id = post.write("你好")
    channel.misbehave("li", RateLimited(retry_after=30), times=15)
    for _ in range(20):
        await delivery.sweep()
        post.clock.turn(timedelta(seconds=31))

    assert (post.state(row_id), channel.texts) == (OutboxState.SENT, ["你好"])


@pytest.mark.parametrize("kind", AGAIN)
async def test_a_send_in_doubt_is_repeated(
    post: Post, channel: FakeChannel, delivery: Delivery, kind: OutboxKind
) -> None:
    row_id = post.write("你好", kind=kind)
    channel.misbehave("li", InDoubt("silence"), arrives=True)
    await delivery.sweep()
    post.clock.turn(timedelta(minutes=1))
    await delivery.sweep()

    assert (channel.texts, post.state(row_id)) == (["你好", "你好"], OutboxState.SENT)


async def test_a_broadcast_in_doubt_is_left_for_a_person_to_look_at(
    post: Post, channel: FakeChannel, delivery: Delivery
) -> None:
    row_id = post.write("停水", kind=OutboxKind.BROADCAST)
    channel.misbehave("li", InDoubt("silence"), arrives=True)
    await delivery.sweep()
    post.clock.turn(timedelta(days=1))
    await delivery.sweep()

    row = post.row(row_id)
    assert (channel.texts, row.state, row.reason) == (["停水"], OutboxState.UNCERTAIN, "InDoubt: silence")


async def test_a_broadcast_that_was_certainly_not_delivered_is_tried_again(
    post: Post, channel: FakeChannel, delivery: Delivery
) -> None:
    row_id = post.write("停水", kind=OutboxKind.BROADCAST)
    channel.misbehave("li", TryLater("server error"))
    await delivery.sweep()
    post.clock.turn(timedelta(minutes=1))
    await delivery.sweep()

    assert (channel.texts, post.state(row_id)) == (["停水"], OutboxState.SENT)


async def test_a_fault_in_one_message_does_not_stop_the_others(
    post: Post, channel: FakeChannel, delivery: Delivery
) -> None:
    broken, same_chat, elsewhere = post.write("坏"), post.write("好"), post.write("好", to="wang")
    channel.misbehave("li", ZeroDivisionError())

    await delivery.sweep()

    assert (post.state(broken), post.row(broken).reason) == (OutboxState.FAILED, "broke: ZeroDivisionError")
    assert [post.state(one) for one in (same_chat, elsewhere)] == [OutboxState.SENT, OutboxState.SENT]


async def test_a_message_that_cannot_be_read_does_not_stop_the_others(
    post: Post, channel: FakeChannel, delivery: Delivery
) -> None:
    unreadable = post.write("坏")
    post.database.run(lambda db: setattr(db.get_one(OutboxRow, unreadable), "content", {"from": "another version"}))
    post.write("好")

    await delivery.sweep()

    assert (channel.texts, post.state(unreadable)) == (["好"], OutboxState.FAILED)


async def test_a_text_that_many_rows_share_is_sent_to_each(
    post: Post, channel: FakeChannel, delivery: Delivery
) -> None:
    ids = [post.write("", to=chat, kind=OutboxKind.BROADCAST) for chat in ("li", "wang")]
    body = OutboxBody(content={"template": "tests/post", "text": "停水"})

    def share(db: Session) -> None:
        db.add(body)
        db.flush()
        for one in ids:
            row = db.get_one(OutboxRow, one)
            row.content, row.body_id = None, body.id

    post.database.run(share)
    await delivery.sweep()

    assert sorted(channel.arrived) == [("li", "停水"), ("wang", "停水")]


async def test_one_chat_gets_its_messages_in_order(post: Post, channel: FakeChannel, delivery: Delivery) -> None:
    for number in range(BATCH):
        post.write(str(number))

    await delivery.sweep()

    assert channel.texts == [str(number) for number in range(BATCH)]


async def test_a_reply_does_not_overtake_what_is_on_its_way_to_the_same_chat(
    post: Post, channel: FakeChannel, delivery: Delivery
) -> None:
    post.write("一")
    gate = channel.hold("li")
    sweeping = asyncio.create_task(delivery.sweep())
    await channel.until_tried()
    post.write("二", kind=OutboxKind.REPLY)
    replying = asyncio.create_task(delivery.sweep())
    await asyncio.sleep(0.1)
    gate.set()
    await asyncio.gather(sweeping, replying)

    assert channel.texts == ["一", "二"]


async def test_many_chats_are_served_at_once_but_not_too_many(
    post: Post, channel: FakeChannel, delivery: Delivery
) -> None:
    chats = [f"chat {number}" for number in range(AT_ONCE + 100)]
    gates = [channel.hold(chat) for chat in chats]
    for chat in chats:
        post.write("你好", to=chat)
    sweeping = asyncio.create_task(delivery.sweep())
    await channel.until_tried(AT_ONCE)
    await asyncio.sleep(0.05)
    for gate in gates:
        gate.set()

    assert (await sweeping, channel.busiest) == (AT_ONCE + 100, AT_ONCE)


async def test_a_slow_chat_does_not_delay_the_record_of_the_others(
    post: Post, channel: FakeChannel, delivery: Delivery
) -> None:
    gate = channel.hold("slow")
    slow, quick = post.write("你好", to="slow"), post.write("你好", to="quick")
    sweeping = asyncio.create_task(delivery.sweep())

    recorded = await eventually(post, quick, OutboxState.SENT)
    gate.set()
    await sweeping

    assert (recorded, post.state(slow)) == (True, OutboxState.SENT)


async def test_a_long_queue_is_sent_once_though_it_takes_longer_than_a_lease(post: Post) -> None:
    first, second = FakeChannel(), FakeChannel()
    for text in ("一", "二", "三"):
        post.write(text)
    gate = first.hold("li")

    def pass_time() -> None:
        post.clock.turn(0.75 * LEASE)
        if len(first.tried) == 2:
            gate.clear()

    first.meanwhile = pass_time
    gate.set()
    other = Delivery(post.database, {"test": second}, clock=post.clock, owner="there")
    sending = asyncio.create_task(Delivery(post.database, {"test": first}, clock=post.clock, owner="here").sweep())
    third = asyncio.create_task(first.until_tried(3))
    await asyncio.wait([sending, third], return_when=asyncio.FIRST_COMPLETED)
    await asyncio.sleep(0.1)  # what has been sent is written down a moment later
    await other.sweep()
    gate.set()
    await sending
    third.cancel()
    await other.sweep()

    assert sorted(first.texts + second.texts) == sorted(["一", "二", "三"])


async def test_two_senders_share_the_work_and_send_nothing_twice(post: Post) -> None:
    for number in range(40):
        post.write(str(number), to=f"chat {number % 8}")
    here, there = FakeChannel(), FakeChannel()
    senders = [
        Delivery(post.database, {"test": channel}, clock=post.clock, owner=owner)
        for channel, owner in ((here, "here"), (there, "there"))
    ]

    await asyncio.gather(*(sender.sweep() for sender in senders))

    assert sorted(here.texts + there.texts) == sorted(str(number) for number in range(40))


async def test_stopping_gives_back_what_was_not_begun(post: Post, channel: FakeChannel, delivery: Delivery) -> None:
    gate = channel.hold("li")
    begun, waiting = post.write("一"), post.write("二")
    sweeping = asyncio.create_task(delivery.sweep())
    await channel.until_tried()

    await delivery.stop()
    states = post.state(begun), post.state(waiting)
    gate.set()
    await sweeping

    assert states == (OutboxState.LEASED, OutboxState.PENDING)
    assert channel.texts == ["一"]


async def test_a_send_in_flight_when_stopping_is_recorded_and_never_repeated(
    post: Post, channel: FakeChannel, delivery: Delivery
) -> None:
    gate = channel.hold("li")
    row_id = post.write("停水", kind=OutboxKind.BROADCAST)
    sweeping = asyncio.create_task(delivery.sweep())
    await channel.until_tried()
    await delivery.stop()
    gate.set()
    await sweeping
    next_process = Delivery(post.database, {"test": channel}, clock=post.clock, owner="there")

    await next_process.sweep()

    assert (channel.texts, post.state(row_id)) == (["停水"], OutboxState.SENT)


async def test_after_stopping_nothing_more_is_taken(post: Post, channel: FakeChannel, delivery: Delivery) -> None:
    await delivery.stop()
    row_id = post.write("你好")

    await delivery.sweep()

    assert (channel.tried, post.state(row_id)) == ([], OutboxState.PENDING)


async def test_only_one_chat_is_served_when_asked_for(post: Post, channel: FakeChannel, delivery: Delivery) -> None:
    for chat in ("li", "wang"):
        post.write("你好", to=chat)

    assert await delivery.sweep(only=target("li")) == 1
    assert channel.arrived == [("li", "你好")]


async def test_a_row_that_ended_while_it_was_sent_stays_as_it_ended(
    post: Post, channel: FakeChannel, delivery: Delivery
) -> None:
    row_id = post.write("你好")
    [parcel] = post.lease(owner="here")
    post.settle(parcel, OutboxState.CANCELLED)

    await delivery.send([parcel])

    assert (channel.texts, post.state(row_id)) == (["你好"], OutboxState.CANCELLED)


async def test_a_reply_that_is_told_to_come_again_in_a_moment_does_not_wait_for_who_pushes_and_died(
    database: Database,
) -> None:
    post, pace = Post(database, TurnableClock(start=MORNING)), Pace(timedelta(milliseconds=1))
    channel = FakeChannel(limits=Limits(timedelta(milliseconds=1), of_chat=lambda _chat: pace))
    delivery = Delivery(database, {"test": channel}, clock=post.clock, owner="here")
    lane = Lane("test", "bot", channel.limits)
    database.run(lambda db: pacing.hold(db, lane, owner="somebody who died", now=post.now))
    reply = post.write("您好", kind=OutboxKind.REPLY, owner="here")
    message = Message(template="tests/post", text="您好")
    channel.misbehave("li", RateLimited(retry_after=0.2))
    began = asyncio.get_running_loop().time()

    await delivery.send([Parcel(reply, OutboxKind.REPLY, target("li"), message, attempts=1)])

    assert (channel.texts, post.state(reply)) == (["您好"], OutboxState.SENT)
    assert asyncio.get_running_loop().time() - began > 0.2 * 0.9
    assert database.run(lambda db: pacing.paused_until(db, lane)) is not None
