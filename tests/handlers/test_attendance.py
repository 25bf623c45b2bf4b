"""Who came: by the code at the door, ticked page by page, from a pasted sheet; corrected, counted, made up for."""

from datetime import UTC, datetime, timedelta

import pytest

from db.models import AttendanceState, CodePurpose, Rsvp
from tests.handlers.conftest import Neighbour, Village
from tests.kit.branch import Branch
from tests.kit.talk import Talk

THURSDAY_EVENING = datetime(2026, 12, 3, 11, 30, tzinfo=UTC)
NEXT_MORNING = datetime(2026, 12, 4, 1, 1, tzinfo=UTC)
NAMES = ("何一", "何二", "何三", "何四", "何五", "何六", "何七", "何八")


@pytest.fixture
def cadre(village: Village) -> Neighbour:
    return village.person("cadre")


@pytest.fixture
def branch(village: Village, li: Neighbour, wang: Neighbour, cadre: Neighbour) -> Branch:
    """A branch with 陈大文 (li), 林小梅 (wang) and the secretary, and a party day on Thursday evening."""
    branch = Branch.below(village.world, "番村")
    branch.member(li, "陈大文")
    branch.member(wang, "林小梅")
    branch.appoint(cadre)
    cadre.says("建学习", "主题党日", "1", "下周四晚7点半到9点半", "活动室", "1")
    return branch


def states(branch: Branch) -> dict[str, AttendanceState]:
    return {name: state for name, (_rsvp, state) in branch.parts().items()}


def check_in(branch: Branch, talk: Talk) -> str:
    """Type the code that hangs at the door, as codes lead on."""
    return str(talk.says(branch.code()))


def test_whoever_checks_in_hears_how_their_year_stands(branch: Branch, cadre: Neighbour, li: Neighbour) -> None:
    branch.turn_to(THURSDAY_EVENING - timedelta(minutes=10))

    heard = li.says(branch.code())
    assert heard.text == "“主题党日”到会已记。\n本年 2/32 学时，还差 30 学时。"
    assert li.says(branch.code()).text == heard.text
    assert states(branch) == {"陈大文": AttendanceState.PRESENT, "林小梅": AttendanceState.EXPECTED}
    assert li.says("我的学时").text == ("2026年 2/32 学时，还差 30 学时。\n12月3日 周四 主题党日 2\n只有您自己看得到。")
    assert cadre.says("我的学时").text.startswith("2026年 0/56 学时")


def test_the_code_at_the_door_is_the_same_when_asked_for_again(branch: Branch, cadre: Neighbour) -> None:
    first = cadre.says("管学习", "1", "签到码")
    again = cadre.says("管学习", "1", "签到码")

    assert first == "sessions/code"
    assert first.text == again.text
    assert branch.codes() == [CodePurpose.SESSION_VENUE]


@pytest.mark.parametrize(
    ("moment", "answer"),
    [
        (THURSDAY_EVENING - timedelta(hours=3), "study/too_early"),
        (THURSDAY_EVENING + timedelta(hours=5), "study/too_late"),
    ],
)
def test_a_code_works_around_its_session_only(branch: Branch, li: Neighbour, moment: datetime, answer: str) -> None:
    branch.turn_to(moment)

    assert check_in(branch, li) == answer
    assert states(branch)["陈大文"] is AttendanceState.EXPECTED


def test_the_code_of_a_cancelled_session_says_so(branch: Branch, cadre: Neighbour, li: Neighbour) -> None:
    cadre.says("管学习", "1", "取消这次", "停电", "1")
    branch.turn_to(THURSDAY_EVENING)

    assert check_in(branch, li) == "study/is_cancelled"


def test_a_villager_with_the_code_is_asked_to_bind_first(branch: Branch, village: Village) -> None:
    branch.turn_to(THURSDAY_EVENING)

    assert check_in(branch, village.person("villager")) == "study/for_members"


def test_a_member_of_another_branch_is_a_guest_and_has_the_hours(branch: Branch, village: Village) -> None:
    guest = village.person("guest")
    Branch.below(village.world, "深村", "深村支部").member(guest, "黄客")
    branch.turn_to(THURSDAY_EVENING)

    assert check_in(branch, guest) == "study/checked_in"
    assert states(branch)["黄客"] is AttendanceState.PRESENT
    assert guest.says("我的学时").text.startswith("2026年 2/32 学时")


