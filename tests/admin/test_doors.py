"""Coming into the console: by a link once, by a code that is confirmed in the chat; and out again."""

from datetime import timedelta

import pytest

from bot.domain.console import guessing
from content import console as words
from db.models import Role
from tests.kit.console import PUBLIC_URL, Browser, Desk, browser, link_in

OVER = words.refusal("door_over")
WRONG = words.refusal("door_wrong")
STOPPED = words.refusal("door_stopped")


def code_in(text: str) -> str:
    return text.split("输入 ")[1].split(maxsplit=1)[0]


async def test_a_cadre_comes_in_by_the_link_of_their_chat(desk: Desk, browser: Browser) -> None:
    link = link_in(desk.hire("周敏").says("后台").text)

    door = await browser.get(link)
    inside = await browser.post(link)

    assert (door.status, "进入后台" in door.words) == (200, True)
    assert (inside.status, "今天" in inside.words, "周敏" in inside.words) == (200, True, True)


async def test_looking_at_a_link_uses_nothing_up_and_coming_in_does(desk: Desk, browser: Browser) -> None:
    link = link_in(desk.hire("周敏").says("后台").text)
    for _ in range(3):
        await browser.get(link)
    await browser.post(link)

    again, look = await browser.post(link), await browser.get(link)

    assert [(one.status, one.said) for one in (again, look)] == [(410, OVER), (410, OVER)]


async def test_a_link_is_over_after_five_minutes_and_when_another_was_asked_for(desk: Desk, browser: Browser) -> None:
    zhou = desk.hire("周敏")
    first, second = (link_in(zhou.says("后台").text) for _ in range(2))
    replaced = await browser.post(first)
    desk.world.clock.turn(timedelta(minutes=5))

    late = await browser.post(second)

    assert (replaced.said, late.said) == (OVER, OVER)


async def test_a_code_typed_elsewhere_waits_for_a_word_in_the_chat(desk: Desk, browser: Browser) -> None:
    zhou = desk.hire("周敏")
    code = code_in(zhou.says("控制台").text)

    waiting = await browser.post("/admin/login", code=code.lower().replace("-", " "))
    not_yet = await browser.post("/admin/wait")
    asked = zhou.hears()[-1]
    answered = zhou.presses(asked, "是我")
    inside = await browser.post("/admin/wait")

    assert ("请在聊天里确认" in waiting.words, "请在聊天里确认" in not_yet.words) == (True, True)
    assert (asked, answered) == ("console/is_it_you", "console/confirmed")
    assert "今天" in inside.words


async def test_who_says_that_it_is_not_them_keeps_the_browser_out(desk: Desk, browser: Browser) -> None:
    zhou = desk.hire("周敏")
    await browser.post("/admin/login", code=code_in(zhou.says("后台").text))

    said = zhou.presses(zhou.hears()[-1], "不是我")
    outside = await browser.post("/admin/wait")

    assert (said, outside.status, outside.said) == ("console/kept_out", 410, OVER)
    assert ("console.refused", "key 1") in desk.audit()


async def test_the_question_is_asked_at_night_as_well(desk: Desk, browser: Browser) -> None:
    zhou = desk.hire("周敏")
    desk.world.clock.turn(timedelta(hours=14))

    await browser.post("/admin/login", code=code_in(zhou.says("后台").text))

    assert [one == "console/is_it_you" for one in zhou.hears()] == [True]


async def test_a_second_browser_cannot_take_a_code_that_another_typed(desk: Desk, browser: Browser) -> None:
    zhou = desk.hire("周敏")
    code = code_in(zhou.says("后台").text)
    await browser.post("/admin/login", code=code)

    second = await browser.post("/admin/login", code=code)

    assert (second.status, second.said) == (422, WRONG)


async def test_nobody_else_can_answer_for_a_browser(desk: Desk, browser: Browser) -> None:
    zhou, li = desk.hire("周敏"), desk.hire("李明")
    await browser.post("/admin/login", code=code_in(zhou.says("后台").text))
    asked = zhou.hears()[-1]

    assert li.sends(li.inbound(button=f"{asked.outbox_id}:1")) != "console/confirmed"
    assert "请在聊天里确认" in (await browser.post("/admin/wait")).words


async def test_who_guesses_is_stopped_for_a_while(desk: Desk, browser: Browser) -> None:
    zhou = desk.hire("周敏")
    code = code_in(zhou.says("后台").text)
    wrong = [await browser.post("/admin/login", code="2345-6789") for _ in range(guessing.MOST)]

    stopped = await browser.post("/admin/login", code=code)
    desk.world.clock.turn(guessing.SPAN)
    again = await browser.post("/admin/login", code=code_in(zhou.says("后台").text))

    assert {(one.status, one.said) for one in wrong} == {(422, WRONG)}
    assert (stopped.status, stopped.said) == (429, STOPPED)
    assert "请在聊天里确认" in again.words


