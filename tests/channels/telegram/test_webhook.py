"""What Telegram posts, and what strangers post: 200 only for what is kept or worthless."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.types import Message

from bot.channels.base import ReachChange, ReachKind
from bot.channels.telegram.channel import Telegram
from bot.channels.telegram.webhook import LARGEST_BODY, Webhook
from bot.clock import TurnableClock
from bot.domain.outgoing.outbox import Target
from bot.errors import SettingsError
from bot.server import Site
from bot.web.hosts import KnownHosts
from tests.kit.receiver import Recorder
from tests.kit.telegram_server import ApiCall, TelegramServer
from tests.kit.telegram_updates import Json, membership, pressed, said, said_in_group, update

SECRET = "s3cret"
HEADER = "X-Telegram-Bot-Api-Secret-Token"


@pytest.fixture
def webhook(channel: Telegram, recorder: Recorder) -> Webhook:
    return Webhook(channel, secret=SECRET, receiver=recorder, clock=TurnableClock(running=False))


@pytest.fixture
async def web(webhook: Webhook) -> AsyncIterator[httpx.AsyncClient]:
    site = Site()
    site.add_middleware(KnownHosts, hosts={"town.example"})
    site.webhook = webhook
    transport = httpx.ASGITransport(site)
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


async def test_a_body_may_come_in_pieces(web: httpx.AsyncClient, recorder: Recorder) -> None:
    whole = json.dumps(said("二次报销")).encode()

    async def body() -> AsyncIterator[bytes]:
        for at in range(0, len(whole), 7):
            yield whole[at : at + 7]

    answer = await web.post("/telegram", content=body())

    assert (answer.status_code, recorder.texts) == (200, ["二次报销"])


async def test_whoever_leaves_in_the_middle_leaves_nothing_behind(webhook: Webhook, recorder: Recorder) -> None:
    heard: list[Message] = [
        {"type": "http.request", "body": json.dumps(said("二次报销")).encode(), "more_body": True},
        {"type": "http.disconnect"},
    ]
    told: list[Message] = []

    async def receive() -> Message:
        return heard.pop(0)

    async def send(message: Message) -> None:
        told.append(message)

    headers = [(HEADER.lower().encode(), SECRET.encode())]
    await webhook({"type": "http", "method": "POST", "path": "/telegram", "headers": headers}, receive, send)

    assert (told[0]["status"], recorder.attempts) == (400, 0)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
async def test_nothing_but_posting_is_allowed(web: httpx.AsyncClient, method: str) -> None:
    answer = await web.request(method, "/telegram")

    assert (answer.status_code, answer.headers["allow"], answer.content) == (405, "POST", b"")


async def test_telegram_may_come_by_any_name_and_nobody_else_may(web: httpx.AsyncClient) -> None:
    others = [(await web.post(path)).status_code for path in ("/", "/telegram/", "/telegram/x", "/telegrams")]

    assert (await post(web, said("二次报销")), others) == (200, [421, 421, 421, 421])


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

    answers = [await web.post("/telegram", json=raw) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [503, 200]
    assert (answers[0].headers["retry-after"], len(recorder.kept) + len(recorder.changes)) == ("1", 1)


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
        Webhook(channel, secret="", receiver=recorder, clock=TurnableClock())
