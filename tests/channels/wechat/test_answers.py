"""The five seconds: redeliveries, slow turns, a database that is away, people whose connection is cut."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.channels.wechat.inbound import understand
from bot.channels.wechat.markup import read, write
from bot.channels.wechat.promises import Promises
from bot.clock import TurnableClock
from bot.conversation.turn import Inbound
from bot.domain.files import FileStore
from db.models import WechatPromise
from db.sql import Database
from tests.channels.wechat.conftest import Wechat, platform
from tests.kit.answering import Answerer
from tests.kit.wechat_calls import LI, WANG, event, said, tapped

PATIENCE = "正在查询，请稍等。结果马上发给您。\n如果没收到，随便再发一句话就能看到。"


def promised(database: Database) -> list[str]:
    """Return whose promised replies nobody has said yet."""
    still = select(WechatPromise).where(col(WechatPromise.goes) == "")
    return database.run(lambda db: [row.openid for row in db.execute(still).scalars()])


def question(clock: TurnableClock) -> Inbound:
    heard = understand(read(write(said("二次报销")).encode()), account="wx1", now=clock.now())
    assert heard.inbound
    return heard.inbound


async def test_what_is_delivered_three_times_is_taken_once_and_answered_the_same(
    wechat: Wechat, answerer: Answerer
) -> None:
    message = said("二次报销")

    replies = [await wechat.hears(message) for _ in range(3)]

    assert (replies, answerer.texts) == (["答：二次报销"] * 3, ["二次报销"])


async def test_an_event_delivered_again_is_the_same_event(wechat: Wechat, answerer: Answerer) -> None:
    for scene in ("ABCD2345", "ABCD2345", "EFGH2345"):
        await wechat.post(event("SCAN", EventKey=scene))

    assert answerer.texts == ["/start ABCD2345", "/start EFGH2345"]


async def test_two_people_with_the_same_number_are_two(wechat: Wechat, answerer: Answerer) -> None:
    one = said("二次报销")

    await wechat.hears(one)
    await wechat.hears({**one, "FromUserName": WANG})

    assert [inbound.sender for inbound in answerer.kept] == [LI, WANG]


async def test_whoever_asks_again_meanwhile_waits_for_the_same_turn(wechat: Wechat, answerer: Answerer) -> None:
    answerer.seconds = 0.05
    message = said("二次报销")

    replies = await asyncio.gather(*(wechat.hears(message) for _ in range(3)))

    assert (replies, answerer.attempts) == (["答：二次报销"] * 3, 1)


async def test_a_slow_turn_is_promised_and_its_reply_sent_by_itself(
    wechat: Wechat, answerer: Answerer, sqlite: Database
) -> None:
    answerer.seconds = 0.4

    assert await wechat.hears(said("二次报销")) == PATIENCE
    assert (promised(sqlite), answerer.sent) == ([LI], [])

    await wechat.answers.settled()
    assert [one.message.text for one in answerer.sent] == ["答：二次报销"]
    assert (promised(sqlite), answerer.was_told) == ([], [])


async def test_who_asks_again_for_a_promised_turn_gets_it_and_nobody_hears_it_twice(
    wechat: Wechat, answerer: Answerer
) -> None:
    answerer.seconds = 0.4
    message = said("二次报销")

    assert await wechat.hears(message) == PATIENCE
    await asyncio.sleep(0.15)
    assert await wechat.hears(message) == "答：二次报销"

    await wechat.answers.settled()
    assert (answerer.sent, len(answerer.was_told), answerer.attempts) == ([], 1, 1)


async def test_a_promise_outlives_its_process(answerer: Answerer, sqlite: Database, clock: TurnableClock) -> None:
    died = Promises(sqlite, clock=clock)
    inbound = question(clock)
    await died.keep(inbound)

    survivor = Promises(sqlite, clock=clock)
    assert await survivor.sweep(answerer) == 0

    clock.turn(timedelta(seconds=31))
    assert await survivor.sweep(answerer) == 1
    assert ([one.message.text for one in answerer.sent], promised(sqlite)) == (["答：二次报销"], [])
    assert answerer.kept == [inbound]


async def test_a_promised_reply_that_went_by_a_message_is_not_told_by_another_process(
    wechat: Wechat, answerer: Answerer, sqlite: Database, store: FileStore, clock: TurnableClock
) -> None:
    other = platform(answerer, sqlite, store, clock)
    answerer.seconds = 0.3
    message = said("二次报销")

    assert await wechat.hears(message) == PATIENCE  # which was lost: WeChat asks the other one
    await wechat.answers.settled()
    answerer.seconds = 0
    async with other.client:
        again = await other.post(message)

    assert (again, len(answerer.sent), answerer.was_told) == ("success", 1, [])


@pytest.mark.parametrize("told_first", [True, False])
async def test_a_promised_reply_goes_one_way_whoever_is_first(
    database: Database, clock: TurnableClock, *, told_first: bool
) -> None:
    here, there = Promises(database, clock=clock), Promises(database, clock=clock)
    inbound = question(clock)
    await here.keep(inbound)

    if told_first:
        told, sent = await there.may_tell(inbound), await here.may_send(inbound)
    else:
        sent, told = await here.may_send(inbound), await there.may_tell(inbound)

    assert (told, sent) == (told_first, not told_first)
    assert (await there.may_tell(inbound), await here.may_send(inbound)) == (told_first, False)


async def test_a_reply_that_was_never_promised_may_be_told(sqlite: Database, clock: TurnableClock) -> None:
    promises = Promises(sqlite, clock=clock)

    assert (await promises.may_tell(question(clock)), await promises.may_send(question(clock))) == (True, False)


async def test_how_a_reply_went_is_forgotten_once_nobody_asks_for_it(
    answerer: Answerer, sqlite: Database, clock: TurnableClock
) -> None:
    promises = Promises(sqlite, clock=clock)
    inbound = question(clock)
    await promises.keep(inbound)
    await promises.may_send(inbound)

    clock.turn(timedelta(minutes=3))
    await promises.sweep(answerer)

    kept = sqlite.run(lambda db: db.execute(select(WechatPromise)).all())
    assert (kept, answerer.attempts) == ([], 0)


async def test_a_promise_nobody_can_read_is_dropped_and_holds_no_other_up(
    answerer: Answerer, sqlite: Database, clock: TurnableClock
) -> None:
    promises = Promises(sqlite, clock=clock)
    odd = WechatPromise(
        account="wx1", openid=WANG, message_id="m1", inbound={"of": "another version"}, made_at=clock.now()
    )
    sqlite.run(lambda db: db.add(odd))
    clock.turn(timedelta(seconds=1))
    await promises.keep(question(clock))
    clock.turn(timedelta(seconds=31))

    assert await promises.sweep(answerer) == 1
    assert (answerer.texts, promised(sqlite)) == (["二次报销"], [])


async def test_while_the_database_is_away_the_turn_is_tried_again(wechat: Wechat, answerer: Answerer) -> None:
    answerer.refusals = 3

    assert (await wechat.hears(said("二次报销")), answerer.attempts) == ("答：二次报销", 4)


async def test_what_was_not_kept_is_not_acknowledged(wechat: Wechat, answerer: Answerer, sqlite: Database) -> None:
    answerer.refusals = 1000
    message = said("二次报销")

    sqlite.close()  # nothing can be promised either
    assert (await wechat.raw(message)).status_code == 503
    answerer.refusals = 0
    assert answerer.kept == []


async def test_a_reply_nobody_heard_is_not_told(wechat: Wechat, answerer: Answerer) -> None:
    answerer.seconds = 0.05
    posting = asyncio.create_task(wechat.raw(said("二次报销")))
    await asyncio.sleep(0.02)
    posting.cancel()
    await asyncio.gather(posting, return_exceptions=True)

    await wechat.answers.settled()
    assert (answerer.texts, answerer.was_told, answerer.sent) == (["二次报销"], [], [])


async def test_redeliveries_in_any_order_change_nothing(wechat: Wechat, answerer: Answerer) -> None:
    messages = [said(str(number)) if number % 3 else tapped(f"41:{number}") for number in range(20)]
    thrice = [one for number in range(3) for one in messages[number::1]] + messages[::-1]

    first = {one["MsgId"]: await wechat.hears(one) for one in messages}
    again = await asyncio.gather(*(wechat.hears(one) for one in thrice))

    assert [first[one["MsgId"]] for one in thrice] == list(again)
    assert len(answerer.kept) == 20
