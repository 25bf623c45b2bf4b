"""What WeChat posts and what strangers post: every forgery and every nonsense has its status, and changes nothing."""

import random
from collections import Counter
from collections.abc import Callable
from urllib.parse import quote, urlencode

import pytest

from bot import metrics
from bot.channels.base import ReachChange, ReachKind
from bot.channels.wechat.door import LARGEST_BODY
from bot.channels.wechat.envelope import signature
from bot.channels.wechat.markup import Element, write
from bot.clock import TurnableClock
from bot.domain.files import FileStore
from bot.domain.messages import Choice
from bot.domain.outgoing.outbox import Target
from db.sql import Database
from tests.channels.wechat.conftest import Wechat, platform
from tests.kit.answering import Answerer
from tests.kit.wechat_calls import ACCOUNT, APP_ID, LI, NONCE, OLD_AES_KEY, TOKEN, WANG, Caller, event, said, tapped


def counted(reason: str) -> float:
    lines = metrics.exposition(None).decode().splitlines()
    start = f'hongyan_webhook_refusals_total{{channel="wechat",reason="{reason}"}} '
    return sum(float(line.removeprefix(start)) for line in lines if line.startswith(start))


async def status(wechat: Wechat, query: str, body: bytes) -> int:
    return (await wechat.client.post(f"/wechat?{query}", content=body)).status_code


async def test_the_address_is_verified(wechat: Wechat) -> None:
    at = str(wechat.moment)
    query = {
        "signature": signature(TOKEN, at, NONCE),
        "timestamp": at,
        "nonce": NONCE,
        "echostr": "4375120948345356249",
    }

    answer = await wechat.client.get("/wechat", params=query)

    assert (answer.status_code, answer.text) == (200, "4375120948345356249")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize("wrong", ["signature", "timestamp", "nonce"])
async def test_an_address_is_not_verified_for_strangers(wechat: Wechat, wrong: str) -> None:
    at = str(wechat.moment)
    query = {"signature": signature(TOKEN, at, NONCE), "timestamp": at, "nonce": NONCE, "echostr": "<script>"}

    answer = await wechat.client.get("/wechat", params={**query, wrong: "1764000001"})

    assert (answer.status_code, answer.content) == (403, b"")


@pytest.mark.parametrize("mode", ["plain", "compatible", "safe"])
async def test_a_question_is_answered_in_each_mode(
    mode: str, answerer: Answerer, sqlite: Database, store: FileStore, clock: TurnableClock
) -> None:
    wechat = platform(answerer, sqlite, store, clock, mode=mode)
    async with wechat.client:
        reply = await wechat.post(said("二次报销"))

    assert isinstance(reply, Element)
    told = {one.name: one.text for one in reply.children}
    assert told == {
        "ToUserName": LI,
        "FromUserName": ACCOUNT,
        "CreateTime": str(wechat.moment),
        "MsgType": "text",
        "Content": "答：二次报销",
    }
    assert [one.message.text for one in answerer.was_told] == ["答：二次报销"]


@pytest.mark.parametrize("mode", ["compatible", "safe"])
async def test_nobody_can_go_back_to_a_plain_message_where_they_are_sealed(
    mode: str, answerer: Answerer, sqlite: Database, store: FileStore, clock: TurnableClock
) -> None:
    wechat = platform(answerer, sqlite, store, clock, mode=mode)
    query, body = wechat.caller.sealed(said("二次报销"), at=wechat.moment, mode="plain")

    assert (await status(wechat, query, body), answerer.attempts) == (403, 0)


async def test_in_compatible_mode_what_stands_beside_the_seal_is_not_believed(
    answerer: Answerer, sqlite: Database, store: FileStore, clock: TurnableClock
) -> None:
    wechat = platform(answerer, sqlite, store, clock, mode="compatible")
    query, body = wechat.caller.sealed(said("二次报销"), at=wechat.moment, mode="compatible")

    assert await status(wechat, query, body.replace("二次报销".encode(), "假的".encode(), 1)) == 200
    assert answerer.texts == ["二次报销"]


async def test_of_a_sealed_message_nothing_counts_but_what_is_inside(wechat: Wechat, answerer: Answerer) -> None:
    fields = said("二次报销")
    query, body = wechat.caller.sealed(fields, at=wechat.moment)
    outside = write({"FromUserName": WANG, "Content": "假的"})[5:-6].encode()

    assert await status(wechat, query, body.replace(b"<xml>", b"<xml>" + outside)) == 200
    assert [(one.sender, one.text) for one in answerer.kept] == [(LI, "二次报销")]


async def test_the_key_before_is_still_taken(wechat: Wechat, answerer: Answerer) -> None:
    query, body = Caller(aes_key=OLD_AES_KEY).sealed(said("二次报销"), at=wechat.moment)

    assert (await status(wechat, query, body), answerer.texts) == (200, ["二次报销"])


