"""An answer given once reaches everybody: who waits, who asked before, and whoever asks next (journey J3)."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from bot.domain import units
from content.words import label
from db.models import CaseState, Role, UnitKind
from tests.handlers.conftest import Neighbour, Village, unit_named

QUESTION = "村里祠堂可以摆酒吗"
IN_OTHER_WORDS = "祠堂可以办酒席吗"
LIKE_IT = "祠堂可唔可以摆酒"
ANSWER = "可以，提前7天到村委登记"


@pytest.fixture
def deputy(village: Village) -> Neighbour:
    """A second person at the desk of 番村."""
    return village.cadre("deputy", "番村", Role.CADRE)


@pytest.fixture
def chen(village: Village) -> Neighbour:
    return village.person("chen")


def asks(person: Neighbour, question: str = QUESTION, village: str = "番村") -> None:
    """Ask in vain and have it passed on; the village is asked for once."""
    if person.says(question, "1") == "cases/which_village":
        person.says(village)


def published(author: Neighbour, reviewer: Neighbour) -> None:
    """Keep the answer that was just given, and let another publish it."""
    assert author.says("1") == "drafts/sent"
    assert [heard for heard in reviewer.hears() if heard == "drafts/for_reviewer"] != []
    assert reviewer.says("1") == "drafts/published"


def test_the_whole_way_from_a_question_to_an_entry(  # the journey as it is written
    village: Village, li: Neighbour, wang: Neighbour, chen: Neighbour, secretary: Neighbour, deputy: Neighbour
) -> None:
    chen.says("祠堂摆酒可以吗", "2")  # asked in vain, not passed on
    for asker, question in ((li, QUESTION), (wang, IN_OTHER_WORDS)):
        asks(asker, question)
    first, second = secretary.hears()
    assert second.text == f"【待答 W0002】{IN_OTHER_WORDS}\n同类问题：2人问过。\n直接回复这条消息即可。"
    deputy.hears()

    assert secretary.quotes(first, ANSWER) == "cases/check_answer"
    sent = secretary.says("1")

    assert sent.text.splitlines()[0] == "W0001 已答复，同类2件一起答了。问的人马上会收到。"
    assert sent.labels == [label("keep_draft_entry"), label("change_answer"), label("keep_not")]
    assert [asker.hears() for asker in (li, wang)] == [["cases/answer_for_asker"], ["cases/answer_for_asker"]]
    published(secretary, deputy)
    assert secretary.hears() == ["drafts/published_yours"]
    assert village.person("somebody").says("祠堂能摆酒吗") == "entries/entry"
    village.works()
    [told] = chen.hears()
    assert told.text.splitlines()[:2] == ["您问过的“祠堂摆酒可以吗”，现在有答案了：", ANSWER]
    assert [asker.hears() for asker in (li, wang)] == [[], []]
    village.works()
    assert chen.hears() == []


def test_a_quoted_message_is_the_one_that_is_answered(
    village: Village, li: Neighbour, wang: Neighbour, secretary: Neighbour
) -> None:
    asks(li)
    asks(wang, "路灯几时修")
    first, _second = secretary.hears()

    assert secretary.quotes(first, ANSWER) == "cases/check_answer"
    assert secretary.says("发出") == "cases/answer_sent"
    assert (li.hears(), wang.hears()) == (["cases/answer_for_asker"], [])
    assert [state for *_, state in village.cases()] == [CaseState.ANSWERED, CaseState.OPEN]


def test_a_quoted_message_is_answered_though_the_words_are_a_known_question(
    li: Neighbour, secretary: Neighbour
) -> None:
    asks(li)
    [notice] = secretary.hears()

    checked = secretary.quotes(notice, "二次报销怎么办")

    assert (checked, checked.text.splitlines()[1]) == ("cases/check_answer", "二次报销怎么办")


def test_a_digit_in_a_quote_means_what_that_message_offered(
    li: Neighbour, wang: Neighbour, secretary: Neighbour
) -> None:
    asks(li)
    asks(wang, "路灯几时修")
    first, _second = secretary.hears()

    heard = secretary.quotes(first, "1")

    assert (heard, heard.text.splitlines()[0]) == ("cases/write_answer", f"【W0001】{QUESTION}")


def test_a_digit_in_a_quote_of_an_ordinary_reply_means_what_that_reply_offered(li: Neighbour) -> None:
    first = li.says("驿站在哪")
    li.says("菜单")

    assert (first, li.quotes(first, "1")) == ("entries/candidates", "entries/entry")
    assert li.quotes(first, "二次报销怎么办").text.startswith("【二次报销】")


def test_a_quote_of_something_else_or_a_way_out_is_no_answer(li: Neighbour, secretary: Neighbour) -> None:
    asks(li)
    [notice] = secretary.hears()

    assert secretary.quotes(notice, "取消") == "engine/nothing_to_cancel"
    assert secretary.sends(secretary.inbound("二次报销怎么办", quoted="nobody-knows")) == "entries/entry"


@pytest.mark.parametrize(
    "said", [f"答 W0001 {ANSWER}", f"答W0001{ANSWER}", f"回复：w0001，{ANSWER}", f"W0001 {ANSWER}"]
)
def test_a_case_is_answered_by_its_number(li: Neighbour, secretary: Neighbour, said: str) -> None:
    asks(li)
    secretary.hears()

    checked = secretary.says(said)

    assert (checked, checked.text.splitlines()[1]) == ("cases/check_answer", ANSWER)


def test_whoever_asked_sees_how_it_stands_by_the_number_and_nobody_else_does(
    li: Neighbour, wang: Neighbour, secretary: Neighbour
) -> None:
    asks(li)

    assert li.says("W0001").text == "W0001：正在等干部答复。"
    assert wang.says("W0001") == "cases/not_yours"
    secretary.says(f"答 W0001 {ANSWER}", "1")
    assert li.says("W0001").text == f"W0001：已答复。\n{ANSWER}"


def test_one_that_only_seems_alike_is_taken_out_and_stays_open(
    village: Village, li: Neighbour, wang: Neighbour, secretary: Neighbour
) -> None:
    asks(li)
    asks(wang, LIKE_IT)
    secretary.hears()
    checked = secretary.says(f"答 W0001 {ANSWER}")
    assert checked.labels == [label("send_answer"), label("change_answer"), label("asked_alike")]

    shown = secretary.says("3")
    assert (shown, shown.labels) == ("cases/take_out", [f"W0002 {LIKE_IT}", label("answer_all")])
    checked = secretary.says("1")

    assert (checked, checked.labels) == ("cases/check_answer", [label("send_answer"), label("change_answer")])
    assert secretary.says("1").text.splitlines()[0] == "W0001 已答复。问的人马上会收到。"
    assert [state for *_, state in village.cases()] == [CaseState.ANSWERED, CaseState.OPEN]
    assert (li.hears(), wang.hears()) == (["cases/answer_for_asker"], [])


def test_who_else_asks_can_be_looked_at_before_answering(li: Neighbour, wang: Neighbour, secretary: Neighbour) -> None:
    asks(li)
    asks(wang, LIKE_IT)
    [_, notice] = secretary.hears()

    shown = secretary.presses(notice, label("asked_alike"))

    assert (shown, shown.text.splitlines()[1:3]) == ("cases/alike", [f"W0002 {LIKE_IT}", f"W0001 {QUESTION}"])
    assert secretary.says(ANSWER) == "cases/check_answer"


def test_what_somebody_wrote_themselves_another_publishes(
    village: Village, li: Neighbour, secretary: Neighbour, deputy: Neighbour
) -> None:
    asks(li)
    secretary.says(f"答 W0001 {ANSWER}", "1", "1")

    shown = secretary.says("待审")

    assert shown == "drafts/none"
    assert deputy.says("待审").labels == ["待审 村里祠堂可以摆酒吗"]
    assert secretary.says(QUESTION) == "entries/none"
    assert village.person("elsewhere").says("待审") == "drafts/none"


def test_a_draft_comes_back_with_the_reason_and_goes_out_again_mended(
    li: Neighbour, secretary: Neighbour, deputy: Neighbour
) -> None:
    asks(li)
    secretary.hears()
    secretary.says(f"答 W0001 {ANSWER}", "1", "1")
    [first] = [heard for heard in deputy.hears() if heard == "drafts/for_reviewer"]

    assert deputy.says("2") == "drafts/why_back"
    assert deputy.says("要写明找谁登记") == "drafts/given_back"
    [back] = secretary.hears()
    assert back.text.endswith("没有通过：要写明找谁登记")
    assert secretary.says("1") == "drafts/change_what"
    shown = secretary.says("2", "可以，提前7天到村委办公室登记")
    assert (shown, shown.text.splitlines()[0]) == (
        "drafts/preview",
        f"【{QUESTION}】可以，提前7天到村委办公室登记",
    )
    assert secretary.says("1") == "drafts/sent"
    assert deputy.hears() == ["drafts/for_reviewer"]
    assert deputy.presses(first, label("publish_draft")) == "drafts/changed_since"
    assert deputy.says("待审", "1", "1") == "drafts/published"


@pytest.mark.parametrize(
    ("picks", "line"),
    [
        (("1", "祠堂摆酒"), f"【祠堂摆酒】{ANSWER}"),
        (("4", "1"), "适用：番村　有效到：2027-11-23"),
        (("5", "1"), "适用：番村　有效到：2027-05-24"),
        (("5", "明年6月30日"), "适用：番村　有效到：2027-06-30"),
    ],
    ids=["title", "scope", "half a year", "a day"],
)
def test_each_thing_of_a_draft_can_be_changed(
    li: Neighbour, secretary: Neighbour, picks: tuple[str, ...], line: str
) -> None:
    asks(li)
    secretary.hears()
    secretary.says(f"答 W0001 {ANSWER}", "1")

    shown = secretary.says("2", "2", *picks)

    assert (shown, line in shown.text.splitlines()) == ("drafts/preview", True)


def test_a_place_of_a_name_several_have_is_asked_for(village: Village, li: Neighbour, secretary: Neighbour) -> None:
    for name in ("甲支部", "乙支部"):
        found_below(village, "番村", name, "妇女小组")
    asks(li)
    secretary.hears()
    secretary.says(f"答 W0001 {ANSWER}", "1")

    asked = secretary.says("2", "2", "4", "妇女小组")
    assert (asked, asked.labels) == ("drafts/which_of_them", ["甲支部·妇女小组", "乙支部·妇女小组"])
    assert "适用：乙支部·妇女小组　有效到：2027-11-23" in secretary.says("2").text.splitlines()

    assert "适用：甲支部·妇女小组　有效到：2027-11-23" in secretary.says("2", "4", "甲支部·妇女小组").text.splitlines()


def found_below(village: Village, top: str, *names: str) -> None:
    """Found units, each below the one before."""

    def found(db: Session) -> None:
        above = unit_named(db, top)
        for name in names:
            above = units.add(db, name, UnitKind.GROUP, above)

    village.world.run(found)


@pytest.mark.parametrize(
    "answer", ["请打电话13822362236找李主任", "身份证号440602199001011234要带", "见www.example.cn"]
)
def test_an_answer_with_a_number_of_somebody_makes_no_entry_until_it_is_mended(
    li: Neighbour, secretary: Neighbour, answer: str
) -> None:
    asks(li)
    secretary.hears()

    sent = secretary.says(f"答 W0001 {answer}", "1")

    assert sent.labels == [label("change_answer"), label("keep_not")]
    assert secretary.says("1") == "drafts/write_answer"
    assert secretary.says(answer) == "drafts/has_personal"
    assert secretary.says(ANSWER) == "drafts/preview"


def test_an_answer_may_be_left_an_answer(li: Neighbour, secretary: Neighbour) -> None:
    asks(li)
    secretary.hears()

    assert secretary.says(f"答 W0001 {ANSWER}", "1", "3") == "drafts/not_kept"


def test_the_answer_of_one_village_is_not_given_to_another(
    village: Village, li: Neighbour, wang: Neighbour, secretary: Neighbour, deputy: Neighbour
) -> None:
    elsewhere = village.cadre("elsewhere", "深村")
    asks(wang, village="深村")
    asks(li)
    secretary.hears()
    secretary.says(f"答 W0002 {ANSWER}", "1")
    published(secretary, deputy)
    village.works()

    assert wang.hears() == []
    assert wang.says("祠堂能摆酒吗") == "entries/none"
    assert li.says("祠堂能摆酒吗") == "entries/entry"
    assert elsewhere.hears() == ["cases/for_cadre"]


def test_who_asked_long_ago_or_was_answered_since_is_not_told(
    village: Village, li: Neighbour, wang: Neighbour, chen: Neighbour, secretary: Neighbour, deputy: Neighbour
) -> None:
    chen.says(QUESTION)
    village.waits(timedelta(days=91))
    for asker in (li, wang):
        asks(asker)
        secretary.hears()
    secretary.says(f"答 W0001 {ANSWER}", "1")
    published(secretary, deputy)
    for asker in (li, wang):
        asker.hears()
    village.works()

    assert [asker.hears() for asker in (li, wang, chen)] == [[], [], []]


def test_who_is_told_late_closes_what_still_waits(
    village: Village, li: Neighbour, wang: Neighbour, secretary: Neighbour, deputy: Neighbour
) -> None:
    asks(li)
    secretary.hears()
    secretary.says(f"答 W0001 {ANSWER}", "1")
    asks(wang, "想在村里的祠堂摆喜酒行吗")
    published(secretary, deputy)
    village.works()
    [told] = wang.hears()

    assert told.labels == [label("useful"), label("not_solved")]
    assert wang.says("1") == "cases/glad"
    assert [state for *_, state in village.cases()] == [CaseState.ANSWERED, CaseState.CLOSED]


def test_a_question_goes_to_who_minds_its_topic_and_to_the_others_when_they_are_silent(
    village: Village, li: Neighbour, secretary: Neighbour, deputy: Neighbour
) -> None:
    village.call(deputy, "李明")
    assert secretary.says("分工 祠堂 李明") == "topics/assigned"
    assert deputy.hears() == ["topics/yours"]

    asks(li)

    [notice] = deputy.hears()
    assert notice.text.splitlines()[1] == "分工：祠堂"
    assert secretary.hears() == []
    village.waits(timedelta(days=2, hours=1))
    assert (deputy.hears(), secretary.hears()) == (["cases/reminder_for_cadre"], [])
    village.waits(timedelta(days=2))
    assert (deputy.hears(), secretary.hears()) == ([], ["cases/escalated"])


def test_a_topic_is_known_by_the_entry_a_question_came_from(
    village: Village, li: Neighbour, secretary: Neighbour, deputy: Neighbour
) -> None:
    village.call(deputy, "李明")
    secretary.says("分工 二次报销 李明")
    deputy.hears()

    li.says("看病的钱怎么再报一次", "1", "番村")

    assert (deputy.hears(), secretary.hears()) == (["cases/for_cadre"], [])


def test_topics_are_listed_and_let_go(village: Village, secretary: Neighbour, deputy: Neighbour, li: Neighbour) -> None:
    village.call(deputy, "李明")
    secretary.says("分工 医保 李明")
    deputy.hears()

    assert secretary.says("分工表").text.splitlines() == ["分工：", "番村 医保: 李明"]
    assert secretary.says("分工 医保 无") == "topics/released"
    assert deputy.hears() == ["topics/no_longer_yours"]
    assert secretary.says("分工 医保 王五") == "topics/nobody_so_named"
    assert secretary.says("分工") == "topics/say_both"
    assert li.says("分工 医保 李明") == "access/not_yours"
