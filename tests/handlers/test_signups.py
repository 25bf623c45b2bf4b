"""Volunteering as people talk about it: what is on, a seat or the queue, and not coming after all (J5)."""

from datetime import timedelta
from typing import Any

import pytest

from bot.domain import codes
from bot.domain.persons import people
from bot.domain.volunteers import seats, volunteering
from content.words import label
from db.models import (
    Attendance,
    CodePurpose,
    MeetingKind,
    OccasionState,
    Proxy,
    ProxyState,
    Role,
    Rsvp,
    Signup,
    StudySession,
)
from tests.handlers.conftest import Neighbour, Village, unit_named
from tests.kit.activities import HOUR, SATURDAY, catch_up, published, somebody
from tests.kit.talk import MORNING

DAY = timedelta(days=1)
"""Everything here happens in 番村 unless it is said otherwise."""


def held(village: Village, **more: Any) -> int:
    """Publish an activity of 番村 and return its id."""
    return village.world.run(lambda db: published(db, unit_named(db, "番村"), **more).id)


def member(village: Village, name: str, unit: str = "番村") -> Neighbour:
    """Somebody on the roster of a village, whose name and phone are known."""
    person = village.person(name)

    def enlist(db: Any) -> None:
        row = somebody(db, name, unit_named(db, unit))
        people.set_mobile(db, row, "13800138000")

    village.world.run(enlist)
    return person


def state_of(village: Village, person: Neighbour, activity_id: int) -> str:
    def look(db: Any) -> str:
        signup = seats.standing(db, activity_id, person.record(db).id or 0)
        return signup.state.value if signup else ""

    return village.world.run(look)


@pytest.fixture
def chen(village: Village) -> Neighbour:
    return member(village, "陈大文")


@pytest.fixture
def huang(village: Village) -> Neighbour:
    return member(village, "黄小妹")


@pytest.fixture
def lu(village: Village) -> Neighbour:
    return member(village, "陆伯")


def test_what_is_on_soon_is_listed_with_what_is_still_missing(village: Village, chen: Neighbour) -> None:
    held(village, starts_at=SATURDAY + DAY, title="爱心学堂助教", seats={None: 1})
    held(village)
    member(village, "黄小妹").says("活动", "2", "1")

    heard = chen.says("活动")

    assert heard == "volunteering/soon"
    assert heard.labels == ["11月28日 周六 9:00 清理村道（还差3人）", "11月29日 周日 9:00 爱心学堂助教（已满）"]


def test_a_member_signs_up_without_being_asked_what_is_known(village: Village, chen: Neighbour) -> None:
    activity_id = held(village)
    shown = chen.says("活动", "1")
    assert (shown, shown.labels) == ("volunteering/activity", [label("sign_up"), label("back")])

    heard = chen.says("1")

    assert heard == "volunteering/signed_up"
    assert heard.text.splitlines()[-2] == "11月27日 周五 18:00 我会提醒您。"
    assert state_of(village, chen, activity_id) == "confirmed"


def test_the_queue_is_told_and_an_offer_goes_from_one_to_the_next(
    village: Village, chen: Neighbour, huang: Neighbour, lu: Neighbour
) -> None:
    activity_id = held(village, seats={None: 1})
    chen.says("活动", "1", "1")
    assert huang.says("活动", "1").labels == [label("wait_for_seat"), label("back")]
    assert huang.says("1").text.splitlines()[0] == "您是候补第1位。"
    assert lu.says("活动", "1", "1").text.splitlines()[0] == "您是候补第2位。"

    asked = chen.says("取消")
    assert (asked, asked.labels) == ("volunteering/cancel_check", [label("cancel_it"), label("keep_it")])
    assert chen.says("1").text == "您的“清理村道”报名已取消，名额给候补了。谢谢您早说。"

    [offered] = huang.hears()
    assert (offered, lu.hears()) == ("volunteering/seat_offered", [])
    assert huang.says("2") == "volunteering/offer_declined"
    assert lu.hears() == ["volunteering/seat_offered"]
    assert lu.says("1") == "volunteering/signed_up"
    assert state_of(village, lu, activity_id) == "confirmed"
    assert huang.presses(offered, label("confirm_seat")) == "volunteering/offer_is_over"


def test_an_offer_nobody_answers_goes_to_the_next_in_the_daytime(
    village: Village, chen: Neighbour, huang: Neighbour, lu: Neighbour
) -> None:
    held(village, seats={None: 1})
    for one in (chen, huang, lu):
        one.says("活动", "1", "1")
    chen.says("取消报名", "1")
    huang.hears()
    village.world.clock.turn(4 * HOUR + timedelta(minutes=30))

    catch_up(village.world)

    [told] = huang.hears()
    assert (told, told.labels) == ("volunteering/no_longer_waiting", [label("wait_again")])
    assert lu.hears() == ["volunteering/seat_offered"]
    assert huang.says("1") == "volunteering/waitlisted"


