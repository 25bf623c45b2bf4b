"""The token is a password: it stands in no log line and in no error, whatever goes wrong."""

import asyncio
import logging
import traceback
from collections.abc import Callable, Iterator

import pytest

from bot.channels.telegram.channel import Telegram
from bot.channels.telegram.polling import Patience, poll
from bot.clock import TurnableClock
from bot.domain.files import FileStore
from bot.domain.messages import Message
from bot.domain.outgoing.outbox import Parcel, Target
from bot.errors import HongyanError
from db.models import OutboxKind
from db.sql import Database
from tests.kit.logged import our_lines
from tests.kit.receiver import Recorder
from tests.kit.telegram_server import Mishap, TelegramServer, drops, gibberish, hangs, refusal, server_error
from tests.kit.telegram_updates import TOKEN

SECRET_HALF = TOKEN.partition(":")[2]
HELLO = Parcel(41, OutboxKind.REPLY, Target("telegram", "123456", "4242"), Message(template="t/t", text="a"), 1)
MISHAPS = {
    "drops": drops(),
    "hangs": hangs(),
    "gibberish": gibberish(),
    "server error": server_error(),
    "refused": refusal(401, "Unauthorized"),
    "repeats the token": refusal(400, f"Bad Request: no bot {TOKEN} here"),
    "repeats the secret half": refusal(403, f"Forbidden: {SECRET_HALF}"),
}


METHODS = ("getMe", "sendMessage", "getFile", "setWebhook", "answerCallbackQuery")


async def all_that_is_said(channel: Telegram) -> str:
    """Do all that can go wrong and return what the errors say, with their traces."""
    said = f"{channel!r} {channel.api!r}"
    todo = (
        channel.start(),
        channel.send(HELLO),
        channel.fetch("f"),
        channel.set_webhook("https://a.example", "s"),
        channel.answer_button("1"),
    )
    for attempt in todo:
        try:
            await attempt
        except HongyanError as error:
            said += "".join(traceback.format_exception(error))
    await channel.stop()
    return said


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], str]]:
    """Everything that is logged, by us and by the libraries, at the most talkative level."""
    caplog.set_level(logging.DEBUG)
    with our_lines() as ours:
        yield lambda: caplog.text + repr(ours)


@pytest.mark.parametrize("mishap", MISHAPS.values(), ids=MISHAPS)
async def test_the_token_is_never_said(
    server: TelegramServer, store: FileStore, sqlite: Database, logged: Callable[[], str], mishap: Mishap
) -> None:
    channel = Telegram(TOKEN, api_url=server.url, files=store, database=sqlite, timeout=0.2)
    for method in METHODS:
        server.misbehave(method, mishap)

    said = await all_that_is_said(channel)

    assert server.calls != []
    assert SECRET_HALF not in said
    assert SECRET_HALF not in logged()


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "ftp://127.0.0.1", "http://[", "nowhere", "http://a b"])
async def test_nor_is_it_when_there_is_no_server(
    store: FileStore, sqlite: Database, logged: Callable[[], str], url: str
) -> None:
    channel = Telegram(TOKEN, api_url=url, files=store, database=sqlite, timeout=0.2)

    said = await all_that_is_said(channel)

    assert SECRET_HALF not in said
    assert SECRET_HALF not in logged()


async def test_nor_is_it_while_a_file_is_downloaded(
    server: TelegramServer, channel: Telegram, logged: Callable[[], str]
) -> None:
    server.files["f"] = b"bytes"

    assert await channel.fetch("f") == b"bytes"
    assert SECRET_HALF not in logged()


async def test_nor_is_it_while_polling(
    server: TelegramServer, channel: Telegram, recorder: Recorder, logged: Callable[[], str]
) -> None:
    stop = asyncio.Event()
    server.misbehave("getUpdates", refusal(409, f"Conflict: {TOKEN}"))
    server.misbehave("deleteWebhook", drops())

    task = asyncio.create_task(poll(channel, recorder, TurnableClock(), stop, patience=Patience(1, 0.01, 0.01)))
    while len(server.called("getUpdates")) < 2:  # noqa: ASYNC110  # it happens in another thread
        await asyncio.sleep(0.01)
    stop.set()
    await task

    assert "<token>" in logged()
    assert SECRET_HALF not in logged()
