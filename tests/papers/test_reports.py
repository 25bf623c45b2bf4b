"""The picture of a week or a month: what it says is what the records hold, and nothing runs over its edges."""

from datetime import date, timedelta

import pytest
from PIL import Image, ImageChops

from bot.charts import Point
from bot.domain.papers import PaperKind
from bot.domain.reports.periods import PeriodKind, period_of
from bot.domain.reports.report import report
from bot.papers import reports
from bot.papers.reports import Overview, Tile
from bot.papers.sheet import PAPER
from db.models import Unit
from tests.kit.records import make_up
from tests.papers.conftest import Desk, opened

LAST_WEEK = period_of(date(2026, 11, 16), PeriodKind.WEEK)
LONG = "石湾镇街道番村社区党群服务中心潘一支部流动党员联合党支部"


def overview(**changed: object) -> Overview:
    tiles = tuple(Tile(label, 42, "转人工 6", "比上周多 8") for label in ("答疑", "待办", "活动", "学习"))
    bars = tuple(Point(f"11/{one}", one) for one in range(8))
    given = {
        "unit": "番村",
        "heading": "周报",
        "days": "11月16日 – 11月22日",
        "tiles": tiles,
        "trend": "近 8 周",
        "bars": bars,
    }
    return Overview(**given | changed)


def test_the_picture_says_what_the_records_hold(desk: Desk) -> None:
    unit_id = desk.world.run(lambda db: make_up(db, 1).units[0].id)
    counted = desk.world.run(lambda db: report(db, db.get_one(Unit, unit_id), LAST_WEEK, now=desk.world.clock.now()))

    facts = desk.world.run(lambda db: reports.gather(db, f"{unit_id}/{LAST_WEEK.named()}", desk.circumstances()))

    figures = counted.figures
    assert [tile.value for tile in facts.tiles] == [
        figures[one] for one in ("questions", "waiting", "activities", "sessions")
    ]
    assert [tile.about for tile in facts.tiles] == [
        f"转人工 {figures['handed_off']}",
        f"超时 {figures['overdue']}",
        f"{figures['visits']} 人次（{figures['volunteers']} 人）",
        f"到会 {counted.rate}%（{figures['present']}/{figures['expected']}）",
    ]
    assert (facts.unit, facts.heading, facts.days) == ("石湾镇街道", "周报", "11月16日 – 11月22日")
    assert facts.bars[-1] == Point("11/16", figures["questions"])


def test_a_week_that_goes_on_says_until_when_it_was_counted(desk: Desk) -> None:
    desk.world.clock.turn(timedelta(days=2))

    facts = desk.world.run(lambda db: reports.gather(db, f"{desk.unit_id}/week.2026-11-23", desk.circumstances()))

    assert facts.days == "到 11月25日 周三 9:00 为止"
    assert [tile.change for tile in facts.tiles] == ["和上周一样"] * 4
    assert facts.tiles[3].about == "没有学习会"


def test_it_is_as_wide_as_a_phone_shows(desk: Desk) -> None:
    picture = opened(desk.make(PaperKind.REPORT, f"{desk.unit_id}/{LAST_WEEK.named()}"))

    assert picture.width == 1080


@pytest.mark.parametrize(
    "changed",
    [
        {"unit": LONG},
        {"unit": "🎉<b>&", "days": LONG},
        {"tiles": (Tile("答疑", 1_234_567, LONG, LONG),) * 4},
        {"bars": tuple(Point("12月", 99_999) for _ in range(8))},
        {"bars": ()},
    ],
)
def test_nothing_runs_over_the_edge(changed: dict[str, object]) -> None:
    picture = opened(reports.draw(overview(**changed)))

    blank = Image.new("RGB", picture.size, PAPER)
    left, _, right, bottom = ImageChops.difference(picture.crop((0, 30, *picture.size)), blank).getbbox() or (
        0,
        0,
        0,
        0,
    )
    assert left >= 40
    assert right <= 1040
    assert bottom <= picture.height - 40


@pytest.mark.parametrize("subject", ["4711/week.2026-11-16"])
def test_a_report_of_no_unit_cannot_be_made(desk: Desk, subject: str) -> None:
    with pytest.raises(LookupError):
        desk.make(PaperKind.REPORT, subject)
