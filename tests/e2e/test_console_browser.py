"""The console in a real browser, on a phone and on a desk: the main journeys, and whether everybody can use it."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, ConsoleMessage, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.channels.webchat.routes import static_app
from bot.domain import audit
from bot.domain.lists.people import MOST_PHONES
from bot.domain.volunteers import seats, volunteering
from bot.domain.volunteers.seats import Signing
from bot.domain.volunteers.volunteering import Plan
from db.models import Person, Role, Unit
from tests.kit import console, databases
from tests.kit.browsers import chromium
from tests.kit.console import Desk, link_in
from tests.kit.everything import DOORS, filled, found, routes
from tests.kit.flows import learn
from tests.kit.photos import photo
from tests.kit.talk import MORNING, World

pytestmark = pytest.mark.e2e
AXE = Path(__file__).parents[1] / "kit" / "axe" / "axe.min.js"
STARTS = MORNING + timedelta(minutes=30)


@dataclass
class Served:
    """A desk behind a real server."""

    desk: Desk
    url: str


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def served(sqlite_maker: databases.SqliteMaker) -> Iterator[Served]:
    url = sqlite_maker.make()
    database = console.opened(url)
    desk = Desk(World(database))
    desk.site.mount("/static/webchat", static_app())
    server = uvicorn.Server(uvicorn.Config(desk.site, port=0, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        threading.Event().wait(0.02)
    furnish(desk)
    yield Served(desk, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}")
    server.should_exit = True
    thread.join(timeout=10)
    database.close()
    sqlite_maker.drop(url)


def furnish(desk: Desk) -> None:
    """Two questions, two entries, some people, an activity that is about to begin."""
    learn(desk.world, "shiwan.second_reimbursement", "shiwan.red_station")
    for name, question in (("陈伯", "村里祠堂可以摆酒吗"), ("李婶", "鱼塘边可以种菜吗")):
        talk = desk.world.person(name)
        talk.presses(talk.says(question), "转给村干部")
        talk.says("番村")
    desk.report("陈伯", "村口牌坊边路灯坏了", photo=photo())
    desk.report("李婶", "祠堂门口井盖松了", photo=photo("blue"))
    members = [desk.enlist(name, mobile=2236 + n) for n, name in enumerate(("陈大文", "林小梅", "阿依古丽·买买提"))]
    talk = desk.hire("周敏")

    def hold(db: Session) -> None:
        by, unit = talk.record(db), db.get_one(Unit, desk.units["番村"])
        plan = Plan("清理村道", "村委", STARTS, STARTS + timedelta(hours=2), STARTS, {None: 2}, unit)
        activity = volunteering.draft(db, plan, unit=unit, by=by, now=MORNING)
        volunteering.publish(db, activity.id or 0, by=by, now=MORNING)
        for one in members[:2]:
            seats.sign_up(db, activity.id or 0, Signing(db.get_one(Person, one)), now=MORNING)

    desk.world.run(hold)


@pytest.fixture(params=[360, 1280])
def page(request: pytest.FixtureRequest, browser: Browser, served: Served) -> Iterator[Page]:
    """A page, somebody logged in; whatever its scripts or its policy complain of fails the test."""
    context = browser.new_context(
        viewport={"width": request.param, "height": 780}, locale="zh-CN", base_url=served.url, color_scheme="light"
    )
    opened = context.new_page()
    troubles: list[str] = []
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.on("console", lambda said: troubles.append(said.text) if is_trouble(said) else None)
    opened.goto(link_in(served.desk.world.person("周敏").says("后台").text))
    opened.get_by_role("button", name="进入后台").click()
    expect(opened.get_by_role("heading", name="今天")).to_be_visible()
    yield opened
    context.close()
    assert troubles == []


def is_trouble(said: ConsoleMessage) -> bool:
    """Tell whether a browser complains of more than that a form was refused."""
    return said.type == "error" and "422" not in said.text


def test_every_page_can_be_used_by_everybody(page: Page, served: Served, tmp_path: Path) -> None:
    """The rules of WCAG are asked on a phone: on a desk the same words stand beside each other."""
    faults: list[str] = []
    is_phone = page.viewport_size == {"width": 360, "height": 780}
    for number, path in enumerate(everything(served.desk)):
        page.goto(path)
        before = len(faults)
        if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            faults.append(f"{path}: scrolls sideways")
        small = page.evaluate(
            "[...document.querySelectorAll('button, select, .button, summary')]"
            ".filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 44)"
            ".map((one) => one.textContent)"
        )
        faults += [f"{path}: small {one}" for one in small]
        faults += [f"{path}: {one}" for one in (wrongs(page) if is_phone else [])]
        if len(faults) > before:
            page.screenshot(path=tmp_path / f"{number:02}.png", full_page=True)

    assert faults == []


def everything(desk: Desk) -> list[str]:
    """Every page there is, of something that is there, for an admin who is a secretary as well."""
    desk.hire("周敏", Role.SECRETARY, "番村")
    deep = desk.hire("李深", Role.SECRETARY, "深村")
    member = desk.enlist("何深", "深一支部")
    theirs = desk.world.run(lambda db: found(db, desk, deep, member))
    shown = [filled(path, theirs) for method, path in routes(desk) if method == "GET" and path not in DOORS]
    pages = [path for path in shown if "/photos/" not in path and "/files/" not in path]
    return [*pages, "/admin/entries/ask?q=睇病啲錢點樣報返"]


def wrongs(page: Page) -> list[str]:
    """What axe finds wrong with a page, by the rules of WCAG 2.1 AA."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']})"
        ".then((all) => all.violations.map((one) =>"
        " one.id + ' ' + one.nodes.map((n) => n.html).join(' ').slice(0, 300)))"
    )
    return [str(one) for one in found]


