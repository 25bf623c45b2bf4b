"""Arbitrary inbounds against the real flows: whatever comes, one sentence or silence, and never a stack trace."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.conversation.turn import Inbound
from bot.domain import access, entries, units
from bot.domain.files import IncomingFile
from bot.domain.messages import Pin
from content.loader import load_entries
from content.words import labels, trigger_phrases
from db.models import FileKind, InboxState, Role, UnitKind
from tests.kit import databases
from tests.kit.flows import TRIGGERS, world_of_tests
from tests.kit.talk import Talk, World

BOUNDED = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
ENTRIES = [entry for entry in load_entries() if entry.id.startswith("shiwan.")][:3]

anything = st.text(st.characters(codec=None, exclude_categories=()), max_size=60)
breaking = {"会出错的事", "说得不对的", "拒绝得不对", "抢最后一个"}
known = st.sampled_from(
    sorted({*trigger_phrases(), *TRIGGERS, *labels().values(), "番村", "不知道", "是", "不", *"0123456789"} - breaking)
)
asked = st.sampled_from([phrase for entry in ENTRIES for phrase in entry.phrases])
texts = st.one_of(known, known, asked, anything, st.just("长" * 100_000), known.map(lambda word: f"/{word}@bot x"))
buttons = st.one_of(
    st.just(""),
    st.builds("{}:{}".format, st.integers(-2, 30), st.one_of(st.integers(0, 6), anything)),
    anything,
)
files = st.lists(
    st.builds(
        IncomingFile,
        kind=st.sampled_from(FileKind),
        remote_id=st.text(max_size=100),
        name=anything,
        media_type=anything,
        size=st.integers(0, 2**31 - 1),
    ),
    max_size=2,
).map(tuple)
pins = st.none() | st.builds(Pin, latitude=st.floats(), longitude=st.floats(), name=anything)


@st.composite
def sent(draw: st.DrawFn) -> dict[str, Any]:
    """Draw what one person sends: mostly words or a button, sometimes everything at once."""
    kind = draw(st.sampled_from(["words", "words", "words", "button", "all"]))
    drawn: dict[str, Any] = {"who": draw(st.sampled_from(["li", "han", "secretary"]))}
    drawn["chat"] = draw(st.sampled_from(["", "", "group"]))
    drawn["pause"] = draw(st.sampled_from([0, 2, 60, 3600, 100_000]))
    if kind in {"words", "all"}:
        drawn["text"] = draw(texts)
    if kind in {"button", "all"}:
        drawn["button"] = draw(buttons)
    if kind == "all":
        drawn |= {"files": draw(files), "pin": draw(pins), "contact": draw(anything), "reply_to": draw(anything)}
    return drawn


def village(world: World) -> None:
    """Let there be a village with a secretary, and a few entries."""

    def found(db: Any) -> None:
        entries.import_pack(db, ENTRIES, now=world.clock.now())
        unit = units.add(db, "番村", UnitKind.VILLAGE, units.add(db, "石湾镇街道", UnitKind.COMMITTEE))
        access.grant(db, world.person("secretary").record(db), Role.SECRETARY, unit)

    world.run(found)


def take(world: World, drawn: dict[str, Any]) -> tuple[Inbound, Any]:
    more = dict(drawn)
    person = Talk(world, more.pop("who"), chat=more.pop("chat"))
    world.clock.turn(timedelta(seconds=more.pop("pause")))
    person.hears()
    inbound = person.inbound(**more)
    return inbound, world.engine.take(inbound)


@BOUNDED
@example([{"who": "li", "chat": "", "pause": 2, "files": (IncomingFile(FileKind.PHOTO, name="\ud800\x00"),)}])
@example([{"who": "li", "chat": "", "pause": 0, "text": "帮助"}] * 23)
@given(st.lists(sent(), min_size=1, max_size=12))
def test_whatever_comes_is_answered_once_or_not_at_all(
    sqlite_maker: databases.SqliteMaker, drawn: list[dict[str, Any]]
) -> None:
    with closing(databases.opened(sqlite_maker.make())) as database:
        world = world_of_tests(database)
        village(world)
        for one in drawn:
            inbound, taken = take(world, one)

            assert taken.state in {InboxState.DONE, InboxState.QUIET}
            assert (taken.reply is None) == (taken.state is InboxState.QUIET)
            if taken.reply:
                assert 0 < len(taken.reply.message.text) < 4000
                assert "Traceback" not in taken.reply.message.text
                assert [taken.reply.target.chat, taken.reply.target.reply_to] == [inbound.chat, inbound.reply_to]
            again = world.engine.take(inbound)
            assert (again.state, again.reply, again.redelivered) == (taken.state, taken.reply, True)


@pytest.fixture(scope="module")
def one_world_on_postgresql(postgresql_maker: databases.PostgresqlMaker) -> Iterator[World]:
    url = postgresql_maker.make()
    database = databases.opened(url)
    world = world_of_tests(database)
    village(world)
    yield world
    database.close()
    postgresql_maker.drop(url)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@example([{"who": "li", "chat": "", "pause": 2, "files": (IncomingFile(FileKind.PHOTO, name="\x00"),)}])
@given(st.lists(sent(), min_size=1, max_size=4))
def test_whatever_comes_is_answered_on_postgresql_too(
    one_world_on_postgresql: World, drawn: list[dict[str, Any]]
) -> None:
    for one in drawn:
        _, taken = take(one_world_on_postgresql, one)

        assert taken.state in {InboxState.DONE, InboxState.QUIET}
