"""Reports from the grid on the console: listed, filtered, seen with photos and history, seen to, judged, made one."""

import re
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from content import console as words
from db.models import GridReport, Role
from tests.kit.console import Browser, Desk, Shown
from tests.kit.photos import photo
from tests.kit.talk import Talk

GONE = "没有这一页，或者不归您管。"


def history(shown: Shown) -> list[str]:
    """What the page of a report tells of it, without the times."""
    return re.findall(r"<li>(.*?)<time", shown.text.split("<h2>经过</h2>")[1])


@pytest.fixture
def secretary(desk: Desk) -> Talk:
    """The secretary of 番村."""
    return desk.hire("潘志明", Role.SECRETARY, "番村")


@pytest.fixture
def lamp(desk: Desk, secretary: Talk) -> Talk:
    """Somebody who reported a lamp in 番村, E0001."""
    reporter = desk.report("陈伯", "村口牌坊边路灯坏了", photo=photo())
    secretary.hears()
    return reporter


@pytest.mark.usefixtures("lamp")
async def test_a_report_is_taken_and_done_and_its_history_tells_it(
    desk: Desk, browser: Browser, secretary: Talk, lamp: Talk
) -> None:
    await browser.enter(secretary)
    await browser.fill("/admin/grid/1", do="take")
    taken = lamp.hears()
    done = await browser.fill("/admin/grid/1", do="done", words="换了灯泡")
    asked = lamp.hears()

    assert (taken, asked) == (["grid/taken"], ["grid/is_it_mended"])
    assert (done.status, done.said) == (200, words.said("grid_done"))
    assert history(done) == ["有人反映，交给番村", "潘志明接手", "潘志明办结：换了灯泡"]
    assert [act for act, _ in desk.audit() if act in {"grid.take", "grid.done"}] == ["grid.take", "grid.done"]


@pytest.mark.usefixtures("lamp")
async def test_a_photo_is_shown_to_who_may_see_the_report_and_to_nobody_else(
    desk: Desk, browser: Browser, admin: Browser
) -> None:
    shown = await admin.get("/admin/grid/1")
    seen = await admin.client.get("/admin/grid/1/photos/1")
    other = await admin.get("/admin/grid/1/photos/2")
    await browser.enter(desk.hire("李深", Role.SECRETARY, "深村"))
    theirs = [await browser.get(path) for path in ("/admin/grid/1", "/admin/grid/1/photos/1")]

    assert '<img src="/admin/grid/1/photos/1"' in shown.text
    assert (seen.status_code, seen.headers["content-type"]) == (200, "image/jpeg")
    assert (seen.headers["cache-control"], seen.headers["x-content-type-options"]) == ("no-store", "nosniff")
    assert seen.headers["content-disposition"].startswith("inline;")
    assert other.status == 404
    assert [(one.status, GONE in one.words) for one in theirs] == [(404, True)] * 2


async def test_a_list_is_filtered_by_state_kind_unit_and_what_is_late(
    desk: Desk, admin: Browser, secretary: Talk
) -> None:
    desk.report("陈伯", "村口牌坊边路灯坏了")
    desk.report("李婶", "祠堂门口井盖松了", "深村")
    secretary.says("E0001 接单")

    async def listed(query: str) -> list[str]:
        shown = await admin.get(f"/admin/grid?{query}")
        return [number for number in ("E0001", "E0002") if number in shown.words]

    assert await listed("") == ["E0001", "E0002"]
    assert await listed("state=taken") == ["E0001"]
    assert await listed("state=ongoing") == ["E0001", "E0002"]
    assert await listed("state=closed") == []
    assert await listed("kind=road") == ["E0002"]
    assert await listed("kind=nonsense") == []
    assert await listed(f"unit={desk.units['深村']}") == ["E0002"]
    assert await listed("late=yes") == []
    assert await listed("text=井盖") == ["E0002"]
    desk.world.clock.turn(timedelta(days=4))
    await admin.enter(desk.world.person("周敏"))
    assert await listed("late=yes&sort=due") == ["E0001", "E0002"]


async def test_what_is_to_be_seen_to_stands_under_today_with_its_deadline(
    desk: Desk, browser: Browser, secretary: Talk
) -> None:
    desk.report("陈伯", "村口牌坊边路灯坏了")
    await browser.enter(secretary)

    today = " ".join((await browser.get("/admin")).words.split())

    assert "等您办的网格事件 1 E0001 村口牌坊边路灯坏了 期限 2026-11-26 9:00" in today