def test_the_roll_is_called_by_digits_page_by_page(branch: Branch, cadre: Neighbour) -> None:
    for name in NAMES:
        branch.stranger(name)
    branch.turn_to(THURSDAY_EVENING)

    page = cadre.says("点名")
    assert page.text == (
        "点名：主题党日（已到 0）\n1 陈大文  2 林小梅  3 何一\n4 何二  5 何三  6 何四\n7 何五  8 何六\n"
        "到的人回数字，例：1 3 4。都到了回“全到”。"
    )
    assert page.labels == ["下一页"]
    page = cadre.says("1 3 4")
    assert page.text.splitlines()[:2] == ["点名：主题党日（已到 3）", "1 何七  2 何八"]
    assert page.labels == ["记完了"]
    done = cadre.says("2")

    assert done.text == "记好了。应到 10，到会 4，准假 0，缺席 0。\n记错了发“更正”。"
    present = {name for name, state in states(branch).items() if state is AttendanceState.PRESENT}
    assert present == {"陈大文", "何一", "何二", "何八"}


def test_everybody_came_in_a_word(branch: Branch, cadre: Neighbour) -> None:
    branch.turn_to(THURSDAY_EVENING)

    assert cadre.says("点名", "全到") == "attendance/done"
    assert set(states(branch).values()) == {AttendanceState.PRESENT}


@pytest.mark.parametrize("wrong", ["7 9 0", "陈大文", "0 1"])
def test_numbers_that_are_not_there_are_asked_for_again(branch: Branch, cadre: Neighbour, wrong: str) -> None:
    branch.turn_to(THURSDAY_EVENING)

    assert cadre.says("点名", wrong) == "attendance/which_numbers"
    assert AttendanceState.PRESENT not in states(branch).values()


def test_nobody_is_ticked_days_before(branch: Branch, cadre: Neighbour) -> None:
    assert cadre.says("点名") == "attendance/no_session"
    assert AttendanceState.PRESENT not in states(branch).values()


def test_a_paper_sheet_is_pasted_and_only_the_doubtful_are_asked_about(branch: Branch, cadre: Neighbour) -> None:
    branch.stranger("潘志明")
    branch.stranger("潘志明")
    branch.turn_to(THURSDAY_EVENING)

    assert cadre.says("贴名单") == "attendance/paste_names"
    asked = cadre.says("签到：陈大闻、潘志明、赵不在")
    assert (asked.text, asked.labels) == ("“陈大闻”是哪一位？", ["陈大文", "都不是"])
    asked = cadre.says("1")
    assert asked.text == "“潘志明”是哪一位？"
    assert [one.split()[0] for one in asked.labels] == ["潘志明", "潘志明", "都不是"]
    assert asked.labels[0] != asked.labels[1]
    done = cadre.says("2")

    assert done.text.splitlines()[:2] == ["记好了。应到 4，到会 2，准假 0，缺席 0。", "名单里没有：赵不在。"]
    assert states(branch)["陈大文"] is AttendanceState.PRESENT


def test_a_name_that_is_nobody_is_told(branch: Branch, cadre: Neighbour) -> None:
    branch.turn_to(THURSDAY_EVENING)
    cadre.says("贴名单", "陈大闻")

    done = cadre.says("都不是")

    assert done.text.splitlines()[1] == "名单里没有：陈大闻。"
    assert AttendanceState.PRESENT not in states(branch).values()


def test_a_wrong_record_is_put_right_and_the_hours_follow(branch: Branch, cadre: Neighbour, li: Neighbour) -> None:
    branch.turn_to(THURSDAY_EVENING)
    cadre.says("点名", "全到")

    assert cadre.says("更正") == "attendance/whose"
    asked = cadre.says("陈大文")
    assert (asked.text, asked.labels) == ("陈大文现在记的是：到会。改成？", ["到会", "请假", "缺席"])
    assert cadre.says("3").text == "已改：陈大文 缺席。改动有记录。"

    assert states(branch)["陈大文"] is AttendanceState.ABSENT
    assert li.says("我的学时").text.startswith("2026年 0/32 学时")
    assert branch.audit()[-1] == ("study.correct", "session 1: 1 present -> absent")


