"""Long polling against the fake server: nothing lost, nothing blocked, order kept in each chat."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import pytest

from bot.channels.telegram.channel import Telegram
from bot.channels.telegram.polling import Patience, poll
from bot.clock import TurnableClock
from tests.kit.logged import our_lines
from tests.kit.receiver import Recorder
from tests.kit.telegram_server import Mishap, TelegramServer, drops, gibberish, refusal, server_error, too_fast
from tests.kit.telegram_updates import LI, WANG, Json, membership, message, pressed, said, update

QUICK = Patience(poll=1, first=0.01, longest=0.03)
OTHERS = [{**WANG, "id": 9000 + number} for number in range(20)]


@asynccontextmanager
async def polling(channel: Telegram, recorder: Recorder) -> AsyncGenerator[asyncio.Event]:
    stop = asyncio.Event()
    task = asyncio.create_task(poll(channel, recorder, TurnableClock(running=False), stop, patience=QUICK))
    try:
        yield stop
    finally:
        stop.set()
        await asyncio.wait_for(task, 2)


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not reached():  # noqa: ASYNC110  # what is waited for happens in another thread
            await asyncio.sleep(0.005)


def offsets(server: TelegramServer) -> list[int]:
    return [int(str(call.arguments.get("offset"))) for call in server.called("getUpdates")]


def number_of(raw: Json) -> int:
    return int(str(raw["update_id"]))


async def test_updates_are_taken_and_then_forgotten_by_telegram(
    channel: Telegram, server: TelegramServer, recorder: Recorder
) -> None:
    server.updates.extend([said("一"), membership("member"), said("二")])
    last = number_of(server.updates[-1])

    async with polling(channel, recorder):
        await until(lambda: not server.updates)

    assert (recorder.texts, len(recorder.changes)) == (["一", "二"], 1)
    assert offsets(server)[:2] == [0, last + 1]


async def test_the_webhook_is_taken_down_first_and_nothing_waiting_is_dropped(
    channel: Telegram, server: TelegramServer, recorder: Recorder
) -> None:
    await channel.set_webhook("https://hongyan.example.cn", "s3cret")
    server.updates.append(said("一"))
    server.misbehave("deleteWebhook", server_error())

    async with polling(channel, recorder):
        await until(lambda: recorder.texts == ["一"])

    assert [call.arguments for call in server.called("deleteWebhook")] == [{"drop_pending_updates": False}] * 2
    assert server.called("getUpdates")[0].arguments["allowed_updates"] == [
        "message",
        "edited_message",
        "callback_query",
        "my_chat_member",
    ]


async def test_the_offset_moves_only_after_the_whole_batch_is_kept(
    channel: Telegram, server: TelegramServer, recorder: Recorder
) -> None:
    recorder.slow["5353"] = 0.2
    server.updates.extend([said("快"), said("慢", WANG)])

    async with polling(channel, recorder):
        await until(lambda: recorder.texts == ["快"])
        while_one_is_open = offsets(server)
        await until(lambda: not server.updates)

    assert (while_one_is_open, recorder.texts) == ([0], ["快", "慢"])


async def test_while_the_database_is_away_the_same_updates_are_tried_again(
    channel: Telegram, server: TelegramServer, recorder: Recorder
) -> None:
    recorder.refusals = 4
    server.updates.extend([said("一"), said("二"), said("三", WANG)])

    async with polling(channel, recorder):
        await until(lambda: not server.updates)

    assert [text for text in recorder.texts if text != "三"] == ["一", "二"]
    assert (sorted(recorder.texts), recorder.attempts) == (sorted(["一", "二", "三"]), 7)


async def test_each_chat_keeps_its_order_and_no_more_than_sixteen_are_busy(
    channel: Telegram, server: TelegramServer, recorder: Recorder
) -> None:
    recorder.slow = {str(person["id"]): 0.01 for person in OTHERS}
    for number in range(3):
        server.updates.extend(said(f"{person['id']} {number}", person) for person in OTHERS)

    async with polling(channel, recorder):
        await until(lambda: not server.updates)

    for person in OTHERS:
        mine = [text for text in recorder.texts if text.startswith(str(person["id"]))]
        assert mine == [f"{person['id']} {number}" for number in range(3)]
    assert recorder.busiest == 16


async def test_a_malformed_update_is_skipped_and_named(
    channel: Telegram, server: TelegramServer, recorder: Recorder
) -> None:
    malformed = update(message=message(content={"text": 5}))
    server.updates.extend([said("一"), malformed, update(poll={}), said("二")])

    with our_lines() as logs:
        async with polling(channel, recorder):
            await until(lambda: not server.updates)

    assert recorder.texts == ["一", "二"]
    assert [entry for entry in logs if entry["event"] == "telegram_update_malformed"] == [
        {
            "event": "telegram_update_malformed",
            "level": "warning",
            "update": number_of(malformed),
            "reason": "message.text: string_type",
        }
    ]


async def test_an_update_without_a_number_does_not_hold_up_the_others(
    channel: Telegram, server: TelegramServer, recorder: Recorder
) -> None:
    server.updates.extend([{"message": message(content={"text": "?"})}])

    async with polling(channel, recorder):
        await until(lambda: len(offsets(server)) == 3)
        server.updates.append(said("一"))
        await until(lambda: recorder.texts == ["一"])

    assert set(offsets(server)[:3]) == {0}


async def test_a_restart_in_the_middle_loses_nothing(
    channel: Telegram, server: TelegramServer, recorder: Recorder
) -> None:
    recorder.slow["4242"] = 0.05
    server.updates.extend(said(str(number)) for number in range(6))

    async with polling(channel, recorder) as stop:
        await until(lambda: len(recorder.kept) == 2)
        stop.set()
    kept_before = len(recorder.kept)
    async with polling(channel, recorder):
        await until(lambda: not server.updates)

    assert (kept_before, recorder.texts) == (3, ["0", "1", "2", "3", "4", "5"])


async def test_trouble_on_the_line_is_outlasted(channel: Telegram, server: TelegramServer, recorder: Recorder) -> None:
    for mishap in (drops(), server_error(), gibberish(), drops(), Mishap(payload=b'{"ok":true,"result":{}}')):
        server.misbehave("getUpdates", mishap)
    server.updates.append(said("一"))

    async with polling(channel, recorder):
        await until(lambda: not server.updates)

    assert (recorder.texts, set(offsets(server)[:6])) == (["一"], {0})


@pytest.mark.parametrize(
    ("mishap", "event"),
    [
        (refusal(409, "Conflict: terminated by other getUpdates request"), "telegram_poll_conflict"),
        (refusal(401, "Unauthorized"), "telegram_token_refused"),
        (too_fast(1), "telegram_poll_too_fast"),
        (server_error(), "telegram_unreachable"),
    ],
)
async def test_what_the_operator_must_mend_is_said_and_tried_again(
    channel: Telegram, server: TelegramServer, recorder: Recorder, mishap: Mishap, event: str
) -> None:
    server.misbehave("getUpdates", mishap)
    server.updates.append(said("一"))

    with our_lines() as logs:
        async with polling(channel, recorder):
            await until(lambda: recorder.texts == ["一"])

    assert [entry["event"] for entry in logs] == [event]


async def test_stopping_does_not_wait_for_the_long_poll(
    channel: Telegram, server: TelegramServer, recorder: Recorder
) -> None:
    loop = asyncio.get_running_loop()
    async with polling(channel, recorder) as stop:
        await until(lambda: len(server.called("getUpdates")) == 1)
        began = loop.time()
        stop.set()

    assert loop.time() - began < 0.5


async def test_a_button_is_taken_and_its_spinner_stopped(
    channel: Telegram, server: TelegramServer, recorder: Recorder
) -> None:
    server.updates.append(pressed("41:1", LI, query="88"))

    async with polling(channel, recorder):
        await until(lambda: not server.updates)
    await channel.errands.settle()

    assert (recorder.texts, len(server.called("answerCallbackQuery"))) == (["41:1"], 1)
