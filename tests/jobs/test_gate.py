"""What waits for its slot goes one by one, also when all the slots are over by the time it may go."""

import asyncio
from datetime import timedelta

from bot.clock import SteadyClock
from bot.domain.messages import Message
from bot.domain.outgoing.outbox import Parcel
from bot.domain.outgoing.pacing import Lane, Limits, Pace
from bot.jobs.gate import Gate
from db.models import OutboxKind
from db.sql import Database
from tests.kit.post import Post, target

INTERVAL = timedelta(milliseconds=20)
LATE_TO_BEGIN_AND_FIVE_STEPS = 3.9 * INTERVAL.total_seconds()
"""Whoever is less than a step late goes without putting off the others."""


def parcel(post: Post, number: int, *, late: timedelta) -> Parcel:
    slot = post.now - late + number * INTERVAL
    message = Message(template="test/note", text="你好")
    return Parcel(number, OutboxKind.BROADCAST, target(f"chat {number}"), message, attempts=1, not_before=slot)


async def test_slots_that_are_over_are_not_made_up_for_by_a_burst(post: Post) -> None:
    limits = Limits(INTERVAL, of_chat=lambda _chat: Pace(timedelta(seconds=1)))
    gate = Gate(post.database, Lane("test", "test", limits), limits, clock=post.clock)
    went: list[float] = []

    async def go(one: Parcel) -> None:
        await gate.passed(one)
        went.append(asyncio.get_running_loop().time())

    await asyncio.gather(*(go(parcel(post, number, late=timedelta(seconds=1))) for number in range(6)))

    assert went[-1] - went[0] > LATE_TO_BEGIN_AND_FIVE_STEPS


async def test_a_reply_waits_a_moment_for_the_pace_of_its_chat_instead_of_being_put_back(database: Database) -> None:
    pace = Pace(timedelta(milliseconds=200), burst=1)
    limits = Limits(INTERVAL, of_chat=lambda _chat: pace)
    gate = Gate(database, Lane("test", "test", limits), limits, clock=SteadyClock())
    reply = Parcel(1, OutboxKind.REPLY, target("li"), Message(template="test/note", text="你好"), attempts=1)
    began = asyncio.get_running_loop().time()

    later = [await gate.passed(reply), await gate.passed(reply)]

    assert later == [None, None]
    assert asyncio.get_running_loop().time() - began > 0.9 * pace.interval.total_seconds()
