"""J6: a session is held, answered by digits, moved, called off and attended; nobody is left out or told twice."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.channels.base import Blocked
from db.models import AttendanceState, Role, Rsvp
from tests.handlers.conftest import Neighbour, Village, brief
from tests.kit.branch import Branch
from tests.kit.talk import Talk, World

THURSDAY_EVENING = datetime(2026, 12, 3, 11, 30, tzinfo=UTC)
"""Half past seven in the evening in the township, ten days after the tests' morning."""


@pytest.fixture
def branch(village: Village, li: Neighbour, wang: Neighbour, cadre: Neighbour) -> Branch:
    """潘一支部 with 陈大文 (li), 林小梅 (wang) and the secretary 潘志明, who is no member himself."""
    branch = Branch.below(village.world, "番村")
    branch.member(li, "陈大文")
    branch.member(wang, "林小梅")
    branch.appoint(cadre)
    return branch


@pytest.fixture
def cadre(village: Village) -> Neighbour:
    """The secretary of the branch."""
    return village.person("cadre")


def publish(cadre: Talk, when: str = "下周四晚7点半到9点半") -> None:
    assert cadre.says("建学习", "主题党日", "1", when, "潘一支部活动室") == "sessions/card"
    assert cadre.says("1") == "sessions/published"


def test_a_session_is_held_in_a_few_words(branch: Branch, cadre: Neighbour) -> None:
    assert cadre.says("建学习") == "sessions/which_kind"
    assert cadre.says("主题党日") == "sessions/what_title"
    assert cadre.says("1") == "sessions/when"
    assert cadre.says("下周四晚7点半到9点半") == "sessions/where"
    card = cadre.says("潘一支部活动室")
    assert card.text == ("请核对：【主题党日】\n12月3日 周四 19:30–21:30\n潘一支部活动室\n对象：潘一支部 2人，2 学时")
    published = cadre.says("1")

    assert published.text == "已发布“主题党日”，2 人会按时收到提醒。\n没回复的，最后会列给您打电话。"
    [session] = branch.sessions()
    assert (session.starts_at, session.sequence, session.credit_hours) == (THURSDAY_EVENING, 0, 2.0)
    assert branch.parts() == dict.fromkeys(("陈大文", "林小梅"), (Rsvp.NONE, AttendanceState.EXPECTED))


@pytest.mark.usefixtures("branch")
@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("建学习 下周四晚7点半 主题党日", "sessions/where"),
        ("建学习 下周四晚7点半到9点半 主题党日 潘一支部活动室", "sessions/card"),
        ("建学习 主题党日", "sessions/when"),
        ("建学习 昨天 主题党日", "sessions/when"),
        ("建学习 下周四晚7点半", "sessions/which_kind"),
    ],
)
def test_a_session_is_said_in_one_go_and_only_the_rest_is_asked(cadre: Neighbour, said: str, heard: str) -> None:
    assert cadre.says(said) == heard


@pytest.mark.usefixtures("branch")
@pytest.mark.parametrize(
    ("said", "line", "expected"),
    [
        ("改到晚上8点", 1, "12月3日 周四 20:00–22:00"),
        ("改到下周五", 1, "12月4日 周五 19:30–21:30"),
        ("下周五下午3点到4点", 1, "12月4日 周五 15:00–16:00"),
        ("地点改到村委会议室", 2, "村委会议室"),
        ("在祠堂门口", 2, "祠堂门口"),
        ("名称改成十二月主题党日", 0, "请核对：【主题党日】十二月主题党日"),
    ],
)
@pytest.mark.parametrize("asked_first", [True, False])
def test_the_card_is_changed_by_saying_the_new_value(
    cadre: Neighbour, said: str, line: int, expected: str, *, asked_first: bool
) -> None:
    before = cadre.says("建学习下周四晚7点半到9点半主题党日 潘一支部活动室")
    if asked_first:
        assert cadre.says("改") == "sessions/what_to_change"

    card = cadre.says(said)

    wanted = before.text.splitlines()
    wanted[line] = expected
    assert card.text.splitlines()[:3] == wanted[:3]
    assert cadre.says("好") == "sessions/published"


