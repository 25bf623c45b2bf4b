"""The chat page in a real browser: what an elder, a keyboard and a bad network do with it."""

import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.e2e.webchat_server import Running, running
from tests.kit import databases
from tests.kit.browsers import chromium

pytestmark = pytest.mark.e2e
PHONE_SCREEN = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def chat(sqlite_maker: databases.SqliteMaker, tmp_path: Path) -> Iterator[Running]:
    url = sqlite_maker.make()
    database = databases.opened(url)
    with running(database, tmp_path / "files") as opened:
        yield opened
    database.close()
    sqlite_maker.drop(url)


@pytest.fixture
def context(browser: Browser, chat: Running) -> Iterator[BrowserContext]:
    opened = browser.new_context(
        viewport=PHONE_SCREEN,  # pyright: ignore[reportArgumentType]  # a plain dictionary
        locale="zh-CN",
        base_url=chat.url,
        permissions=["geolocation"],
        geolocation={"latitude": 23.02, "longitude": 113.1},
    )
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """One page; whatever goes wrong in its scripts fails the test."""
    troubles: list[str] = []
    opened = context.new_page()
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.goto("/")
    yield opened
    assert troubles == []


def lines(page: Page) -> list[str]:
    return page.locator("#log .words").all_inner_texts()[1:]


def say(page: Page, text: str) -> None:
    page.locator("#text").fill(text)
    page.get_by_role("button", name="发送", exact=True).click()


def theirs(page: Page, text: str) -> Locator:
    return page.locator(".theirs .words").get_by_text(text, exact=True)


