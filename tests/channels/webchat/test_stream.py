"""Open pages hear at once, lose nothing, hear nothing twice, and let the server go."""

import asyncio

import pytest

from bot.channels.webchat import stream
from bot.channels.webchat.channel import WebChat
from bot.channels.webchat.mailbox import PAGE, Bell
from bot.channels.webchat.stream import events
from content.web import sentence
from tests.channels.webchat.desk import Desk, opened, parcel


async def test_an_open_page_hears_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream.events, "__kwdefaults__", {"look_every": 60.0})
    async with opened(desk.site) as page:
        await page.event()

        await desk.tell("phone-1", "now")

        assert await page.message(seconds=2) == (1, "now")


async def test_a_message_told_by_another_process_is_heard_too(desk: Desk) -> None:
    elsewhere = WebChat(desk.database, clock=desk.clock)
    async with opened(desk.site) as page:
        await page.event()

        await elsewhere.send(parcel("phone-1", "from afar"))

        assert await page.message() == (1, "from afar")


async def test_a_stream_resumes_without_loss_or_repeat_while_messages_come(desk: Desk) -> None:
    total = 60
    heard: list[int] = []

    async def talk() -> None:
        for place in range(total):
            await desk.tell("phone-1", str(place))

    talking = asyncio.create_task(talk())
    while len(heard) < total:
        resume = {"Last-Event-ID": str(heard[-1])} if heard else {}
        async with opened(desk.site, headers=resume) as page:
            for _ in range(min(7, total - len(heard))):
                number, text = await page.message()
                assert text == str(number - 1)
                heard.append(number)
    await talking

    assert heard == list(range(1, total + 1))


async def test_what_the_browser_saw_last_outweighs_what_the_page_asked_with(desk: Desk) -> None:
    for text in ("one", "two", "three"):
        await desk.tell("phone-1", text)

    async with opened(desk.site, query="after=1", headers={"Last-Event-ID": "2"}) as page:
        assert await page.message() == (3, "three")


async def test_a_long_absence_is_caught_up_page_by_page(desk: Desk) -> None:
    total = PAGE * 2 + 3
    for place in range(total):
        await desk.tell("phone-1", str(place))

    async with opened(desk.site) as page:
        numbers = [(await page.message())[0] for _ in range(total)]

    assert numbers == list(range(1, total + 1))


async def test_numbers_of_another_mailbox_are_told_to_start_over(desk: Desk) -> None:
    await desk.tell("phone-1", "one")

    async with opened(desk.site, query="after=37") as page:
        first, second = await page.event(), await page.event()
        told = await page.message()

    assert first == {"retry": "2000"}
    assert second["event"] == "reset"
    assert told == (1, "one")


async def test_a_fifth_stream_of_one_visitor_waits_and_another_visitor_does_not(desk: Desk) -> None:
    async with opened(desk.site), opened(desk.site), opened(desk.site), opened(desk.site) as fourth:
        await fourth.event()
        await asyncio.sleep(0.05)

        async with opened(desk.site) as fifth, opened(desk.site, "/chat/stream") as another:
            assert (fifth.head["status"], another.head["status"]) == (503, 200)
            assert sentence("busy").encode() in await fifth.pieces.get()

    async with opened(desk.site) as later:
        assert later.head["status"] == 200


async def test_the_house_lets_in_only_so_many_streams() -> None:
    bell = Bell(capacity=1)

    with bell.listen("li"):
        assert bell.is_full("wang")

    assert not bell.is_full("wang")


async def test_streams_end_at_once_when_the_server_goes_down(desk: Desk) -> None:
    async with opened(desk.site) as page:
        await page.event()

        desk.channel.close()

        assert await page.event(seconds=1) == {}
    async with opened(desk.site) as late:
        assert late.head["status"] == 503


async def test_a_silent_stream_beats_now_and_then(desk: Desk) -> None:
    channel = desk.channel
    pieces = events(channel.mailbox, channel.bell, "phone-1", 0, look_every=0.001)

    assert await anext(pieces) == "retry: 2000\n\n"
    assert await anext(pieces) == ": still here\nevent: beat\ndata: {}\n\n"
    await pieces.aclose()  # pyright: ignore[reportAttributeAccessIssue]  # it is a generator
    assert not channel.bell.is_full("phone-1")


async def test_a_stream_says_what_it_is(desk: Desk) -> None:
    async with opened(desk.site) as page:
        headers = {name.decode(): value.decode() for name, value in page.head["headers"]}

    assert headers["content-type"] == "text/event-stream; charset=utf-8"
    assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-store", "no")