@pytest.mark.usefixtures("branch")
@pytest.mark.parametrize(
    ("said", "heard"),
    [("改到昨天", "study/time_is_past"), ("好看一点", "sessions/change_how"), ("改到7点半", "volunteering/which_time")],
)
def test_a_change_that_cannot_be_is_said_and_the_card_stays(cadre: Neighbour, said: str, heard: str) -> None:
    cadre.says("建学习 下周四晚7点半到9点半 主题党日 潘一支部活动室")

    assert cadre.says(said) == heard
    assert cadre.says("1") == "sessions/published"


@pytest.mark.usefixtures("branch")
def test_a_member_may_not_say_a_session_in_one_go(li: Neighbour) -> None:
    assert li.says("建学习 下周四晚7点半 主题党日") == "access/not_yours"


@pytest.mark.usefixtures("branch")
def test_leave_is_asked_for_by_its_word(cadre: Neighbour, li: Neighbour, village: Village) -> None:
    publish(cadre)
    only_one = li.says("请假")
    publish(cadre, "下周五晚7点半到9点半")
    which = li.says("取消", "我要请假")

    assert (only_one, which) == ("leave/why", "leave/which")
    assert li.says("2", "1") == "leave/asked_for"
    assert village.person("chen").says("请假") == "study/for_members"


@pytest.mark.usefixtures("branch")
def test_the_place_of_last_time_is_offered(cadre: Neighbour) -> None:
    publish(cadre)

    asked = cadre.says("建学习", "党课", "1", "明天晚上8点")

    assert (asked, asked.labels) == ("sessions/where", ["潘一支部活动室"])
    assert cadre.says("1") == "sessions/card"


@pytest.mark.usefixtures("branch")
def test_what_is_wrong_on_the_card_is_changed_without_saying_all_again(cadre: Neighbour) -> None:
    cadre.says("建学习", "党课", "学习二十大", "下周四晚7点半", "活动室")

    assert cadre.says("2") == "sessions/what_to_change"
    assert cadre.says("1") == "sessions/when"
    assert cadre.says("下周五上午9点到11点半") == "sessions/card"
    assert cadre.says("改", "改学时", "1.5") == "sessions/card"
    card = cadre.says("改", "改地点", "村委二楼")

    assert card.text.splitlines() == [
        "请核对：【党课】学习二十大",
        "12月4日 周五 9:00–11:30",
        "村委二楼",
        "对象：潘一支部 2人，1.5 学时",
    ]


@pytest.mark.parametrize(
    ("when", "answer"),
    [
        ("11月20日晚上8点", "study/time_is_past"),
        ("2月30日19:30", "sessions/no_such_time"),
        ("随便", "sessions/no_time"),
        ("下周四", "sessions/what_time_of_day"),
    ],
)
def test_a_time_that_cannot_be_is_asked_for_again(branch: Branch, cadre: Neighbour, when: str, answer: str) -> None:
    cadre.says("建学习", "党课", "1")

    assert cadre.says(when) == answer
    assert cadre.says("下周四晚7点半") == "sessions/where"
    assert branch.sessions() == []


def test_a_time_that_may_be_two_is_asked_about(branch: Branch, cadre: Neighbour) -> None:
    asked = cadre.says("建学习", "党课", "1", "下周四7点半")

    assert (asked, asked.labels) == ("sessions/which_time", ["12月3日 周四 7:30", "12月3日 周四 19:30"])
    assert cadre.says("2", "活动室", "1") == "sessions/published"
    assert branch.sessions()[0].starts_at == THURSDAY_EVENING


def test_a_series_makes_its_next_sessions_by_itself(branch: Branch, cadre: Neighbour) -> None:
    card = cadre.says("建学习", "主题党日", "1", "每月10日19:30", "活动室")
    assert card.text.splitlines()[2] == "每月10日都开"
    assert cadre.says("1") == "sessions/published"

    assert [one.starts_at.isoformat() for one in branch.sessions()] == ["2026-12-10T11:30:00+00:00"]
    branch.turn_to(datetime(2027, 3, 1, 1, 0, tzinfo=UTC))
    assert [one.starts_at.strftime("%m-%d") for one in branch.sessions()] == ["12-10", "03-10", "04-10"]


def test_a_member_answers_with_one_digit(branch: Branch, cadre: Neighbour, li: Neighbour) -> None:
    publish(cadre)

    listed = li.says("学习")
    assert (listed, listed.labels) == ("study/ahead", ["12月3日 周四 19:30 主题党日"])
    shown = li.says("1")
    assert shown.text == "【主题党日】\n12月3日 周四 19:30\n潘一支部活动室"
    assert shown.labels == ["参加", "请假", "看材料"]
    assert li.says("1") == "study/is_coming"
    assert branch.parts()["陈大文"] == (Rsvp.COMING, AttendanceState.EXPECTED)


