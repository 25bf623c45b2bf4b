"""Parcels on their way to people: each way to speak, each right that ends, each number with which WeChat says no."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.channels.wechat import grants
from bot.channels.wechat.markup import read, write
from bot.channels.wechat.templates import Form, Role
from bot.domain import files
from bot.domain.files import IncomingFile
from bot.domain.messages import Attachment, Choice, Message
from bot.domain.outgoing.outbox import Target
from db.models import Address, FileKind, OutboxKind, OutboxState, WechatGrant
from tests.channels.wechat.conftest import MakePost, Post
from tests.kit.wechat_calls import APP_ID, LI, event
from tests.kit.wechat_server import (
    BIZSEND,
    CUSTOM,
    TEMPLATE,
    UPLOAD,
    WechatServer,
    drops,
    gibberish,
    hangs,
    says,
)

FACTS = {"title": "学习会", "place": "村委会", "starts_at": "2026-03-05T01:00:00+00:00"}
FIELDS = {"thing1": "title", "time2": "starts_at", "thing3": "place"}
SESSION = {Role.SESSION: Form(id="T1", fields=FIELDS)}
WISHED = {Role.SESSION: Form(id="S1", fields={"thing1": "title"})}
PNG = b"\x89PNG\r\n\x1a\n a small picture"


async def test_who_wrote_is_sent_a_message(post: Post, server: WechatServer) -> None:
    post.hears()

    row = await post.push("路灯修好了", choices=(Choice(key="1", label="好"),))

    assert (row.state, row.remote_id) == (OutboxState.SENT, "custom")
    assert server.texts(LI) == [
        f'路灯修好了\n<a href="weixin://bizmsgmenu?msgmenucontent=好&msgmenuid={row.id}:1">1 好</a>'
    ]


async def test_of_five_messages_the_last_is_kept_for_a_reply(post: Post, server: WechatServer) -> None:
    post.hears()

    states = [(await post.push(str(number))).state for number in range(5)]
    reply = await post.push("答复", OutboxKind.REPLY)
    another = await post.push("又一个", OutboxKind.REPLY)

    assert states == [OutboxState.SENT] * 4 + [OutboxState.PENDING]
    assert (reply.state, another.state) == (OutboxState.SENT, OutboxState.PENDING)
    assert (len(server.sent), post.unread()) == (5, ["4", "又一个"])


async def test_who_writes_again_may_be_sent_five_more(post: Post, server: WechatServer) -> None:
    post.hears(ago=timedelta(hours=1))
    for number in range(5):
        await post.push(str(number))
    post.hears()

    assert (await post.push("新的")).state is OutboxState.SENT
    assert len(server.sent) == 5


async def test_a_tap_is_a_right_to_three_messages_for_a_minute(post: Post, server: WechatServer) -> None:
    post.hears("e")
    states = [(await post.push(str(number))).state for number in range(3)]
    post.hears("t")
    post.clock.turn(timedelta(seconds=56))
    late = await post.push("晚了")

    assert states == [OutboxState.SENT, OutboxState.SENT, OutboxState.PENDING]
    assert (late.state, len(server.sent)) == (OutboxState.PENDING, 2)


async def test_after_48_hours_nobody_is_written_to(post: Post, server: WechatServer) -> None:
    post.hears(ago=timedelta(hours=48))

    row = await post.push("太晚了")

    assert (row.state, row.reason, server.sent) == (
        OutboxState.PENDING,
        "Kept: there is no right to write to them",
        [],
    )
    assert post.unread() == ["太晚了"]


async def test_a_broadcast_waits_in_the_box_whoever_wrote(post: Post, server: WechatServer) -> None:
    post.hears()

    row = await post.push("大家好", OutboxKind.BROADCAST)

    assert (row.state, server.calls, post.unread()) == (OutboxState.PENDING, [], ["大家好"])


async def test_what_is_of_no_more_use_is_not_shown(post: Post) -> None:
    soon = post.clock.now() + timedelta(hours=1)
    row_id = post.write(Message(template="t", text="三点开会"), expires_at=soon)
    await post.delivery.sweep()
    before = post.unread()
    post.clock.turn(timedelta(hours=2))
    await post.delivery.sweep()

    assert (before, post.unread(), post.row(row_id).state) == (["三点开会"], [], OutboxState.CANCELLED)


async def test_what_nobody_came_for_ends_after_a_fortnight(post: Post) -> None:
    row = await post.push("没人看")
    post.clock.turn(timedelta(days=14, seconds=1))
    await post.delivery.sweep()

    assert post.row(row.id or 0).state is OutboxState.FAILED


NO_RIGHT = [45015, 45047]


@pytest.mark.parametrize("code", NO_RIGHT)
async def test_where_wechat_sees_no_right_the_box_is_next_and_nobody_asks_again(
    post: Post, server: WechatServer, code: int
) -> None:
    post.hears()
    server.misbehave(CUSTOM, says(code))

    first, second = await post.push("一"), await post.push("二")
    post.clock.turn(timedelta(seconds=1))
    post.hears()
    third = await post.push("三")

    assert [one.state for one in (first, second, third)] == [OutboxState.PENDING] * 2 + [OutboxState.SENT]
    assert (len(server.called(CUSTOM)), post.unread()) == (2, ["一", "二"])


@pytest.mark.parametrize(("code", "reason"), [(43004, "Blocked"), (43019, "Blocked"), (40003, "ChatGone")])
async def test_who_left_is_marked_and_pushed_to_no_more(
    post: Post, server: WechatServer, code: int, reason: str
) -> None:
    post.hears()
    post.address()
    server.misbehave(CUSTOM, says(code))

    row = await post.push()

    assert (row.state, post.address()) == (OutboxState.FAILED, reason)


async def test_a_busy_wechat_is_asked_again_a_little_later(post: Post, server: WechatServer) -> None:
    post.hears()
    server.misbehave(CUSTOM, says(-1))
    row = await post.push()
    waiting = post.row(row.id or 0).state
    post.clock.turn(timedelta(seconds=3))
    await post.delivery.sweep()

    assert (waiting, post.row(row.id or 0).state, server.texts(LI)) == (OutboxState.PENDING, OutboxState.SENT, ["您好"])


async def test_who_was_too_fast_waits_a_minute_and_so_does_everybody_else(post: Post, server: WechatServer) -> None:
    post.hears()
    server.misbehave(CUSTOM, says(45011))
    rows = [await post.push("一"), await post.push("二")]
    calls, shut = len(server.called(CUSTOM)), post.shut()
    post.clock.turn(timedelta(seconds=59))
    await post.delivery.sweep()
    at_59 = len(server.sent)
    post.clock.turn(timedelta(seconds=2))
    await post.delivery.sweep()

    assert (calls, shut, at_59, post.unread()) == (1, [("custom", 45011)], 0, [])
    assert [post.row(one.id or 0).state for one in rows] == [OutboxState.SENT] * 2


async def test_a_template_in_doubt_is_not_sent_again_once_wechat_may_have_forgotten_its_number(
    make: MakePost, server: WechatServer
) -> None:
    post = make(templates=SESSION)
    await post.channel.api.tokens.current()
    for _ in range(20):
        server.misbehave(TEMPLATE, drops())
    began = post.clock.now()

    row = await post.push("明天", template="reminders/session", facts=FACTS)
    tried = [post.clock.now() - began]
    while post.clock.now() - began < timedelta(hours=1):
        calls = len(server.called(TEMPLATE))
        post.clock.turn(timedelta(seconds=2))
        await post.delivery.sweep()
        tried += [post.clock.now() - began] if len(server.called(TEMPLATE)) > calls else []

    assert (post.row(row.id or 0).state, post.unread()) == (OutboxState.UNCERTAIN, ["明天"])
    assert (len(tried), max(tried) < timedelta(minutes=10)) == (9, True)


SHUT = (48001, 40164, 40125, 40013, 50002, 40200)


@pytest.mark.parametrize(("code", "shut_for"), [(one, timedelta(hours=1)) for one in SHUT])
async def test_what_the_account_may_not_do_is_shut_for_a_while(
    post: Post, server: WechatServer, code: int, shut_for: timedelta
) -> None:
    post.hears()
    server.misbehave(CUSTOM, says(code))

    await post.push("一")
    await post.push("二")
    calls, shut = len(server.called(CUSTOM)), post.shut()
    post.clock.turn(shut_for + timedelta(seconds=1))
    third = await post.push("三")

    assert (calls, shut, third.state) == (1, [("custom", code)], OutboxState.SENT)


async def test_what_was_mended_is_tried_again_at_once_and_what_only_time_mends_is_not(
    post: Post, server: WechatServer
) -> None:
    post.hears()
    server.misbehave(CUSTOM, says(40164))
    server.misbehave(CUSTOM, says(45009))

    await post.push("一")
    opened = await post.channel.routes.reopen()
    await post.push("二")
    still = await post.channel.routes.reopen()

    assert (opened, still, post.shut()) == (["custom"], [], [("custom", 45009)])


async def test_spent_calls_come_back_at_midnight(post: Post, server: WechatServer) -> None:
    post.hears()
    server.misbehave(CUSTOM, says(45009))

    await post.push("一")
    post.clock.turn(timedelta(hours=14))
    before_midnight = post.shut()
    post.clock.turn(timedelta(hours=1))

    assert (before_midnight, post.shut()) == ([("custom", 45009)], [])


@pytest.mark.parametrize("mishap", [hangs(), drops(), gibberish(), gibberish(502)], ids=["hang", "drop", "odd", "502"])
@pytest.mark.parametrize("kind", [OutboxKind.REPLY, OutboxKind.NOTICE])
async def test_a_message_in_doubt_is_not_sent_again_but_shown_at_the_next_contact(
    post: Post, server: WechatServer, mishap: Any, kind: OutboxKind
) -> None:
    post.hears()
    await post.channel.api.tokens.current()
    server.misbehave(CUSTOM, mishap)

    row = await post.push("也许到了", kind)
    post.clock.turn(timedelta(hours=2))
    await post.delivery.sweep()

    assert (row.state, len(server.sent), post.unread()) == (OutboxState.UNCERTAIN, 1, ["也许到了"])


async def test_a_reminder_goes_by_a_template_when_nobody_wrote(make: MakePost, server: WechatServer) -> None:
    post = make(templates=SESSION)

    row = await post.push("明天学习", OutboxKind.REMINDER, template="reminders/session", facts=FACTS)

    [(_, _, body)] = server.sent
    assert (row.state, row.remote_id) == (OutboxState.SENT, "template")
    assert body == {
        "touser": LI,
        "template_id": "T1",
        "data": {
            "thing1": {"value": "学习会"},
            "time2": {"value": "2026年3月5日 09:00"},
            "thing3": {"value": "村委会"},
        },
        "client_msg_id": f"hongyan-{row.id}",
    }


async def test_a_reply_never_goes_by_a_template(make: MakePost, server: WechatServer) -> None:
    post = make(templates=SESSION)

    row = await post.push("答", OutboxKind.REPLY, template="reminders/session", facts=FACTS)

    assert (row.state, server.sent) == (OutboxState.PENDING, [])


async def test_a_template_in_doubt_is_sent_again_under_the_same_number(make: MakePost, server: WechatServer) -> None:
    post = make(templates=SESSION)
    await post.channel.api.tokens.current()
    server.misbehave(TEMPLATE, drops())

    row = await post.push("明天", template="reminders/session", facts=FACTS)
    post.clock.turn(timedelta(seconds=3))
    await post.delivery.sweep()

    numbers = {call.body["client_msg_id"] for call in server.called(TEMPLATE)}
    assert (post.row(row.id or 0).state, len(server.called(TEMPLATE)), len(numbers)) == (OutboxState.SENT, 2, 1)


@pytest.mark.parametrize("code", [45002, 45008, 40033, 47001])
async def test_a_message_wechat_cannot_read_is_kept_for_the_next_contact_and_hinders_no_other(
    post: Post, server: WechatServer, code: int
) -> None:
    post.hears()
    post.address()
    server.misbehave(CUSTOM, says(code))

    refused, next_one = await post.push("一"), await post.push("二")
    post.clock.turn(timedelta(hours=2))
    await post.delivery.sweep()

    assert (post.row(refused.id or 0).state, next_one.state) == (OutboxState.PENDING, OutboxState.SENT)
    assert (len(server.called(CUSTOM)), post.unread(), post.shut(), post.address()) == (2, ["一"], [], "")


@pytest.mark.parametrize("code", [40037, 47003, 47001])
async def test_a_wrong_template_is_no_way_and_the_box_is_next(make: MakePost, server: WechatServer, code: int) -> None:
    post = make(templates=SESSION)
    server.misbehave(TEMPLATE, says(code))

    row = await post.push("明天", template="reminders/session", facts=FACTS)

    assert (row.state, post.unread(), post.shut()) == (OutboxState.PENDING, ["明天"], [])


async def test_a_template_that_would_be_refused_is_not_sent(make: MakePost, server: WechatServer) -> None:
    post = make(templates=SESSION)

    row = await post.push("明天", template="reminders/session", facts={"title": "学习会"})

    assert (row.state, server.calls) == (OutboxState.PENDING, [])


def wish(post: Post, answer: str = "accept", *, template: str = "S1", at: int = 1_764_000_000) -> None:
    inside = f"<List><TemplateId>{template}</TemplateId><SubscribeStatusString>{answer}</SubscribeStatusString></List>"
    name = "SubscribeMsgPopupEvent" if answer == "accept" else "SubscribeMsgChangeEvent"
    xml = write(event("subscribe_msg_popup_event", at=at)).replace("</xml>", f"<{name}>{inside}</{name}></xml>")
    found = read(xml.encode())
    post.database.run(lambda db: grants.note(db, found, account=APP_ID, openid=LI, lasting=post.channel.routes.lasting))


async def test_a_wish_is_good_for_one_message(make: MakePost, server: WechatServer) -> None:
    post = make(subscriptions=WISHED)
    wish(post)
    wish(post)  # delivered again: the same tap

    first = await post.push("一", template="reminders/session", facts=FACTS)
    second = await post.push("二", template="reminders/session", facts=FACTS)

    assert (first.remote_id, second.state, len(server.called(BIZSEND))) == ("subscription", OutboxState.PENDING, 1)


async def test_two_taps_are_two_messages_and_a_refusal_ends_them(make: MakePost, server: WechatServer) -> None:
    post = make(subscriptions=WISHED)
    wish(post)
    wish(post, at=1_764_000_001)
    await post.push("一", template="reminders/session", facts=FACTS)
    wish(post, "reject", at=1_764_000_002)

    row = await post.push("二", template="reminders/session", facts=FACTS)

    assert (row.state, len(server.called(BIZSEND))) == (OutboxState.PENDING, 1)


async def test_a_lasting_wish_stays_until_wechat_says_that_it_is_gone(make: MakePost, server: WechatServer) -> None:
    post = make(subscriptions={Role.SESSION: Form(id="S1", fields={"thing1": "title"}, is_lasting=True)})
    wish(post)
    for number in range(3):
        await post.push(str(number), template="reminders/session", facts=FACTS)
    server.misbehave(BIZSEND, says(43101))

    row = await post.push("四", template="reminders/session", facts=FACTS)

    left = post.database.run(lambda db: db.execute(select(WechatGrant)).all(), write=False)
    assert (row.state, len(server.sent), left) == (OutboxState.PENDING, 3, [])


def kept_picture(post: Post) -> Attachment:
    digest = post.store.keep(PNG)
    given = IncomingFile(FileKind.PHOTO, digest=digest, media_type="image/png", size=len(PNG))
    source = Target("web", "web", "x")
    [file_id] = post.database.run(
        lambda db: files.note(db, [given], person_id=None, source=source, now=post.clock.now())
    )
    return Attachment(kind="photo", file_id=file_id)


async def test_a_picture_is_given_to_wechat_once_in_three_days(post: Post, server: WechatServer) -> None:
    picture = kept_picture(post)
    post.hears()

    await post.push("看", attachments=(picture,))
    await post.push("再看", attachments=(picture,))
    post.clock.turn(timedelta(days=3))
    post.hears()
    await post.push("又看", attachments=(picture,))

    kinds = [kind for _, kind, _ in server.sent]
    assert (kinds, len(server.called(UPLOAD))) == (["text", "image"] * 3, 2)
    assert server.files[server.sent[1][2]["image"]["media_id"]] == PNG


async def test_a_picture_wechat_no_longer_keeps_is_given_anew(post: Post, server: WechatServer) -> None:
    picture = kept_picture(post)
    post.hears()
    await post.push("看图", attachments=(picture,))
    server.files.clear()  # sooner than it says

    row = await post.push("再看", attachments=(picture,))
    for _ in range(3):  # a loaded machine may answer later than the short patience of these tests
        post.clock.turn(timedelta(seconds=10))
        await post.delivery.sweep()

    assert (row.state, post.row(row.id or 0).state) == (OutboxState.PENDING, OutboxState.SENT)
    assert (len(server.called(UPLOAD)) > 1, server.texts(LI)) == (True, ["看图", "再看"])


async def test_what_follows_goes_on_where_it_was_interrupted(post: Post, server: WechatServer) -> None:
    picture = kept_picture(post)
    post.hears()
    server.misbehave(UPLOAD, says(-1))

    row = await post.push("看", attachments=(picture,))
    post.clock.turn(timedelta(seconds=3))
    await post.delivery.sweep()

    assert (post.row(row.id or 0).state, [kind for _, kind, _ in server.sent]) == (OutboxState.SENT, ["text", "image"])


async def test_a_picture_wechat_does_not_take_is_a_link(post: Post, server: WechatServer) -> None:
    picture = kept_picture(post)
    post.hears()
    server.misbehave(UPLOAD, says(40005))

    await post.push("看", attachments=(picture,))

    assert server.texts(LI) == ["看", f'<a href="https://h.cn/{LI}/{picture.file_id}">打开文件</a>']


async def test_a_long_message_uses_a_right_for_each_piece(post: Post, server: WechatServer) -> None:
    post.hears()
    sentence = "报销要带身份证和发票原件到服务中心窗口办理。"

    row = await post.push(sentence * 60, OutboxKind.REPLY)

    assert (row.state, "".join(server.texts(LI)), len(server.sent)) == (OutboxState.SENT, sentence * 60, 3)


async def test_addresses_are_those_of_the_account(post: Post) -> None:
    post.address()

    found = post.database.run(lambda db: db.execute(select(Address)).scalars().one(), write=False)
    assert (found.channel, found.account, found.external_id) == ("wechat", APP_ID, LI)