def forged_signature(wechat: Wechat) -> tuple[str, bytes]:
    return Caller(token="BBBBB").sealed(said("x"), at=wechat.moment)


def foreign_account(wechat: Wechat) -> tuple[str, bytes]:
    return Caller(app_id="wx0000000000000000").sealed(said("x"), at=wechat.moment)


def long_ago(wechat: Wechat) -> tuple[str, bytes]:
    return wechat.caller.sealed(said("x"), at=wechat.moment - 601)


def far_ahead(wechat: Wechat) -> tuple[str, bytes]:
    return wechat.caller.sealed(said("x"), at=wechat.moment + 601)


def plain_signature_only(wechat: Wechat) -> tuple[str, bytes]:
    query, body = wechat.caller.sealed(said("x"), at=wechat.moment)
    return query.partition("&msg_signature")[0], body


def another_body(wechat: Wechat) -> tuple[str, bytes]:
    query, _ = wechat.caller.sealed(said("x"), at=wechat.moment)
    _, body = wechat.caller.sealed(said("y"), at=wechat.moment)
    return query, body


def no_query(_: Wechat) -> tuple[str, bytes]:
    return "", b"<xml/>"


def a_time_that_is_none(wechat: Wechat) -> tuple[str, bytes]:
    query, body = wechat.caller.sealed(said("x"), at=wechat.moment)
    return query.replace(f"timestamp={wechat.moment}", "timestamp=%D9%A1"), body


FORGED: list[Callable[[Wechat], tuple[str, bytes]]] = [
    forged_signature,
    foreign_account,
    long_ago,
    far_ahead,
    plain_signature_only,
    another_body,
    no_query,
    a_time_that_is_none,
]


@pytest.mark.parametrize("forge", FORGED, ids=lambda one: one.__name__)
async def test_a_forgery_is_refused_and_counted(
    wechat: Wechat, answerer: Answerer, forge: Callable[[Wechat], tuple[str, bytes]]
) -> None:
    before = counted("forged")

    assert (await status(wechat, *forge(wechat)), answerer.attempts) == (403, 0)
    assert counted("forged") == before + 1


def sealed_raw(wechat: Wechat, plain: bytes) -> tuple[str, bytes]:
    return wechat.caller.sealed(plain, at=wechat.moment)


UNREADABLE: dict[str, bytes] = {
    "nothing": b"",
    "JSON": b'{"MsgType": "text"}',
    "a bomb": b'<!DOCTYPE x [<!ENTITY a "b">]><xml><Content>&a;</Content></xml>',
    "the same twice": b"<xml><Content>a</Content><Content>b</Content></xml>",
    "nobody": write({"ToUserName": ACCOUNT, "CreateTime": 1, "MsgType": "text", "MsgId": 1}).encode(),
    "no number": write({**said("x"), "MsgId": "abc"}).encode(),
    "a number without end": write({**said("x"), "MsgId": "9" * 30}).encode(),
    "no time": write({**said("x"), "CreateTime": "now"}).encode(),
    "a place that is none": write({**said("x"), "MsgType": "location", "Location_X": "nan", "Location_Y": 1}).encode(),
    "a place nowhere": write({**said("x"), "MsgType": "location", "Location_X": 91, "Location_Y": 1}).encode(),
}


@pytest.mark.parametrize("plain", UNREADABLE.values(), ids=UNREADABLE)
async def test_what_cannot_be_read_is_refused_and_counted(wechat: Wechat, answerer: Answerer, plain: bytes) -> None:
    before = counted("unreadable")

    assert (await status(wechat, *sealed_raw(wechat, plain)), answerer.attempts) == (400, 0)
    assert counted("unreadable") == before + 1


async def test_garbage_that_is_signed_is_unreadable(wechat: Wechat, answerer: Answerer) -> None:
    at = str(wechat.moment)
    for garbage in ("AAAA", "!!", "A" * 64):
        query = {
            "timestamp": at,
            "nonce": NONCE,
            "encrypt_type": "aes",
            "msg_signature": signature(TOKEN, at, NONCE, garbage),
        }
        assert await status(wechat, urlencode(query), write({"Encrypt": garbage}).encode()) == 400

    assert answerer.attempts == 0


async def test_a_parameter_that_is_there_twice_is_unreadable(wechat: Wechat, answerer: Answerer) -> None:
    query, body = wechat.caller.sealed(said("x"), at=wechat.moment)

    assert (await status(wechat, f"{query}&nonce=1", body), answerer.attempts) == (400, 0)


