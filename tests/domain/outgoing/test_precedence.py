"""A chat hears what it is told in the order it was due, whoever else is told something meanwhile."""

from datetime import timedelta
from random import Random
from typing import Any

import pytest
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


def any_steps(chance: Random) -> list[tuple[str, int]]:
    """Return what is written to whom, how often, and for how many leases nothing is, in any order."""
    steps: list[tuple[str, int]] = []
    for _ in range(chance.randint(3, 12)):
        kind = chance.choice("cop")
        if kind == "c":
            steps.append((chance.choice(CHATS), chance.randint(1, 6)))
        else:
            steps.append((SOMEBODY, chance.randint(5, 20)) if kind == "o" else ("", chance.randint(1, 5)))
    return steps


@pytest.mark.integration
@pytest.mark.parametrize("seed", [20, 45, 53, 54])
def test_whatever_is_written_meanwhile_each_chat_hears_it_in_order(post: Post, seed: int) -> None:
    chance = Random(seed)  # noqa: S311  # the same steps each time: those that found rows overtaking others
    for _ in range(8):
        written: dict[str, list[int]] = {chat: [] for chat in CHATS}
        heard: dict[str, list[int]] = {chat: [] for chat in CHATS}
        steps = any_steps(chance)
        for step, (chat, times) in enumerate(steps):
            if not chat:
                hear(post, heard, times)
            for number in range(times if chat else 0):
                row = post.write("你好", to=chat if chat in CHATS else f"{SOMEBODY} {step}:{number}")
                written.get(chat, []).append(row)
        hear(post, heard, 12 * len(steps) + 60)

        assert heard == written


def hear(post: Post, heard: dict[str, list[int]], times: int) -> None:
    """Let so many leases be sent, and note which row each chat heard."""
    for _ in range(times):
        for parcel in told(post):
            heard.get(parcel.target.chat, []).append(parcel.id)
        post.clock.turn(HORIZON)


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
