"""Messages become what a page reads, once each and in order, on both databases."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from bot.channels.base import Refused, TryLater
from bot.channels.webchat.channel import WebChat
from bot.clock import TurnableClock
from bot.domain.messages import Attachment, Choice, Pin
from db.sql import Database
from tests.channels.webchat.desk import MORNING, Desk, parcel

PHONE = "/demo/phones/villager"


@pytest.fixture
def channel(database: Database) -> WebChat:
    return WebChat(database, clock=TurnableClock(start=MORNING, running=False))


BARE = {
    "number": 1,
    "at": MORNING.isoformat(),
    "large": False,
    "pin": None,
    "asks": False,
    "choices": [],
    "attachments": [],
}


@pytest.mark.parametrize(
    ("message", "seen"),
    [
        ({"text": "【二次报销】\n请问村里。"}, {"text": "【二次报销】\n请问村里。"}),
        ({"text": "<script>alert(1)</script>", "large": True}, {"text": "<script>alert(1)</script>", "large": True}),
        (
            {
                "text": "选",
                "choices": [Choice(key="1", label="转", go="cases.open", fill={"x": 1}), Choice(key="0", label="不")],
            },
            {
                "text": "选",
                "choices": [
                    {"key": "1", "label": "转", "button": "77:1"},
                    {"key": "0", "label": "不", "button": "77:0"},
                ],
            },
        ),
        (
            {
                "text": "",
                "attachments": [
                    Attachment(kind="photo", file_id=9),
                    Attachment(kind="document", file_id=10, name="表.xlsx"),
                ],
            },
            {
                "text": "",
                "attachments": [
                    {"kind": "photo", "name": "", "url": "chat/files/1/0"},
                    {"kind": "document", "name": "表.xlsx", "url": "chat/files/1/1"},
                ],
            },
        ),
        (
            {"text": "在这里", "pin": Pin(latitude=23.0, longitude=113.1, name="牌坊")},
            {"text": "在这里", "pin": {"latitude": 23.0, "longitude": 113.1, "name": "牌坊"}},
        ),
    ],
)
async def test_a_page_sees_what_a_message_says(
    desk: Desk, client: httpx.AsyncClient, message: dict[str, Any], seen: dict[str, Any]
) -> None:
    await desk.tell("phone-1", **message, outbox_id=77)

    answer = await client.get(f"{PHONE}/chat/messages")

    assert answer.json() == {"reset": False, "messages": [{**BARE, **seen}]}


async def test_the_same_outbox_row_is_told_once(channel: WebChat) -> None:
    first = await channel.send(parcel("li", "once", outbox_id=5))
    await channel.send(parcel("li", "next", outbox_id=6))

    again = await channel.send(parcel("li", "once", outbox_id=5))

    told = [(one.number, one.content["text"]) for one in await channel.mailbox.read("li", 0)]
    assert (first, again) == ("1", "1")
    assert told == [(1, "once"), (2, "next")]


async def test_concurrent_messages_get_numbers_without_a_gap(channel: WebChat) -> None:
    parcels = [parcel(chat, f"{place}") for place in range(20) for chat in ("li", "wang")]

    numbers = await asyncio.gather(*(channel.send(one) for one in [*parcels, *parcels]))

    for chat in ("li", "wang"):
        told = await channel.mailbox.read(chat, 0)
        assert [one.number for one in told] == list(range(1, 21))
        assert {one.content["text"] for one in told} == {str(place) for place in range(20)}
    assert numbers[:40] == numbers[40:]


async def test_nobody_reads_what_another_was_told(desk: Desk, client: httpx.AsyncClient) -> None:
    await desk.tell("phone-1", "for the phone only")

    answer = await client.get("/chat/messages")

    assert answer.json() == {"reset": False, "messages": []}


async def test_asking_after_a_number_brings_only_what_is_newer(desk: Desk, client: httpx.AsyncClient) -> None:
    for text in ("one", "two", "three"):
        await desk.tell("phone-1", text)

    answer = await client.get(f"{PHONE}/chat/messages?after=1")

    assert [one["text"] for one in answer.json()["messages"]] == ["two", "three"]


async def test_a_page_that_claims_more_than_there_is_starts_over(desk: Desk, client: httpx.AsyncClient) -> None:
    await desk.tell("phone-1", "one")

    answer = await client.get(f"{PHONE}/chat/messages?after=37")

    assert answer.json()["reset"] is True
    assert [one["text"] for one in answer.json()["messages"]] == ["one"]


@pytest.mark.parametrize("after", ["-1", "x", "٣", "1" * 30, ""])
async def test_a_number_that_is_none_counts_as_none(desk: Desk, client: httpx.AsyncClient, after: str) -> None:
    await desk.tell("phone-1", "one")

    answer = await client.get(f"{PHONE}/chat/messages", params={"after": after})

    assert [one["text"] for one in answer.json()["messages"]] == ["one"]


async def test_a_file_is_reached_by_a_link_signed_when_it_is_asked_for(desk: Desk, client: httpx.AsyncClient) -> None:
    await desk.tell("phone-1", "photo", attachments=[Attachment(kind="photo", file_id=9)])

    answer = await client.get(f"{PHONE}/chat/files/1/0")

    assert (answer.status_code, answer.headers["location"]) == (303, "/files/9.signed")


@pytest.mark.parametrize("path", ["1/1", "2/0", "0/0", "1/-1", "x/0", "1/٠"])
async def test_a_file_that_was_not_sent_to_this_visitor_is_not_found(
    desk: Desk, client: httpx.AsyncClient, path: str
) -> None:
    await desk.tell("phone-1", "photo", attachments=[Attachment(kind="photo", file_id=9)])
    await desk.tell("somebody-else", "photo", attachments=[Attachment(kind="photo", file_id=10)])

    answer = await client.get(f"{PHONE}/chat/files/{path}")

    assert answer.status_code == 404


async def test_a_database_that_cannot_leaves_the_message_to_a_later_try(desk: Desk) -> None:
    blocker = desk.database.engine.connect()
    blocker.exec_driver_sql("DROP TABLE web_message")
    blocker.close()

    with pytest.raises(TryLater):
        await desk.tell("phone-1")


async def test_there_is_nothing_to_fetch(channel: WebChat) -> None:
    with pytest.raises(Refused):
        await channel.fetch("anything")


async def test_stored_content_is_plain_json_without_flows(channel: WebChat) -> None:
    await channel.send(parcel("li", "x", choices=[Choice(key="1", label="a", go="secret.flow", fill={"n": 1})]))

    (told,) = await channel.mailbox.read("li", 0)

    assert "secret.flow" not in json.dumps(dict(told.content))