def test_leave_is_asked_for_decided_and_told(branch: Branch, cadre: Neighbour, li: Neighbour) -> None:
    publish(cadre)

    asked = li.says("学习", "1", "2")
    assert (asked, asked.labels) == ("leave/why", ["身体", "外出", "工作", "其他"])
    answered = li.says("1")
    assert answered.text == ("已帮您请假：主题党日。请多休息。\n书记会看到并答复。\n材料稍后发给您，也可请家人代收。")
    [notice] = cadre.hears()
    assert notice.text == "陈大文请假（身体）。\n主题党日 12月3日 周四 19:30"
    assert notice.labels == ["同意", "电话了解"]
    assert cadre.says("1") == "leave/is_approved"
    assert li.hears() == ["leave/approved"]
    assert branch.parts()["陈大文"] == (Rsvp.LEAVE, AttendanceState.EXCUSED)


@pytest.mark.usefixtures("branch")
def test_the_secretary_may_call_first_and_ask_to_come(cadre: Neighbour, li: Neighbour) -> None:
    publish(cadre)
    li.says("学习", "1", "2", "2")
    cadre.hears()

    call = cadre.says("2")
    assert call == "leave/call_first"
    assert call.text.startswith("陈大文 138****")
    assert cadre.says("2") == "leave/is_refused"
    [heard] = li.hears()
    assert (heard, heard.labels) == ("leave/please_come", ["参加", "请假", "看材料"])
    assert li.says("1") == "study/is_coming"


@pytest.mark.usefixtures("branch")
def test_another_reason_is_said_in_ones_own_words(cadre: Neighbour, li: Neighbour) -> None:
    publish(cadre)

    assert li.says("学习", "1", "请假", "4") == "leave/in_your_words"
    assert li.says("要去接孙子") == "leave/asked_for"
    assert cadre.hears()[0].text.startswith("陈大文请假（要去接孙子）")


@pytest.mark.usefixtures("branch")
def test_a_reason_may_be_said_in_words_at_once(cadre: Neighbour, li: Neighbour) -> None:
    publish(cadre)

    assert li.says("学习", "1", "2", "腰痛走不动") == "leave/asked_for"
    assert cadre.hears()[0].text.startswith("陈大文请假（腰痛走不动）")


@pytest.mark.usefixtures("branch")
def test_leave_goes_to_the_next_up_the_tree_when_the_secretary_can_be_reached_no_more(
    village: Village, cadre: Neighbour, li: Neighbour
) -> None:
    above = village.cadre("above", "番村")
    publish(cadre)
    li.says("学习", "1", "2", "2")

    village.cannot_push(cadre, Blocked("bye"))

    [asked] = above.hears()
    assert (asked, asked.text.splitlines()[0]) == ("leave/asked", "陈大文请假（外出）。")
    village.cannot_push(cadre, Blocked("bye"))
    assert above.hears() == []


@pytest.mark.usefixtures("branch")
def test_the_same_leave_asked_twice_is_told_once(cadre: Neighbour, li: Neighbour) -> None:
    publish(cadre)
    li.says("学习", "1", "2", "1")
    li.says("学习", "1", "2", "1")

    assert cadre.hears() == ["leave/asked"]


def test_the_second_of_two_cadres_hears_that_it_was_decided(
    branch: Branch, village: Village, cadre: Neighbour, li: Neighbour
) -> None:
    deputy = village.person("deputy")
    branch.appoint(deputy, Role.CADRE)
    publish(cadre)
    li.says("学习", "1", "2", "1")
    cadre.hears()
    deputy.hears()
    cadre.says("1")

    assert deputy.says("1") == "leave/decided_already"
    assert li.hears() == ["leave/approved"]


def test_a_reply_at_eleven_at_night_is_taken_and_told_in_the_morning(
    branch: Branch, cadre: Neighbour, li: Neighbour
) -> None:
    publish(cadre)
    branch.turn_to(datetime(2026, 11, 24, 15, 0, tzinfo=UTC))
    cadre.hears()

    assert "书记早上会看到并答复。" in li.says("学习", "1", "2", "1").text
    assert cadre.hears() == []
    branch.turn_to(datetime(2026, 11, 24, 23, 30, tzinfo=UTC))
    assert cadre.hears() == ["leave/asked"]


