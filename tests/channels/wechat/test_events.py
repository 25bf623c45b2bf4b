"""Events that are no turn count once, whoever brings them how often: WeChat again, or somebody who overheard them."""

import pytest
from sqlalchemy import select

from bot.channels.base import ReachKind
from bot.channels.wechat import grants
from bot.channels.wechat.markup import Element
from db.models import WechatGrant, WechatOnce
from db.sql import Database
from tests.channels.wechat.conftest import Wechat
from tests.kit.answering import Answerer
from tests.kit.wechat_calls import APP_ID, LI, event


def popup(status: str = "accept", *, at: int = 1_764_000_000) -> bytes:
    inside = f"<TemplateId>S1</TemplateId><SubscribeStatusString>{status}</SubscribeStatusString>"
    head = f"<ToUserName>gh</ToUserName><FromUserName>{LI}</FromUserName><CreateTime>{at}</CreateTime>"
    wish = f"<SubscribeMsgPopupEvent><List>{inside}</List></SubscribeMsgPopupEvent>"
    return f"<xml>{head}<MsgType>event</MsgType><Event>subscribe_msg_popup_event</Event>{wish}</xml>".encode()


async def posted(wechat: Wechat, given: dict[str, str | int] | bytes) -> Element | str:
    answer = await wechat.raw(given)
    assert answer.status_code == 200
    return wechat.opened(answer)


def wishes(database: Database) -> list[int | None]:
    found = select(WechatGrant)
    return database.run(lambda db: [row.sends_left for row in db.execute(found).scalars()], write=False)


async def test_who_left_and_came_back_is_not_lost_by_what_was_said_before(wechat: Wechat, answerer: Answerer) -> None:
    left = event("unsubscribe", at=1_764_000_000)
    for one in (left, event("subscribe", at=1_764_000_005), left, left):
        await posted(wechat, one)

    assert [one.kind for one in answerer.changes] == [ReachKind.LOST, ReachKind.REGAINED]


async def test_who_leaves_twice_is_lost_twice(wechat: Wechat, answerer: Answerer) -> None:
    for at in (1_764_000_000, 1_764_000_009):
        await posted(wechat, event("unsubscribe", at=at))

    assert [one.kind for one in answerer.changes] == [ReachKind.LOST] * 2


async def test_a_wish_that_is_brought_again_after_it_was_used_is_no_new_one(wechat: Wechat, sqlite: Database) -> None:
    await posted(wechat, popup())
    before = wishes(sqlite)
    used = sqlite.run(lambda db: grants.use(db, APP_ID, LI, "S1"))

    await posted(wechat, popup())

    assert (before, used, wishes(sqlite)) == ([1], True, [])


async def test_a_wish_that_is_brought_again_counts_once_and_another_one_more(wechat: Wechat, sqlite: Database) -> None:
    for one in (popup(), popup(), popup(at=1_764_000_001), popup()):
        await posted(wechat, one)

    assert wishes(sqlite) == [2]


async def test_an_event_that_could_not_be_kept_counts_when_it_is_brought_again(
    wechat: Wechat, answerer: Answerer
) -> None:
    answerer.refusals = 1

    statuses = [(await wechat.raw(event("unsubscribe"))).status_code for _ in range(2)]

    assert (statuses, [one.kind for one in answerer.changes]) == ([503, 200], [ReachKind.LOST])


@pytest.mark.parametrize("name", ["VIEW", "LOCATION", "card_pass_check"])
async def test_events_that_change_nothing_leave_no_trace(wechat: Wechat, sqlite: Database, name: str) -> None:
    await posted(wechat, event(name))

    assert sqlite.run(lambda db: db.execute(select(WechatOnce)).all(), write=False) == []
