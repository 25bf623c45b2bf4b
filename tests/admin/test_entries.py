"""Entries on the console: asked, seen as they are said, written, and refused in a sentence."""

from typing import Any

import pytest

from bot.domain import units
from db.models import Role, Unit, UnitKind
from tests.kit.console import PUBLIC_URL, Browser, Desk
from tests.kit.flows import learn

FIELDS: dict[str, Any] = {
    "id": "fancun.hall",
    "title": "祠堂摆酒",
    "ask": "祠堂可以摆酒吗\n在祠堂摆酒怎么登记\n祠堂办喜事",
    "answer": "可以，提前7天到村委登记。",
    "figures": "7天",
    "unstated": "收费",
    "scope": "番村",
    "check_by": "2027-12-31",
    "source_title": "番村村规民约",
    "publisher": "番村村委",
    "source_date": "2026-01-01",
    "url": "",
    "samples": "喜酒摆在祠堂得不得\n祠堂借来办酒席\n祠堂能不能设宴",
    "related": "",
    "do": "save",
}


async def test_an_entry_is_written_and_the_next_who_asks_is_answered(desk: Desk, admin: Browser) -> None:
    preview = await admin.fill("/admin/entries/new", **{**FIELDS, "do": "preview"})
    before = desk.world.person("陈伯").says("祠堂可以摆酒吗")
    saved = await admin.fill("/admin/entries/new", **FIELDS)
    after = desk.world.person("陈伯").says("祠堂可以摆酒吗")

    assert ("机器人会这样说" in preview.words, "【祠堂摆酒】" in preview.words) == (True, True)
    assert (saved.status, saved.said) == (200, "已保存，马上生效。")
    assert (before, after) == ("entries/none", "entries/entry")
    assert desk.audit() == [("entries.edit", "fancun.hall")]


async def test_a_text_is_changed_and_the_one_before_is_kept_with_its_author(admin: Browser) -> None:
    await admin.fill("/admin/entries/new", **FIELDS)
    changed = {**FIELDS, "answer": "可以，提前9天到村委登记。", "figures": "9天"}

    await admin.fill("/admin/entries/fancun.hall/edit", **changed)
    shown = await admin.get("/admin/entries/fancun.hall")

    assert [one in shown.words for one in ("提前9天", "提前7天", "第2版", "第1版", "周敏")] == [True] * 5


@pytest.mark.parametrize(
    ("field", "value", "name"),
    [
        ("id", "坏代号", "代号"),
        ("title", "", "标题"),
        ("title", "两\n行", "标题"),
        ("ask", "只有一行", "问法"),
        ("answer", "打 0757-82266666", "答案"),
        ("answer", "一\n二\n三\n四\n五\n六", "答案"),
        ("figures", "", "数字"),
        ("check_by", "明年", "有效到"),
        ("check_by", "2025-01-01", "有效到"),
        ("source_title", "", "来源标题"),
        ("source_date", "2026-13-01", "来源日期"),
        ("samples", "祠堂可以摆酒吗\n甲\n乙", "试问"),
        ("related", "no.such", "相关条目"),
    ],
)
async def test_what_does_not_fit_is_named_and_nothing_is_lost(
    desk: Desk, admin: Browser, field: str, value: str, name: str
) -> None:
    shown = await admin.fill("/admin/entries/new", **{**FIELDS, field: value})

    assert (shown.status, shown.said) == (422, f"“{name}”不符合要求，请看旁边的说明改一下。")
    assert "在祠堂摆酒怎么登记" in shown.text if field != "ask" else True
    assert desk.audit() == []


async def test_a_scope_several_units_are_called_by_is_asked_about(desk: Desk, admin: Browser) -> None:
    for village in ("番村", "深村"):
        desk.world.run(lambda db, above=village: units.add(db, "妇联", UnitKind.GROUP, db.get(Unit, desk.units[above])))

    asked = await admin.fill("/admin/entries/new", **{**FIELDS, "scope": "妇联"})
    offered = await admin.get("/admin/entries/new")
    saved = await admin.fill("/admin/entries/new", **{**FIELDS, "scope": "深村·妇联"})

    assert (asked.status, asked.said) == (422, "有几个“妇联”：番村·妇联、深村·妇联。请写是哪一个。")
    assert ('<option value="深村·妇联">' in offered.text, '<option value="妇联">' in offered.text) == (True, False)
    assert (saved.status, "适用：深村·妇联" in saved.words) == (200, True)


async def test_who_edits_for_one_of_them_writes_for_no_other(desk: Desk, browser: Browser) -> None:
    for village in ("番村", "深村"):
        desk.world.run(lambda db, above=village: units.add(db, "妇联", UnitKind.GROUP, db.get(Unit, desk.units[above])))
    await browser.enter(desk.hire("李编辑", Role.EDITOR, "番村"))

    theirs = await browser.fill("/admin/entries/new", **{**FIELDS, "scope": "深村·妇联"})
    own = await browser.fill("/admin/entries/new", **{**FIELDS, "scope": "番村·妇联"})

    assert (theirs.said, own.status, own.said) == ("“适用单位”不归您管，请选您负责的单位。", 200, "已保存，马上生效。")


async def test_html_and_template_syntax_are_shown_as_text(admin: Browser) -> None:
    evil = "<img src=x onerror=alert(1)>{{ config }}{% for %}"

    await admin.fill("/admin/entries/new", **{**FIELDS, "title": evil, "answer": evil, "figures": "1"})
    shown = [
        await admin.get(one)
        for one in ("/admin/entries", "/admin/entries/fancun.hall", "/admin/entries/fancun.hall/edit")
    ]

    assert [("<img src=x" in one.text, evil in one.words) for one in shown] == [
        (False, True),
        (False, True),
        (False, True),
    ]


