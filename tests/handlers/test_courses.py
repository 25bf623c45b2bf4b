"""Courses, classes in somebody's home, and series, as they are talked about."""

import pytest

from db.models import OccasionState
from tests.handlers.conftest import Neighbour, Village
from tests.kit.branch import Branch


@pytest.fixture
def cadre(village: Village) -> Neighbour:
    return village.person("cadre")


@pytest.fixture
def branch(village: Village, li: Neighbour, cadre: Neighbour) -> Branch:
    branch = Branch.below(village.world, "番村")
    branch.member(li, "陈大文")
    branch.appoint(cadre)
    return branch


def test_a_member_takes_part_in_a_course_and_leaves_it(branch: Branch, cadre: Neighbour, li: Neighbour) -> None:
    assert cadre.says("建学习", "培训课") == "sessions/which_course"
    assert cadre.says("党务培训", "1", "12月10日上午9点到11点", "党校") == "sessions/card"
    assert cadre.says("1").text.splitlines()[0] == "已发布“党务培训”，0 人会按时收到提醒。"

    listed = li.says("课程")
    assert (listed, listed.labels) == ("courses/open", ["党务培训"])
    shown = li.says("1")
    assert shown.text == "【党务培训】还有 1 次课\n最近一次：12月10日 周四 9:00\n党校\n报名后每次课都会提醒您。"
    assert li.says("1") == "courses/enrolled"
    assert set(branch.parts()) == {"陈大文"}
    assert li.says("学习").labels == ["12月10日 周四 9:00 党务培训"]
    assert li.says("课程", "1", "退出课程") == "courses/dropped"
    assert branch.parts() == {}


@pytest.mark.usefixtures("branch")
def test_there_may_be_no_course_and_no_home_class(li: Neighbour) -> None:
    assert li.says("课程") == "courses/none"
    assert li.says("附近的家庭党校") == "study/no_home_classes"


@pytest.mark.usefixtures("branch")
def test_a_class_in_a_home_is_found_by_its_host(cadre: Neighbour, li: Neighbour) -> None:
    asked = cadre.says("建学习", "家庭党校", "1", "12月10日上午9点")
    assert asked.text == "在哪一家？例：八甲村李伯家。"
    assert cadre.says("李伯家", "1") == "sessions/published"

    listed = li.says("附近的家庭党校")
    assert listed.labels == ["李伯家：12月10日 周四 9:00 家庭党校"]
    assert li.says("1", "1") == "study/is_coming"


def test_a_series_is_ended_and_what_was_made_known_stays(branch: Branch, cadre: Neighbour) -> None:
    assert cadre.says("建学习", "党课", "1", "每周四晚7点半", "活动室", "1") == "sessions/published"
    made = len(branch.sessions())

    assert cadre.says("管学习", "1", "停止定期") == "sessions/series_ended"
    assert cadre.says("管学习", "1", "停止定期") == "study/no_series"
    assert [one.state for one in branch.sessions()] == [OccasionState.PUBLISHED] * made