def has_no_sideways_scroll(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth && view.scrollWidth <= view.clientWidth")


def test_a_scanned_code_is_said_once_by_itself(context: BrowserContext, chat: Running) -> None:
    page = context.new_page()
    page.goto("/?code=K7M4Q2RD")
    expect(page.locator(".own .words")).to_have_text(["K7M4Q2RD"])
    expect(theirs(page, "您说：K7M4Q2RD")).to_be_visible()

    page.reload()
    say(page, "你好")
    expect(page.locator(".own .words")).to_have_text(["K7M4Q2RD", "你好"])
    expect(page).to_have_url(f"{chat.url}/")
    expect(theirs(page, "您说：你好")).to_be_visible()
    assert chat.texts() == ["K7M4Q2RD", "你好"]


@pytest.mark.parametrize("address", ["/?code=", "/?code=%3Cb%3E%3C/b%3E", "/?code=" + "A" * 17, "/?kode=K7M4Q2RD"])
def test_an_address_without_a_code_says_nothing(context: BrowserContext, chat: Running, address: str) -> None:
    page = context.new_page()
    page.goto(address)
    say(page, "你好")

    expect(page.locator(".own .words")).to_have_text(["你好"])
    expect(theirs(page, "您说：你好")).to_be_visible()
    assert chat.texts() == ["你好"]


def test_a_person_asks_reads_taps_and_finds_both_sides_after_a_reload(page: Page, chat: Running) -> None:
    say(page, "选")
    page.get_by_role("button", name="1 转给村干部").click()
    expect(theirs(page, "按了 1")).to_be_visible()
    before = lines(page)

    page.reload()

    expect(theirs(page, "按了 1")).to_be_visible()
    assert before == ["选", "二次报销\n请选：", "1 转给村干部", "按了 1"]
    assert lines(page) == before
    assert [(one.text, one.button) for one in chat.echo.heard] == [("选", ""), ("", "1:1")]


def test_the_first_visit_greets_without_posting_and_an_example_is_sent_as_it_stands(page: Page, chat: Running) -> None:
    example = page.locator(".example").first
    words = example.inner_text()
    assert chat.echo.heard == []

    example.click()

    expect(theirs(page, f"您说：{words}")).to_be_visible()
    assert chat.texts() == [words]


def test_only_the_newest_choices_stand_out_and_the_older_ones_still_work(page: Page) -> None:
    say(page, "选")
    expect(page.locator(".choices")).to_have_count(1)
    say(page, "选")
    expect(page.locator(".choices")).to_have_count(2)

    page.locator(".choices").first.get_by_role("button").first.click()

    expect(theirs(page, "按了 1")).to_be_visible()
    expect(page.locator(".line.current")).to_have_count(1)
    assert "current" in (page.locator(".line:has(.choices)").last.get_attribute("class") or "")


def test_a_shaking_finger_taps_once(page: Page, chat: Running) -> None:
    say(page, "选")

    page.get_by_role("button", name="2 找服务中心").dblclick()

    expect(theirs(page, "按了 2")).to_be_visible()
    assert len(chat.echo.heard) == 2


def test_what_is_said_without_a_network_goes_out_later_once_and_in_order(
    page: Page, context: BrowserContext, chat: Running
) -> None:
    say(page, "一")
    expect(theirs(page, "您说：一")).to_be_visible()
    context.set_offline(offline=True)
    for text in ("二", "三"):
        say(page, text)
    expect(page.get_by_text("还没发出去 · 点一下重发")).to_have_count(1)
    expect(page.locator(".own .state").last).to_be_in_viewport()
    expect(page.get_by_role("status")).to_contain_text("现在没有网络")
    assert chat.texts() == ["一"]

    context.set_offline(offline=False)

    expect(theirs(page, "您说：三")).to_be_visible(timeout=15_000)
    expect(page.locator(".own .state:visible")).to_have_count(0)
    assert chat.texts() == ["一", "二", "三"]
    assert lines(page).count("您说：二") == 1


def test_what_was_not_sent_survives_closing_the_page(page: Page, context: BrowserContext, chat: Running) -> None:
    page.route("**/chat/messages", lambda route: route.abort())
    say(page, "别丢了我")
    expect(page.get_by_text("还没发出去 · 点一下重发")).to_be_visible()
    page.close()

    again = context.new_page()
    again.goto("/")

    expect(theirs(again, "您说：别丢了我")).to_be_visible()
    assert chat.texts() == ["别丢了我"]


def test_a_lost_acknowledgement_is_sent_again_with_the_same_id(page: Page, chat: Running) -> None:
    chat.echo.stumbles = 1

    say(page, "只要一次")

    expect(page.locator(".own .state:visible")).to_have_count(0, timeout=10_000)
    expect(theirs(page, "您说：只要一次")).to_have_count(1)
    assert (chat.echo.arrivals, chat.texts()) == (2, ["只要一次"])


def test_a_refused_line_says_why_and_lets_the_next_one_pass(page: Page, chat: Running) -> None:
    page.route(
        "**/chat/messages",
        lambda route: route.fulfill(status=413, json={"error": "太大了。"}),
        times=1,
    )

    say(page, "第一条")
    say(page, "第二条")

    expect(theirs(page, "您说：第二条")).to_be_visible()
    page.get_by_role("button", name="太大了。 没有收下 · 点一下重发").click()
    expect(theirs(page, "您说：第一条")).to_be_visible()
    assert chat.texts() == ["第二条", "第一条"]


def test_text_is_shown_as_text_whatever_it_says(page: Page) -> None:
    evil = "<img src=x onerror=document.title='hit'> javascript:alert(1) https://a.example/?q=<b>"

    say(page, evil)

    expect(theirs(page, f"您说：{evil}")).to_be_visible()
    assert page.locator("#log img").count() == 0
    assert page.locator("#log a").evaluate_all("all => all.map(one => one.href)") == ["https://a.example/?q="] * 2
    assert page.title() == "鸿雁 · 党群服务中心"


def test_a_title_in_brackets_stands_on_a_line_of_its_own_and_numbers_can_be_called(page: Page) -> None:
    say(page, "标题")

    shown = page.locator(".theirs .words").last
    expect(shown).to_have_text("待答 W0001\n请打 0757-82266666 或 13800138000，编号 138001380001")
    assert shown.locator("strong").all_inner_texts() == ["待答 W0001"]
    assert shown.locator("a").evaluate_all("all => all.map(one => one.getAttribute('href'))") == [
        "tel:0757-82266666",
        "tel:13800138000",
    ]


def test_nothing_scrolls_sideways_on_a_small_phone(page: Page) -> None:
    for text in ("x" * 300, "https://example.cn/" + "a" * 200, "选"):
        say(page, text)
    expect(page.locator(".choices")).to_have_count(1)

    fits = has_no_sideways_scroll(page)
    page.get_by_role("button", name="大字").click()

    assert fits
    assert has_no_sideways_scroll(page)


def test_every_button_is_large_enough_for_a_thumb(page: Page) -> None:
    say(page, "选")
    expect(page.locator(".choices")).to_have_count(1)

    heights = page.locator("button:visible").evaluate_all("all => all.map(one => one.getBoundingClientRect().height)")

    assert min(heights) >= 44


def test_a_keyboard_is_enough(page: Page, chat: Running) -> None:
    page.keyboard.press("x")
    page.keyboard.press("Backspace")
    page.keyboard.type("选")
    page.keyboard.press("Enter")
    expect(page.locator(".choices")).to_have_count(1)
    page.keyboard.type("第一行")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("第二行")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="1 转给村干部").focus()

    page.keyboard.press("Enter")

    expect(theirs(page, "按了 1")).to_be_visible()
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    expect(theirs(page, "您说：2")).to_be_visible()
    assert chat.texts() == ["选", "第一行\n第二行", "", "2"]