async def test_cookies_are_for_this_site_alone_and_no_script_reads_them(desk: Desk, browser: Browser) -> None:
    link = link_in(desk.hire("周敏").says("后台").text)

    answer = await browser.client.post(link, headers={"Origin": PUBLIC_URL})

    cookie = answer.headers.get_list("set-cookie")[0]
    assert [one in cookie for one in ("HttpOnly", "SameSite=lax", "Path=/admin")] == [True] * 3
    assert "Secure" not in cookie


@pytest.mark.parametrize("path", ["/admin", "/admin/people", "/admin/questions/1"])
async def test_who_is_not_in_is_led_to_the_door(browser: Browser, path: str) -> None:
    assert "登录码" in (await browser.get(path)).words


async def test_what_is_open_ends_with_time_with_idleness_and_with_the_role(desk: Desk, browser: Browser) -> None:
    zhou = desk.hire("周敏")
    await browser.enter(zhou)
    for _ in range(19):
        desk.world.clock.turn(timedelta(minutes=25))
        assert "今天" in (await browser.get("/admin")).words
    desk.world.clock.turn(timedelta(minutes=25))
    too_long = await browser.get("/admin")
    await browser.enter(zhou)
    desk.world.clock.turn(timedelta(minutes=31))
    idle = await browser.get("/admin")
    await browser.enter(zhou)
    zhou.says("解绑", "1")
    unbound = await browser.get("/admin")

    assert ["登录码" in one.words for one in (too_long, idle, unbound)] == [True] * 3


async def test_a_new_log_in_puts_the_old_one_of_the_same_browser_out(desk: Desk, browser: Browser) -> None:
    zhou = desk.hire("周敏")
    await browser.enter(zhou)
    before = browser.client.cookies.get("hongyan_console")
    await browser.enter(zhou)
    browser.client.cookies.clear()
    browser.client.cookies.set("hongyan_console", before or "", domain="console.test", path="/admin")

    assert "登录码" in (await browser.get("/admin")).words


async def test_all_browsers_are_out_by_chat_and_by_page(desk: Desk) -> None:
    zhou = desk.hire("周敏")
    async with browser(desk) as office, browser(desk) as home:
        for one in (office, home):
            await one.enter(zhou)
        listed = await home.get("/admin/devices")
        left = zhou.says("退出所有设备")
        by_chat = [await one.get("/admin") for one in (office, home)]
        for one in (office, home):
            await one.enter(zhou)
        await home.fill("/admin/devices", where="everywhere")
        by_page = [await one.get("/admin") for one in (office, home)]

    assert listed.text.count('class="card"') == 2
    assert left.text.startswith("已退出后台，共2台设备。")
    assert ["登录码" in one.words for one in (*by_chat, *by_page)] == [True] * 4


async def test_one_lost_browser_is_put_out_alone(desk: Desk) -> None:
    zhou, li = desk.hire("周敏"), desk.hire("李明")
    async with browser(desk) as office, browser(desk) as home, browser(desk) as other:
        for one, who in ((office, zhou), (home, zhou), (other, li)):
            await one.enter(who)
        await home.fill("/admin/devices", where="other", stay_id="1")
        await home.fill("/admin/devices", where="other", stay_id="3")

        stay_in = ["今天" in (await one.get("/admin")).words for one in (office, home, other)]

    assert stay_in == [False, True, True]


async def test_who_has_no_role_is_given_nothing(desk: Desk) -> None:
    stranger, grid_worker = desk.world.person("陌生人"), desk.hire("李明", Role.GRID_WORKER, "番村")

    assert (stranger.says("登录"), grid_worker.says("后台")) == ("identity/consent", "access/not_yours")


async def test_nobody_gets_a_link_where_others_listen(desk: Desk) -> None:
    zhou = desk.hire("周敏")

    assert zhou.sends(zhou.inbound("后台", is_group=True)) == "identity/only_alone"


@pytest.mark.parametrize("code", ["", " ", "<b>", "K" * 5000, "二三四五六七八九"])
async def test_what_is_no_code_is_said_to_be_wrong(browser: Browser, code: str) -> None:
    shown = await browser.post("/admin/login", code=code)

    assert (shown.status, shown.said) == (422, WRONG)
