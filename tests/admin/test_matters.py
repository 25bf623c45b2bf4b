"""Important matters on the console: written, carried on, put right, given up; nobody sees another village's."""

import re

import pytest

from bot.admin.tables import EXCEL
from content import console as words
from db.models import Role
from tests.kit.console import Browser, Desk, Shown
from tests.kit.photos import photo
from tests.kit.talk import Talk

TITLE = "市政供水改造"
NEW = {"title": TITLE, "kind": "project", "amount": "400万元", "held_on": "11月2日"}
MEMBERS = {"step": "members", "held_on": "11月8日", "expected": "96", "present": "70", "agreed": "52"}


def steps(shown: Shown) -> list[str]:
    """Every line of a matter as its page tells it, without marks, who wrote it and when."""
    part = shown.text.split("<h2>经过</h2>")[1]
    found = re.findall(r"<li>(.*?)<time", part, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", "", one).split()) for one in found]


@pytest.fixture
def secretary(desk: Desk) -> Talk:
    """The secretary of 番村."""
    return desk.hire("潘志明", Role.SECRETARY, "番村")


@pytest.fixture
async def page(desk: Desk, browser: Browser, secretary: Talk) -> Browser:
    """The secretary's browser, in which a matter has begun."""
    await browser.enter(secretary)
    await browser.fill("/admin/matters/new", unit_id=str(desk.units["番村"]), **NEW)
    return browser


async def record(page: Browser, **fields: str) -> Shown:
    return await page.fill("/admin/matters/1", do="record", **fields)


async def decide(page: Browser) -> None:
    for step, day in (("discussed", "11月4日"), ("members", "11月8日"), ("villagers", "11月10日")):
        await record(page, **{**MEMBERS, "step": step, "held_on": day})


async def test_a_matter_is_written_and_carried_on(page: Browser) -> None:
    begun = await page.get("/admin/matters/1")
    await record(page, step="discussed", held_on="11月4日", expected="5", present="5", agreed="5")
    done = await record(page, **MEMBERS)

    assert (TITLE in begun.words, "下一步：两委商议" in begun.words) == (True, True)
    assert done.said == words.said("matter_recorded")
    assert steps(done) == [
        "11月2日 党组织先议 潘志明记",
        "11月4日 两委商议 应到5 实到5 赞成5 潘志明记",
        "11月8日 党员大会审议 应到96 实到70 赞成52 潘志明记",
    ]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"present": "61"}, "到会不足三分之二（需64人），这一步不能通过，没有记下。"),
        ({"agreed": "48"}, "赞成不够一半（需49人），这一步不能通过，没有记下。"),
        ({"agreed": ""}, "人数不全或对不上，没有记下。请写明应到、实到、赞成。"),
        ({"expected": "很多"}, "“应到”要填整数，不要太大。"),
        ({"held_on": "明天"}, "没看懂“日期”，或者还没到。请写成 4月10日、2026-04-10 或“昨天”。"),
        ({"held_on": "11月3日"}, "日期早过上一步“两委商议”（11月4日 周三），没有记下。请核对。"),
        ({"step": "villagers"}, "“村民代表会议决议”现在不能记，可能别人已经记了。\n下一步是：党员大会审议。"),
    ],
)
async def test_a_step_that_cannot_be_is_refused_and_what_was_written_stays(
    page: Browser, fields: dict[str, str], said: str
) -> None:
    await record(page, step="discussed", held_on="11月4日", expected="5", present="5", agreed="5")

    refused = await record(page, **{**MEMBERS, **fields})

    assert (refused.status, refused.said) == (422, said)
    assert len(steps(refused)) == 2


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"title": ""}, "“标题”没有填。"),
        ({"title": "长" * 41}, "“标题”太长了，最多40个字。"),
        ({"kind": "nonsense"}, "“类别”没有填。"),
        ({"amount": "很多"}, "没看懂“金额”，请写成 400万元 或 3500元。"),
        ({"unit_id": "999"}, "“支部”不归您管，请选您负责的单位。"),
        ({"title": TITLE}, f"“{TITLE}”已经在办，不用再建。发“事项”可看。"),
    ],
)
async def test_a_matter_that_cannot_be_is_refused(desk: Desk, page: Browser, fields: dict[str, str], said: str) -> None:
    given = {**NEW, "title": "另一件", "unit_id": str(desk.units["番村"]), **fields}

    refused = await page.fill("/admin/matters/new", **given)

    assert (refused.status, refused.said) == (422, said)


