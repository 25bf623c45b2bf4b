"""Households on the console: listed masked, the longest unseen first; assigned, corrected, deleted, taken in."""

import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy.orm import Session

from bot.domain.visits import walking
from content import console as words
from db.models import NEVER, Household, Person, Role, Unit
from tests.kit.console import Browser, Desk
from tests.kit.households import household
from tests.kit.spreadsheets import excel
from tests.kit.talk import MORNING, Talk

DAY = timedelta(days=1)
HEADER = ["村", "地址", "户主", "电话", "联系党员"]


@pytest.fixture
def secretary(desk: Desk) -> Talk:
    return desk.hire("潘志明", Role.SECRETARY, "番村")


@pytest.fixture
def homes(desk: Desk) -> int:
    """Three households of 番村, two of 陈大文's and one of nobody, and one of 深村; return who keeps in touch."""
    chen = desk.enlist("陈大文", mobile=2236)

    def put(db: Session) -> None:
        contact = db.get_one(Person, chen)
        fancun, deep = (db.get_one(Unit, desk.units[name]) for name in ("番村", "深村"))
        household(db, fancun, "东一巷1号", "李桂兰", mobile="13800000001", contact=contact, seen_at=MORNING - 100 * DAY)
        household(db, fancun, "东一巷2号", "潘炳权", contact=contact, seen_at=MORNING - 3 * DAY)
        household(db, fancun, "东一巷3号", "何少芳", seen_at=NEVER)
        household(db, deep, "深一巷1号", "阿深", seen_at=MORNING - 200 * DAY)

    desk.world.run(put)
    return chen


def holders(text: str) -> list[str]:
    """The householders on a page, in their order."""
    return re.findall(r'<a href="/admin/households/\d+">(.*?)</a>', text)


async def test_a_list_is_masked_sorted_and_filtered_within_the_village(
    desk: Desk, browser: Browser, secretary: Talk, homes: int
) -> None:
    await browser.enter(secretary)

    async def listed(query: str) -> list[str]:
        return holders((await browser.get(f"/admin/households?{query}")).text)

    shown = await browser.get("/admin/households")
    assert ("东*巷*号" in shown.text, "138****0001" in shown.text) == (True, True)
    assert ("东一巷" in shown.text, "13800000001" in shown.text, homes > 0) == (False, False, True)
    assert await listed("") == ["何少芳", "李桂兰", "潘炳权"]
    assert await listed("sort=-seen") == ["潘炳权", "李桂兰", "何少芳"]
    assert await listed("sort=holder") == sorted(["何少芳", "李桂兰", "潘炳权"])
    assert await listed("seen=long") == ["何少芳", "李桂兰"]
    assert await listed("seen=never") == ["何少芳"]
    assert await listed("contact=none") == ["何少芳"]
    assert await listed("name=李") == ["李桂兰"]
    assert await listed("name=13800000001") == ["李桂兰"]
    assert await listed("name=%20!") == []
    assert await listed("who=陈") == ["李桂兰", "潘炳权"]
    assert await listed(f"unit={desk.units['番村']}") == ["何少芳", "李桂兰", "潘炳权"]


async def test_the_file_of_a_list_is_masked_and_marked(browser: Browser, secretary: Talk, homes: int) -> None:
    await browser.enter(secretary)

    taken = await browser.fill("/admin/households")

    rows = [[cell.value for cell in row] for row in load_workbook(io.BytesIO(taken.data)).worksheets[0].iter_rows()]
    assert str(rows[0][0]).startswith("导出人 潘志明")
    assert (rows[1][:5], homes > 0) == (["户主", "地址", "单位", "手机", "联系党员"], True)
    assert rows[3][:5] == ["李桂兰", "东*巷*号", "番村", "138****0001", "陈大文"]


async def test_a_household_is_seen_with_its_visits_and_that_is_written_down(
    desk: Desk, browser: Browser, secretary: Talk, homes: int
) -> None:
    def visit(db: Session) -> None:
        by = db.get_one(Person, homes)
        made = walking.log(db, 1, "look", by=by, now=MORNING)
        walking.note(db, made.id or 0, "腿脚不便", (), by=by)

    desk.world.run(visit)
    await browser.enter(secretary)

    shown = " ".join((await browser.get("/admin/households/1")).words.split())
    phone = await browser.fill("/admin/households/1")

    assert "地址 东一巷1号 手机 138****0001" in shown
    assert "陈大文 看望：腿脚不便 2026-11-23 9:00" in shown
    assert "13800000001" in phone.words
    assert [line for line in desk.audit() if line[0] == "visits.phone"] == [("visits.phone", "household:1")]
    assert ("visits.look", "household:1") in desk.audit()


