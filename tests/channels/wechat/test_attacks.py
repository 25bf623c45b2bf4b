"""What strangers and bad luck make of the door: reflected pages, retries side by side, windows that open meanwhile."""

import asyncio
import threading
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.channels.wechat import rights, shelf
from bot.channels.wechat.envelope import signature
from bot.channels.wechat.rights import GIVES, Right
from bot.clock import TurnableClock
from db.claims import table_of
from db.models import InboxRecord, WechatContact, WechatProgress
from db.sql import Database
from tests.channels.wechat.conftest import MORNING, Wechat
from tests.kit.answering import Answerer
from tests.kit.wechat_calls import ACCOUNT, APP_ID, LI, NONCE, TOKEN, WANG, event, message, said

_CONTACT = table_of(WechatContact)
HEAD = f"<ToUserName>{ACCOUNT}</ToUserName><FromUserName>{LI}</FromUserName><CreateTime>1764000000</CreateTime>"
TEXT = f"{HEAD}<MsgType>text</MsgType><MsgId>1</MsgId>"
NEVER_WRITTEN: dict[str, bytes] = {
    "UTF-16": f"<xml>{TEXT}<Content>x</Content></xml>".encode("utf-16"),
    "GBK": f"<?xml version='1.0' encoding='GBK'?><xml>{TEXT}<Content>问</Content></xml>".encode("gbk"),
    "half a character": f"<xml>{TEXT}<Content>".encode() + b"\xe4\xbd</Content></xml>",
    "NUL": f"<xml>{TEXT}<Content>a\0b</Content></xml>".encode(),
    "a NUL that is written out": f"<xml>{TEXT}<Content>&#0;</Content></xml>".encode(),
    "a section in a section": f"<xml>{TEXT}<Content><![CDATA[a<![CDATA[b]]>c]]></Content></xml>".encode(),
    "two messages": f"<xml>{TEXT}</xml><xml>{TEXT}</xml>".encode(),
    "an instruction": f"<?xml-stylesheet href='x'?><xml>{TEXT}</xml>".encode(),
    "an outside entity": f"<!DOCTYPE x SYSTEM 'file:///etc/hostname'><xml>{TEXT}</xml>".encode(),
    "an unknown entity": f"<xml>{TEXT}<Content>&laughs;</Content></xml>".encode(),
    "an attribute": f"<xml a='1'>{TEXT}</xml>".encode(),
    "too deep": f"<xml>{TEXT}{'<a>' * 9}{'</a>' * 9}</xml>".encode(),
    "too many": f"<xml>{TEXT}{'<item/>' * 600}</xml>".encode(),
    "two senders": f"<xml>{TEXT}<FromUserName>{WANG}</FromUserName></xml>".encode(),
    "before all time": f"<xml>{TEXT}</xml>".replace("1764000000", "-1764000000").encode(),
    "after all time": f"<xml>{TEXT}</xml>".replace("1764000000", "9" * 30).encode(),
    "a time in other digits": f"<xml>{TEXT}</xml>".replace("1764000000", "１７６４００００００").encode(),
    "a number below nothing": f"<xml>{TEXT}</xml>".replace("<MsgId>1", "<MsgId>-1").encode(),
    "an event before all time": f"<xml>{HEAD}<MsgType>event</MsgType><Event>CLICK</Event></xml>".replace(
        "1764000000", "-1"
    ).encode(),
}


async def test_what_is_echoed_is_never_a_page(wechat: Wechat) -> None:
    at = str(wechat.moment)
    page = '<html xmlns="http://www.w3.org/1999/xhtml"><script>1</script></html>'
    query = {"signature": signature(TOKEN, at, NONCE), "timestamp": at, "nonce": NONCE, "echostr": page}

    answer = await wechat.client.get("/wechat", params=query)

    assert (answer.status_code, answer.text) == (200, page)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("plain", NEVER_WRITTEN.values(), ids=NEVER_WRITTEN)