def test_enter_that_picks_a_word_of_an_input_method_does_not_send(
    page: Page, context: BrowserContext, chat: Running
) -> None:
    page.locator("#text").focus()
    keys = context.new_cdp_session(page)
    keys.send("Input.imeSetComposition", {"text": "baoxiao", "selectionStart": 7, "selectionEnd": 7})
    page.keyboard.press("Enter")
    keys.send("Input.insertText", {"text": "报销"})
    page.wait_for_timeout(300)
    assert chat.echo.heard == []

    page.keyboard.press("Enter")

    expect(page.locator(".theirs .words").last).to_contain_text("报销")
    assert len(chat.echo.heard) == 1


def test_large_text_is_remembered_and_follows_the_bot(page: Page) -> None:
    def size() -> float:
        return float(page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)"))

    normal = size()
    page.get_by_role("button", name="大字").click()
    large = size()
    page.reload()
    assert size() == large > normal

    page.get_by_role("button", name="标准字").click()
    say(page, "大字")

    expect(theirs(page, "您说：大字")).to_be_visible()
    assert size() == large


def test_a_photo_is_made_smaller_and_shown_on_both_sides_of_a_reload(page: Page, chat: Running) -> None:
    page.locator("#photos").set_input_files({"name": "灯.png", "mimeType": "image/png", "buffer": png(2400, 1200)})
    expect(theirs(page, "收到照片 image/jpeg")).to_be_visible()

    page.reload()

    expect(page.locator(".own img")).to_be_visible()
    (photo,) = chat.echo.heard[0].files
    assert (photo.name, photo.size < 200_000) == ("灯.jpg", True)


def test_a_place_is_sent_as_a_pin(page: Page, chat: Running) -> None:
    page.get_by_role("button", name="位置").click()

    expect(theirs(page, "位置 23.02 113.1")).to_be_visible()
    assert chat.texts() == [""]


def test_two_pages_of_one_person_show_the_same(page: Page, context: BrowserContext) -> None:
    other = context.new_page()
    other.goto("/")

    say(page, "你好")

    for one in (page, other):
        expect(theirs(one, "您说：你好")).to_have_count(1)
        expect(one.locator(".own .words")).to_have_text(["你好"])


def test_a_thousand_messages_stay_quick(page: Page, context: BrowserContext, chat: Running) -> None:
    say(page, "你好")
    expect(theirs(page, "您说：你好")).to_be_visible()
    (cookie,) = context.cookies()
    chat.tell_many(cookie.get("value", "").partition(".")[0], 1000)
    expect(theirs(page, "第1000条")).to_be_visible(timeout=15_000)

    took = page.evaluate(
        """async () => { const began = performance.now(); text.value = "快吗"; send.click();
          await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
          return performance.now() - began; }"""
    )

    assert len(lines(page)) >= 1003
    assert took < 500


def test_the_wall_has_four_phones_that_talk_and_a_clock_that_turns(page: Page, chat: Running) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto("/demo")
    villager = page.frame_locator("iframe").first
    before = chat.clock.now()

    villager.locator("#text").fill("你好")
    villager.locator("#send").click()
    page.get_by_role("button", name="3天").click()

    expect(villager.locator(".theirs .words").last).to_have_text("您说：你好")
    expect(page.locator("iframe")).to_have_count(4)
    expect(page.locator("#time")).to_have_text(re.compile(r"\d\d:\d\d:\d\d"))
    expect(page.locator(".turns button").first).to_be_enabled()
    assert (chat.clock.now() - before).days == 3
    assert [one.sender for one in chat.echo.heard] == ["demo-villager"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def png(width: int, height: int) -> bytes:
    """Return a plain picture of that size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x80" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_a_message_that_asks_is_replied_to_by_itself(page: Page) -> None:
    say(page, "待答")
    page.get_by_role("button", name="回复这条").click()
    expect(page.locator("#quoted")).to_have_text("【待答 W0013】祠堂可以摆酒吗")
    assert has_no_sideways_scroll(page)

    say(page, "可以")

    expect(theirs(page, "可以，回的是第1条")).to_be_visible()
    expect(page.locator("#quoting")).to_be_hidden()
    say(page, "谢谢")
    expect(theirs(page, "您说：谢谢")).to_be_visible()
