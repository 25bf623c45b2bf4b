"""What WeChat took and could not deliver: told by its number, before or after anything else, and shown next time."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.channels.wechat import ends
from bot.channels.wechat.ends import End
from bot.channels.wechat.markup import read
from bot.channels.wechat.templates import Form, Role
from bot.domain.messages import Message
from bot.domain.outgoing.outbox import Parcel, Target
from db.models import OutboxKind, OutboxRow, OutboxState, WechatGrant, WechatSent
from db.sql import Database
from tests.channels.wechat.conftest import MakePost, Post, Wechat
from tests.kit.answering import Answerer
from tests.kit.wechat_calls import APP_ID, LI, event
from tests.kit.wechat_server import WechatServer

FACTS = {"title": "学习会"}
SESSION = {Role.SESSION: Form(id="T1", fields={"thing1": "title"})}
SENT_EVENT = (
    "<Event>subscribe_msg_sent_event</Event><SubscribeMsgSentEvent><List><MsgID>7</MsgID>"
    "<ErrorCode>0</ErrorCode><ErrorStatus>success</ErrorStatus></List><List><MsgID>8</MsgID>"
    "<ErrorCode>43101</ErrorCode><ErrorStatus>refuse</ErrorStatus></List></SubscribeMsgSentEvent>"
)


def finished(number: str, status: str) -> dict[str, str | int]:
    return event("TEMPLATESENDJOBFINISH", MsgID=number, Status=status)


def told(post: Post, number: str, trouble: str = "failed: system failed") -> None:
    post.database.run(lambda db: ends.note_end(db, APP_ID, End(number, trouble), now=post.clock.now()))


def kept(database: Database) -> list[str]:
    return database.run(lambda db: [row.number for row in db.execute(select(WechatSent)).scalars()], write=False)


async def push(post: Post, **more: object) -> OutboxRow:
    return await post.push("明天学习", OutboxKind.REMINDER, template="reminders/session", facts=FACTS, **more)


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        ("<Event>TEMPLATESENDJOBFINISH</Event><MsgID>7</MsgID><Status>success</Status>", [End("7", "")]),
        (
            "<Event>TEMPLATESENDJOBFINISH</Event><MsgID>7</MsgID><Status>failed:user block</Status>",
            [End("7", "failed:user block")],
        ),
        ("<Event>TEMPLATESENDJOBFINISH</Event><Status>success</Status>", []),
        (
            SENT_EVENT,
            [End("7", ""), End("8", "43101 refuse")],
        ),
        ("<Event>VIEW</Event>", []),
    ],
)
def test_an_event_tells_how_messages_ended(xml: str, expected: list[End]) -> None:
    assert ends.told_in(read(f"<xml>{xml}</xml>".encode())) == expected


async def test_what_was_not_delivered_is_shown_at_the_next_contact(make: MakePost) -> None:
    post = make(templates=SESSION)
    row = await push(post)
    [number] = kept(post.database)

    told(post, number)

    now = post.row(row.id or 0)
    assert (row.state, row.remote_id, now.state, now.remote_id) == ("sent", "template", "pending", "")
    assert (post.unread(), kept(post.database)) == (["明天学习"], [])


async def test_what_was_delivered_is_left_alone(make: MakePost) -> None:
    post = make(templates=SESSION)
    row = await push(post)
    [number] = kept(post.database)

    told(post, number, "")

    assert (post.row(row.id or 0).state, post.unread(), kept(post.database)) == (OutboxState.SENT, [], [])


async def test_an_end_that_is_told_before_its_number_is_known_counts_too(make: MakePost, server: WechatServer) -> None:
    post = make(templates=SESSION)
    await post.channel.api.tokens.current()
    told(post, "2")  # the stand-in counts on from its token

    row = await push(post)

    assert (row.state, post.unread(), kept(post.database), len(server.sent)) == ("pending", ["明天学习"], [], 1)


async def test_an_end_that_is_told_before_its_row_is_settled_is_taken_up_a_little_later(make: MakePost) -> None:
    post = make(templates=SESSION)
    row = await push(post)
    [number] = kept(post.database)
    leased = {"state": OutboxState.LEASED, "leased_until": post.clock.now() + timedelta(seconds=20)}
    set_row(post, row.id or 0, leased)

    told(post, number)
    before = (post.row(row.id or 0).state, post.unread())
    set_row(post, row.id or 0, {"state": OutboxState.SENT, "leased_until": None})
    post.database.run(lambda db: ends.take_up(db, APP_ID, now=post.clock.now()))

    assert before == (OutboxState.LEASED, [])
    assert (post.row(row.id or 0).state, post.unread(), kept(post.database)) == ("pending", ["明天学习"], [])


def set_row(post: Post, row_id: int, values: Mapping[str, object]) -> None:
    post.database.run(lambda db: db.get_one(OutboxRow, row_id).sqlmodel_update(values))


async def test_what_is_of_no_more_use_by_then_has_failed(make: MakePost) -> None:
    post = make(templates=SESSION)
    message = Message(template="reminders/session", text="明天学习", facts=FACTS)
    row_id = post.write(message, expires_at=post.clock.now() + timedelta(hours=1))
    await post.delivery.sweep()
    [number] = kept(post.database)
    post.clock.turn(timedelta(hours=2))

    told(post, number)

    assert (post.row(row_id).state, post.unread()) == (OutboxState.FAILED, [])


async def test_a_wish_that_is_gone_by_then_is_dropped(wechat: Wechat, sqlite: Database) -> None:
    wish = WechatGrant(account=APP_ID, openid=LI, template_id="S1", changed_at=wechat.clock.now())
    sqlite.run(lambda db: db.add(wish))
    inside = "<List><TemplateId>S1</TemplateId><MsgID>7</MsgID><ErrorCode>43101</ErrorCode></List>"
    head = f"<ToUserName>gh</ToUserName><FromUserName>{LI}</FromUserName><CreateTime>1764000000</CreateTime>"
    tail = f"<SubscribeMsgSentEvent>{inside}</SubscribeMsgSentEvent>"

    await wechat.raw(f"<xml>{head}<MsgType>event</MsgType><Event>subscribe_msg_sent_event</Event>{tail}</xml>".encode())

    grants = sqlite.run(lambda db: db.execute(select(WechatGrant)).all(), write=False)
    assert (grants, kept(sqlite)) == ([], ["7"])


async def test_two_ends_in_the_same_second_are_two(wechat: Wechat, answerer: Answerer, sqlite: Database) -> None:
    for number in ("7", "8", "7"):
        await wechat.post(finished(number, "failed:system failed"))

    assert (kept(sqlite), answerer.changes) == (["7", "8"], [])


@pytest.mark.parametrize(("count", "is_taken"), [(1, True), (2, False)])
async def test_one_article_could_go_where_it_helped(
    make: MakePost, server: WechatServer, count: int, *, is_taken: bool
) -> None:
    post = make()
    parcel = Parcel(1, OutboxKind.NOTICE, Target("wechat", APP_ID, LI), Message(template="t", text="x"), 1)
    article = {"title": "二次报销", "description": "各村正加大投入", "url": "https://h.cn", "picurl": ""}

    went = await post.channel.routes.by_custom(parcel, {"msgtype": "news", "news": {"articles": [article] * count}})

    assert (went, len(server.sent)) == (is_taken, int(is_taken))
