"""J6 from the first reminder to the attendance sheet, told in the order in which a branch lives it."""

from datetime import UTC, datetime, timedelta

import pytest

from db.models import AttendanceState
from tests.handlers.conftest import Neighbour, Village
from tests.kit.branch import Branch
from tests.kit.talk import Heard, Talk, World

EVENING = datetime(2026, 12, 3, 11, 30, tzinfo=UTC)
"""Half past seven on a Thursday evening in the township."""


@pytest.fixture
def cadre(village: Village) -> Neighbour:
    return village.person("cadre")


@pytest.fixture
def branch(village: Village, li: Neighbour, wang: Neighbour, cadre: Neighbour) -> Branch:
    """A branch with 陈大文 (li), 林小梅 (wang), 陈伯 whose daughter answers for him, and 何三 who has no phone here."""
    branch = Branch.below(village.world, "番村")
    branch.member(li, "陈大文")
    branch.member(wang, "林小梅")
    branch.lets(village.person("daughter"), branch.stranger("陈伯"))
    branch.stranger("何三")
    branch.appoint(cadre)
    cadre.says("建学习", "主题党日", "1", "下周四晚7点半到9点半", "潘一支部活动室", "1")
    return branch


def restarted(branch: Branch) -> None:
    """Let another process go on with the same database."""
    branch.world = World(branch.world.database, clock=branch.world.clock)


def reminded(talk: Talk) -> list[Heard]:
    return [one for one in talk.hears() if one == "reminders/session"]


def test_a_session_from_the_first_reminder_to_the_sheet(
    branch: Branch, village: Village, cadre: Neighbour, li: Neighbour, wang: Neighbour
) -> None:
    daughter = village.person("daughter")
    branch.turn_to(EVENING - timedelta(days=3))
    [first] = reminded(li)
    assert first.labels == ["参加", "请假", "看材料"]
    assert len(reminded(wang)) == 1
    assert li.says("2", "1") == "leave/asked_for"
    assert [one for one in cadre.hears() if one == "leave/asked"] == ["leave/asked"]
    assert cadre.says("1") == "leave/is_approved"

    restarted(branch)
    branch.turn_to(EVENING - timedelta(days=1))
    branch.works()
    assert reminded(li) == []
    assert len(reminded(wang)) == 1
    assert wang.says("1") == "study/is_coming"
    assert reminded(daughter)[-1].labels == ["参加", "请假", "看材料"]
    assert daughter.says("2", "2") == "leave/asked_for"

    restarted(branch)
    branch.turn_to(EVENING - timedelta(hours=1))
    calls = branch.last(cadre, "calls/list")
    assert [one.split()[0] for one in calls.labels if "何三" in one] == ["何三"]
    assert not any(name in one for one in calls.labels for name in ("陈大文", "林小梅", "陈伯"))

    branch.turn_to(EVENING)
    assert wang.says(branch.code()).text.startswith("“主题党日”到会已记。\n本年 2/32 学时")
    assert cadre.says("点名", "3") == "attendance/done"
    branch.turn_to(EVENING + timedelta(hours=14))
    assert {name: state for name, (_rsvp, state) in branch.parts().items()} == {
        "陈大文": AttendanceState.EXCUSED,
        "林小梅": AttendanceState.PRESENT,
        "陈伯": AttendanceState.EXPECTED,
        "何三": AttendanceState.PRESENT,
    }
    assert cadre.says("签到表").text.startswith("【主题党日】签到表：应到 4，到会 2，准假 1，缺席 0。")


def test_whoever_moves_a_session_in_the_middle_of_its_ladder_loses_and_doubles_no_rung(
    branch: Branch, cadre: Neighbour, wang: Neighbour
) -> None:
    branch.turn_to(EVENING - timedelta(days=3))
    assert len(reminded(wang)) == 1
    assert cadre.says("管学习", "1", "改时间", "12月10日晚7点半", "1", "1") == "sessions/moved"
    restarted(branch)
    heard: list[datetime] = []
    moved = EVENING + timedelta(days=7)
    for _hour in range(11 * 24):
        branch.turn_to(branch.world.clock.now() + timedelta(hours=1))
        heard += [branch.world.clock.now() for _one in reminded(wang)]

    before = [moved - timedelta(days=3), moved - timedelta(days=1), moved - timedelta(hours=2)]
    assert [abs(at - rung) <= timedelta(hours=1) for at, rung in zip(heard, before, strict=True)] == [True] * 3
