"""Start, stop, and what Telegram is asked at start."""

import asyncio

import pytest

from bot.channels.telegram import errands
from bot.channels.telegram.channel import Telegram
from bot.channels.telegram.mentions import BotIdentity
from bot.domain.files import FileStore
from bot.errors import SettingsError
from db.sql import Database
from tests.kit.telegram_server import ApiCall, Mishap, TelegramServer, drops, gibberish, refusal, server_error
from tests.kit.telegram_updates import BOT_ID, BOT_NAME, TOKEN, Json

WEBHOOK: Json = {
    "url": "https://hongyan.example.cn/telegram",
    "secret_token": "s3cret",
    "max_connections": "40",
    "allowed_updates": ["message", "edited_message", "callback_query", "my_chat_member"],
}


@pytest.fixture
def fresh(server: TelegramServer, store: FileStore, sqlite: Database) -> Telegram:
    return Telegram(TOKEN, api_url=server.url + "/", files=store, database=sqlite, timeout=0.5)


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(errands, "_FIRST_PAUSE", 0.01)


async def test_the_account_is_known_before_start_and_the_name_afterwards(fresh: Telegram) -> None:
    before = fresh.identity

    await fresh.start()
    await fresh.stop()

    assert (fresh.account, before, fresh.identity) == ("123456", BotIdentity(BOT_ID), BotIdentity(BOT_ID, BOT_NAME))


async def test_a_refused_token_is_a_wrong_setting(fresh: Telegram, server: TelegramServer) -> None:
    server.misbehave("getMe", refusal(401, "Unauthorized"))

    with pytest.raises(SettingsError) as refused:
        await fresh.start()
    await fresh.stop()

    assert str(refused.value) == "HONGYAN_TELEGRAM_TOKEN was refused by Telegram."


@pytest.mark.parametrize("token", ["", "abc", "123456", "123456:", "１２:abc", ":abc"])
def test_what_is_no_token_is_a_wrong_setting(token: str, store: FileStore, sqlite: Database) -> None:
    with pytest.raises(SettingsError):
        Telegram(token, api_url="http://127.0.0.1:9", files=store, database=sqlite)


async def test_with_the_network_down_the_name_is_learnt_later(fresh: Telegram, server: TelegramServer) -> None:
    for mishap in (drops(), server_error(), gibberish(), Mishap(payload=b'{"ok":true,"result":{}}')):
        server.misbehave("getMe", mishap)

    await fresh.start()
    before = fresh.identity
    await fresh.errands.settle()
    await fresh.stop()

    assert (before, fresh.identity) == (BotIdentity(BOT_ID), BotIdentity(BOT_ID, BOT_NAME))


async def test_a_token_refused_once_the_network_is_back_ends_the_asking(
    fresh: Telegram, server: TelegramServer
) -> None:
    server.misbehave("getMe", drops())
    server.misbehave("getMe", refusal(401, "Unauthorized"))

    await fresh.start()
    await fresh.errands.settle()
    await fresh.stop()

    assert len(server.called("getMe")) == 2


async def test_stopping_ends_what_is_asked_again_and_again(store: FileStore, sqlite: Database) -> None:
    nowhere = Telegram(TOKEN, api_url="http://127.0.0.1:9", files=store, database=sqlite, timeout=0.5)
    await nowhere.start()

    await nowhere.stop()

    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []


async def test_a_stopped_channel_can_start_again(fresh: Telegram, server: TelegramServer) -> None:
    for _ in range(2):
        await fresh.start()
        await fresh.stop()

    assert len(server.called("getMe")) == 2


async def test_telegram_is_asked_to_post_updates(channel: Telegram, server: TelegramServer) -> None:
    await channel.set_webhook("https://hongyan.example.cn/", "s3cret")

    assert server.called("setWebhook") == [ApiCall("setWebhook", WEBHOOK)]


async def test_with_the_network_down_the_webhook_is_set_later(channel: Telegram, server: TelegramServer) -> None:
    server.misbehave("setWebhook", server_error(), times=2)

    await channel.set_webhook("https://hongyan.example.cn", "s3cret")
    await channel.errands.settle()

    assert server.webhook == WEBHOOK


@pytest.mark.parametrize(
    ("url", "secret", "complaint"),
    [
        (
            "http://hongyan.example.cn",
            "s3cret",
            "Telegram refuses setWebhook: Bad webhook: an https url must be provided for webhook.",
        ),
        (
            "https://hongyan.example.cn",
            "两个字",
            "HONGYAN_TELEGRAM_WEBHOOK_SECRET is wrong: use 1-256 of A-Z a-z 0-9 _ and -.",
        ),
    ],
)
async def test_a_webhook_telegram_refuses_is_a_wrong_setting(
    channel: Telegram, url: str, secret: str, complaint: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        await channel.set_webhook(url, secret)

    assert str(refused.value) == complaint
