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
from tests.kit.wechat_calls import APP_ID, LI, NONCE, TOKEN, said

_CONTACT = table_of(WechatContact)


async def test_what_is_echoed_is_never_a_page(wechat: Wechat) -> None:
    at = str(wechat.moment)
    page = '<html xmlns="http://www.w3.org/1999/xhtml"><script>1</script></html>'
    query = {"signature": signature(TOKEN, at, NONCE), "timestamp": at, "nonce": NONCE, "echostr": page}

    answer = await wechat.client.get("/wechat", params=query)

    assert (answer.status_code, answer.text) == (200, page)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"


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
