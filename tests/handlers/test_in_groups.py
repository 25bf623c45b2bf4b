"""What is somebody's own is told to them alone: in a group it is refused politely, whoever asks and however."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from bot.domain import codes
from db.models import CodePurpose
from tests.handlers.conftest import TOWN, Neighbour, Village, unit_named
from tests.handlers.test_signups import held, member
from tests.kit.activities import SATURDAY, published
from tests.kit.invited import session
from tests.kit.talk import MORNING, Heard

ALONE = "identity/only_alone"


def in_group(person: Neighbour, text: str) -> Heard:
    """Let somebody say something in the village's group."""
    there = Neighbour(person.world, person.name, chat="group of the village")
    return there.sends(there.inbound(text, is_group=True))


@pytest.fixture
def chen(village: Village) -> Neighbour:
    """A member who has a seat, and a session ahead."""
    chen = member(village, "陈大文")
    held(village)
    chen.says("活动", "1", "1")

    def invite(db: Session) -> None:
        session(db, unit_named(db, "番村"), SATURDAY, now=MORNING, invited=[chen.record(db)])

    village.world.run(invite)
    return chen


@pytest.mark.parametrize(
    "said",
    [
        *("我的时长", "我的积分", "时数不对", "我的学时", "学习", "补学", "我的活动", "取消报名", "取消"),
        *("停", "代办", "我的代办", "我的", "我的资料", "我是谁", "我的账号", "导出", "注销", "绑定", "邀请码"),
        *("党员登记", "转支部", "换手机号", "改资料", "值班表", "待办"),
    ],
)
def test_what_is_ones_own_is_not_told_in_a_group(chen: Neighbour, said: str) -> None:
    assert in_group(chen, said) == ALONE


@pytest.mark.parametrize("said", ["管理活动", "邀请", "待核对"])
def test_names_a_cadre_may_see_are_not_told_in_a_group(village: Village, chen: Neighbour, said: str) -> None:
    del chen
    assert in_group(village.cadre("cadre", "番村"), said) == ALONE


@pytest.mark.parametrize("purpose", [CodePurpose.VENUE, CodePurpose.SESSION_VENUE])
def test_a_code_at_the_venue_is_taken_alone(village: Village, chen: Neighbour, purpose: CodePurpose) -> None:
    code = village.world.run(lambda db: codes.make(db, purpose, 1, now=MORNING))
    village.world.clock.turn(SATURDAY - MORNING + timedelta(minutes=1))

    assert in_group(chen, f"/start {code}") == ALONE


def test_nobody_is_asked_for_name_or_phone_in_a_group(village: Village) -> None:
    village.world.run(lambda db: published(db, unit_named(db, TOWN)))
    stranger = village.person("stranger")
    in_group(stranger, "活动")
    in_group(stranger, "1")

    assert in_group(stranger, "1") == ALONE


def test_who_is_known_signs_up_in_a_group_as_well(village: Village) -> None:
    held(village)
    huang = member(village, "黄小妹")
    in_group(huang, "活动")
    in_group(huang, "1")

    assert in_group(huang, "1") == "volunteering/signed_up"


@pytest.mark.parametrize("said", ["答 W0001", "答 W0001 可以", "W0001", "待答"])
def test_what_somebody_asked_is_not_shown_to_a_group_by_its_number(village: Village, said: str) -> None:
    cadre, li = village.cadre("cadre", "番村"), village.person("li")
    li.says("村里祠堂可以摆酒吗", "1", "番村")
    cadre.hears()

    assert [in_group(one, said) for one in (cadre, li)] == [ALONE, ALONE]
