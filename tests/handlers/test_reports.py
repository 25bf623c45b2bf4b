"""Reports by chat: a week or a month on demand, as a sheet, and the wish to have none on Mondays."""

from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.papers.press import Circumstances
from db.models import Address, AuditLine, Case, CaseKind, Question, Role
from tests.handlers.conftest import Heard, Neighbour, Village, unit_named
from tests.kit.pressed import pressed
from tests.kit.talk import MORNING

MARK = "由 潘志明 于 2026年11月26日 9:00 导出，仅供内部使用，请勿外传。"


@pytest.fixture
def asked(village: Village, li: Neighbour, secretary: Neighbour) -> Village:
    """It is Thursday, and 番村 was asked twice this week, once in vain, and once last week."""

    def written(db: Session) -> None:
        person, fancun = li.record(db), unit_named(db, "番村")
        person.unit_id = fancun.id
        secretary.record(db).name = "潘志明"
        address = db.execute(select(col(Address.id)).where(col(Address.person_id) == person.id)).scalar_one() or 0
        for words, outcome, days in (("路灯", "answered", 0), ("摆酒", "handed_off", 1), ("医保", "answered", -3)):
            at = MORNING + timedelta(days=days)
            db.add(Question(address_id=address, text=words, outcome=outcome, asked_at=at))
        whose = {"unit_id": fancun.id, "asker_id": person.id or 0, "address_id": address}
        db.add(Case(kind=CaseKind.QUESTION, question="摆酒", opened_at=MORNING, **whose))

    village.world.run(written)
    village.world.clock.turn(timedelta(days=3))
    return village


def sheets(village: Village, heard: Heard) -> dict[str, list[list[object]]]:
    """Every sheet of the workbook that goes along."""
    [attachment] = heard.message.attachments
    data = village.world.run(lambda db: pressed(db, attachment.file_id, Circumstances(village.world.clock)))
    book = openpyxl.load_workbook(BytesIO(data))
    return {one.title: [list(row) for row in one.iter_rows(values_only=True)] for one in book.worksheets}


def audited(village: Village) -> list[tuple[str, str]]:
    acts = select(AuditLine.act, AuditLine.subject).where(col(AuditLine.act).startswith("reports."))
    return village.world.run(lambda db: [tuple(one) for one in db.execute(acts.order_by(col(AuditLine.id)))])


@pytest.mark.usefixtures("asked")
def test_a_week_is_shown_with_its_picture_and_its_numbers_in_words(secretary: Neighbour) -> None:
    heard = secretary.says("周报")

    assert heard.text == (
        "【番村周报】11月23日 周一 – 11月29日 周日\n答疑2（转人工1），活动0/0人次\n学习0，待办1（超时1）"
    )
    assert heard.labels == ["看待办", "导出表格", "上一周"]
    assert [one.kind for one in heard.message.attachments] == ["photo"]


@pytest.mark.parametrize(
    ("said", "first"),
    [
        ("上周周报", "【番村周报】11月16日 周一 – 11月22日 周日"),
        ("周报 上周", "【番村周报】11月16日 周一 – 11月22日 周日"),
        ("月报", "【番村月报】11月1日 周日 – 11月30日 周一"),
        ("9月月报", "【番村月报】9月1日 周二 – 9月30日 周三"),
        ("九月月报", "【番村月报】9月1日 周二 – 9月30日 周三"),
        ("周报 2025年3月", "【番村月报】3月1日 周六 – 3月31日 周一"),
    ],
)
@pytest.mark.usefixtures("asked")
def test_another_week_or_month_is_shown(secretary: Neighbour, said: str, first: str) -> None:
    heard = secretary.says(said)

    assert (heard, heard.text.split("\n")[0]) == ("reports/shown", first)


@pytest.mark.usefixtures("village")
def test_on_a_monday_it_is_last_week_that_is_wanted(secretary: Neighbour) -> None:
    assert secretary.says("周报").text.startswith("【番村周报】11月16日 周一")


@pytest.mark.usefixtures("asked")
def test_the_week_before_is_one_digit_away(secretary: Neighbour) -> None:
    assert secretary.says("周报", "3").text.startswith("【番村周报】11月16日 周一")


def test_a_month_that_lies_ahead_cannot_be_shown(secretary: Neighbour) -> None:
    assert secretary.says("周报 2027年3月") == "reports/lies_ahead"


