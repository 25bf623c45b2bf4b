"""The demo as a newcomer sees it: a real process, a real browser, four phones and a clock."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Frame, Page, expect

from bot.domain.notices import working_days_later
from tests.kit.browsers import chromium
from tests.kit.databases import ZONE
from tests.kit.processes import free_port, hongyan, stop_politely, wait_until_ready

pytestmark = pytest.mark.e2e


@pytest.fixture
def wall(tmp_path: Path) -> Iterator[Page]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with hongyan("demo", "--no-browser", "--port", str(port), folder=tmp_path) as process, chromium() as browser:
        wait_until_ready(url, process)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{url}/demo")
        yield page
        page.close()
        assert stop_politely(process) == 0
        assert faults == []


def phone(wall: Page, name: str) -> Frame:
    expect(wall.locator("iframe")).to_have_count(4)
    page = wall.locator(f'iframe[src*="/phones/{name}"]').element_handle().content_frame()
    assert page is not None
    page.wait_for_url(re.compile(rf"/phones/{name}/?$"))  # a tap may have turned it to another page just now
    return page


def say(person: Frame, text: str) -> None:
    person.get_by_role("textbox").fill(text)
    person.get_by_role("button", name="发送", exact=True).click()


def tap(person: Frame, label: str) -> None:
    person.get_by_role("button", name=label).last.click()


def test_a_question_reaches_the_secretary_and_the_answer_reaches_the_villager(wall: Page) -> None:
    villager, secretary = phone(wall, "villager"), phone(wall, "secretary")

    say(villager, "睇病啲錢點樣報返")
    expect(villager.get_by_text("原文没有写：比例、限额、要带的材料。")).to_be_visible()
    tap(villager, "问村干部")
    expect(villager.get_by_text("您是哪个村的？")).to_be_visible()
    say(villager, "番村")
    expect(villager.get_by_text("编号 W0001。")).to_be_visible()

    expect(secretary.get_by_text("待答 W0001")).to_be_visible()
    tap(secretary, "答复")
    expect(secretary.get_by_text("请直接发答复内容")).to_be_visible()
    say(secretary, "带发票到村委办。")
    expect(secretary.get_by_text("请核对")).to_be_visible()
    tap(secretary, "发出")

    expect(villager.get_by_text("回复人：番村党群服务中心")).to_be_visible()


def working_days(wall: Page, count: int) -> int:
    """How many days it takes from the demo's first until so many working days are over."""
    began = datetime.fromisoformat(wall.locator("html").get_attribute("data-now") or "")
    return (working_days_later(began, count, ZONE) - began).days


def turn(wall: Page, *, days: int) -> None:
    for _ in range(days):
        before = wall.locator("#date").inner_text()
        wall.get_by_role("button", name="1天", exact=True).click()
        expect(wall.locator("#date")).not_to_have_text(before)


def test_turning_the_clock_makes_the_reminder_and_then_the_escalation_appear(wall: Page) -> None:
    member, secretary, admin = phone(wall, "member"), phone(wall, "secretary"), phone(wall, "admin")
    say(member, "村里祠堂可以摆酒吗")
    tap(member, "转给村干部")
    expect(secretary.get_by_text("待答 W0001")).to_be_visible()

    turn(wall, days=working_days(wall, 2))
    expect(secretary.get_by_text("催办 W0001")).to_be_visible()
    expect(admin.get_by_text("超时 W0001")).to_have_count(0)
    turn(wall, days=working_days(wall, 4) - working_days(wall, 2))

    expect(admin.get_by_text("超时 W0001")).to_be_visible()


def test_a_click_lets_a_newcomer_into_the_console(wall: Page) -> None:
    with wall.context.expect_page() as opened:
        wall.get_by_role("link", name="书记的后台").click()

    page = opened.value
    expect(page.get_by_role("heading", name="今天")).to_be_visible()
    expect(page.get_by_role("link", name="潘志明（示例）")).to_be_visible()
    page.get_by_role("link", name="活动", exact=True).click()
    expect(page.get_by_role("link", name="清理村道")).to_be_visible()


def test_all_phones_stand_in_line_and_the_one_behind_comes_forward(wall: Page) -> None:
    boxes = [frame.bounding_box() for frame in wall.locator(".frame").all()]
    wall.get_by_role("button", name="微信里的样子").click()
    wechat = phone(wall, "wechat")
    say(wechat, "二次报销")

    expect(wechat.get_by_text("原文没有写：比例、限额、要带的材料。")).to_be_visible()
    assert len({(box["y"], box["height"]) for box in boxes if box}) == 1
