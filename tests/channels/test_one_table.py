"""One table for every channel: what people do arrives as the same inbound, and one message says the same everywhere."""

import itertools
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.channels.telegram.inbound import read_update
from bot.channels.telegram.mentions import BotIdentity
from bot.channels.telegram.outbound import calls
from bot.channels.wechat.inbound import understand
from bot.channels.wechat.markup import read, write
from bot.channels.wechat.outbound import parts
from bot.channels.wechat.places import to_wechat
from bot.conversation.turn import Inbound
from bot.domain.messages import Choice, Message, Pin
from bot.domain.outgoing.outbox import Parcel, Target
from db.models import FileKind, OutboxKind
from tests.channels.webchat.desk import PICTURES, Desk
from tests.kit import databases
from tests.kit.telegram_updates import BOT_ID, BOT_NAME, pressed, said, sent
from tests.kit.wechat_calls import APP_ID, message, tapped
from tests.kit.wechat_calls import said as typed

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
PHONE = "/demo/phones/villager"
PLACE = {"latitude": 23.5, "longitude": 113.25}
SHIFTED = dict(zip(("Location_X", "Location_Y"), map(str, to_wechat(23.5, 113.25)), strict=True))
UNSEEN = "报\u202e销\u200b"
CHOICES = (Choice(key="1", label="转给村干部"), Choice(key="0", label="都不是"))
_ids = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Deed:
    """Something a person does: as page, Telegram and WeChat send it, and what the engine gets to see of it."""

    posted: Mapping[str, Any]
    update: Mapping[str, Any]
    callback: Mapping[str, str | int]
    text: str = ""
    button: str = ""
    pin: Pin | None = None
    files: tuple[FileKind, ...] = ()


DEEDS = {
    "a question": Deed({"text": "二次报销"}, said("二次报销"), typed("二次报销"), text="二次报销"),
    "a number": Deed({"text": "１"}, said("１"), typed("１"), text="１"),
    "two lines": Deed({"text": "路灯\n不亮"}, said("路灯\n不亮"), typed("路灯\n不亮"), text="路灯\n不亮"),
    "an emoji in words": Deed({"text": "好👍"}, said("好👍"), typed("好👍"), text="好👍"),
    "marks nobody sees": Deed({"text": UNSEEN}, said(UNSEEN), typed(UNSEEN), text="报销"),
    "a button": Deed({"button": "41:1"}, pressed("41:1"), tapped("41:1"), button="41:1"),
    "a place": Deed({"pin": PLACE}, sent(location=PLACE), message("location", **SHIFTED), pin=Pin(**PLACE)),
    "a photo": Deed(
        {},
        sent(photo=[{"file_id": "p", "file_size": 9, "width": 9, "height": 9}]),
        message("image", MediaId="p", PicUrl="http://x/p"),
        files=(FileKind.PHOTO,),
    ),
}
MESSAGES = {
    "words": Message(template="t", text="您好"),
    "choices": Message(template="t", text="您想问哪一个？", choices=CHOICES),
    "markup that is only text": Message(template="t", text="<b>*_`[x](y)` & “引号”"),
    "a place": Message(template="t", text="在这里", pin=Pin(**PLACE)),
}


@pytest.fixture
def desk(sqlite_maker: databases.SqliteMaker, tmp_path: Path) -> Iterator[Desk]:
    database = databases.opened(sqlite_maker.make())
    yield Desk(database, tmp_path / "files")
    database.close()


@pytest.fixture
async def page(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=desk.site)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as opened:
        yield opened


def essence(inbound: Inbound) -> tuple[object, ...]:
    return inbound.text, inbound.button, inbound.pin, tuple(one.kind for one in inbound.files)


def expected(deed: Deed) -> tuple[object, ...]:
    return deed.text, deed.button, deed.pin, deed.files


async def post(page: httpx.AsyncClient, deed: Deed) -> int:
    message_id = f"deed-{next(_ids)}"
    if deed.files:
        photo = PICTURES["image/jpeg"]
        answer = await page.post(f"{PHONE}/chat/photos", params={"id": message_id}, content=photo)
    else:
        answer = await page.post(f"{PHONE}/chat/messages", json={"id": message_id, **deed.posted})
    return answer.status_code


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
async def test_what_is_done_on_the_page_arrives(deed: Deed, desk: Desk, page: httpx.AsyncClient) -> None:
    assert await post(page, deed) == 202
    assert [essence(one) for one in desk.heard.inbounds] == [expected(deed)]


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
def test_what_is_done_on_telegram_arrives(deed: Deed) -> None:
    inbound = read_update(deed.update, bot=BotIdentity(BOT_ID, BOT_NAME), now=NOW)

    assert isinstance(inbound, Inbound)
    assert essence(inbound) == expected(deed)


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
def test_what_is_done_on_wechat_arrives(deed: Deed) -> None:
    heard = understand(read(write(deed.callback).encode()), account=APP_ID, now=NOW)

    assert heard.inbound
    assert essence(heard.inbound) == expected(deed)


@pytest.mark.parametrize("told", MESSAGES.values(), ids=MESSAGES)
def test_a_message_says_the_same_on_wechat(told: Message) -> None:
    lines = "\n".join(part.text for part in parts(told, 41, {}, lambda _: "")).splitlines()

    assert lines[0] == told.text
    choices = [re.fullmatch(r'<a href="weixin://.*&msgmenuid=41:(.*)">(.*?) (.*)</a>', line) for line in lines[1:]]
    assert [(one.group(1), one.group(3)) for one in choices if one] == offered(told)
    assert any("apis.map.qq.com" in line for line in lines) == (told.pin is not None)


@pytest.mark.parametrize("told", MESSAGES.values(), ids=MESSAGES)
async def test_a_message_says_the_same_on_the_page(told: Message, desk: Desk) -> None:
    await desk.channel.send(Parcel(41, OutboxKind.REPLY, Target("web", "web", "phone-1"), told, 1))

    [kept] = await desk.channel.mailbox.read("phone-1", 0)
    assert kept.content["text"] == told.text
    assert [(one["key"], one["label"]) for one in kept.content["choices"]] == offered(told)
    assert (kept.content["pin"] is not None) == (told.pin is not None)


@pytest.mark.parametrize("told", MESSAGES.values(), ids=MESSAGES)
def test_a_message_says_the_same_on_telegram(told: Message) -> None:
    made = calls(Parcel(41, OutboxKind.REPLY, Target("telegram", str(BOT_ID), "4242"), told, 1), {})

    texts = [call.arguments["text"] for call in made if call.method == "sendMessage"]
    keyboards: list[Any] = [call.arguments.get("reply_markup") for call in made]
    buttons = [button for markup in keyboards if markup for row in markup["inline_keyboard"] for button in row]
    assert texts == [told.text]
    assert [button["text"] for button in buttons] == [f"{key} {label}" for key, label in offered(told)]
    assert [button["callback_data"] for button in buttons] == [f"41:{key}" for key, _ in offered(told)]
    assert any(call.method in {"sendLocation", "sendVenue"} for call in made) == (told.pin is not None)


def offered(told: Message) -> list[tuple[str, str]]:
    return [(choice.key, choice.label) for choice in told.choices]