def test_an_offer_of_the_night_is_not_told_in_the_morning_when_it_is_over(
    village: Village, chen: Neighbour, huang: Neighbour, lu: Neighbour
) -> None:
    held(village, seats={None: 1})
    for one in (chen, huang, lu):
        one.says("活动", "1", "1")
    village.world.clock.turn(13 * HOUR)
    chen.says("取消报名", "1")
    huang.says("退出候补", "1")

    village.world.clock.turn(10 * HOUR)
    catch_up(village.world)

    assert huang.hears() == []
    assert lu.hears() == ["volunteering/seat_offered"]


def test_leaving_the_queue_moves_the_others_up(
    village: Village, chen: Neighbour, huang: Neighbour, lu: Neighbour
) -> None:
    held(village, seats={None: 1})
    for one in (chen, huang, lu):
        one.says("活动", "1", "1")

    assert huang.says("退出候补").text == "不再等“清理村道”吗？"
    assert huang.says("1").text == "您不再等“清理村道”了。谢谢您早说。"
    assert lu.says("我的活动").labels == ["11月28日 周六 9:00 清理村道（候补第1位）"]


def test_what_is_to_be_cancelled_can_be_named(village: Village, chen: Neighbour) -> None:
    held(village)
    second = held(village, title="爱心学堂助教", starts_at=SATURDAY + DAY)
    chen.says("活动", "1", "1")
    chen.says("活动", "2", "1")

    assert chen.says("取消报名") == "volunteering/which_to_cancel"
    assert chen.says("爱心学堂").text == "取消“爱心学堂助教”吗？"
    assert chen.says("不取消") == "volunteering/still_signed_up"
    assert chen.says("取消爱心学堂助教").text == "取消“爱心学堂助教”吗？"
    assert chen.says("1") == "volunteering/cancelled"
    assert state_of(village, chen, second) == "cancelled"


def test_a_question_that_begins_with_the_word_for_cancelling_is_still_a_question(
    village: Village, chen: Neighbour
) -> None:
    held(village)
    chen.says("活动", "1", "1")

    assert chen.says("取消低保要去哪里办手续") in {"entries/none", "entries/candidates", "entries/entry"}


def test_whoever_signed_up_for_nothing_has_nothing_to_cancel(chen: Neighbour) -> None:
    assert chen.says("取消") == "engine/nothing_to_cancel"
    assert chen.says("取消报名") == "engine/nothing_to_cancel"
    assert chen.says("我的活动") == "volunteering/none_of_mine"


def test_something_else_at_the_same_time_is_said_before_signing_up(village: Village, chen: Neighbour) -> None:
    held(village)
    other = held(village, title="敬老探访", starts_at=SATURDAY + HOUR)
    chen.says("活动", "1", "1")

    clash = chen.says("活动", "2", "1")
    assert (clash, clash.labels) == ("volunteering/clash", [label("sign_up_anyway"), label("do_not_sign_up")])
    assert clash.text.splitlines()[0] == "您那时还有：11月28日 周六 9:00 清理村道。"
    assert chen.says("2") == "volunteering/not_signed_up"
    assert chen.says("活动", "2", "1", "照样报名") == "volunteering/signed_up"
    assert state_of(village, chen, other) == "confirmed"


def test_a_study_session_they_said_they_come_to_clashes_too(village: Village, chen: Neighbour) -> None:
    held(village)

    def invite(db: Any) -> None:
        unit_id = unit_named(db, "番村").id or 0
        session = StudySession(
            title="主题党日",
            unit_id=unit_id,
            audience_unit_id=unit_id,
            place="活动室",
            starts_at=SATURDAY + HOUR,
            ends_at=SATURDAY + 2 * HOUR,
            state=OccasionState.PUBLISHED,
            kind=MeetingKind.PARTY_DAY,
            uid="u1",
            created_at=MORNING,
        )
        db.add(session)
        db.flush()
        db.add(Attendance(session_id=session.id or 0, person_id=chen.record(db).id or 0, rsvp=Rsvp.COMING))

    village.world.run(invite)

    assert chen.says("活动", "1", "1") == "volunteering/clash"


def test_whoever_is_not_known_says_a_name_and_may_leave_a_number(village: Village) -> None:
    newcomer = village.person("newcomer")
    newcomer.says("换村", "番村")
    activity_id = held(village)

    assert newcomer.says("活动", "1", "1") == "volunteering/your_name"
    assert newcomer.says("13800138000") == "engine/no_name"
    assert newcomer.says("阿依古丽·买买提") == "volunteering/your_mobile"
    assert newcomer.says("1380013800") == "engine/no_mobile"
    assert newcomer.says("138 0013 8001") == "volunteering/signed_up"
    assert newcomer.says("活动", "1", "1", "1") == "volunteering/cancelled"
    assert newcomer.says("活动", "1", "1") == "volunteering/signed_up"
    assert state_of(village, newcomer, activity_id) == "confirmed"


def test_the_code_on_a_poster_lets_a_guest_in_by_name_alone(village: Village) -> None:
    activity_id = held(village)
    code = village.world.run(lambda db: codes.make(db, CodePurpose.POSTER, activity_id, now=MORNING))
    courier = village.person("courier")

    assert courier.says(f"/start {code}") == "volunteering/activity"
    assert courier.says("1") == "volunteering/your_name"
    assert courier.says("王师傅") == "volunteering/signed_up"
    assert village.world.run(lambda db: [one.is_guest for one in db.query(Signup)]) == [True]
    assert village.person("other").says(f"{code[:4]}-{code[4:].lower()}") == "volunteering/activity"


