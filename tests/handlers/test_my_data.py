"""My data: seen, corrected, taken along and erased, each of them for good."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.conversation.turn import Traits
from bot.domain import agenda, papers, units
from bot.domain.duties import DUTIES
from bot.domain.files import FileStore
from bot.domain.house import house_of
from bot.domain.outgoing.outbox import Parcel
from bot.domain.persons import binding, people
from bot.domain.studies import attendance
from content.words import label
from db.claims import table_of
from db.models import Member, MemberState, OutboxKind, Person, ServiceRecord, ServiceState, Unit, UnitKind
from tests.handlers.conftest import Neighbour, Village, unit_named
from tests.kit import invited
from tests.kit.any_row import put
from tests.kit.looking import places_of
from tests.kit.roster import listed

BRANCH = "番村潘一支部"
NAME = "陈大文"
MOBILE = "13800132236"


@pytest.fixture
def keeper(village: Village) -> Neighbour:
    """The secretary of a branch with one member."""

    def found(db: Session) -> None:
        listed(db, units.add(db, BRANCH, UnitKind.BRANCH, unit_named(db, "番村")), NAME, MOBILE)

    village.world.run(found)
    return village.cadre("keeper", BRANCH)


@pytest.fixture
def chen(village: Village, keeper: Neighbour) -> Neighbour:
    """The member, bound."""
    assert keeper.hears() == []
    chen = village.person("chen-at-home")
    assert chen.says("绑定", "1", NAME, "2236", "1") == "identity/bound"
    return chen


def do_what_is_due(village: Village) -> None:
    """Do every item of the agenda that is due."""

    def one(db: Session) -> bool:
        now = village.world.clock.now()
        item = agenda.take(db, now=now)
        if item is None:
            return False
        DUTIES[item.kind](db, item, now)
        agenda.done(db, item, now=now)
        return True

    while village.world.run(one):
        pass


def test_a_glance_shows_this_years_hours(village: Village, chen: Neighbour) -> None:
    def served(db: Session) -> None:
        mine = {"person_id": chen.record(db).id, "state": ServiceState.CONFIRMED}
        put(db, table_of(ServiceRecord), minutes=150, served_on=date(2026, 3, 1), **mine)
        put(db, table_of(ServiceRecord), minutes=60, served_on=date(2025, 12, 31), **mine)

    village.world.run(served)

    heard = chen.says("我的")

    assert heard.text == f"{NAME}，{BRANCH}\n今年志愿2.5小时，学习0学时。"
    assert heard.labels == ["我的活动", "我的时长", "我的学时", "我的积分", "我的资料", "我的账号", "代办"]
    assert [chen.says("我的", str(number)) for number in range(1, 5)] == [
        "volunteering/none_of_mine",
        "volunteering/my_hours",
        "study/hours",
        "points/mine",
    ]


def test_a_stranger_is_shown_how_to_become_known(li: Neighbour) -> None:
    heard = li.says("我的")

    assert (heard, heard.labels) == ("identity/nobody_yet", [label("bind"), label("my_data")])


def test_what_is_kept_is_shown_with_the_phone_masked(chen: Neighbour) -> None:
    heard = chen.says("我的资料")

    assert heard.text.splitlines()[:2] == ["姓名：陈大文，手机：138****2236", f"支部或村：{BRANCH}，绑定账号1个"]
    assert MOBILE not in heard.text


def test_a_name_is_corrected_by_the_secretary(village: Village, keeper: Neighbour, chen: Neighbour) -> None:
    assert chen.says("更正资料", "1", "陈大雯") == "my_data/name_asked"
    [notice] = keeper.hears()
    assert notice.text == f"【改姓名】{NAME}说名册上的姓名应是：陈大雯。\n同意改吗？"

    assert keeper.says("1") == "identity/granted"

    assert [heard.text for heard in chen.hears()] == ["姓名改好了：陈大雯。"]
    assert village.world.run(lambda db: chen.record(db).name_key) == "陈大雯"


def test_a_phone_is_changed_after_the_old_one_was_named(village: Village, chen: Neighbour) -> None:
    assert chen.says("换手机号", "1111", "13911112222") == "my_data/old_mobile_wrong"

    assert chen.says("换手机号", "2236", "139-1111-2222").text == "手机号改好了：139****2222。"

    assert village.world.run(lambda db: people.mobile(db, chen.record(db))) == "13911112222"


def test_an_open_form_holds_no_phone_that_can_be_read(village: Village, chen: Neighbour) -> None:
    chen.says("党员登记")
    chen.says("换手机号", "2236")

    assert village.world.run(lambda db: places_of(db, "2236")) == []


def test_all_that_is_kept_is_sent_as_a_file(village: Village, chen: Neighbour) -> None:
    heard = chen.says("导出")

    [attached] = heard.message.attachments

    def content(db: Session) -> Any:
        kept = FileStore.kept(house_of(db).store, db, attached.file_id)
        assert kept is not None
        return json.loads(kept.path.read_text(encoding="utf-8"))

    exported = village.world.run(content)
    assert exported["person"] == {"name": NAME, "mobile": MOBILE}
    assert [one["external_id"] for one in exported["address"]] == ["chen-at-home"]
    assert len(exported["consent"]) == 1


def test_where_a_channel_carries_no_personal_data_no_file_is_sent(village: Village, chen: Neighbour) -> None:
    village.world.traits["test"] = Traits(carries_personal_data=False)

    assert chen.says("导出") == "my_data/export_elsewhere"


def test_erasing_is_asked_twice(village: Village, chen: Neighbour) -> None:
    assert chen.says("注销", "2") == "my_data/not_erased"
    assert chen.says("注销", "1") == "my_data/write_the_word"
    assert chen.says("好", "0") == "my_data/erase_sure"
    assert chen.says("取消") == "engine/cancelled"
    assert village.world.run(lambda db: chen.record(db).name) == NAME


def test_after_erasing_nothing_names_the_person_anywhere(village: Village, keeper: Neighbour, chen: Neighbour) -> None:
    chen.says("村里祠堂可以摆酒吗", "1", "番村")
    chen.says(f"我叫{NAME}，电话{MOBILE}")
    chen.says("导出", "更正资料", "1", "陈大雯")
    heard_by_others = [heard.outbox_id for heard in keeper.hears()]
    member_id = village.world.run(lambda db: chen.record(db).id)

    assert chen.says("注销", "1", "确认注销") == "my_data/erased"
    village.world.clock.turn(timedelta(hours=2))
    do_what_is_due(village)

    def everywhere(db: Session) -> dict[str, list[str]]:
        return {word: places_of(db, word) for word in (NAME, "陈大雯", MOBILE, "2236", "chen-at-home", "祠堂")}

    told_others = ["outbox_row.content"] if heard_by_others else []
    assert village.world.run(everywhere) == {
        NAME: told_others,  # what the secretary was told stays in the secretary's chat
        "陈大雯": told_others,
        MOBILE: [],
        "2236": [],
        "chen-at-home": [],
        "祠堂": [],
    }

    def left(db: Session) -> tuple[str, str, str | None, MemberState]:
        person = db.get_one(Person, member_id)
        line = db.query(Member).filter_by(person_id=member_id).one()
        return person.name, person.mobile_sealed, person.mobile_blind, line.state

    assert village.world.run(left) == ("", "", None, MemberState.LEFT)


def test_whoever_was_erased_is_a_stranger_who_may_come_again(village: Village, chen: Neighbour) -> None:
    chen.says("注销", "1", "确认注销")

    assert chen.says("我是谁") == "identity/nobody_yet"
    village.world.clock.turn(timedelta(hours=2))
    do_what_is_due(village)

    assert chen.says("绑定") == "identity/consent"
    assert chen.says("1", NAME, "2236") == "identity/no_match"


def test_the_file_of_all_that_is_kept_goes_out(village: Village, chen: Neighbour) -> None:
    heard = chen.says("导出")
    parcel = Parcel(heard.outbox_id, OutboxKind.REPLY, chen.target, heard.message, 1)
    now = village.world.clock.now()

    sent = village.world.run(lambda db: papers.complete(db, parcel, carries_personal_data=True, now=now))

    assert sent == heard.message


def test_another_name_asked_for_before_the_first_was_decided_is_not_swallowed(chen: Neighbour) -> None:
    assert chen.says("更正资料", "1", "陈大雯") == "my_data/name_asked"

    assert chen.says("更正资料", "1", "陈大纹") == "joining/asked_already"


def test_a_number_is_changed_by_who_was_bound_while_asked(village: Village, keeper: Neighbour) -> None:
    del keeper
    stranger = village.person("stranger")
    assert stranger.says("换手机号") == "my_data/new_mobile"

    def bind(db: Session) -> None:
        address = people.best_address(db, stranger.record(db).id or 0)
        assert address is not None
        [person] = people.by_name_and_last_four(db, NAME, "2236")
        binding.bind(db, address, person.id or 0, by="secretary", now=village.world.clock.now())

    village.world.run(bind)

    assert stranger.says("13911112222") == "my_data/old_mobile_wrong"


def test_nobody_is_expected_or_called_who_was_erased(village: Village, chen: Neighbour) -> None:
    def invite(db: Session) -> int:
        now = village.world.clock.now()
        branch = db.execute(select(Unit).where(col(Unit.name) == BRANCH)).scalar_one()
        over = invited.session(db, branch, now - timedelta(days=2), now=now, invited=[chen.record(db)], title="上次")
        invited.attendance_of(db, over, chen.record(db)).make_up_words = "在家看了录像"
        return invited.session(db, branch, now + timedelta(days=2), now=now, invited=[chen.record(db)]).id or 0

    session_id = village.world.run(invite)

    chen.says("注销", "1", "确认注销")

    assert village.world.run(lambda db: attendance.counts(db, session_id).total) == 0
    assert village.world.run(lambda db: places_of(db, "在家看了录像")) == []