def test_a_cadre_answers_checks_in_and_writes_to_everybody(page: Page, served: Served) -> None:
    page.get_by_role("link", name="村里祠堂可以摆酒吗").click()
    page.get_by_label("答复").fill("可以，提前7天到村委登记。")
    page.get_by_role("button", name="发出答复").click()
    expect(page.get_by_role("status")).to_have_text("已答复，问的人会收到。")

    page.get_by_role("link", name="活动", exact=True).click()
    page.get_by_role("link", name="清理村道").click()
    page.get_by_role("button", name="陈大文 签到").click()
    expect(page.locator("#board .ok")).to_have_count(1)
    expect(page).to_have_url(f"{served.url}/admin/activities/1")

    page.get_by_role("link", name="人员", exact=True).click()
    expect(page.get_by_label("找人")).to_be_visible()
    page.wait_for_load_state()  # what is typed before the script has come waits for 筛选
    page.get_by_label("找人").fill("陈")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    expect(page.get_by_role("cell", name="138****2236")).to_be_visible()
    page.get_by_role("link", name="陈大文").click()
    page.get_by_role("button", name="看完整号码").click()
    expect(page.locator("#phone")).to_have_text("13800002236")
    served.desk.world.run(see_many_phones)
    page.reload()
    page.get_by_role("button", name="看完整号码").click()
    expect(page.get_by_role("alert")).to_contain_text("一小时最多看30个完整号码")

    page.get_by_role("link", name="群发", exact=True).click()
    page.get_by_role("link", name="写通知").click()
    page.get_by_label("发给谁").fill("潘一支部")
    page.get_by_label("内容").fill("周五下午2点停水")
    page.get_by_role("button", name="看看发给谁").click()
    expect(page.get_by_text("共 3 人")).to_be_visible()
    page.get_by_role("button", name="存好，下一步").click()
    page.get_by_role("button", name="发出", exact=True).click()
    expect(page.locator("#progress")).to_contain_text("一共")
    assert "可以，提前7天到村委登记。" in served.desk.world.person("陈伯").hears()[-1].text


def see_many_phones(db: Session) -> None:
    """Let 周敏 have seen as many phones as somebody may within an hour."""
    zhou = db.execute(select(Person).where(col(Person.name) == "周敏")).scalar_one()
    for _ in range(MOST_PHONES):
        audit.note(db, "people.phone", "person:1", actor_id=zhou.id, now=MORNING)


def test_a_code_is_typed_and_the_page_goes_on_by_itself(browser: Browser, served: Served) -> None:
    zhou = served.desk.world.person("周敏")
    page = browser.new_context(base_url=served.url, locale="zh-CN").new_page()
    page.goto("/admin")
    page.get_by_label("登录码").fill(zhou.says("后台").text.split("输入 ")[1].split()[0])
    page.get_by_role("button", name="下一步").click()
    expect(page.get_by_role("heading", name="请在聊天里确认")).to_be_visible()
    faults = wrongs(page)

    zhou.presses(zhou.hears()[-1], "是我")

    expect(page.get_by_role("heading", name="今天")).to_be_visible(timeout=8_000)
    page.context.close()
    assert faults == []


def test_a_keyboard_is_enough(page: Page) -> None:
    page.goto("/admin/questions/2")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(3):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "reply":
            break
    page.keyboard.type("可以种一点。")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_role("status")).to_have_text("已答复，问的人会收到。")
