"""Questions on the console: listed, found, answered, never another branch's."""

from collections.abc import Callable

import pytest

from content import console as words
from db.models import Role
from tests.kit.console import Browser, Desk

GONE = "没有这一页，或者不归您管。"


def ask(desk: Desk, name: str, question: str, village: str = "番村") -> None:
    """Somebody asks and lets it be passed on to the cadres of their village."""
    talk = desk.world.person(name)
    heard = talk.says(question)
    heard = talk.presses(heard, "转给村干部")
    if heard == "cases/which_village":
        talk.says(village)


@pytest.fixture
def two_villages(desk: Desk) -> Desk:
    ask(desk, "陈伯", "村里祠堂可以摆酒吗")
    ask(desk, "李婶", "鱼塘边可以种菜吗", "深村")
    return desk


async def test_a_question_is_answered_and_whoever_asked_hears(two_villages: Desk, admin: Browser) -> None:
    listed = await admin.get("/admin/questions?state=open")
    done = await admin.fill("/admin/questions/1", reply="可以，提前7天到村委登记。")
    heard = two_villages.world.person("陈伯").hears()[-1]

    assert ("村里祠堂可以摆酒吗" in listed.words, "鱼塘边可以种菜吗" in listed.words) == (True, True)
    assert (done.status, done.said) == (200, words.said("answered"))
    assert "可以，提前7天到村委登记。" in heard.text
    assert ("cases.answer", "W0001") in two_villages.audit()


@pytest.mark.usefixtures("two_villages")
async def test_an_answer_is_given_once(admin: Browser) -> None:
    first = await admin.get("/admin/questions/1")
    await admin.fill("/admin/questions/1", reply="可以。")

    again = await admin.post(
        "/admin/questions/1", _token=first.text.split('name="_token" value="')[1].split('"')[0], reply="不可以。"
    )

    assert (again.status, "已经" in again.said) == (422, True)


async def test_another_villages_question_is_not_there(two_villages: Desk, browser: Browser) -> None:
    await browser.enter(two_villages.hire("潘志明", Role.SECRETARY, "番村"))
    listed = await browser.get("/admin/questions")

    theirs, nowhere = await browser.get("/admin/questions/2"), await browser.get("/admin/questions/999")

    assert ("祠堂" in listed.words, "鱼塘" in listed.words) == (True, False)
    assert [(one.status, GONE in one.words) for one in (theirs, nowhere)] == [(404, True)] * 2
    assert theirs.text == nowhere.text


@pytest.mark.parametrize("number", ["x", "-1", "1%2F2", "9" * 12, "１"])
async def test_a_number_that_is_none_leads_nowhere(admin: Browser, number: str) -> None:
    shown = await admin.get(f"/admin/questions/{number}")

    assert shown.status == 404


@pytest.mark.parametrize(
    ("answer", "said"),
    [("", "“答复”没有填。"), ("  \n ", "“答复”没有填。"), ("长" * 2001, "“答复”太长了，最多2000个字。")],
)
async def test_an_answer_that_does_not_fit_is_refused_and_kept(
    two_villages: Desk, admin: Browser, answer: str, said: str
) -> None:
    shown = await admin.fill("/admin/questions/1", reply=answer)

    assert (shown.status, shown.said) == (422, said)
    assert answer.strip() in shown.text
    assert two_villages.audit() == []


async def test_what_people_write_is_shown_as_text(desk: Desk, admin: Browser) -> None:
    evil = "<script>alert(1)</script>{{ 7*7 }}{% raw %}"
    ask(desk, "陈伯", evil)

    shown = await admin.get("/admin/questions/1")

    assert ("<script>alert" in shown.text, evil in shown.words) == (False, True)


@pytest.mark.usefixtures("two_villages")
async def test_a_list_is_searched_and_filtered_without_the_page_around_it(admin: Browser) -> None:
    part = await admin.get("/admin/questions?text=鱼塘", **{"HX-Request": "true"})
    whole = await admin.get("/admin/questions?text=鱼塘&state=nonsense")
    none = await admin.get("/admin/questions?text=%25")

    assert ("<html" in part.text, "鱼塘" in part.words, "祠堂" in part.words) == (False, True, False)
    assert ("<html" in whole.text, "共 1 条" in whole.words) == (True, True)
    assert "没有符合的。" in none.words


@pytest.fixture
def crowd(desk: Desk) -> Callable[[int], None]:
    def put(count: int) -> None:
        for number in range(count):
            ask(desk, f"村民{number}", f"第{number}个问题问谁")

    return put


async def test_a_long_list_is_paged_both_ways_and_sorted_both_ways(
    admin: Browser, crowd: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.admin.tables.PAGE", 2)
    crowd(5)
    first = await admin.get("/admin/questions")
    second = await admin.get(_link(first.text, "next"))
    third = await admin.get(_link(second.text, "next"))
    back = await admin.get(_link(third.text, "prev"))
    up = await admin.get("/admin/questions?sort=id")

    pages = [[f"W000{n}" for n in range(1, 6) if f"W000{n}" in one.words] for one in (first, second, third, back, up)]
    assert pages == [["W0004", "W0005"], ["W0002", "W0003"], ["W0001"], ["W0002", "W0003"], ["W0001", "W0002"]]
    assert ('rel="prev"' in first.text, 'rel="next"' in third.text) == (False, False)


@pytest.mark.parametrize("mark", ["x", "W10.abc", "eyJ9.", "a" * 300])
async def test_a_made_up_place_in_a_list_is_refused_in_a_sentence(admin: Browser, mark: str) -> None:
    shown = await admin.get(f"/admin/questions?after={mark}")

    assert (shown.status, "列表的这一页打不开了，请从第一页看起。" in shown.words) == (400, True)


def _link(html: str, rel: str) -> str:
    return html.split(f'rel="{rel}" href="')[1].split('"', maxsplit=1)[0].replace("&amp;", "&")
