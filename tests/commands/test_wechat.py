"""The service account from the command line."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pytest

from bot.app import open_database
from bot.clock import SystemClock
from bot.domain.outgoing import capabilities
from bot.settings import load_settings
from tests.commands.conftest import CommandLine
from tests.kit.wechat_calls import AES_KEY, APP_ID, SECRET, TOKEN
from tests.kit.wechat_server import CODES, WechatServer, says


@pytest.fixture
def server() -> Iterator[WechatServer]:
    with WechatServer() as running:
        yield running


@pytest.fixture
def account(installed: CommandLine, server: WechatServer) -> CommandLine:
    installed.set(
        wechat_app_id=APP_ID,
        wechat_app_secret=SECRET,
        wechat_token=TOKEN,
        wechat_aes_key=AES_KEY,
        wechat_api_url=server.url,
    )
    return installed


def test_the_menu_is_published(account: CommandLine, server: WechatServer) -> None:
    ran = account("wechat", "menu")

    assert (ran.code, ran.out) == (0, "Published: 3 buttons. Phones show it after five minutes at most.\n")
    assert len(server.menu["button"]) == 3


def test_a_code_is_made_for_a_code_and_nothing_else(account: CommandLine, server: WechatServer) -> None:
    made, refused = account("wechat", "qr", "abcd-2345", "--days", "0"), account("wechat", "qr", "hello")

    [call] = server.called(CODES)
    assert (made.code, call.body["action_info"]) == (0, {"scene": {"scene_str": "ABCD2345"}})
    assert (refused.code, refused.complaints) == (1, ["hello is no code: one has 8 letters and digits."])


def test_what_the_account_lacks_is_said(account: CommandLine, server: WechatServer) -> None:
    account.set(public_url="https://hongyan.example.cn")
    well = account("wechat", "check")
    server.misbehave("/cgi-bin/get_current_selfmenu_info", says(48001))
    ill = account("wechat", "check")

    assert (well.code, well.out) == (0, "The account has all that Hongyan needs.\n")
    assert (ill.code, len(ill.complaints)) == (1, 1)


def test_what_was_shut_is_tried_again_once_nothing_is_lacking(account: CommandLine) -> None:
    account.set(public_url="https://hongyan.example.cn")
    account("wechat", "check")
    now = SystemClock().now()
    with closing(open_database(load_settings())) as database:
        database.run(
            lambda db: capabilities.shut(
                db, "wechat", APP_ID, "custom", code=40164, until=now + timedelta(hours=1), now=now
            )
        )

    first, second = account("wechat", "check"), account("wechat", "check")

    assert first.out == "Tried again from now on: custom.\nThe account has all that Hongyan needs.\n"
    assert second.out == "The account has all that Hongyan needs.\n"


def test_without_an_address_of_ours_pages_are_lacking(account: CommandLine, server: WechatServer) -> None:
    ran = account("wechat", "check")

    said = "HONGYAN_PUBLIC_URL is missing: nothing of ours can be opened inside WeChat, nor wished for"
    assert (ran.code, ran.complaints[-1], server.menu) == (1, said, {})


def test_pages_of_ours_are_in_the_menu_where_they_can_be_opened(account: CommandLine, server: WechatServer) -> None:
    account.set(public_url="https://hongyan.example.cn")

    account("wechat", "menu")

    leaves = [leaf for button in server.menu["button"] for leaf in button["sub_button"]]
    assert [leaf["url"].rpartition("/")[2] for leaf in leaves if leaf["type"] == "view"] == ["calendar", "console"]


def test_without_an_account_there_is_nothing_to_do(installed: CommandLine) -> None:
    ran = installed("wechat", "menu")

    assert (ran.code, ran.complaints) == (
        1,
        ["HONGYAN_WECHAT_APP_ID is missing; mp.weixin.qq.com shows it under the basic settings."],
    )


def test_half_an_account_is_found_by_check(account: CommandLine) -> None:
    account.set(wechat_token="")

    assert "HONGYAN_WECHAT_TOKEN is missing" in account("check").err