def test_absent_is_not_excused_the_morning_after(
    branch: Branch, cadre: Neighbour, li: Neighbour, wang: Neighbour
) -> None:
    branch.stranger("何三")
    wang.says("学习", "1", "2", "1")
    cadre.hears()
    cadre.says("同意")
    branch.turn_to(THURSDAY_EVENING)
    check_in(branch, li)
    branch.stranger("何四")
    cadre.says("管学习", "1")
    branch.turn_to(NEXT_MORNING)

    assert states(branch) == {
        "陈大文": AttendanceState.PRESENT,
        "林小梅": AttendanceState.EXCUSED,
        "何三": AttendanceState.ABSENT,
        "何四": AttendanceState.ABSENT,
    }
    sums = cadre.says("看人数")
    assert sums.text.splitlines()[2] == "到会 1，准假 1，缺席 2"


def test_an_excused_absence_is_made_up_for_and_credited(
    branch: Branch, cadre: Neighbour, li: Neighbour, wang: Neighbour
) -> None:
    wang.says("学习", "1", "2", "1")
    cadre.hears()
    cadre.says("1")
    branch.turn_to(THURSDAY_EVENING)
    check_in(branch, li)
    branch.turn_to(NEXT_MORNING)
    task = branch.last(wang, "leave/to_make_up")

    assert task.labels == ["看材料", "补学完成"]
    assert wang.says("2") == "leave/what_did_you_do"
    assert wang.says("读了二十大报告第一章") == "leave/passed_on"
    notice = branch.last(cadre, "leave/made_up")
    assert notice.text == "林小梅补学了“主题党日”：\n读了二十大报告第一章"
    assert cadre.says("1").text == "已确认，林小梅记 2 学时。"
    assert [one.text for one in wang.hears()] == ["补学已确认：主题党日，记 2 学时。"]
    assert branch.parts()["林小梅"] == (Rsvp.LEAVE, AttendanceState.MADE_UP)
    assert wang.says("我的学时").text.startswith("2026年 2/32 学时")
    assert cadre.presses(notice, "确认") == "leave/decided_already"
    assert wang.says("补学") == "leave/nothing_owed"


def test_a_make_up_that_says_too_little_is_asked_for_again(
    branch: Branch, cadre: Neighbour, li: Neighbour, wang: Neighbour
) -> None:
    wang.says("学习", "1", "2", "1")
    cadre.hears()
    cadre.says("1")
    branch.turn_to(THURSDAY_EVENING)
    check_in(branch, li)
    branch.turn_to(NEXT_MORNING)
    wang.hears()

    assert wang.says("补学", "补学完成", "看了") == "leave/passed_on"
    branch.last(cadre, "leave/made_up")
    assert cadre.says("2") == "leave/asked_for_more"
    branch.last(wang, "leave/little_more")
    assert wang.says("2", "看了材料，明白了新规定") == "leave/passed_on"


def test_as_long_as_no_roll_was_called_nobody_is_absent_and_the_secretary_is_asked(
    branch: Branch, cadre: Neighbour
) -> None:
    branch.turn_to(NEXT_MORNING)

    asked = branch.last(cadre, "study/who_came")
    assert asked.labels == ["点名", "贴名单"]
    assert set(states(branch).values()) == {AttendanceState.EXPECTED}
    assert cadre.says("2", "陈大文") == "attendance/done"
    branch.turn_to(NEXT_MORNING + timedelta(days=2))
    assert states(branch) == {"陈大文": AttendanceState.PRESENT, "林小梅": AttendanceState.ABSENT}


def test_a_stranger_sees_no_sheet_and_no_sums(branch: Branch, village: Village) -> None:
    branch.turn_to(THURSDAY_EVENING)
    stranger = village.person("stranger")

    for word in ("签到表", "看人数", "点名", "贴名单", "更正"):
        assert stranger.says(word) == "attendance/no_session"


def test_the_sheet_goes_as_a_file_where_names_may_be_sent(branch: Branch, cadre: Neighbour) -> None:
    branch.turn_to(THURSDAY_EVENING)

    sheet = cadre.says("签到表")

    assert sheet == "attendance/sheet"
    assert [one.name for one in sheet.message.attachments] == ["签到表.xlsx"]


def test_every_act_of_the_cadre_leaves_a_line(branch: Branch, cadre: Neighbour) -> None:
    branch.turn_to(THURSDAY_EVENING)
    cadre.says("点名", "1")

    assert [act for act, _subject in branch.audit()][-2:] == ["study.publish", "study.tapped"]