async def test_another_villages_report_is_not_there(desk: Desk, browser: Browser, secretary: Talk) -> None:
    desk.report("李婶", "祠堂门口井盖松了", "深村")
    await browser.enter(secretary)
    listed = await browser.get("/admin/grid")
    token = (await browser.get("/admin/devices")).text.split('name="_token" value="')[1].split('"')[0]

    tried = [await browser.post("/admin/grid/1", _token=token, do=do) for do in ("take", "done", "mended", "one")]

    assert "E0001" not in listed.words
    assert [one.status for one in tried] == [404] * 4


@pytest.mark.usefixtures("lamp")
async def test_a_report_is_passed_on_to_who_is_named_and_leaves_the_list(
    desk: Desk, browser: Browser, secretary: Talk, lamp: Talk
) -> None:
    other = desk.hire("李深", Role.SECRETARY, "深村")
    await browser.enter(secretary)

    done = await browser.fill("/admin/grid/1", do="pass_on", to_unit=desk.units["深村"])
    nobody = await browser.fill("/admin/grid/1", page="/admin/devices", do="pass_on", to_unit=desk.units["潘一支部"])

    assert (done.status, done.said) == (200, words.said("grid_passed_on"))
    assert (other.hears(), lamp.hears()) == (["grid/for_handler"], ["grid/passed_on"])
    assert nobody.status == 404
    seen = await browser.get("/admin/grid/1")
    assert (history(seen)[-1], "我来办" in seen.words) == ("潘志明转给深村", False)


async def test_who_did_it_does_not_say_that_it_is_mended_and_who_stands_above_does(
    desk: Desk, browser: Browser, admin: Browser, secretary: Talk, lamp: Talk
) -> None:
    secretary.says("E0001 办结 换了灯泡")
    lamp.hears()
    again = await admin.fill("/admin/grid/1", do="not_mended")
    assert (again.said, lamp.hears(), secretary.hears()) == (
        words.said("grid_judged"),
        ["grid/again_for_you"],
        ["grid/for_handler"],
    )

    secretary.says("E0001 办结 换了整盏灯")
    await browser.enter(secretary)
    own = await browser.fill("/admin/grid/1", do="mended")
    await admin.enter(desk.world.person("周敏"))
    closed = await admin.fill("/admin/grid/1", do="mended")

    assert (own.status, own.said) == (422, "E0001 是您自己办的，要由反映的人或别的干部说修好了没有。")
    assert (closed.status, history(closed)[-2:]) == (200, ["周敏说修好了", "结束"])


async def test_two_reports_of_one_thing_become_one_and_both_hear_of_it(
    desk: Desk, browser: Browser, secretary: Talk, lamp: Talk
) -> None:
    other = desk.report("李婶", "牌坊那里的路灯坏了", photo=photo("blue"))
    secretary.hears()
    await browser.enter(secretary)

    done = await browser.fill("/admin/grid/2", do="one", other_id=1)
    told = other.hears()
    secretary.says("E0001 办结 换了灯泡")

    assert (done.status, done.said) == (200, words.said("grid_one"))
    assert [one.text for one in told] == ["您反映的 E0002 和 E0001 是同一件事，合在一起办。\n有了结果马上告诉您。"]
    assert (lamp.hears(), other.hears()) == (["grid/is_it_mended"], ["grid/is_it_mended"])
    assert other.says("E0002").text.splitlines()[0] == "E0001：村口牌坊边路灯坏了"
    assert "和 E0001 是同一件" in " ".join((await browser.get("/admin/grid/2")).words.split())
    assert desk.world.run(photos) == [[1, 2], []]


def photos(db: Session) -> list[list[int]]:
    """The photos of the first two reports."""
    return [list(db.get_one(GridReport, one).files) for one in (1, 2)]


@pytest.mark.usefixtures("lamp")
async def test_a_list_is_exported_without_a_reporters_name(desk: Desk, admin: Browser) -> None:
    file = await admin.fill("/admin/grid?state=ongoing", page="/admin/grid")

    assert file.headers["content-type"].startswith("application/vnd.openxml")
    assert ("grid.export", "1 rows state=ongoing") in desk.audit()


@pytest.mark.usefixtures("lamp")
async def test_a_photo_of_what_was_done_goes_along(browser: Browser, secretary: Talk, lamp: Talk) -> None:
    await browser.enter(secretary)
    wrong = await browser.fill("/admin/grid/1", do="done", words="", files={"file": ("a.pdf", b"%PDF-1.4 x")})
    empty = await browser.fill("/admin/grid/1", do="done", words="")
    done = await browser.fill("/admin/grid/1", do="done", words="", files={"file": ("a.jpg", photo())})
    [asked] = lamp.hears()

    assert (wrong.said, empty.status) == ("这里只能加照片。", 422)
    assert (done.said, len(asked.message.attachments)) == (words.said("grid_done"), 1)
    assert history(done)[-1] == "潘志明办结：见照片"
