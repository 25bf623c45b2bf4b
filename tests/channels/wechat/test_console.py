"""The menu, codes to be scanned, and what an account lacks."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import pytest

from bot.channels.wechat.api import Api
from bot.channels.wechat.console import lacking, make_code, menu_of, publish_menu
from bot.channels.wechat.templates import Form, Role
from bot.clock import TurnableClock
from bot.errors import CommandRefused
from content.words import trigger_phrases, wechat_menu
from db.sql import Database
from tests.kit.databases import HOUSE
from tests.kit.wechat_calls import APP_ID, SECRET
from tests.kit.wechat_server import CODES, MENU, STABLE, WechatServer, says

NO_RIGHT = "the account has no right to this: it is not verified, or not a service account"
SESSION = {Role.SESSION: Form(id="T1", fields={"thing1": "title"})}


@pytest.fixture
def server() -> Iterator[WechatServer]:
    with WechatServer() as running:
        yield running


@pytest.fixture
async def api(server: WechatServer, sqlite: Database, clock: TurnableClock) -> AsyncIterator[Api]:
    made = Api(app_id=APP_ID, secret=SECRET, url=server.url, database=sqlite, keys=HOUSE.keys, clock=clock, timeout=1.0)
    yield made
    await made.close()


async def test_the_menu_is_published(api: Api, server: WechatServer) -> None:
    assert await publish_menu(api) == 3

    assert [one["name"] for one in server.menu["button"]] == ["问政策", "党员", "我的"]
    assert server.menu["button"][0]["sub_button"][0] == {"type": "click", "name": "大家常问", "key": "大家常问"}


def test_whatever_the_menu_says_starts_something() -> None:
    said = [below["say"] for row in wechat_menu() for below in row["below"] if "say" in below]

    assert [one for one in said if one not in trigger_phrases()] == []


WRONG: dict[str, Any] = {
    "no button": [],
    "four buttons": [{"name": "x", "say": "x"}] * 4,
    "six below": [{"name": "x", "below": [{"name": "x", "say": "x"}] * 6}],
    "a long name": [{"name": "六个字的名字", "say": "x"}],
    "a long saying": [{"name": "x", "say": "很长" * 22}],
}


@pytest.mark.parametrize("rows", WRONG.values(), ids=WRONG)
def test_a_menu_wechat_would_refuse_is_refused_here(rows: list[dict[str, Any]]) -> None:
    with pytest.raises(CommandRefused, match=r"content/wechat\.yaml"):
        menu_of(rows)


def test_pages_of_ours_are_in_the_menu_where_there_are_any() -> None:
    def pages(public_url: str) -> list[str]:
        menu = menu_of(wechat_menu(), public_url=public_url)
        return [leaf["url"] for row in menu["button"] for leaf in row["sub_button"] if leaf["type"] == "view"]

    assert pages("") == []
    assert pages("https://h.cn") == ["https://h.cn/wechat/calendar", "https://h.cn/wechat/console"]


def test_a_button_may_lead_to_a_page() -> None:
    assert menu_of([{"name": "网页", "url": "https://a.cn"}]) == {
        "button": [{"type": "view", "name": "网页", "url": "https://a.cn"}]
    }


async def test_a_code_works_for_a_while_or_for_ever(api: Api, server: WechatServer) -> None:
    made = await make_code(api, "ABCD2345", lasts=timedelta(days=99))
    await make_code(api, "ABCD2345", lasts=None)

    assert made.picture == "https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=gQH47joAAAAA"
    assert [call.body for call in server.called(CODES)] == [
        {
            "expire_seconds": 2_592_000,
            "action_name": "QR_STR_SCENE",
            "action_info": {"scene": {"scene_str": "ABCD2345"}},
        },
        {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": "ABCD2345"}}},
    ]


async def test_a_refusal_is_one_sentence_that_says_what_to_do(api: Api, server: WechatServer) -> None:
    server.misbehave(MENU, says(40164))

    with pytest.raises(CommandRefused) as caught:
        await publish_menu(api)

    assert str(caught.value) == (
        "WeChat refuses: this server's address is not on the IP white list of the account "
        "(errcode 40164 refused hint: [x])."
    )


async def test_what_an_account_lacks_is_listed(api: Api, server: WechatServer) -> None:
    server.templates = ["T2"]
    server.misbehave("/cgi-bin/get_current_selfmenu_info", says(48001))

    assert await lacking(api, SESSION) == [
        f"menu: {NO_RIGHT} (errcode 48001 refused hint: [x])",
        "session_reminder: the account has no template T1",
    ]


async def test_an_account_that_lacks_nothing_has_no_list(api: Api, server: WechatServer) -> None:
    server.templates = ["T1"]

    assert await lacking(api, SESSION) == []


async def test_without_a_token_nothing_else_is_asked(api: Api, server: WechatServer) -> None:
    server.misbehave(STABLE, says(40125))

    assert await lacking(api) == [
        "token: HONGYAN_WECHAT_APP_SECRET is wrong or was reset (errcode 40125 refused hint: [x])"
    ]
    assert len(server.calls) == 1
