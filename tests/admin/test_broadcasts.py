"""Broadcasts on the console: whom they meet before anything is written, a second cadre, progress, and bad input."""

import pytest

from db.models import Broadcast, Role
from tests.kit.console import Browser, Desk
from tests.kit.photos import photo

PICTURE = photo(kind="PNG")
"""A picture, small."""


@pytest.fixture
def rolls(desk: Desk) -> Desk:
    for n, name in enumerate(("陈大文", "林小梅")):
        desk.enlist(name, mobile=2236 + n)
    return desk


async def written(browser: Browser, **fields: str) -> str:
    """Keep a broadcast; return where it is."""
    await browser.fill("/admin/broadcasts/new", audience="潘一支部", text="周五下午2点停水", do="keep", **fields)
    return "/admin/broadcasts/1"


@pytest.mark.usefixtures("rolls")
async def test_whom_it_meets_is_shown_before_anything_is_written(desk: Desk, admin: Browser) -> None:
    look = await admin.fill("/admin/broadcasts/new", audience="潘一支部", text="周五下午2点停水", do="look")

    assert ["共 2 人" in " ".join(look.words.split()), "陈大文 138****2236" in look.words] == [True, True]
    assert "周五下午2点停水" in look.words
    assert desk.audit() == []


@pytest.mark.usefixtures("rolls")
async def test_pictures_and_files_are_added_one_by_one_taken_off_again_and_go_along(desk: Desk, admin: Browser) -> None:
    path, fields = "/admin/broadcasts/new", {"audience": "潘一支部", "text": "请看附件"}
    picture, paper = (("图.png", PICTURE, "image/png"), ("../停水 通知.pdf", b"%PDF-1.7", "application/pdf"))
    await admin.fill(path, **fields, do="look", files={"file": picture})
    await admin.fill(path, **fields, do="look", file_id="1", files={"file": paper})
    look = await admin.fill(path, **fields, do="look", file_id=["1", "2"])
    kept = await admin.fill(path, **fields, do="keep", file_id="2")

    assert "附件：图.jpg、..停水 通知.pdf" in look.words
    assert "附件：..停水 通知.pdf" in kept.words
    assert desk.world.run(lambda db: db.get_one(Broadcast, 1).files) == [2]


@pytest.mark.usefixtures("rolls")
async def test_a_file_that_is_none_of_these_or_somebody_elses_does_not_go_along(desk: Desk, admin: Browser) -> None:
    path, fields = "/admin/broadcasts/new", {"audience": "潘一支部", "text": "请看附件"}
    program = await admin.fill(path, **fields, do="look", files={"file": ("图.png", b"MZ\x90", "image/png")})
    broken = await admin.fill(path, **fields, do="look", files={"file": ("图.png", PICTURE[:40], "image/png")})
    await admin.fill(path, **fields, do="look", files={"file": ("图.png", PICTURE, "image/png")})
    await admin.enter(desk.hire("李明", Role.CADRE))
    foreign = await admin.fill(path, **fields, do="keep", file_id="1")

    assert program.said == "这种文件不能随通知发。可以发图片、PDF、Excel 表格。"
    assert (broken.status, broken.said) == (422, "这张照片打不开，请换一张。")
    assert (foreign.status, desk.world.run(lambda db: db.query(Broadcast).count())) == (404, 0)


@pytest.mark.usefixtures("rolls")
async def test_it_goes_out_at_a_time_said_in_chinese_and_is_recalled(admin: Browser) -> None:
    path = await written(admin)
    sent = await admin.fill(path, do="submit", when="明早8点")
    stopped = await admin.fill(path, do="recall")

    assert ("已定时" in sent.words, "2026-11-24 8:00" in sent.words, stopped.said) == (True, True, "已撤回。")


@pytest.mark.usefixtures("rolls")
async def test_an_urgent_one_needs_a_second_cadre(desk: Desk, admin: Browser) -> None:
    path = await written(admin, urgent="1")
    desk.hire("李明", Role.CADRE)
    waits = await admin.fill(path, do="submit", when="")
    await admin.enter(desk.world.person("李明"))
    today, approved = await admin.get("/admin"), await admin.fill(path, do="approve", run="1")

    assert ("等审批" in waits.words, "等您审批的群发" in today.words) == (True, True)
    assert approved.said == "已同意。"


@pytest.mark.usefixtures("rolls")
@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"audience": "", "text": "停水"}, "“发给谁”没有填。"),
        ({"audience": "火星支部", "text": "停水"}, ""),
        ({"audience": "潘一支部", "text": ""}, ""),
        ({"audience": "潘一支部", "text": "水" * 5000}, ""),
        ({"audience": "深一支部", "text": "停水"}, ""),
        ({"audience": "潘一支部", "text": "停水", "link": "javascript:alert(1)"}, ""),
    ],
)
async def test_what_cannot_be_sent_is_refused_in_a_sentence(
    desk: Desk, admin: Browser, fields: dict[str, str], said: str
) -> None:
    shown = await admin.fill("/admin/broadcasts/new", **fields, do="keep")

    assert (shown.status, bool(shown.said)) == (422, True)
    assert shown.said == (said or shown.said)
    assert desk.audit() == []


@pytest.mark.usefixtures("rolls")
@pytest.mark.parametrize("when", ["昨天8点", "周五", "每周一8点", "随便", "2月30日8点"])
async def test_a_time_that_is_not_one_moment_to_come_is_refused(admin: Browser, when: str) -> None:
    path = await written(admin)

    shown = await admin.fill(path, do="submit", when=when)

    assert (shown.status, bool(shown.said), "草稿" in shown.words) == (422, True, True)


async def test_another_villages_broadcast_is_not_there(rolls: Desk, admin: Browser) -> None:
    path = await written(admin)
    await admin.enter(rolls.hire("深村书记", Role.SECRETARY, "深村"))

    assert (await admin.get(path)).status == 404
