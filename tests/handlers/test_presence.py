"""Coming, leaving and what it counts for: one record, whichever way it was made (J5.7, J5.8)."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import codes
from bot.domain.volunteers import service
from bot.errors import DomainError
from content import lengths
from content.words import label
from db.models import CheckIn, CodePurpose, Person, PointsEntry, ServiceCorrection
from tests.handlers.conftest import Neighbour, Village
from tests.handlers.test_signups import held, member
from tests.kit.activities import DAY, HOUR, SATURDAY, catch_up
from tests.kit.talk import MORNING

MINUTE = timedelta(minutes=1)


@pytest.fixture
def cadre(village: Village) -> Neighbour:
    return village.cadre("cadre", "番村")


@pytest.fixture
def chen(village: Village) -> Neighbour:
    return member(village, "陈大文")


def venue(village: Village, activity_id: int) -> str:
    return village.world.run(lambda db: f"/start {codes.make(db, CodePurpose.VENUE, activity_id, now=MORNING)}")


def turn_to(village: Village, moment: object) -> None:
    village.world.clock.turn(moment - village.world.clock.now())  # type: ignore[operator]  # both are moments


def came(village: Village) -> dict[str, str]:
    rows = select(col(Person.name), col(CheckIn.way)).join(CheckIn, col(CheckIn.person_id) == col(Person.id))
    return village.world.run(lambda db: {name: way.value for name, way in db.execute(rows)})


def points_of(village: Village) -> list[tuple[int, str]]:
    rows = select(col(PointsEntry.points), col(PointsEntry.evidence)).order_by(col(PointsEntry.id))
    return village.world.run(lambda db: [tuple(row) for row in db.execute(rows)])


def test_two_scans_are_coming_and_leaving_and_count(village: Village, chen: Neighbour) -> None:
    code = venue(village, held(village))
    chen.says("活动", "1", "1")
    turn_to(village, SATURDAY - 4 * MINUTE)
    assert chen.says(code).text == "签到好了 8:56。\n走时请再扫一次。"
    assert chen.says(code).text == "您已经签到 8:56。\n走时请再扫一次。"
    turn_to(village, SATURDAY + 2 * HOUR + MINUTE)

    heard = chen.says(code)

    assert heard.text == "辛苦了！\n本次 2 小时，积分 +4。\n全年 2 小时。\n有误请发“时数不对”。"
    assert chen.says(code) == "volunteering/served"
    assert points_of(village) == [(4, "service:1")]
    assert [one.name for one in chen.says("志愿证书").message.attachments] == ["志愿服务证明.png", "志愿服务证明.pdf"]
    assert chen.says("我的积分").text.splitlines()[0] == "今年 4 分，只有您和支部看得到。"
    assert chen.says("我的积分").labels == ["明细", "有异议", "我的星级"]
    assert chen.says("1").text == "11月28日 周六 清理村道 +4"
    assert chen.says("1") == "volunteering/what_is_right"
    assert chen.says("1") == "engine/too_short"
    chen.says("算了")
    assert chen.says("我的时长").text.splitlines()[1] == "11月28日 周六 清理村道 2小时"


def test_a_scan_far_from_its_time_is_refused(village: Village, chen: Neighbour) -> None:
    code = venue(village, held(village))

    assert chen.says(code) == "volunteering/not_near_its_time"
    turn_to(village, SATURDAY + 5 * HOUR)
    assert chen.says(code) == "volunteering/not_near_its_time"
    assert came(village) == {}


def test_whoever_walks_in_leaves_a_name_and_is_noted(village: Village) -> None:
    code = venue(village, held(village))
    passer_by = village.person("passer-by")
    turn_to(village, SATURDAY)

    assert passer_by.says(code) == "volunteering/your_name"
    assert passer_by.says("何师傅") == "volunteering/checked_in"
    assert came(village) == {"何师傅": "code"}


def test_a_cadre_taps_names_and_the_rest_at_once(village: Village, cadre: Neighbour, chen: Neighbour) -> None:
    held(village, seats={None: 20})
    for name in ("黄小妹", "陆伯"):
        member(village, name).says("活动", "1", "1")
    chen.says("活动", "1", "1")
    turn_to(village, SATURDAY + HOUR)

    roll = cadre.says("管理活动", "1", label("take_roll"))
    assert roll.labels == ["黄小妹", "陆伯", "陈大文", label("all_came"), label("paste_sheet")]
    assert cadre.says("1").labels[:2] == ["陆伯", "陈大文"]
    assert cadre.says("都到") == "volunteering/all_noted"
    assert came(village) == {"黄小妹": "tapped", "陆伯": "tapped", "陈大文": "tapped"}


def test_a_pasted_sheet_asks_about_the_doubtful_and_keeps_the_unknown(
    village: Village, cadre: Neighbour, chen: Neighbour
) -> None:
    held(village)
    member(village, "黄小妹")
    chen.says("活动", "1", "1")
    turn_to(village, SATURDAY + 3 * HOUR)
    cadre.says("管理活动", "1", label("take_roll"))

    asked = cadre.says(label("paste_sheet"), "1 陈大文 2 黄小美\n何师傅")

    assert (asked, asked.labels) == (
        "volunteering/who_is_meant", ["黄小妹 8000", label("somebody_new"), label("skip_name")],
    )  # fmt: skip
    done = cadre.says("1")
    assert (done.text, done.labels) == ("记下了 3 人。", [label("count_as_meant")])
    assert came(village) == {"陈大文": "sheet", "黄小妹": "sheet", "何师傅": "sheet"}
    assert cadre.says("1") == "volunteering/minutes_confirmed"
    assert [heard.text.splitlines()[1] for heard in chen.hears()] == ["本次 2 小时，积分 +4。"]


def test_without_leaving_the_organiser_is_asked_and_nothing_is_zero(
    village: Village, cadre: Neighbour, chen: Neighbour
) -> None:
    code = venue(village, held(village))
    chen.says("活动", "1", "1")
    member(village, "黄小妹").says("活动", "1", "1")
    turn_to(village, SATURDAY)
    chen.says(code)
    turn_to(village, SATURDAY + DAY)
    catch_up(village.world)
    assert chen.says("我的时长").text.splitlines()[1] == "11月28日 周六 清理村道 2小时（等核对）"

    [asked] = cadre.hears()
    assert asked.text.splitlines()[1:] == ["没签退1人：陈大文", "报了名没签到的1人。"]
    assert cadre.says("2").labels == ["陈大文", label("count_as_meant")]
    assert cadre.says("1") == "volunteering/how_long_was_it"
    assert cadre.says("不知道呢") == "volunteering/no_length"
    assert cadre.says("一个半小时", "提早走了") == "volunteering/minutes_confirmed"
    assert points_of(village) == [(3, "service:1")]


def test_a_dispute_is_decided_with_a_reason_and_leaves_a_trail(
    village: Village, cadre: Neighbour, chen: Neighbour
) -> None:
    code = venue(village, held(village))
    turn_to(village, SATURDAY)
    chen.says(code)
    turn_to(village, SATURDAY + HOUR)
    chen.says(code)

    assert chen.says("时数不对") == "volunteering/what_is_right"
    assert chen.says("我做到中午，两个小时") == "volunteering/disputed"
    assert chen.says("时数不对", "两个小时") == "volunteering/disputed_already"
    [asked] = cadre.hears()
    assert asked.text.splitlines()[0] == "陈大文说“清理村道”的时长不对（现在 1 小时）："
    assert cadre.says("1") == "volunteering/how_long"
    assert cadre.says("2小时", "核对过照片") == "volunteering/decided"

    [told] = chen.hears()
    assert told.text.splitlines() == ["“清理村道”的时长核对了：改为 2 小时。", "原因：核对过照片"]
    rows = select(col(ServiceCorrection.before), col(ServiceCorrection.after), col(ServiceCorrection.reason))
    trail = village.world.run(lambda db: [tuple(row) for row in db.execute(rows)])
    assert trail == [(60, 120, "核对过照片")]
    assert points_of(village) == [(4, "service:1")]
    assert cadre.presses(asked, label("decide_dispute")) == "volunteering/decided_already"


def test_a_dispute_may_be_refused(village: Village, cadre: Neighbour, chen: Neighbour) -> None:
    code = venue(village, held(village))
    turn_to(village, SATURDAY)
    chen.says(code)
    turn_to(village, SATURDAY + HOUR)
    chen.says(code)
    chen.says("时数不对", "应该三个小时")
    cadre.hears()

    cadre.says("1", label("leave_minutes"), "签退是十点")

    assert [heard.text.splitlines()[0] for heard in chen.hears()] == ["“清理村道”的时长核对了：仍是 1 小时。"]
    assert points_of(village) == [(2, "service:1")]


def test_nobody_else_takes_the_roll_or_decides(village: Village, cadre: Neighbour, chen: Neighbour) -> None:
    held(village)
    turn_to(village, SATURDAY)
    village.cadre("other", "深村")

    assert cadre.says("管理活动", "1") == "volunteering/managed"
    assert chen.says("时数不对") == "volunteering/no_record_yet"


@pytest.mark.parametrize(
    ("said", "minutes"),
    [
        ("2小时", 120), ("2.5小时", 150), ("两小时", 120), ("一个半小时", 90), ("半小时", 30), ("90分钟", 90),
        ("1小时20分钟", 80), ("3", 180), ("25小时", None), ("很久", None), ("", None), ("0", 0),
    ],
)  # fmt: skip
def test_a_length_is_read_as_people_say_it(said: str, minutes: int | None) -> None:
    assert lengths.read(said) == minutes


def test_leaving_after_the_organiser_let_it_count_changes_nothing(
    village: Village, cadre: Neighbour, chen: Neighbour
) -> None:
    code = venue(village, held(village))
    turn_to(village, SATURDAY)
    chen.says(code)
    turn_to(village, SATURDAY + 2 * HOUR + MINUTE)
    cadre.says("管理活动", "1", label("take_roll"))
    assert cadre.says(label("count_as_meant")) == "volunteering/minutes_confirmed"

    assert chen.says(code) == "volunteering/served"
    assert points_of(village) == [(4, "service:1")]


def test_a_sheet_pasted_twice_notes_nobody_twice(village: Village, cadre: Neighbour, chen: Neighbour) -> None:
    held(village)
    chen.says("活动", "1", "1")
    turn_to(village, SATURDAY + 3 * HOUR)
    for _ in range(2):
        cadre.says("管理活动", "1", label("take_roll"))
        cadre.says(label("paste_sheet"), "陈大文\n何师傅")

    in_all = select(func.count()).select_from(CheckIn)
    assert village.world.run(lambda db: db.execute(in_all).scalar_one()) == 2


def test_nobody_decides_about_minutes_of_their_own(village: Village, cadre: Neighbour) -> None:
    code = venue(village, held(village))
    turn_to(village, SATURDAY)
    cadre.says(code, "林书记")
    turn_to(village, SATURDAY + HOUR)
    cadre.says(code)
    assert cadre.says("时数不对", "我做了八小时") == "volunteering/disputed"

    def decide(db: Session) -> None:
        service.decide(db, 1, 480, "辛苦", by=cadre.record(db), now=village.world.clock.now())

    with pytest.raises(DomainError, match="volunteering/not_your_own"):
        village.world.run(decide)
