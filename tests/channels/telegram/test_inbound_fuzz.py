"""Whatever JSON comes, reading it gives an inbound, a change of reach, nothing, or one complaint."""

import copy
import json
from datetime import UTC, datetime
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import from_json

from bot.channels.base import ReachChange
from bot.channels.telegram.inbound import MalformedUpdate, parse, read_update, understand
from bot.channels.telegram.mentions import BotIdentity
from bot.conversation.turn import Inbound
from tests.kit.telegram_updates import (
    BOT,
    BOT_ID,
    BOT_NAME,
    GROUP,
    command,
    membership,
    mention_of,
    message,
    pressed,
    said,
    said_in_group,
    sent,
    update,
)

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
MENTION = "😀 @HongyanBot 在吗"
VALID = [
    said("/start@HongyanBot x", entities=[command(17)]),
    said_in_group(MENTION, entities=[mention_of(MENTION)], reply_to_message=message(BOT, chat=GROUP)),
    sent(photo=[{"file_id": "a", "width": 1, "height": 1, "file_size": 1}], caption="a", caption_entities=[]),
    sent(
        location={"latitude": 1.0, "longitude": 2.0},
        venue={"location": {"latitude": 1.0, "longitude": 2.0}, "title": "a"},
    ),
    sent(contact={"phone_number": "1", "user_id": 4242}, voice={"file_id": "v"}, document={"file_id": "d"}),
    update(edited_message=message(content={"text": "a", "edit_date": 5})),
    update(message=message(chat=GROUP, content={"migrate_to_chat_id": -1})),
    pressed("1:1", chat=GROUP),
    membership("kicked"),
]
ODD_NUMBERS = st.sampled_from([-1, 0, 2**31, 2**63, -(2**63) - 1, 10**30, 1e308, float("inf"), float("nan")])
ODD_TEXTS = st.sampled_from(["", "\0", "\ud800", "@HongyanBot", "private", "a" * 5000, "-1"])
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | ODD_NUMBERS | ODD_TEXTS
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)
PARTS = st.sampled_from(["message", "edited_message", "callback_query", "my_chat_member", "channel_post"])


Place = tuple[dict[str, Any] | list[Any], Any]


def places(value: Any) -> list[Place]:  # any JSON
    """List every place in a JSON value, as its container and its key there."""
    found: list[Place] = []
    if isinstance(value, dict | list):
        container = cast("dict[str, Any] | list[Any]", value)
        keys: list[Any] = list(container) if isinstance(container, dict) else list(range(len(container)))
        for key in keys:
            found += [(container, key), *places(container[key])]
    return found


def is_read(raw: object) -> bool:
    try:
        read = read_update(raw, bot=BotIdentity(BOT_ID, BOT_NAME), now=NOW)
    except MalformedUpdate:
        return True
    if isinstance(read, Inbound):
        f"{read.text}{read.button}{read.message_id}".encode()
        return "\0" not in read.text + read.button
    return read is None or read.target.channel == "telegram"


@given(raw=JSON | st.dictionaries(PARTS, JSON, max_size=2).map(lambda parts: {"update_id": 1, **parts}))
@settings(max_examples=150, deadline=None)
def test_any_json_is_read_or_refused(raw: object) -> None:
    assert is_read(raw)


def polled(body: bytes) -> Inbound | ReachChange | str | None:
    """Read an update decoded first and checked then, as polling does; what is no JSON is malformed."""
    try:
        return read_update(from_json(body), bot=BotIdentity(BOT_ID, BOT_NAME), now=NOW)
    except ValueError:
        return "malformed"


def posted(body: bytes) -> Inbound | ReachChange | str | None:
    """Read an update decoded and checked at once, as the webhook does."""
    try:
        return understand(parse(body), bot=BotIdentity(BOT_ID, BOT_NAME), now=NOW)
    except MalformedUpdate:
        return "malformed"


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_valid_update_with_one_or_two_things_wrong_is_read_or_refused(data: st.DataObject) -> None:
    raw = copy.deepcopy(data.draw(st.sampled_from(VALID)))
    for _ in range(data.draw(st.integers(1, 2))):
        found = places(raw)
        container, key = found[data.draw(st.integers(0, len(found) - 1))]
        if isinstance(container, dict) and data.draw(st.booleans()):
            del container[key]
        else:
            container[key] = data.draw(JSON)
    body = json.dumps(raw).encode()

    assert is_read(raw)
    assert posted(body) == polled(body)


@given(body=st.binary(max_size=40) | st.text(max_size=40).map(str.encode))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    assert posted(body) == "malformed"


@given(text=st.text(max_size=40), entities=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=4))
@settings(max_examples=150, deadline=None)
def test_entities_that_point_anywhere_are_survived(text: str, entities: list[tuple[int, int]]) -> None:
    marks = [{"type": "text_mention", "offset": at, "length": length, "user": BOT} for at, length in entities]

    assert is_read(said_in_group(text, entities=marks))