async def test_the_bot_is_asked_as_villagers_ask(desk: Desk, admin: Browser) -> None:
    learn(desk.world, "shiwan.second_reimbursement", "shiwan.red_station")

    found = await admin.get("/admin/entries/ask?q=睇病啲錢點樣報返", **{"HX-Request": "true"})
    none = await admin.get("/admin/entries/ask?q=火星上有没有水")

    assert ("直接回答" in found.words, "【二次报销】" in found.words, "把握" in found.words) == (True, True, True)
    assert "答不了，转人工" in none.words


async def test_an_editor_of_a_village_writes_for_it_alone(desk: Desk, browser: Browser) -> None:
    learn(desk.world, "shiwan.red_station")
    await browser.enter(desk.hire("小编", Role.EDITOR, "番村"))

    elsewhere = await browser.fill("/admin/entries/new", **{**FIELDS, "scope": "深村"})
    town = await browser.get("/admin/entries/shiwan.red_station/edit")
    own = await browser.fill("/admin/entries/new", **FIELDS)

    assert (elsewhere.status, elsewhere.said) == (422, "“适用单位”不归您管，请选您负责的单位。")
    assert (town.status, own.status) == (404, 200)


async def test_an_id_is_nobody_elses(admin: Browser) -> None:
    await admin.fill("/admin/entries/new", **FIELDS)

    shown = await admin.fill("/admin/entries/new", **FIELDS)

    assert (shown.status, shown.said) == (422, "“代号”已经有条目用了，请换一个。")


async def test_a_cadre_reads_and_does_not_write(desk: Desk, browser: Browser) -> None:
    learn(desk.world, "shiwan.red_station")
    await browser.enter(desk.hire("李明", Role.CADRE, "番村"))

    read, write = await browser.get("/admin/entries/shiwan.red_station"), await browser.get("/admin/entries/new")

    assert (read.status, "修改" in read.words.replace("改动", ""), write.status) == (200, False, 404)


async def test_a_pack_goes_out_and_comes_in_as_a_whole_or_not_at_all(desk: Desk, admin: Browser) -> None:
    await admin.fill("/admin/entries/new", **FIELDS)
    token = (await admin.get("/admin/entries/packs")).text.split('name="_token" value="')[1].split('"', maxsplit=1)[0]
    out = await admin.client.post(
        "/admin/entries/packs", data={"_token": token, "do": "export"}, headers={"Origin": PUBLIC_URL}
    )
    changed = out.content.replace("7天".encode(), "9天".encode())

    bad = await admin.fill("/admin/entries/packs", files={"file": ("p.yaml", changed + b"\n- id: x")}, do="import")
    still = await admin.get("/admin/entries/fancun.hall")
    good = await admin.fill("/admin/entries/packs", files={"file": ("p.yaml", changed)}, do="import")
    now = await admin.get("/admin/entries/fancun.hall")

    assert (bad.status, "什么也没有导入" in bad.words, "提前9天" in still.words) == (422, True, False)
    assert ("导入了 1 条" in good.words, "提前9天" in now.words) == (True, True)
    assert [act for act, _ in desk.audit()] == ["entries.edit", "entries.export", "entries.edit"]


@pytest.mark.parametrize("do", ["save", "preview"])
async def test_an_entry_that_was_put_away_is_nobody_elses_to_write(
    desk: Desk, admin: Browser, browser: Browser, do: str
) -> None:
    await admin.fill("/admin/entries/new", **{**FIELDS, "id": "town.hall", "scope": "石湾镇街道党工委"})
    await admin.fill("/admin/entries/town.hall", do="retire")
    await browser.enter(desk.hire("番村编辑", Role.EDITOR, "番村"))

    shown = await browser.fill("/admin/entries/new", **{**FIELDS, "id": "town.hall", "do": do})

    assert (shown.status, [act for act, _ in desk.audit()].count("entries.edit")) == (422, 1)


async def test_a_pack_that_would_keep_others_waiting_is_not_read(desk: Desk, admin: Browser) -> None:
    files = {"file": ("p.yaml", b"#" * 1_000_001)}

    shown = await admin.fill("/admin/entries/packs", files=files, do="import")

    assert (shown.status, desk.audit()) == (422, [])
    assert shown.said.startswith("条目包太大，这里最多1兆。")


async def test_a_pack_replaces_nothing_of_another_unit(desk: Desk, admin: Browser, browser: Browser) -> None:
    town = {**FIELDS, "id": "town.hall", "scope": "石湾镇街道党工委"}
    await admin.fill("/admin/entries/new", **town)
    token = (await admin.get("/admin/entries/packs")).text.split('name="_token" value="')[1].split('"', maxsplit=1)[0]
    answer = await admin.client.post(
        "/admin/entries/packs", data={"_token": token, "do": "export"}, headers={"Origin": PUBLIC_URL}
    )
    pack = answer.content.replace("石湾镇街道党工委".encode(), "番村".encode())
    await browser.enter(desk.hire("番村编辑", Role.EDITOR, "番村"))

    shown = await browser.fill("/admin/entries/packs", files={"file": ("p.yaml", pack)}, do="import")

    assert (shown.status, "番村" in pack.decode(), "town.hall" in pack.decode()) == (422, True, True)
    assert [one for one in desk.audit() if one[0] == "entries.edit"] == [("entries.edit", "town.hall")]