def test_a_daughter_answers_for_her_father(branch: Branch, village: Village, cadre: Neighbour) -> None:
    father = branch.stranger("陈伯")
    daughter = village.person("daughter")
    branch.lets(daughter, father)
    publish(cadre)

    assert daughter.says("学习").labels == ["陈伯：12月3日 周四 19:30 主题党日"]
    shown = daughter.says("1")
    assert shown.text.splitlines()[0] == "【主题党日】（替陈伯回复）"
    assert daughter.says("2", "1").text.startswith("已帮陈伯请假")
    cadre.hears()
    cadre.says("管学习")
    assert branch.parts()["陈伯"] == (Rsvp.LEAVE, AttendanceState.EXPECTED)


def test_nobody_answers_for_a_stranger(branch: Branch, village: Village, cadre: Neighbour, li: Neighbour) -> None:
    publish(cadre)
    shown = li.says("学习", "1")
    neighbour = village.person("neighbour")

    assert neighbour.says("学习") == "study/for_members"
    assert neighbour.presses(shown, "参加") == "engine/button_too_old"
    assert branch.parts()["陈大文"][0] is Rsvp.NONE


def test_a_moved_session_is_told_once_and_answers_stand(
    branch: Branch, cadre: Neighbour, li: Neighbour, wang: Neighbour
) -> None:
    publish(cadre)
    li.says("学习", "1", "1")

    assert cadre.says("管学习", "1", "改时间") == "sessions/move_to_when"
    assert cadre.says("下周五晚8点") == "sessions/move_to_where"
    card = cadre.says("1")
    assert card.text.splitlines()[1:4] == ["原定 12月3日 周四 19:30", "改到 12月4日 周五 20:00–22:00", "潘一支部活动室"]
    assert cadre.says("1") == "sessions/moved"
    branch.works()
    branch.works()

    for person in (li, wang):
        [heard] = person.hears()
        assert (heard, heard.labels) == ("study/moved", ["参加", "请假", "看材料"])
        assert "新时间：12月4日 周五 20:00" in heard.text
    assert branch.parts()["陈大文"][0] is Rsvp.COMING
    assert branch.sessions()[0].sequence == 1
    assert wang.says("1") == "study/is_coming"


def test_moved_twice_before_anybody_heard_it_is_told_once(branch: Branch, cadre: Neighbour, li: Neighbour) -> None:
    publish(cadre)
    branch.turn_to(datetime(2026, 11, 24, 14, 0, tzinfo=UTC))
    for when in ("下周五晚8点", "下周六晚8点"):
        assert cadre.says("管学习", "1", "改时间", when, "1", "1") == "sessions/moved"
        branch.works()
    branch.turn_to(datetime(2026, 11, 24, 23, 30, tzinfo=UTC))

    heard = [one for one in li.hears() if one == "study/moved"]
    assert [one.text.splitlines()[1] for one in heard] == ["新时间：12月5日 周六 20:00"]


def test_the_button_of_a_moved_session_says_so(branch: Branch, cadre: Neighbour, li: Neighbour) -> None:
    publish(cadre)
    shown = li.says("学习", "1")
    cadre.says("管学习", "1", "改时间", "下周五晚8点", "1", "1")

    pressed = li.presses(shown, "参加")
    assert (pressed, pressed.labels) == ("study/moved_since", ["参加", "请假", "看材料"])
    assert branch.parts()["陈大文"][0] is Rsvp.NONE
    assert li.says("1") == "study/is_coming"
    assert li.presses(shown, "请假") == "study/moved_since"


def test_a_session_called_off_is_told_why_once_and_its_buttons_say_so(
    branch: Branch, cadre: Neighbour, li: Neighbour, wang: Neighbour
) -> None:
    publish(cadre)
    shown = li.says("学习", "1")

    assert cadre.says("管学习", "1", "取消这次") == "sessions/why_call_off"
    assert cadre.says("台风，村里停电") == "sessions/off_card"
    assert cadre.says("1") == "sessions/called_off"
    branch.works()
    branch.works()

    for person in (li, wang):
        [heard] = person.hears()
        assert heard.text == "【取消】主题党日\n原定 12月3日 周四 19:30，不开了。\n原因：台风，村里停电"
    for answer in ("参加", "请假"):
        assert li.presses(shown, answer) == "study/is_cancelled"
    assert li.says("学习") == "study/nothing_ahead"


