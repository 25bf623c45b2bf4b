"""One token for all replicas, asked for by one of them at a time, and never more often than needed."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from bot.channels.base import InDoubt, TryLater
from bot.channels.wechat.api import Api
from bot.channels.wechat.faults import WechatError
from bot.clock import SystemClock, TurnableClock
from db.sql import Database
from tests.kit.databases import HOUSE, opened
from tests.kit.talk import MORNING
from tests.kit.wechat_calls import APP_ID, SECRET
from tests.kit.wechat_server import CUSTOM, STABLE, Mishap, WechatServer, drops, gibberish, says, slow

MakeApi = Callable[..., Api]


@pytest.fixture
def server() -> Iterator[WechatServer]:
    with WechatServer() as running:
        yield running


@pytest.fixture
async def make(server: WechatServer, database: Database) -> AsyncIterator[MakeApi]:
    made: list[Api] = []

    def make_api(*, clock: TurnableClock | None = None, of: Database | None = None, secret: str = SECRET) -> Api:
        api = Api(
            app_id=APP_ID,
            secret=secret,
            url=server.url,
            database=of or database,
            keys=HOUSE.keys,
            clock=clock or SystemClock(),
            timeout=1.0,
        )
        made.append(api)
        return api

    yield make_api
    for api in made:
        await api.close()


async def test_replicas_share_one_token(server: WechatServer, make: MakeApi) -> None:
    tokens = [await make().tokens.current() for _ in range(3)]

    assert (set(tokens), len(server.called(STABLE))) == ({server.token}, 1)
    assert server.called(STABLE)[0].body == {"grant_type": "client_credential", "appid": APP_ID, "secret": SECRET}


async def test_many_who_need_a_token_at_once_ask_for_one(
    server: WechatServer, make: MakeApi, database: Database
) -> None:
    server.misbehave(STABLE, slow(0.2))
    with closing(opened(database.url)) as others:
        replicas = [make(of=one) for one in (database, database, others)]
        tokens = await asyncio.gather(*(api.tokens.current() for api in replicas for _ in range(5)))

    assert (set(tokens), len(server.called(STABLE))) == ({server.token}, 1)


async def test_who_is_a_little_behind_the_others_time_does_not_ask_besides(server: WechatServer, make: MakeApi) -> None:
    """Who waited for the other's row read the time before it did; two machines are never quite of one mind either."""
    server.misbehave(STABLE, slow(0.2))
    first, second = (make(clock=TurnableClock(start=MORNING + ahead)) for ahead in (timedelta(seconds=1), timedelta(0)))

    tokens = await asyncio.gather(first.tokens.current(), second.tokens.current())

    assert (set(tokens), len(server.called(STABLE))) == ({server.token}, 1)


async def test_nobody_can_read_the_token_in_the_database(
    make: MakeApi, server: WechatServer, database: Database
) -> None:
    await make().tokens.current()

    [row] = database.run(lambda db: db.connection().exec_driver_sql("SELECT sealed FROM wechat_token").all())
    assert server.token not in row[0]


async def test_a_token_is_replaced_before_it_ends(server: WechatServer, make: MakeApi) -> None:
    clock = TurnableClock()
    api = make(clock=clock)
    await api.tokens.current()
    clock.turn(timedelta(minutes=115))
    await api.tokens.current()
    assert len(server.called(STABLE)) == 1

    clock.turn(timedelta(minutes=2))
    await api.tokens.current()

    assert len(server.called(STABLE)) == 2


@pytest.mark.parametrize("code", [40001, 42001, 40014])
async def test_a_token_wechat_does_not_take_is_replaced_once(server: WechatServer, make: MakeApi, code: int) -> None:
    api, other = make(), make()
    await api.tokens.current()
    await other.tokens.current()
    server.token = ""
    server.misbehave(CUSTOM, says(code))

    await api.call(CUSTOM, {"touser": "o", "msgtype": "text", "text": {"content": "二次报销"}})
    await other.call(CUSTOM, {"touser": "o", "msgtype": "text", "text": {"content": "二次报销"}})

    assert (len(server.called(STABLE)), len(server.sent)) == (2, 2)


async def test_a_token_that_is_never_taken_is_replaced_no_more_than_once_a_call(
    server: WechatServer, make: MakeApi
) -> None:
    server.misbehave(CUSTOM, says(40001), times=10)

    with pytest.raises(WechatError, match="40001"):
        await make().call(CUSTOM, {"touser": "o"})

    assert (len(server.called(CUSTOM)), len(server.called(STABLE)), server.sent) == (2, 2, [])


async def test_no_token_for_a_wrong_secret(server: WechatServer, make: MakeApi) -> None:
    with pytest.raises(WechatError, match="40125"):
        await make(secret="wrong").tokens.current()

    assert await make().tokens.current() == server.token


async def test_after_a_failed_try_somebody_else_may_ask_at_once(server: WechatServer, make: MakeApi) -> None:
    server.misbehave(STABLE, drops())
    with pytest.raises(TryLater):
        await make().tokens.current()

    assert await make().tokens.current() == server.token


async def test_a_process_that_died_while_asking_is_followed(
    server: WechatServer, make: MakeApi, database: Database
) -> None:
    clock = TurnableClock()
    api = make(clock=clock)
    assert database.run(lambda db: api.tokens._claim("", db))  # noqa: SLF001  # as a process that dies right after it
    clock.turn(timedelta(seconds=13))

    assert await api.tokens.current() == server.token


@pytest.mark.parametrize("answer", [gibberish(), gibberish(502), slow(2)], ids=["no JSON", "a gateway", "too slow"])
async def test_what_is_not_understood_is_in_doubt(server: WechatServer, make: MakeApi, answer: object) -> None:
    api = make()
    await api.tokens.current()
    server.misbehave(CUSTOM, answer)  # pyright: ignore[reportArgumentType]  # parametrised

    with pytest.raises(InDoubt) as caught:
        await api.call(CUSTOM, {"touser": "o", "msgtype": "text", "text": {"content": "x"}})

    assert (len(server.sent), server.token in str(caught.value)) == (1, False)


async def test_where_nobody_listens_nothing_was_sent(make: MakeApi, server: WechatServer) -> None:
    api = make()
    await api.tokens.current()
    api._url = "http://127.0.0.1:9"  # noqa: SLF001  # the server has gone

    with pytest.raises(TryLater, match="ConnectError"):
        await api.call(CUSTOM, {"touser": "o"})

    assert server.sent == []


@pytest.mark.parametrize("answer", [gibberish(), gibberish(502), slow(2), drops()])
async def test_what_waits_for_a_token_that_does_not_come_was_certainly_not_sent(
    server: WechatServer, make: MakeApi, answer: Mishap
) -> None:
    server.misbehave(STABLE, answer)

    with pytest.raises(TryLater):
        await make().call(CUSTOM, {"touser": "o1"})

    assert server.called(CUSTOM) == []


@pytest.mark.parametrize("lasts", ["soon", None, -1, 1e300, [], True])
async def test_a_token_of_which_nobody_says_how_long_it_lasts_is_soon_asked_for_anew(
    server: WechatServer, make: MakeApi, lasts: object
) -> None:
    body = json.dumps({"access_token": "T", "expires_in": lasts}).encode()
    server.misbehave(STABLE, Mishap(payload=body))

    assert await make().tokens.current() == "T"
