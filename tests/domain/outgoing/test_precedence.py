"""A chat hears what it is told in the order it was due, whoever else is told something meanwhile."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update
from sqlmodel import col

from bot.domain.outgoing import leasing, settling
from bot.domain.outgoing.leasing import HORIZON
from bot.domain.outgoing.outbox import Parcel
from bot.domain.outgoing.pacing import Lane, Limits, Pace
from bot.domain.outgoing.settling import Settlement
from db.models import OutboxKind, OutboxRow, OutboxState
from tests.kit.post import Post
from tests.kit.talk import MORNING

SECOND = timedelta(seconds=1)
LANE = Lane("test", "bot", Limits(SECOND / 20, of_chat=lambda _chat: Pace(SECOND, burst=3)))
FEW_EXAMPLES = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
CHATS = ("li", "wang", "chen")
SOMEBODY = "somebody else"


def told(post: Post, lane: Lane = LANE) -> list[Parcel]:
    """Send what may go now."""
    parcels = post.database.run(lambda db: leasing.lease_due(db, lane, owner="here", now=post.now))
    done = [Settlement(parcel, OutboxState.SENT) for parcel in parcels]
    post.database.run(lambda db: settling.settle(db, done, now=post.now))
    return parcels


def kept_waiting(post: Post) -> int:
    """Let one chat use up what it may get, with one row more; return that row."""
    rows = [post.write(str(number)) for number in range(4)]
    told(post)
    return rows[-1]


to_chats = st.tuples(st.sampled_from(CHATS), st.integers(1, 6))
to_others = st.tuples(st.just(SOMEBODY), st.integers(5, 20))
passing = st.tuples(st.just(""), st.integers(1, 5))


@pytest.mark.integration
@FEW_EXAMPLES
@given(st.lists(st.one_of(to_chats, to_others, passing), min_size=3, max_size=12))
def test_whatever_is_written_meanwhile_each_chat_hears_it_in_order(post: Post, steps: list[tuple[str, int]]) -> None:
    written: dict[str, list[int]] = {chat: [] for chat in CHATS}
    heard: dict[str, list[int]] = {chat: [] for chat in CHATS}

    def hear(times: int) -> None:
        for _ in range(times):
            for parcel in told(post):
                heard.get(parcel.target.chat, []).append(parcel.id)
            post.clock.turn(HORIZON)

    for step, (chat, times) in enumerate(steps):
        if not chat:
            hear(times)
        for number in range(times if chat else 0):
            row = post.write("你好", to=chat if chat in CHATS else f"{SOMEBODY} {step}:{number}")
            written.get(chat, []).append(row)
    hear(12 * len(steps) + 60)

    assert heard == written


@pytest.mark.parametrize(
    "change",
    [
        {"waits_from": MORNING},
        {"next_at": MORNING + timedelta(hours=9)},
        {"state": OutboxState.CANCELLED, "ended_at": MORNING},
    ],
    ids=["paused", "put off", "cancelled"],
)
def test_what_waits_for_something_else_holds_up_nobody(post: Post, change: dict[str, Any]) -> None:
    waiting = kept_waiting(post)
    later = post.write("后来")
    post.database.run(lambda db: db.execute(update(OutboxRow).where(col(OutboxRow.id) == waiting).values(change)))
    post.clock.turn(SECOND)

    assert [one.id for one in told(post)] == [later]


def test_something_more_urgent_goes_first_all_the_same(post: Post) -> None:
    waiting = kept_waiting(post)
    post.clock.turn(SECOND / 2)
    reply = post.write("答复", kind=OutboxKind.REPLY)
    post.clock.turn(SECOND / 2)
    first = told(post)
    post.clock.turn(SECOND)

    assert ([one.id for one in first], [one.id for one in told(post)]) == ([reply], [waiting])