def test_a_wrong_code_opens_nothing(li: Neighbour) -> None:
    assert li.says("/start 23456789") == "codes/wrong"
    assert li.says("2345 6789") == "codes/wrong"


def test_a_stranger_cannot_sign_up_for_what_is_meant_for_another_village(village: Village) -> None:
    held(village)
    stranger = village.person("stranger")

    heard = stranger.says("活动", "1", "1")

    assert heard == "volunteering/not_for_you"
    assert stranger.says("换村", "深村", "活动") == "volunteering/none_soon"


def test_a_button_of_something_cancelled_meanwhile_says_so(village: Village, chen: Neighbour) -> None:
    activity_id = held(village)
    cadre = village.cadre("cadre", "番村", Role.CADRE)
    shown = chen.says("活动", "1")

    def call_off(db: Any) -> None:
        volunteering.cancel(db, activity_id, "台风", by=cadre.record(db), now=village.world.clock.now())

    village.world.run(call_off)

    heard = chen.presses(shown, label("sign_up"))
    assert (heard, heard.text.splitlines()[0]) == ("volunteering/is_cancelled", "“清理村道”取消了：台风。")


def test_a_button_of_something_full_meanwhile_leads_to_the_queue(
    village: Village, chen: Neighbour, huang: Neighbour
) -> None:
    held(village, seats={None: 1})
    shown = chen.says("活动", "1")
    huang.says("活动", "1", "1")

    assert chen.presses(shown, label("sign_up")) == "volunteering/waitlisted"
    assert chen.presses(shown, label("sign_up")) == "volunteering/waitlisted"


def test_a_daughter_signs_her_father_up_and_answers_for_him(village: Village, lu: Neighbour, chen: Neighbour) -> None:
    activity_id = held(village, seats={None: 1})
    daughter = member(village, "陆女儿", "深村")

    def agree(db: Any) -> None:
        father_id, daughter_id = lu.record(db).id or 0, daughter.record(db).id or 0
        given = {"state": ProxyState.ACTIVE, "asked_at": MORNING}
        db.add(Proxy(principal_id=father_id, agent_id=daughter_id, relation="女儿", **given))

    village.world.run(agree)
    assert daughter.says("我的报名") == "volunteering/none_of_mine"
    chen.says("活动", "1", "1")
    assert lu.says("活动", "1", "1") == "volunteering/waitlisted"
    chen.says("取消", "1")

    [heard] = daughter.hears()
    assert heard.text.splitlines()[1] == "陆伯候补的：清理村道，11月28日 周六 9:00。"
    assert daughter.says("1").text.splitlines()[0] == "陆伯报名成功。"
    assert lu.hears() == ["volunteering/seat_offered"]
    assert state_of(village, lu, activity_id) == "confirmed"
    assert daughter.says("我的报名").labels == ["11月28日 周六 9:00 清理村道（陆伯）"]
    assert daughter.says("取消", "1") == "volunteering/cancelled"
    assert state_of(village, lu, activity_id) == "cancelled"
    by = village.world.run(lambda db: [one.by_id for one in db.query(Signup).filter_by(activity_id=activity_id)])
    assert village.world.run(lambda db: daughter.record(db).id) in by


def test_nobody_answers_for_somebody_else(village: Village, chen: Neighbour, huang: Neighbour) -> None:
    held(village, seats={None: 1})
    chen.says("活动", "1", "1")
    shown = chen.says("活动", "1")

    assert huang.presses(shown, label("cancel_signup")) == "engine/button_too_old"


def test_whoever_is_reminded_the_day_before_says_that_they_come(village: Village, chen: Neighbour) -> None:
    held(village)
    chen.says("活动", "1", "1")
    village.world.clock.turn(4 * DAY + 4 * HOUR)

    assert chen.says("我的活动", "1").labels[0] == label("will_come")
    assert chen.says("1") == "volunteering/assured"
    assert chen.says("我的活动", "1").labels[0] == label("cancel_signup")


@pytest.mark.parametrize("said", ["报名 清理村道", "我要报名清理村道", "报名参加清理"])
def test_an_activity_is_asked_for_by_its_name(village: Village, chen: Neighbour, said: str) -> None:
    held(village, title="清理村道")
    held(village, title="爱心学堂助教")

    assert chen.says(said).text.splitlines()[0] == "【清理村道】"


def test_a_name_of_several_activities_shows_the_list(village: Village, chen: Neighbour) -> None:
    held(village, title="清理村道")
    held(village, title="清理河涌")

    assert chen.says("报名 清理") == "volunteering/soon"


def test_words_after_the_wish_that_name_no_activity_are_a_question(village: Village, chen: Neighbour) -> None:
    held(village, title="清理村道")

    assert chen.says("报名 二次报销") == "entries/entry"