async def test_a_body_of_ten_megabytes_is_refused(wechat: Wechat, answerer: Answerer) -> None:
    before = counted("too_large")
    query, _ = wechat.caller.sealed(said("x"), at=wechat.moment)

    assert await status(wechat, query, b"x" * 10 * 1024 * 1024) == 413
    assert await status(wechat, query, b"x" * (LARGEST_BODY + 1)) == 413
    assert (counted("too_large"), answerer.attempts) == (before + 2, 0)


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "OPTIONS"])
async def test_nothing_but_getting_and_posting_is_allowed(wechat: Wechat, method: str) -> None:
    answer = await wechat.client.request(method, "/wechat")

    assert (answer.status_code, answer.headers["allow"], answer.content) == (405, "GET, POST", b"")


async def test_a_turn_without_words_is_answered_with_nothing(wechat: Wechat, answerer: Answerer) -> None:
    answerer.is_quiet = True

    assert await wechat.post(said("快" * 3)) == "success"


@pytest.mark.parametrize("name", ["VIEW", "LOCATION", "scancode_push", "TEMPLATESENDJOBFINISH"])
async def test_events_nobody_is_answered_for_are_acknowledged(wechat: Wechat, answerer: Answerer, name: str) -> None:
    assert (await wechat.post(event(name, Status="success")), answerer.attempts) == ("success", 0)


async def test_an_event_nobody_told_us_of_is_acknowledged_and_counted(wechat: Wechat, answerer: Answerer) -> None:
    def malformed() -> float:
        lines = metrics.exposition(None).decode().splitlines()
        start = 'hongyan_malformed_updates_total{channel="wechat"} '
        return sum(float(line.removeprefix(start)) for line in lines if line.startswith(start))

    before = malformed()

    assert (await wechat.post(event("card_pass_check")), answerer.attempts) == ("success", 0)
    assert malformed() == before + 1


async def test_who_follows_is_greeted_and_reached_again(wechat: Wechat, answerer: Answerer) -> None:
    assert await wechat.hears(event("subscribe")) == "答：/start"

    assert answerer.changes == [ReachChange(Target("wechat", APP_ID, LI), ReachKind.REGAINED)]


async def test_who_leaves_is_not_answered_and_reached_no_more(wechat: Wechat, answerer: Answerer) -> None:
    assert (await wechat.post(event("unsubscribe")), answerer.attempts) == ("success", 0)
    assert answerer.changes == [ReachChange(Target("wechat", APP_ID, LI), ReachKind.LOST)]


async def test_who_blocked_us_is_reached_no_more(wechat: Wechat, answerer: Answerer) -> None:
    await wechat.post(event("TEMPLATESENDJOBFINISH", MsgID=7, Status="failed:user block"))

    assert answerer.changes == [ReachChange(Target("wechat", APP_ID, LI), ReachKind.LOST)]


async def test_choices_are_numbered_lines_that_can_be_tapped(wechat: Wechat, answerer: Answerer) -> None:
    answerer.choices = (Choice(key="1", label="转给村干部"), Choice(key="0", label="都不是"))

    assert await wechat.hears(said("路灯")) == (
        "答：路灯\n"
        '<a href="weixin://bizmsgmenu?msgmenucontent=转给村干部&msgmenuid=41:1">1 转给村干部</a>\n'
        '<a href="weixin://bizmsgmenu?msgmenucontent=都不是&msgmenuid=41:0">0 都不是</a>'
    )


async def test_a_tap_is_a_button(wechat: Wechat, answerer: Answerer) -> None:
    await wechat.post(tapped("41:1", label="转给村干部"))

    assert [(one.button, one.text, one.message_id[0]) for one in answerer.kept] == [("41:1", "", "t")]


def mangled(body: bytes, chance: random.Random) -> bytes:
    """Change, cut or repeat some of it, as no WeChat would."""
    at, end = sorted(chance.randrange(len(body) + 1) for _ in range(2))
    noise = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 9)))
    return chance.choice((body[:at] + noise + body[at:], body[:at] + body[end:], body[:end] + body[at:], noise))


async def test_whatever_is_posted_has_a_status_and_only_what_is_whole_a_turn(
    wechat: Wechat, answerer: Answerer
) -> None:
    chance, statuses = random.Random(20261126), Counter[int]()  # noqa: S311  # the same each time
    for number in range(300):
        inside = write(said(f"问{number}")).encode()
        is_outside = chance.random() < 0.5
        query, body = wechat.caller.sealed(inside if is_outside else mangled(inside, chance), at=wechat.moment)
        if is_outside:
            query, body = mangled(query.encode(), chance).decode("latin-1"), mangled(body, chance)
        answer = await wechat.client.post(f"/wechat?{quote(query, safe='=&')}", content=body)
        statuses[answer.status_code] += 1

    assert set(statuses) <= {200, 400, 403}
    assert answerer.attempts <= statuses[200]
