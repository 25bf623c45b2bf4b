"""Any order of redeliveries, double sends, dying senders and late settlements leaves what the plain sequence would."""

import asyncio
import re
from collections import Counter as Tally
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlmodel import Session, SQLModel, col

from bot.channels.base import TryLater
from bot.conversation.turn import Inbound, Traits
from bot.domain.messages import Message
from bot.domain.outgoing import leasing, outbox, settling
from bot.domain.outgoing.outbox import LEASE, Draft, Parcel, Target
from bot.domain.outgoing.pacing import Lane
from bot.domain.outgoing.settling import Settlement
from bot.jobs.delivery import Delivery
from db.models import Conversation, InboxRecord, OutboxKind, OutboxRow, OutboxState
from db.sql import Database
from tests.kit import databases
from tests.kit.flows import world_of_tests, written_down
from tests.kit.talk import World

IN_FLIGHT = "in flight when its sender stopped"
WORDS = (
    "志愿报名",
    "1",
    "2",
    "李雷",
    "13800138000",
    "0",
    "取消",
    "迟些告诉我",
    "会出错的事",
    "不许办的事",
    "菜单",
    "几位同来",
)
BROADCASTS = 4

people = st.sampled_from(["li", "han", "zhao"])
steps = st.one_of(
    st.tuples(st.just("say"), people, st.sampled_from(WORDS)),
    st.tuples(st.just("say"), people, st.sampled_from(WORDS)),
    st.tuples(st.just("redeliver"), st.integers(0, 30)),
    st.tuples(st.just("lease"), st.sampled_from(["a", "b"]), st.integers(1, 5)),
    st.tuples(st.just("send"), st.sampled_from(["a", "b"])),
    st.tuples(st.just("settle"), st.sampled_from(["a", "b"])),
    st.tuples(st.just("settle twice"), st.sampled_from(["a", "b"])),
    st.tuples(st.just("die"), st.sampled_from(["a", "b"])),
    st.tuples(st.just("wait"), st.sampled_from([1, 19, 21, 60])),
)
schedules = st.lists(steps, min_size=3, max_size=30)


class Sender:
    """A process that delivers: what it holds dies with it, what it put on the wire does not."""

    def __init__(self) -> None:
        self.leased: list[Parcel] = []
        self.sent: list[Parcel] = []