def test_the_button_of_a_session_that_is_over_says_so(branch: Branch, cadre: Neighbour, li: Neighbour) -> None:
    publish(cadre)
    shown = li.says("学习", "1")
    branch.turn_to(THURSDAY_EVENING + timedelta(hours=3))

    assert li.presses(shown, "参加") == "study/is_over"


def test_a_restart_in_mid_form_forgets_nothing(branch: Branch, cadre: Neighbour, li: Neighbour) -> None:
    publish(cadre)
    assert li.says("学习", "1", "2") == "leave/why"
    cadre.says("建学习", "党课", "1")

    after = World(branch.world.database, clock=branch.world.clock)
    assert Talk(after, li.name).says("1") == "leave/asked_for"
    assert Talk(after, cadre.name).says("下周四晚7点半") == "sessions/where"


def test_whoever_joins_or_leaves_the_branch_later_is_added_or_taken_off(
    branch: Branch, village: Village, cadre: Neighbour, li: Neighbour
) -> None:
    publish(cadre)
    newcomer = village.person("newcomer")
    branch.member(newcomer, "何新")
    branch.leave(li)

    assert newcomer.says("学习") == "study/ahead"
    assert cadre.says("管学习", "1") == "sessions/session"
    assert set(branch.parts()) == {"林小梅", "何新"}
    assert li.says("学习") == "study/for_members"


@pytest.mark.usefixtures("branch")
def test_somebody_without_a_role_can_neither_hold_nor_look_after(cadre: Neighbour, li: Neighbour) -> None:
    publish(cadre)
    shown = cadre.says("管学习", "1")

    assert li.says("建学习") == "access/not_yours"
    assert li.says("管学习") == "access/not_yours"
    assert li.presses(shown, "改时间") == "engine/button_too_old"
    assert li.says("点名") == "attendance/no_session"


def test_whoever_loses_the_role_in_mid_form_can_no_longer_publish(
    branch: Branch, village: Village, cadre: Neighbour
) -> None:
    cadre.says("建学习", "党课", "1", "下周四晚7点半", "活动室")
    village.dismiss(cadre)

    assert cadre.says("1") == "access/not_yours"
    assert branch.sessions() == []


def test_every_list_and_card_is_brief(branch: Branch, cadre: Neighbour) -> None:
    publish(cadre)

    brief(cadre.says("管学习", "1"))
    branch.turn_to(THURSDAY_EVENING - timedelta(hours=1))
    assert cadre.says("管学习", "1").labels == ["点名", "贴名单", "签到码", "签到表", "看人数", "更多"]
    assert cadre.says("6").labels == ["更正", "会议记录", "加材料", "改时间", "取消这次"]
    branch.turn_to(THURSDAY_EVENING + timedelta(hours=3))
    assert cadre.says("管学习", "1", "更多").labels == ["更正", "会议记录"]


@pytest.mark.usefixtures("branch")
def test_materials_are_listed_and_sent_along_and_a_card_is_made_in_large_type(cadre: Neighbour, li: Neighbour) -> None:
    publish(cadre)
    assert cadre.says("管学习", "1", "加材料") == "sessions/send_material"
    assert cadre.says("20份学习提纲") == "sessions/material_added"
    assert cadre.says("1", "https://example.org/a 文章") == "sessions/material_added"

    heard = li.says("学习", "1", "3")
    assert heard.text == (
        "【主题党日】材料3份：\n1 会议通知.ics\n2 学习提纲（纸质20份，到会领）\n3 文章 https://example.org/a"
    )
    assert [one.name for one in heard.message.attachments] == ["会议通知.ics"]
    assert heard.labels == ["大字卡"]
    card = li.says("1")
    assert (card, [one.name for one in card.message.attachments]) == ("study/card", ["大字卡1.png"])


def test_any_words_become_a_card(li: Neighbour) -> None:
    card = li.says("大字卡", "周五下午两点停水")

    assert (card, [one.name for one in card.message.attachments]) == ("study/card_of_words", ["大字卡1.png"])


@pytest.mark.usefixtures("branch")
def test_names_and_hours_are_nobodys_in_a_group(cadre: Neighbour, li: Neighbour) -> None:
    publish(cadre)

    cadre.world.clock.turn(THURSDAY_EVENING - cadre.world.clock.now())

    for person, text in ((li, "我的学时"), (cadre, "点名")):
        heard = person.sends(person.inbound(text, is_group=True))
        assert heard == "identity/only_alone"