async def test_a_household_is_given_to_another_and_all_of_one_member_at_once(
    desk: Desk, browser: Browser, secretary: Talk, homes: int
) -> None:
    lin = desk.enlist("林小梅", mobile=2237)
    await browser.enter(secretary)

    unknown = await browser.fill("/admin/households/3", do="assign", contact="没有这人")
    one = await browser.fill("/admin/households/3", do="assign", contact="林小梅")
    every = await browser.fill("/admin/households/1", do="assign_all", contact="林小梅")

    contacts = desk.world.run(lambda db: [db.get_one(Household, number).contact_id for number in (1, 2, 3, 4)])
    assert (unknown.status, unknown.said) == (422, "您管的名册上没有“没有这人”。")
    assert (one.said, every.said) == (words.said("household_assigned"),) * 2
    assert (contacts, homes != lin) == ([lin, lin, lin, None], True)


async def test_a_household_is_corrected_coded_and_deleted(browser: Browser, secretary: Talk, homes: int) -> None:
    await browser.enter(secretary)

    odd = await browser.fill("/admin/households/1", do="correct", holder="李桂英", mobile="123")
    mended = await browser.fill("/admin/households/1", do="correct", holder="李桂英", mobile="138 0000 0009")
    coded = await browser.fill("/admin/households/1", do="code")
    unsure = await browser.fill("/admin/households/1", do="remove")
    gone = await browser.fill("/admin/households/1", do="remove", sure="yes")

    assert (odd.status, mended.said) == (422, words.said("household_corrected"))
    assert re.search(r"户码 <b>[2-9A-Z]{8}</b>", coded.text)
    assert "138****0009" in coded.text
    assert (unsure.status, gone.said) == (422, words.said("household_removed"))
    assert (holders(gone.text), homes > 0) == (["何少芳", "潘炳权"], True)


async def test_what_was_not_seen_for_long_and_what_is_nobodys_stands_under_today(
    browser: Browser, secretary: Talk, homes: int
) -> None:
    await browser.enter(secretary)

    today = " ".join((await browser.get("/admin")).words.split())

    assert "久未走访的户 2 何少芳" in today
    assert ("还没有联系党员的户 1" in today, homes > 0) == (True, True)


async def test_a_list_is_looked_at_taken_in_mended_and_taken_back(
    desk: Desk, browser: Browser, secretary: Talk, tmp_path: Path
) -> None:
    desk.enlist("陈大文", mobile=2236)
    path = excel(
        tmp_path / "联系户.xlsx",
        [HEADER, ["番村", "东一巷1号", "李桂兰", "13800000001", "陈大文"], ["番村", "", "潘炳权", "", ""]],
    )
    await browser.enter(secretary)
    page = "/admin/households/import"

    looked = await browser.fill(page, do="look", files={"file": (path.name, path.read_bytes())})
    number = re.search(r'name="file_id" value="(\d+)"', looked.text)
    assert number
    problems = await browser.fill(page, do="problems", file_id=number[1])
    before = holders((await browser.get("/admin/households")).text)
    taken = await browser.fill(page, do="take_in", file_id=number[1])
    after = holders((await browser.get("/admin/households")).text)
    undone = await browser.fill(page, do="undo", import_id="1")

    assert "新增 1 ，更新 0 ，没变 0，有问题 1 。" in " ".join(looked.words.split())
    assert "第3行 地址空" in " ".join(looked.words.split())
    assert [cell.value for cell in load_workbook(io.BytesIO(problems.data)).worksheets[0][2]][-1] == "地址空"
    assert (before, after, taken.status) == ([], ["李桂兰"], 200)
    assert undone.said == words.said("import_undone")
    assert holders((await browser.get("/admin/households")).text) == []


async def test_a_file_without_addresses_is_no_list(browser: Browser, secretary: Talk, tmp_path: Path) -> None:
    path = excel(tmp_path / "a.xlsx", [["姓名", "手机"], ["陈大文", "13800000001"]])
    await browser.enter(secretary)

    refused = await browser.fill("/admin/households/import", do="look", files={"file": (path.name, path.read_bytes())})

    assert (refused.status, refused.said[:6]) == (422, "没找到表头。")