class Run:
    """One schedule against one database, with what was put on the wire."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.inbounds: list[Inbound] = []
        self.wire: Tally[int] = Tally()
        self.senders = {"a": Sender(), "b": Sender()}

    def do(self, step: tuple[Any, ...]) -> None:
        match step:
            case ("say", who, words):
                self.inbounds.append(self.world.person(who).inbound(words))
                self._take(self.inbounds[-1])
            case ("redeliver", place) if self.inbounds:
                self._take(self.inbounds[place % len(self.inbounds)])
            case ("lease", who, limit):
                self.senders[who].leased += self._lease(who, limit)
            case ("send", who) if self.senders[who].leased:
                self._send(self.senders[who])
            case ("settle", who):
                self._settle(self.senders[who])
            case ("settle twice", who):
                self._settle(self.senders[who])
                self._settle(self.senders[who])
                self.senders[who].sent.clear()
            case ("die", who):
                self.senders[who] = Sender()
            case ("wait", seconds):
                self.world.clock.turn(timedelta(seconds=seconds))
            case _:
                pass

    def finish(self) -> None:
        """Let a last sender work until nothing is left to be sent."""
        self.senders["a"] = sender = Sender()
        self.world.clock.turn(LEASE)
        while leased := self._lease("a", 10):
            sender.leased += leased
            while sender.leased:
                self._send(sender)
            self._settle(sender)

    def _take(self, inbound: Inbound) -> None:
        self.world.clock.turn(timedelta(seconds=2))
        self.world.engine.take(inbound)

    def _lease(self, who: str, limit: int) -> list[Parcel]:
        now = self.world.clock.now()
        return self.world.run(lambda db: leasing.lease_due(db, Lane("test", "bot"), owner=who, now=now, limit=limit))

    def _send(self, sender: Sender) -> None:
        parcel = sender.leased.pop(0)
        self.wire[parcel.id] += 1
        sender.sent.append(parcel)

    def _settle(self, sender: Sender) -> None:
        ended = [Settlement(parcel, OutboxState.SENT) for parcel in sender.sent]
        self.world.run(lambda db: settling.settle(db, ended, now=self.world.clock.now()))


CASE_NUMBER = re.compile(r"W\d+")
"""PostgreSQL gives a number once, also when what it was for was undone."""


def plain_data(world: World) -> dict[str, Any]:
    """Return what the turns left behind, without what depends on the hour or on the order of ids."""
    rows = select(OutboxRow.chat, OutboxRow.kind, OutboxRow.content).order_by(col(OutboxRow.id))
    talks = select(Conversation).order_by(col(Conversation.sender))
    inbox = select(InboxRecord.sender, InboxRecord.message_id, InboxRecord.state).order_by(col(InboxRecord.id))

    def read(db: Session) -> dict[str, Any]:
        forms = [(one.sender, one.open_form, one.large_text) for one in db.execute(talks).scalars()]
        return {
            "forms": [
                (who, {**form, "kept_at": "", "asked_in": 0} if form else None, large) for who, form, large in forms
            ],
            "said": [
                (chat, kind, {**content, "text": CASE_NUMBER.sub("W", content["text"])})
                for chat, kind, content in db.execute(rows.where(col(OutboxRow.kind) != OutboxKind.BROADCAST))
            ],
            "taken": [tuple(row) for row in db.execute(inbox)],
        }

    return {**world.run(read), "written": written_down(world)}


def empty(world: World) -> None:
    """Bring a database back to where it began."""
    for table in reversed(SQLModel.metadata.sorted_tables):
        world.run(lambda db, table=table: db.execute(delete(table)))


def put_broadcasts(world: World) -> None:
    now = world.clock.now()

    def write(db: Session) -> None:
        for number in range(BROADCASTS):
            message = Message(template="engine/help", text=str(number))
            draft = Draft(
                f"broadcast:1:{number}", OutboxKind.BROADCAST, Target("test", "bot", f"b{number}"), message, now
            )
            assert outbox.write(db, draft, now=now) is not None
            assert outbox.write(db, draft, now=now) is None

    world.run(write)


def kept(world: World) -> list[OutboxRow]:
    return list(world.run(lambda db: db.execute(select(OutboxRow)).scalars().all()))


def check(run: Run) -> None:
    """Hold what happened against the promises of the outbox."""
    rows = kept(run.world)
    broadcasts = [row for row in rows if row.kind is OutboxKind.BROADCAST]
    others = [row for row in rows if row.kind is not OutboxKind.BROADCAST]
    assert len({row.cause for row in rows}) == len(rows)
    assert len(broadcasts) == BROADCASTS
    assert {row.state for row in others} <= {OutboxState.SENT}
    assert [row.cause for row in others if run.wire[row.id or 0] < 1] == []
    assert {row.state for row in broadcasts} <= {OutboxState.SENT, OutboxState.UNCERTAIN}
    assert [row.cause for row in broadcasts if run.wire[row.id or 0] > 1] == []
    assert [row.cause for row in broadcasts if row.state is OutboxState.SENT and run.wire[row.id or 0] != 1] == []
    assert {row.reason for row in broadcasts if row.state is OutboxState.UNCERTAIN} <= {IN_FLIGHT}


@dataclass(frozen=True)
class Pair:
    """A world to play schedules in and one to play the plain sequence in; both are emptied before each."""

    world: World
    plain: World


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def pair(request: pytest.FixtureRequest, sqlite_maker: databases.SqliteMaker) -> Iterator[Pair]:
    maker = request.getfixturevalue(f"{request.param}_maker")
    url, plain_url = maker.make(), sqlite_maker.make()
    with closing(databases.opened(url)) as database, closing(databases.opened(plain_url)) as plain:
        yield Pair(world_of_tests(database), world_of_tests(plain))
    maker.drop(url)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(schedules)
def test_any_schedule_leaves_what_the_plain_sequence_does(pair: Pair, schedule: list[tuple[Any, ...]]) -> None:
    for one in (pair.world, pair.plain):
        empty(one)
    pair.world.clock.turn(timedelta(days=1))
    put_broadcasts(pair.world)
    run = Run(pair.world)
    for step in schedule:
        run.do(step)
    for inbound in run.inbounds:
        pair.plain.clock.turn(inbound.sent_at - pair.plain.clock.now() + timedelta(seconds=2))
        pair.plain.engine.take(inbound)
    assert plain_data(pair.world) == plain_data(pair.plain)

    run.finish()

    check(run)


def test_a_broadcast_in_doubt_is_never_sent_again(database: Database) -> None:
    world = world_of_tests(database)
    put_broadcasts(world)
    run = Run(world)

    for step in [("lease", "a", 2), ("send", "a"), ("die", "a"), ("wait", 21)]:
        run.do(step)
    run.finish()

    states = Tally(row.state for row in kept(world))
    assert states == {OutboxState.UNCERTAIN: 2, OutboxState.SENT: 2}
    assert sorted(run.wire.values()) == [1, 1, 1]


def test_a_broadcast_whose_settlement_comes_late_is_known_to_be_sent_and_sent_once(database: Database) -> None:
    world = world_of_tests(database)
    put_broadcasts(world)
    run = Run(world)

    for step in [("lease", "a", 1), ("send", "a"), ("wait", 21), ("lease", "b", 1), ("settle", "a"), ("die", "b")]:
        run.do(step)
    states = Tally(row.state for row in kept(world))
    run.finish()

    assert states[OutboxState.SENT] == 1
    assert [run.wire[row.id or 0] for row in kept(world) if row.state is OutboxState.SENT] == [1] * 3
    assert Tally(row.state for row in kept(world)) == {OutboxState.SENT: 3, OutboxState.UNCERTAIN: 1}


class HeldChannel:
    """Holds messages on their way, all or those to one chat, until they are let go."""

    name = "test"
    account = "bot"
    traits = Traits()
    limits = None
    repeats = False

    def __init__(self, chat: str = "") -> None:
        self.began = asyncio.Event()
        self.may_end = asyncio.Event()
        self.sent: Tally[int] = Tally()
        self._chat = chat

    async def send(self, parcel: Parcel) -> str:
        self.sent[parcel.id] += 1
        self.began.set()
        if self._chat in {"", parcel.target.chat}:
            await self.may_end.wait()
        return "remote"

    async def fetch(self, remote_id: str) -> bytes:
        raise TryLater(remote_id)


async def test_a_broadcast_on_its_way_when_its_sender_stops_politely_is_sent_once(database: Database) -> None:
    world = world_of_tests(database)
    put_broadcasts(world)
    channel = HeldChannel()
    first, second = (Delivery(database, {"test": channel}, clock=world.clock, owner=one) for one in "ab")

    sweeping = asyncio.create_task(first.sweep())
    await channel.began.wait()
    await first.stop()
    channel.may_end.set()
    await second.sweep()
    await sweeping

    assert set(channel.sent.values()) == {1}
    assert {row.state for row in kept(world)} <= {OutboxState.SENT, OutboxState.PENDING}


async def test_a_row_nobody_can_read_holds_nobody_up(database: Database) -> None:
    world = world_of_tests(database)
    put_broadcasts(world)
    broken = kept(world)[0].id

    def spoil(db: Session) -> None:
        db.get_one(OutboxRow, broken).content = {"from": "a later version"}

    world.run(spoil)
    channel = HeldChannel()
    channel.may_end.set()

    await Delivery(database, {"test": channel}, clock=world.clock, owner="a").sweep()

    assert Tally(row.state for row in kept(world)) == {OutboxState.SENT: BROADCASTS - 1, OutboxState.FAILED: 1}


async def test_what_was_delivered_before_its_sender_died_is_not_in_doubt(database: Database) -> None:
    world = world_of_tests(database)
    put_broadcasts(world)
    channel = HeldChannel("b0")
    first, second = (Delivery(database, {"test": channel}, clock=world.clock, owner=one) for one in "ab")

    dying = asyncio.create_task(first.sweep())
    await channel.began.wait()
    await asyncio.sleep(0.3)
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    world.clock.turn(LEASE)
    await second.sweep()

    assert Tally(row.state for row in kept(world)) == {OutboxState.SENT: BROADCASTS - 1, OutboxState.UNCERTAIN: 1}