@pytest.mark.usefixtures("village")
def test_who_leads_nothing_sees_nothing(li: Neighbour) -> None:
    assert [li.says(one) for one in ("周报", "不要周报", "要周报", "导出时长")] == ["access/not_yours"] * 4


def test_a_unit_that_is_not_theirs_is_refused(village: Village, secretary: Neighbour) -> None:
    heard = secretary.says("周报")
    village.dismiss(secretary)

    assert secretary.presses(heard, "上一周") == "access/not_yours"
    assert secretary.presses(heard, "导出表格") == "access/not_yours"


def test_who_may_see_two_villages_says_which(village: Village, secretary: Neighbour) -> None:
    village.cadre("secretary", "深村", Role.CADRE)

    heard = secretary.says("周报")

    assert (heard, heard.labels) == ("reports/which_unit", ["番村", "深村"])
    assert secretary.says("深村").text.startswith("【深村周报】")


def test_the_sheet_has_every_figure_with_what_it_counts_and_the_rows(asked: Village, secretary: Neighbour) -> None:
    heard = secretary.says("导出")

    found = sheets(asked, heard)
    figures = {row[0]: row[1:3] for row in found["汇总"][3:]}
    assert heard.text == "【番村周报】11月23日 周一 – 11月29日 周日\n表格已生成，数字都由记录算出。"
    assert heard.labels == ["上周", "本月", "上月"]
    assert found["汇总"][:3] == [
        ["番村  2026年11月23日 – 2026年11月29日", None, None, None],
        [MARK, None, None, None],
        ["指标", "本期", "上期", "怎么算"],
    ]
    assert (figures["答疑"], figures["转人工"], figures["待办"], figures["到会率"]) == (
        [2, 1],
        [1, 0],
        [1, 0],
        [None, None],
    )
    assert found["待办"][1:] == [
        ["序号", "编号", "单位", "收到日期", "已等天数"],
        [1, "W0001", "番村", _day(23), 3],
    ]
    assert audited(asked) == [("reports.export", "unit 2 week.2026-11-23: 19 rows")]


@pytest.mark.usefixtures("asked")
def test_another_month_is_taken_along_by_name(secretary: Neighbour) -> None:
    assert secretary.says("导出 9月").text.startswith("【番村月报】9月1日")


@pytest.mark.usefixtures("village")
def test_everybody_else_takes_their_own_data_along(li: Neighbour) -> None:
    assert li.says("导出") == "my_data/exported"


def test_hours_of_a_week_without_any_are_said_to_be_none(asked: Village, secretary: Neighbour) -> None:
    heard = secretary.says("导出时长")

    assert (heard, heard.message.attachments, audited(asked)) == ("reports/no_hours", (), [])


@pytest.mark.usefixtures("village")
def test_mondays_picture_is_declined_and_wanted_again(secretary: Neighbour) -> None:
    assert [secretary.says(one) for one in ("不要周报", "要周报")] == ["reports/muted", "reports/unmuted"]


def _day(number: int) -> object:
    return openpyxl.utils.datetime.from_excel(openpyxl.utils.datetime.to_excel(MORNING.date().replace(day=number)))


@pytest.mark.parametrize("said", ["周报 明年", "周报 xyz", "导出 前年"])
@pytest.mark.usefixtures("asked")
def test_a_week_nobody_can_read_is_asked_for_instead_of_showing_this_one(secretary: Neighbour, said: str) -> None:
    heard = secretary.says(said)

    assert (heard, heard.text) == ("reports/which_period", "没看懂是哪一周、哪个月。\n例：上周 / 本周 / 9月。")
    assert secretary.says("上周").text.startswith("【番村周报】11月16日 周一")


@pytest.mark.usefixtures("village")
def test_who_sees_no_reports_takes_their_own_data_along_whatever_they_call_it(li: Neighbour) -> None:
    assert li.says("导出 我的资料") == li.says("导出")


@pytest.mark.parametrize("said", ["周报", "周报 明年", "导出时长 明年"])
@pytest.mark.usefixtures("village")
def test_who_sees_no_reports_hears_so_before_anything_is_asked(li: Neighbour, said: str) -> None:
    assert li.says(said) == "access/not_yours"
