"""What Telegram posts, and what strangers post: 200 only for what is kept or worthless."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from bot.channels.base import ReachChange, ReachKind
from bot.channels.telegram.channel import Telegram
from bot.channels.telegram.webhook import LARGEST_BODY, telegram_router
from bot.clock import TurnableClock
from bot.domain.outbox import Target
from bot.errors import SettingsError
from tests.kit.receiver import Recorder
from tests.kit.telegram_server import ApiCall, TelegramServer
from tests.kit.telegram_updates import Json, membership, pressed, said, said_in_group, update

SECRET = "s3cret"
HEADER = "X-Telegram-Bot-Api-Secret-Token"


@pytest.fixture
async def web(channel: Telegram, recorder: Recorder) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.include_router(telegram_router(channel, secret=SECRET, receiver=recorder, clock=TurnableClock(running=False)))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://bot", headers={HEADER: SECRET}) as client:
        yield client


async def post(web: httpx.AsyncClient, raw: object) -> int:
    body = raw if isinstance(raw, bytes) else json.dumps(raw).encode()
    return (await web.post("/telegram", content=body)).status_code


async def test_an_update_is_kept_before_it_is_answered(web: httpx.AsyncClient, recorder: Recorder) -> None:
    recorder.slow["4242"] = 0.05

    status = await post(web, said("二次报销"))

    assert (status, recorder.texts) == (200, ["二次报销"])


async def test_a_replayed_update_is_answered_alike_and_kept_once(web: httpx.AsyncClient, recorder: Recorder) -> None:
    raw = said("二次报销")

    statuses = [await post(web, raw) for _ in range(3)]

    assert (statuses, recorder.texts, recorder.attempts) == ([200, 200, 200], ["二次报销"], 3)


@pytest.mark.parametrize("given", [None, b"", b"S3CRET", b"s3cret1", b"s3cre", b"\xff\xfe"])
async def test_without_the_secret_the_body_is_not_even_read(
    web: httpx.AsyncClient, recorder: Recorder, given: bytes | None
) -> None:
    chunks_read: list[bytes] = []

    async def body() -> AsyncIterator[bytes]:
        for chunk in (b"{", b"}"):
            chunks_read.append(chunk)
            yield chunk

    headers = [] if given is None else [(HEADER.encode(), given)]
    del web.headers[HEADER]
    answer = await web.post("/telegram", content=body(), headers=headers)

    assert (answer.status_code, chunks_read, recorder.attempts) == (403, [], 0)


async def test_a_body_without_end_is_cut_off(web: httpx.AsyncClient, recorder: Recorder) -> None:
    chunks_read = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal chunks_read
        while True:
            chunks_read += 1
            yield b" " * 65536

    answer = await web.post("/telegram", content=body())

    assert (answer.status_code, chunks_read, recorder.attempts) == (413, LARGEST_BODY // 65536 + 1, 0)


NEVER_SENT: dict[str, object] = {
    "nothing": b"",
    "truncated": json.dumps(said("你好")).encode()[:-9],
    "no JSON": b"update_id=1",
    "no UTF-8": b'{"update_id": 1, "message": "\xff"}',
    "a list": [said("你好")],
    "a word": "update",
    "no number": {"message": {}},
    "a number in words": {"update_id": "1"},
    "too deep": b"[" * 100_000,
    "too deep inside": b'{"update_id":1,"message":' + b'{"a":' * 50_000,
    "a number without end": b'{"update_id":' + b"9" * 10_000 + b"}",
}


@pytest.mark.parametrize("raw", NEVER_SENT.values(), ids=NEVER_SENT)
async def test_what_telegram_never_sends_is_refused(web: httpx.AsyncClient, recorder: Recorder, raw: object) -> None:
    assert (await post(web, raw), recorder.attempts) == (400, 0)


WORTHLESS = {
    "a kind nobody asked for": update(poll_answer={"poll_id": "1"}),
    "talk in a group": said_in_group("晚上打球吗"),
    "a wrong type inside": {"update_id": 7, "message": {"text": 5}},
    "a NaN inside": {"update_id": 7, "message": float("nan")},
}


@pytest.mark.parametrize("raw", WORTHLESS.values(), ids=WORTHLESS)
async def test_what_cannot_be_used_is_not_asked_for_again(
    web: httpx.AsyncClient, recorder: Recorder, raw: Json
) -> None:
    assert (await post(web, raw), recorder.attempts) == (200, 0)


@pytest.mark.parametrize("raw", [said("你好"), membership("kicked")], ids=["inbound", "reach"])
async def test_while_the_database_is_away_telegram_is_to_try_again(
    web: httpx.AsyncClient, recorder: Recorder, raw: Json
) -> None:
    recorder.refusals = 1

    statuses = [await post(web, raw), await post(web, raw)]

    assert (statuses, len(recorder.kept) + len(recorder.changes)) == ([503, 200], 1)


async def test_being_blocked_is_noted(web: httpx.AsyncClient, recorder: Recorder) -> None:
    assert await post(web, membership("kicked")) == 200

    assert recorder.changes == [ReachChange(Target("telegram", "123456", "4242"), ReachKind.LOST)]


async def test_a_button_is_kept_and_its_spinner_stopped(
    web: httpx.AsyncClient, channel: Telegram, recorder: Recorder, server: TelegramServer
) -> None:
    assert await post(web, pressed("41:1", query="88")) == 200
    await channel.errands.settle()

    assert recorder.texts == ["41:1"]
    assert server.called("answerCallbackQuery") == [ApiCall("answerCallbackQuery", {"callback_query_id": "88"})]


async def test_a_button_that_was_not_kept_goes_on_spinning(
    web: httpx.AsyncClient, channel: Telegram, recorder: Recorder, server: TelegramServer
) -> None:
    recorder.refusals = 1

    assert await post(web, pressed("41:1")) == 503
    await channel.errands.settle()

    assert server.called("answerCallbackQuery") == []


async def test_many_updates_at_once_are_all_kept(web: httpx.AsyncClient, recorder: Recorder) -> None:
    statuses = await asyncio.gather(*(post(web, said(str(number))) for number in range(50)))

    assert (set(statuses), sorted(recorder.texts, key=int)) == ({200}, [str(number) for number in range(50)])


async def test_a_webhook_without_a_secret_is_a_wrong_setting(channel: Telegram, recorder: Recorder) -> None:
    with pytest.raises(SettingsError):
        telegram_router(channel, secret="", receiver=recorder, clock=TurnableClock())
