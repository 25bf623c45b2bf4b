"""People on the console: found, masked, shown a phone on purpose, given out as a file that says who took it."""

from datetime import timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook

from db.models import Role
from tests.kit.branch import MOBILE
from tests.kit.console import PUBLIC_URL, Browser, Desk


@pytest.fixture
def rolls(desk: Desk) -> Desk:
    for name, unit, mobile in (("陈大文", "潘一支部", 2236), ("陈小文", "潘二支部", 2237), ("林深", "深一支部", 2238)):
        desk.enlist(name, unit, mobile=mobile)
    return desk


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"陈大文", "陈小文", "林深"}),
        ("name=陈", {"陈大文", "陈小文"}),
        ("name=陳大", {"陈大文"}),
        (f"name={MOBILE + 2237}", {"陈小文"}),
        ("name=2238", {"林深"}),
        ("name=%25", set()),
        ("unit=2", {"陈大文", "陈小文"}),
        ("unit=x&kind=nonsense&bound=maybe", {"陈大文", "陈小文", "林深"}),
        ("kind=volunteer", set()),
        ("bound=no", set()),
        ("state=left", set()),
        ("sort=name", {"陈大文", "陈小文", "林深"}),
    ],
)
@pytest.mark.usefixtures("rolls")
async def test_people_are_found(admin: Browser, query: str, names: set[str]) -> None:
    shown = await admin.get(f"/admin/people?{query}")

    assert {one for one in ("陈大文", "陈小文", "林深") if one in shown.words} == names


async def test_a_secretary_sees_their_own_village_only(rolls: Desk, browser: Browser) -> None:
    await browser.enter(rolls.hire("潘志明", Role.SECRETARY, "番村"))
    stranger = rolls.enlist("外村人", "深一支部")

    listed, theirs = await browser.get("/admin/people"), await browser.get(f"/admin/people/{stranger}")

    assert [one in listed.words for one in ("陈大文", "陈小文", "林深", "外村人")] == [True, True, False, False]
    assert theirs.status == 404


async def test_a_phone_is_masked_until_it_is_asked_for_and_that_is_written_down(rolls: Desk, admin: Browser) -> None:
    masked = await admin.get("/admin/people/1")
    full = await admin.fill("/admin/people/1")

    assert ("138****2236" in masked.words, str(MOBILE + 2236) in masked.text) == (True, False)
    assert str(MOBILE + 2236) in full.words
    assert ("people.phone", "person:1") in rolls.audit()
    assert ("people.look", "person:1") in rolls.audit()


async def test_nobody_sees_phones_without_measure(rolls: Desk, admin: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.domain.lists.people.MOST_PHONES", 2)
    first = [await admin.fill("/admin/people/1") for _ in range(2)]
    third = await admin.fill("/admin/people/1")
    rolls.world.clock.turn(timedelta(hours=1, seconds=1))
    await admin.enter(rolls.world.person("周敏"))
    later = await admin.fill("/admin/people/1")

    assert [str(MOBILE + 2236) in one.words for one in (*first, third, later)] == [True, True, False, True]
    assert (third.status, third.said.splitlines()[0]) == (422, "一小时最多看2个完整号码，请过一会儿再看。")


async def test_an_editor_keeps_no_roster(rolls: Desk, browser: Browser) -> None:
    await browser.enter(rolls.hire("小编", Role.EDITOR))
    today, people = await browser.get("/admin"), await browser.get("/admin/people")

    assert ("人员" in today.words, people.status) == (False, 404)


async def test_a_file_says_who_took_it_and_when_and_holds_no_formula(desk: Desk, admin: Browser) -> None:
    desk.enlist("=cmd|calc", mobile=2236)
    page = await admin.get("/admin/people?kind=party_member")
    token = page.text.split('name="_token" value="')[1].split('"')[0]

    answer = await admin.client.post(
        "/admin/people?kind=party_member", data={"_token": token}, headers={"Origin": PUBLIC_URL}
    )

    sheet = load_workbook(BytesIO(answer.content)).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0][0].startswith("导出人 周敏　导出时间 2026-11-23 09:00")
    assert rows[1][:4] == ["姓名", "单位", "类别", "手机"]
    assert (rows[2][1:4], rows[2][0].endswith("=cmd|calc")) == (["潘一支部", "党员", "138****2236"], True)
    assert sheet["A3"].data_type == "s"
    assert desk.audit() == [("people.export", "1 rows kind=party_member")]
