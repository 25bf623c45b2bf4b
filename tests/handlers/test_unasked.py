"""What comes without having been asked for, and what of it somebody can switch off."""

import pytest

from content.words import label
from tests.handlers.conftest import Neighbour, Village


@pytest.mark.parametrize("said", ["退订", "不要再给我发通知了", "别发了", "TD"])
@pytest.mark.usefixtures("village")
def test_whoever_wants_no_more_hears_what_can_be_switched_off(li: Neighbour, said: str) -> None:
    heard = li.says(said)

    assert (heard, heard.labels) == ("unasked/what_can_stop", [label("erase")])
    assert li.says("1") == "my_data/erase_sure"


@pytest.mark.parametrize("said", ["不要了", "提醒我", "怎么发通知", "不要再说了"])
def test_what_only_sounds_like_it_stops_nothing(village: Village, secretary: Neighbour, said: str) -> None:
    village.settle(village.person("li"), "番村")
    secretary.says("通知 番村", "停水", "2 明早8点")

    assert secretary.says(said).partition("/")[0] != "unasked"
    assert secretary.says("取消", "进度").labels == ["改", "撤回"]


@pytest.mark.usefixtures("village")
def test_who_is_known_may_leave_the_account_or_its_weekly_picture(secretary: Neighbour) -> None:
    heard = secretary.says("退订")

    assert heard.labels == [label("mute_reports"), label("unbind"), label("erase")]
    assert secretary.says("1") == "reports/muted"


def test_a_cadre_who_says_to_stop_sending_means_what_they_send(village: Village, secretary: Neighbour) -> None:
    village.settle(village.person("li"), "番村")
    assert secretary.says("通知 番村", "停水", "2 明早8点") == "broadcasts/scheduled"

    assert secretary.says("别发了").text == "已撤回，谁也没收到。"
