"""Rounds in chat: the longest unseen first, a visit in two taps, a note that leads on; whose contact is who."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.conversation.turn import Traits
from bot.domain import units
from bot.domain.files import IncomingFile
from bot.domain.persons import people
from bot.domain.visits import contacts, households, keeping
from db.models import (
    Case,
    FileKind,
    FileState,
    GridReport,
    Household,
    Member,
    PointsEntry,
    Role,
    StoredFile,
    Unit,
    UnitKind,
    Visit,
)
from tests.handlers.conftest import Neighbour, Village, unit_named
from tests.kit.households import household
from tests.kit.talk import MORNING, Heard

PHOTO = IncomingFile(FileKind.PHOTO, remote_id="photo-1")
DAY = timedelta(days=1)
NOTE = "老人想问高龄津贴怎么领"


@dataclass(frozen=True)
class Rounds:
    """A member with households in 番村."""

    village: Village
    member: Neighbour

    def give(self, *holders: str, first_seen: int = 200) -> None:
        """Give the member households, seen a day apart, the first the longest ago."""

        def put(db: Session) -> None:
            contact, unit = self.member.record(db), unit_named(db, "番村")
            for at, holder in enumerate(holders):
                seen_at = MORNING - (first_seen - at) * DAY
                household(
                    db, unit, f"东一巷{at + 1}号", holder, mobile=f"1380000{at:04}", contact=contact, seen_at=seen_at
                )

        self.village.world.run(put)

    def visits(self) -> list[tuple[str, str]]:
        """Every visit: whose household, and what it was for."""
        rows = select(Household.holder, Visit.kind).join(Visit, col(Visit.household_id) == col(Household.id))
        return self.village.world.run(lambda db: [tuple(row) for row in db.execute(rows.order_by(col(Visit.id)))])

    def points(self) -> int:
        total = select(func.coalesce(func.sum(PointsEntry.points), 0)).where(col(PointsEntry.rule) == "visit")
        return self.village.world.run(lambda db: db.execute(total).scalar_one())


@pytest.fixture
def member(village: Village) -> Neighbour:
    """A member on the roster of a branch of 番村."""
    talk = village.person("陈大文")

    def enlist(db: Session) -> None:
        branch = units.add(db, "番村潘一支部", UnitKind.BRANCH, unit_named(db, "番村"))
        row = talk.record(db)
        people.set_name(row, "陈大文")
        people.set_mobile(db, row, "13800132236")
        db.add(Member(person_id=row.id or 0, unit_id=branch.id or 0, created_at=MORNING, changed_at=MORNING))

    village.world.run(enlist)
    return talk


@pytest.fixture
def rounds(village: Village, member: Neighbour) -> Rounds:
    return Rounds(village, member)


@pytest.fixture
def begun(rounds: Rounds) -> Rounds:
    """The member has three households, and said that these may have the phone."""
    rounds.give("李桂兰", "潘炳权", "何少芳")
    rounds.member.says("今天走访", "1")
    return rounds


def test_the_first_time_one_is_told_who_sees_what_and_asked_about_the_phone(rounds: Rounds) -> None:
    rounds.give("李桂兰")

    first = rounds.member.says("今天走访")
    listed = rounds.member.says("2")
    again = rounds.member.says("今天走访")

    assert (first, first.labels) == ("visits/who_sees_what", ["给他们看", "不给"])
    assert (listed, again) == ("visits/today", "visits/today")


def test_the_longest_unseen_come_first_eight_at_a_time(rounds: Rounds) -> None:
    rounds.give(*"甲乙丙丁戊己庚辛壬癸")
    rounds.member.says("今天走访")

    heard = rounds.member.says("1")
    rest = rounds.member.says("0")

    assert heard.text == "今天走这8户（共10户，最久没去的在前）："
    first = [f"{name} {200 - at}天" for at, name in enumerate("甲乙丙丁戊己庚辛")]
    assert heard.labels == [*first, "后面的户"]
    assert rest.labels == ["壬 192天", "癸 191天"]


def test_a_visit_is_two_taps_and_the_household_is_gone_from_the_list_of_the_day(begun: Rounds) -> None:
    asked = begun.member.says("1")
    done = begun.member.says("2")
    left = begun.member.says("下一户")

    assert asked.text == "番村 李桂兰 东一巷1号，13800000000\n上次走访：5月7日 周四\n走到了，这次是："
    assert (done.text, done.labels) == ("记下了：李桂兰，了解情况。", ["写一句", "下一户", "给户码", "记错了"])
    assert begun.visits() == [("李桂兰", "learn")]
    assert left.labels == ["潘炳权 199天", "何少芳 198天"]


def test_a_second_tap_on_the_same_day_is_the_same_visit(begun: Rounds) -> None:
    listed = begun.member.says("今天走访")
    begun.member.presses(listed, "李桂兰 200天")
    begun.member.says("1")
    begun.member.presses(listed, "李桂兰 200天")
    begun.member.says("宣传政策")

    assert (begun.visits(), begun.points()) == ([("李桂兰", "policy")], 1)


def test_what_is_no_kind_of_visit_is_asked_again_and_nothing_is_kept(begun: Rounds) -> None:
    begun.member.says("1")

    heard = [begun.member.says(text) for text in ("9", "嗯？")]

    assert begun.visits() == []
    assert [one.labels[0] for one in heard] == ["看望", "看望"]


def test_when_all_are_seen_it_says_so(rounds: Rounds) -> None:
    rounds.give("李桂兰")
    rounds.member.says("今天走访", "1", "1", "1")

    assert rounds.member.says("今天走访") == "visits/all_seen"


def test_who_has_no_household_is_told_so(village: Village, member: Neighbour) -> None:
    stranger = village.person("路人")

    assert [one.says("今天走访") for one in (member, stranger)] == ["visits/none_to_visit"] * 2
    assert member.says("我的走访") == "visits/none_to_visit"


def test_a_visit_taken_back_leaves_no_count_no_points_and_the_old_day(begun: Rounds) -> None:
    begun.member.says("1", "1")
    before = begun.points()

    heard = begun.member.says("记错了")

    assert (heard, before, begun.points(), begun.visits()) == ("visits/removed", 1, 0, [])
    assert begun.member.says("1").labels[0] == "李桂兰 没去过"


def test_points_of_a_day_have_a_top(begun: Rounds) -> None:
    begun.member.says("1", "1", "下一户", "1", "1", "下一户", "1", "1")

    assert (len(begun.visits()), begun.points()) == (3, 2)
    assert begun.member.says("我的积分").text == "今年 2 分，只有您和支部看得到。\n走访 2"
    assert begun.member.says("明细").text == "11月23日 周一 走访 +2"


def test_who_has_households_finds_their_visits_among_what_is_theirs(begun: Rounds) -> None:
    assert begun.member.says("我的").labels[-1] == "我的走访"
    assert begun.member.says("我的", "我的走访") == "visits/mine"


def test_a_note_becomes_a_question_of_the_village_with_one_digit(begun: Rounds) -> None:
    begun.village.cadre("潘志明", "番村")
    begun.member.says("1", "2", "写一句")
    noted = begun.member.says(NOTE)

    asked = begun.member.says("1")

    assert (noted, noted.labels) == ("visits/noted", ["转村里问", "报网格", "下一户"])
    assert asked == "cases/handed_off"
    cases = select(Case.question, Unit.name).join(Unit, col(Unit.id) == col(Case.unit_id))
    assert begun.village.world.run(lambda db: [tuple(one) for one in db.execute(cases)]) == [(NOTE, "番村")]


def test_a_note_becomes_a_report_to_the_grid_with_one_digit(begun: Rounds) -> None:
    begun.village.cadre("潘志明", "番村")
    begun.member.says("1", "2", "写一句", "东一巷口路灯坏了")

    looked = begun.member.says("报网格")
    begun.member.says("提交")

    assert looked == "grid/summary"
    reports = select(GridReport.words, Unit.name).join(Unit, col(Unit.id) == col(GridReport.unit_id))
    assert begun.village.world.run(lambda db: [tuple(one) for one in db.execute(reports)]) == [
        ("东一巷口路灯坏了", "番村")
    ]


def test_a_photo_alone_is_a_note_and_no_report(begun: Rounds) -> None:
    begun.member.says("1", "1", "写一句")

    noted = begun.member.sends(begun.member.inbound(files=(PHOTO,)))

    assert (noted, noted.labels) == ("visits/noted", ["下一户"])
    files = begun.village.world.run(lambda db: [list(one) for one in db.execute(select(Visit.files)).scalars()])
    assert files == [[1]]


def test_a_photo_that_went_along_with_a_question_stays_when_the_visit_is_deleted(begun: Rounds) -> None:
    begun.village.cadre("潘志明", "番村")
    begun.member.says("1", "1", "写一句")
    begun.member.sends(begun.member.inbound(NOTE, files=(PHOTO,)))
    begun.member.says("转村里问")

    begun.member.says("我的走访", "1", "删掉")

    kept = select(col(StoredFile.id), col(StoredFile.state)).order_by(col(StoredFile.id))
    found = begun.village.world.run(lambda db: [tuple(one) for one in db.execute(kept)])
    asked = begun.village.world.run(lambda db: db.execute(select(Case)).scalar_one().files)
    assert (found, asked) == ([(1, FileState.LOST), (2, FileState.WAITING)], [2])


def test_who_is_given_households_is_told_and_led_to_them(begun: Rounds) -> None:
    cadre = begun.village.cadre("潘志明", "番村")

    def give(db: Session) -> None:
        keeping.assign_all(db, 1, begun.member.record(db), by=cadre.record(db), now=begun.village.world.clock.now())

    begun.village.world.run(give)

    [heard] = begun.member.hears()
    assert (heard.text, heard.labels) == ("村里请您联系3户，发“今天走访”可以看到是哪几户。", ["下一户"])


def test_a_note_that_is_too_long_or_empty_is_asked_again(begun: Rounds) -> None:
    begun.member.says("1", "1", "写一句")

    assert [begun.member.says(text) for text in ("长" * 201, "1")] == ["engine/too_long", "engine/too_short"]
    assert begun.member.says(NOTE) == "visits/noted"


def test_ones_own_visits_are_counted_shown_and_deleted(begun: Rounds) -> None:
    begun.member.says("1", "1", "写一句", NOTE)

    mine = begun.member.says("我的走访")
    one = begun.member.says("1")
    gone = begun.member.says("删掉")

    assert (mine.text, mine.labels) == ("您今年走访1次，本月1次。", ["11-23 李桂兰 看望"])
    assert one.text == f"11月23日 周一 李桂兰，看望\n{NOTE}"
    assert (gone, begun.visits()) == ("visits/removed", [])


def test_a_note_is_sealed(begun: Rounds) -> None:
    begun.member.says("1", "1", "写一句", NOTE)

    kept = begun.village.world.run(lambda db: db.execute(select(Visit)).scalars().one().note_sealed)

    assert kept
    assert NOTE not in kept


def test_a_channel_that_carries_no_personal_data_shows_masked(begun: Rounds) -> None:
    begun.village.world.traits["test"] = Traits(carries_personal_data=False)

    assert begun.member.says("1").text.splitlines()[0] == "番村 李桂兰 东*巷*号，138****0000"


def test_another_members_household_is_not_there(begun: Rounds) -> None:
    listed = begun.member.says("今天走访")
    begun.village.world.run(_take_all_back)

    assert begun.member.presses(listed, "李桂兰 200天") == "visits/not_yours"


def test_nobody_walks_in_a_group(begun: Rounds) -> None:
    heard = begun.member.sends(begun.member.inbound("今天走访", is_group=True))

    assert heard == "identity/only_alone"


def test_a_code_told_at_the_door_names_the_contact_and_nobody_else(begun: Rounds) -> None:
    chen = begun.village.person("阿英")
    unknown = chen.says("我的联系党员是谁")
    begun.member.says("1", "1")
    code = code_in(begun.member.says("给户码"))

    asked = chen.says(code)
    told = chen.says("1")

    assert (unknown, unknown.labels) == ("visits/which_home", ["我有户码", "问村干部"])
    assert asked.text.splitlines()[0] == "番村，户主李**。您住这户吗？"
    assert told.text.splitlines()[0] == "您的联系党员是陈大文，电话13800132236。"
    assert chen.says("联系党员") == "visits/your_contact"


def test_who_says_it_is_not_theirs_is_told_nothing(begun: Rounds) -> None:
    chen = begun.village.person("阿英")
    begun.member.says("1", "1")
    code = code_in(begun.member.says("给户码"))

    assert chen.says(code, "2") == "visits/not_claimed"
    assert chen.says("我的联系党员是谁") == "visits/which_home"


def test_a_phone_that_is_not_given_is_not_shown_and_the_contact_can_be_asked_to_call(
    rounds: Rounds, home: Callable[[Neighbour], None]
) -> None:
    rounds.give("李桂兰")
    rounds.member.says("今天走访", "2")
    li = rounds.village.person("李桂兰")
    rounds.village.call(li, "李桂兰")
    home(li)

    told = li.says("我的联系党员是谁")
    passed = li.says("请他联系我")
    again = li.says("联系党员", "1")
    heard = rounds.member.hears()

    assert told.text.splitlines()[0] == "您的联系党员是陈大文。"
    assert (passed, again) == ("visits/passed_on", "visits/passed_on")
    assert [one.text for one in heard] == ["番村李桂兰家的李桂兰请您联系一下。"]
    assert rounds.member.presses(heard[0], "看这户") == "visits/what_for"


def test_the_phone_is_given_and_taken_back_by_a_word(begun: Rounds) -> None:
    assert [begun.member.says("联系户看电话").text[:15] for _ in range(2)] == [
        "好的，您联系的户看不到您的电话",
        "好的，您联系的户能看到您的电话",
    ]


def test_a_home_without_a_contact_leads_to_a_cadre(begun: Rounds, home: Callable[[Neighbour], None]) -> None:
    li = begun.village.person("李桂兰")
    home(li)
    begun.village.world.run(_take_all_back)

    heard = li.says("我的联系党员是谁")

    assert (heard, heard.labels) == ("visits/no_contact", ["问村干部"])


def test_what_a_villager_says_of_themselves_opens_nothing(begun: Rounds) -> None:
    """Name and phone of a household, given by somebody who stands on no roster."""
    li = begun.village.person("冒名")

    def claim(db: Session) -> None:
        row = li.record(db)
        people.set_name(row, "李桂兰")
        people.set_mobile(db, row, "13800000000")

    begun.village.world.run(claim)

    assert li.says("我的联系党员是谁") == "visits/which_home"


def test_a_member_on_the_roster_is_known_by_name_and_phone(begun: Rounds) -> None:
    begun.village.world.run(_call_first_household_after_the_member)

    assert begun.member.says("我的联系党员是谁").text.splitlines()[0] == "您的联系党员是陈大文，电话13800132236。"


def test_a_cadre_sees_village_by_village_where_nobody_was_for_long(begun: Rounds) -> None:
    cadre = begun.village.cadre("潘志明", "番村")
    begun.member.says("1", "1")
    begun.village.world.run(lambda db: household(db, unit_named(db, "深村"), "深一巷1号"))

    here, above = cadre.says("久未走访"), begun.village.cadre("周敏", "石湾镇街道", Role.ADMIN).says("久未走访")

    assert (here.text, here.labels) == ("超过90天没走访的有2户：\n番村 2户", ["进后台"])
    assert above.text == "超过90天没走访的有3户：\n番村 2户\n深村 1户\n还有1户没有联系党员。"
    assert cadre.says("导入联系户") == "visits/lists"


def test_who_keeps_no_list_sees_none(begun: Rounds) -> None:
    assert [begun.member.says(said) for said in ("久未走访", "联系户名单")] == ["access/not_yours"] * 2


@pytest.fixture
def home(rounds: Rounds) -> Callable[[Neighbour], None]:
    """Let somebody live in the first household."""

    def settle(person: Neighbour) -> None:
        rounds.village.world.run(lambda db: contacts.settle(db, 1, person.record(db), now=MORNING))

    return settle


def code_in(heard: Heard) -> str:
    found = re.search(r"[2-9A-Z]{8}", heard.text)
    assert found, heard.text
    return found[0]


def _take_all_back(db: Session) -> None:
    for one in db.execute(select(Household)).scalars():
        one.contact_id = None
        db.add(one)


def _call_first_household_after_the_member(db: Session) -> None:
    first = db.get_one(Household, 1)
    households.set_holder(first, "陈大文")
    households.set_mobile(db, first, "13800132236")
    db.add(first)
