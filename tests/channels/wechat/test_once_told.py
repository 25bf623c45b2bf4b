"""Wishes to be told once, and long texts: what stands below a reply, and what is sent by a wish."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.channels.wechat import grants
from bot.channels.wechat.outbound import LONGEST_TOGETHER, parts, size
from bot.channels.wechat.templates import Role, in_short, wish_for
from bot.channels.wechat.tickets import Tickets
from bot.channels.wechat.wishes import Wishes
from bot.clock import TurnableClock
from bot.domain.messages import Choice, Message
from content.render import FOLDER
from content.words import wechat_wishes
from db.models import OutboxKind, OutboxRow, OutboxState, WechatGrant
from db.sql import Database
from tests.channels.wechat.conftest import MakePost, Post, Wechat
from tests.kit.answering import Answerer
from tests.kit.databases import HOUSE
from tests.kit.wechat_calls import APP_ID, LI, said
from tests.kit.wechat_server import ONE_TIME, WechatServer, drops, says

PUBLIC = "https://hongyan.example.cn"
ANSWERED = "您问的路灯有答复了。\n明天来修。"


def wish(post: Post) -> None:
    key = APP_ID, LI, wish_for(Role.CASE)
    post.database.run(lambda db: grants.give_one(db, key, at=post.clock.now()))


def left(post: Post) -> list[int | None]:
    found = select(WechatGrant)
    return post.database.run(lambda db: [one.sends_left for one in db.execute(found).scalars()], write=False)


async def push(post: Post, text: str = ANSWERED) -> OutboxRow:
    return await post.push(text, OutboxKind.NOTICE, template="cases/answer_for_asker")


async def test_who_wished_to_be_told_is_told_once(make: MakePost, server: WechatServer) -> None:
    post = make(one_time="O1")
    wish(post)

    first, second = await push(post), await push(post, "还有一件事")

    [(openid, kind, body)] = server.sent
    assert (first.state, first.remote_id, second.state) == (OutboxState.SENT, "one_time", OutboxState.PENDING)
    assert (openid, kind, post.unread(), left(post)) == (LI, "one_time", ["还有一件事"], [])
    assert body == {
        "touser": LI,
        "template_id": "O1",
        "scene": "1003",
        "title": "您问的路灯有答复了。",
        "data": {"content": {"value": ANSWERED}},
    }


async def test_a_wish_that_was_certainly_not_used_stays(make: MakePost, server: WechatServer) -> None:
    post = make(one_time="O1")
    wish(post)
    server.misbehave(ONE_TIME, says(-1))

    row = await push(post)
    before = row.state, left(post)
    post.clock.turn(timedelta(seconds=3))
    await post.delivery.sweep()

    assert before == (OutboxState.PENDING, [1])
    assert (post.row(row.id or 0).remote_id, left(post), len(server.called(ONE_TIME))) == ("one_time", [], 2)


async def test_a_wish_in_doubt_is_not_used_again(make: MakePost, server: WechatServer) -> None:
    post = make(one_time="O1")
    await post.channel.api.tokens.current()
    wish(post)
    server.misbehave(ONE_TIME, drops())

    row = await push(post)

    assert (row.state, left(post), post.unread(), len(server.sent)) == (OutboxState.UNCERTAIN, [], [ANSWERED], 1)


@pytest.mark.parametrize(("code", "wishes_left"), [(43101, []), (40037, [1]), (48001, [1])])
async def test_a_wish_that_does_not_go_is_forgotten_only_where_wechat_knows_of_none(
    make: MakePost, server: WechatServer, code: int, wishes_left: list[int]
) -> None:
    post = make(one_time="O1")
    wish(post)
    server.misbehave(ONE_TIME, says(code))

    row = await push(post)

    assert (row.state, left(post), post.unread()) == (OutboxState.PENDING, wishes_left, [ANSWERED])


async def test_while_that_way_is_shut_no_wish_is_used_up(make: MakePost, server: WechatServer) -> None:
    post = make(one_time="O1")
    server.misbehave(ONE_TIME, says(48001))
    wish(post)

    for number in range(3):
        await push(post, str(number))

    assert (left(post), len(server.called(ONE_TIME))) == ([1], 1)


def test_a_long_message_is_cut_to_what_a_one_time_subscription_takes() -> None:
    told = in_short(Message(template="t", text="长" * 300))

    assert (told["title"], len(told["data"]["content"]["value"])) == (f"{'长' * 14}…", 200)


def wishes_of(database: Database, clock: TurnableClock, *, public_url: str = PUBLIC, template_id: str = "O1") -> Wishes:
    tickets = Tickets(HOUSE.keys, clock, public_url=public_url, kind="wish")
    return Wishes(tickets, database, account=APP_ID, template_id=template_id, clock=clock)


def test_after_what_will_have_a_sequel_people_may_wish_to_be_told(sqlite: Database, clock: TurnableClock) -> None:
    wishes = wishes_of(sqlite, clock)

    line = wishes.offered("cases/handed_off", LI)

    assert line.startswith(f'<a href="{PUBLIC}/wechat/wish/1003.')
    assert line.endswith(">有答复时通知我一次</a>")
    assert line == wishes.offered("cases/handed_off", LI)
    assert wishes.offered("entries/answer", LI) == ""


def test_where_nobody_can_be_asked_nothing_is_offered(sqlite: Database, clock: TurnableClock) -> None:
    ways = (wishes_of(sqlite, clock, public_url=""), wishes_of(sqlite, clock, template_id=""))

    assert [one.offered("cases/handed_off", LI) for one in ways] == ["", ""]


def test_wishes_are_offered_after_messages_there_are() -> None:
    templates = [one for role in Role for one in wechat_wishes()[role]["after"]]

    assert [one for one in templates if not (FOLDER / f"{one}.j2").is_file()] == []


async def test_the_offer_stands_below_the_reply(wechat: Wechat, answerer: Answerer) -> None:
    answerer.template = "wished"

    assert await wechat.hears(said("路灯")) == f"答：路灯\n[wished {LI}]"


def long_message(length: int, **more: object) -> Message:
    return Message.model_validate({"template": "t", "text": "请大家带身份证到村委会登记。" * (length // 14), **more})


def test_of_a_very_long_text_the_beginning_is_said_and_the_rest_can_be_read() -> None:
    choices = [Choice(key="1", label="去").model_dump()]

    told = parts(long_message(3000, choices=choices), 41, {}, lambda _: "", whole=f"{PUBLIC}/wechat/read/x")

    assert [one.text for one in told[1:]] == [
        f'<a href="{PUBLIC}/wechat/read/x">点这里看全文</a>',
        '<a href="weixin://bizmsgmenu?msgmenucontent=去&msgmenuid=41:1">1 去</a>',
    ]
    assert (told[0].text.endswith("登记。"), 1500 < size(told[0].text) <= 1800) == (True, True)


def test_a_text_of_two_pieces_and_one_that_can_be_read_nowhere_are_said_in_full() -> None:
    short, nowhere = long_message(1100), long_message(3000)

    assert "".join(one.text for one in parts(short, 41, {}, lambda _: "", whole="x")) == short.text
    assert "".join(one.text for one in parts(nowhere, 41, {}, lambda _: "")) == nowhere.text


async def test_a_very_long_answer_is_one_message(wechat: Wechat, answerer: Answerer) -> None:
    heard = await wechat.hears(said("长。" * 1500))

    assert heard.endswith(f'<a href="{PUBLIC}/whole/{LI}/41">点这里看全文</a>')
    assert (size(heard) <= LONGEST_TOGETHER, answerer.sent, len(answerer.was_told)) == (True, [], 1)