async def test_a_notice_with_a_photo_is_shown_to_who_keeps_it_only(desk: Desk, page: Browser, browser: Browser) -> None:
    await decide(page)
    hung = await page.fill(
        "/admin/matters/1",
        files={"file": ("notice.jpg", photo(), "image/jpeg")},
        do="record",
        step="resolved",
        held_on="今天",
        days="7",
        words="同意改造。",
    )
    kept = await page.client.get("/admin/matters/1/files/1")
    other = await page.get("/admin/matters/1/files/2")
    await browser.enter(desk.hire("李深", Role.SECRETARY, "深村"))
    theirs = [(await browser.get(path)).status for path in ("/admin/matters/1", "/admin/matters/1/files/1")]

    assert "决议公示第1天/共7天，到11月29日" in hung.words
    assert "公示到11月29日，期满后再记下一步：实施结果公开。" in hung.words
    assert (kept.status_code, kept.headers["content-type"], other.status) == (200, "image/jpeg", 404)
    assert theirs == [404, 404]


async def test_what_is_no_photo_and_no_paper_is_no_proof(page: Browser) -> None:
    refused = await page.fill(
        "/admin/matters/1",
        files={"file": ("run.exe", b"MZ", "application/octet-stream")},
        do="record",
        step="discussed",
        held_on="今天",
        expected="5",
        present="5",
        agreed="5",
    )

    assert (refused.status, len(steps(refused))) == (422, 1)


async def test_a_line_is_put_right_taken_back_and_the_trail_shows_both(page: Browser) -> None:
    await decide(page)
    right = {"held_on": "11月4日", "expected": "96", "present": "71", "agreed": "53", "reason": "抄错"}
    corrected = await page.fill("/admin/matters/1", do="correct", line_id="2", **right)
    withdrawn = await page.fill("/admin/matters/1", do="withdraw", line_id="4", reason="没开成")

    assert (corrected.said, withdrawn.said) == (words.said("matter_corrected"), words.said("matter_withdrawn"))
    assert steps(withdrawn) == [
        "11月2日 党组织先议 潘志明记",
        "11月4日 两委商议 应到96 实到70 赞成52 潘志明改：抄错 潘志明记",
        "11月8日 党员大会审议 应到96 实到70 赞成52 潘志明记",
        "11月10日 村民代表会议决议 应到96 实到70 赞成52 潘志明改：没开成 潘志明记",
        "11月4日 两委商议 应到96 实到71 赞成53 潘志明记",
    ]


async def test_a_matter_is_given_up_and_taken_up_again(page: Browser) -> None:
    dropped = await page.fill("/admin/matters/1", do="drop", reason="资金没落实")
    refused = await page.fill("/admin/matters/1", do="record", step="discussed", held_on="今天")
    resumed = await page.fill("/admin/matters/1", do="resume")
    again = await page.fill("/admin/matters/1", do="resume")

    assert (dropped.said, resumed.said) == (words.said("matter_dropped"), words.said("matter_resumed"))
    assert (refused.status, again.status) == (422, 422)


async def test_a_list_is_filtered_and_taken_along(desk: Desk, page: Browser) -> None:
    unit = str(desk.units["番村"])
    await page.fill("/admin/matters/new", **{**NEW, "unit_id": unit, "title": "分红", "kind": "dividend"})
    await page.fill("/admin/matters/2", do="drop", reason="不办了")

    async def listed(query: str) -> list[str]:
        shown = await page.get(f"/admin/matters?{query}")
        return [title for title in (TITLE, "分红") if f">{title}<" in shown.text]

    assert await listed("") == [TITLE, "分红"]
    assert await listed("state=ongoing") == [TITLE]
    assert await listed("state=nonsense") == [TITLE, "分红"]
    assert await listed("kind=dividend") == ["分红"]
    assert await listed(f"unit={unit}&text=供水") == [TITLE]
    taken = await page.fill("/admin/matters", page="/admin/matters")
    assert taken.headers["content-type"] == EXCEL
    assert [act for act, _subject in desk.audit() if act == "matters.export"] == ["matters.export"]


async def test_what_wants_its_next_step_stands_under_today(page: Browser, secretary: Talk) -> None:
    await decide(page)
    await record(page, step="resolved", held_on="11月12日", days="7", words="")
    await page.enter(secretary)

    today = " ".join((await page.get("/admin")).words.split())

    assert f"等您办下一步的重要事项 1 {TITLE} 实施结果公开" in today