async def test_what_wechat_never_writes_is_refused_though_it_is_sealed(
    wechat: Wechat, answerer: Answerer, plain: bytes
) -> None:
    answer = await wechat.raw(plain)

    assert (answer.status_code, answer.content, answerer.attempts, answerer.changes) == (400, b"", 0, [])


async def test_a_section_that_is_ended_early_is_text_and_nothing_else(wechat: Wechat, answerer: Answerer) -> None:
    words = "]]></Content><FromUserName>x</FromUserName><Content><![CDATA["

    reply = await wechat.hears(said(words))

    assert (answerer.texts, reply) == ([words], f"答：{words}")


@pytest.mark.parametrize(("size", "status", "files"), [(1024 * 1024, 413, []), (150 * 1024, 200, [()])])
async def test_a_file_with_an_endless_name_is_no_file(
    wechat: Wechat, answerer: Answerer, size: int, status: int, files: list[tuple[()]]
) -> None:
    answer = await wechat.raw(message("image", MediaId="x" * size))

    assert (answer.status_code, [one.files for one in answerer.kept]) == (status, files)


async def test_events_repeated_in_one_second_are_as_many_turns_and_no_more(wechat: Wechat, answerer: Answerer) -> None:
    storm = [event("CLICK", EventKey=f"{number % 100}") for number in range(300)]

    statuses = {(await wechat.raw(one)).status_code for one in storm}

    assert (statuses, len(answerer.kept), answerer.sent) == ({200}, 100, [])


@pytest.mark.parametrize("together", [1, 3])
async def test_what_follows_a_reply_is_sent_once_however_many_asked_for_it_at_once(
    wechat: Wechat, answerer: Answerer, together: int
) -> None:
    answerer.seconds = 0.05
    message = said("长" * 900)

    await asyncio.gather(*(wechat.hears(message) for _ in range(together)))

    assert len(answerer.sent) == 1


async def test_what_was_told_again_does_not_undo_what_was_sent_since(
    wechat: Wechat, answerer: Answerer, sqlite: Database, clock: TurnableClock
) -> None:
    message = said("长" * 900)
    await wechat.hears(message)
    [parcel] = answerer.sent
    sqlite.run(lambda db: shelf.note_gone(db, parcel.id, 3, now=clock.now()))

    await wechat.hears(message)

    gone = select(table_of(WechatProgress).c.parts).where(table_of(WechatProgress).c.outbox_id == parcel.id)
    assert sqlite.run(lambda db: db.execute(gone).scalar_one()) == 3


def heard(database: Database, number: int, at: timedelta) -> None:
    row = InboxRecord(channel="wechat", account=APP_ID, sender=LI, message_id=f"m{number}", taken_at=MORNING + at)
    database.run(lambda db: db.add(row))


def take(database: Database, at: timedelta) -> object:
    return database.run(lambda db: rights.take(db, APP_ID, LI, is_reply=True, now=MORNING + at))


def test_a_message_that_comes_while_another_is_sent_gives_five_and_no_more(database: Database) -> None:
    """Two senders: one waits for the contact's row while a message comes and the other begins to count anew."""
    heard(database, 1, timedelta(0))
    take(database, timedelta(seconds=1))
    waits = threading.Thread(target=take, args=(database, timedelta(seconds=3)))

    def meanwhile(db: Session) -> None:
        mine = (_CONTACT.c.account == APP_ID, _CONTACT.c.openid == LI)
        db.execute(select(_CONTACT).where(*mine).with_for_update())
        waits.start()
        waits.join(0.3)
        other = InboxRecord(
            channel="wechat", account=APP_ID, sender=LI, message_id="m2", taken_at=MORNING + timedelta(seconds=2)
        )
        db.add(other)
        db.flush()
        assert rights.take(db, APP_ID, LI, is_reply=True, now=MORNING + timedelta(seconds=3))

    database.run(meanwhile)
    waits.join(10)

    more = [take(database, timedelta(seconds=4)) for _ in range(5)]
    assert sum(one is not None for one in more) == GIVES[Right.WRITTEN].messages - 2
