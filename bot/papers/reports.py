"""A unit's week or month as a picture for a phone: four large numbers, how they changed, and one small chart.

It has no names and ranks nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from bot.charts import Point, shares, shown
from bot.domain.house import house_of
from bot.domain.reports.periods import Period, from_name
from bot.domain.reports.report import Report, report, trend
from bot.papers.fonts import Face
from bot.papers.press import Circumstances
from bot.papers.setting import block, fitted
from bot.papers.sheet import EDGE, GOLD, INK, PAPER, RED, SOFT, Colour, Sheet, as_png
from bot.papers.times import clock, day
from content.words import on_paper
from db.models import Unit

_SIZE = (1080, 1600)
_MARGIN, _GAP = 60, 36
_TILES_TOP, _TILE_HEIGHT = 330, 376
_CHART_TOP, _CHART_HEIGHT = 1160, 300
_PALE: Colour = (216, 184, 168)
_ABOUT: Mapping[str, tuple[str, ...]] = {
    "questions": ("handed_off",),
    "waiting": ("overdue",),
    "activities": ("visits", "volunteers"),
    "sessions": ("present", "expected"),
}
"""What is large, in the order it is looked at, and what stands below it."""


@dataclass(frozen=True, slots=True)
class Tile:
    """One large number: what it is, what it is made of, and how it changed."""

    label: str
    value: int
    about: str
    change: str
    is_warning: bool = False


@dataclass(frozen=True, slots=True)
class Overview:
    """What the picture says."""

    unit: str
    heading: str
    days: str
    tiles: tuple[Tile, ...]
    trend: str
    bars: tuple[Point, ...]


def gather(db: Session, subject: str, press: Circumstances) -> Overview:
    """Count a unit's week or month: ``unit id/period``."""
    unit_id, _, named = subject.partition("/")
    unit = db.get(Unit, int(unit_id))
    if unit is None:
        raise LookupError(subject)
    period, now, zone = from_name(named), press.clock.now(), house_of(db).zone
    counted = report(db, unit, period, now=now)
    asked = trend(db, unit, period, "questions", now=now)
    return Overview(
        unit=unit.name,
        heading=on_paper(f"report_{period.kind}"),
        days=_days(period, now, zone),
        tiles=tuple(_tile(counted, key) for key in _ABOUT),
        trend=on_paper(f"trend_{period.kind}", count=len(asked)),
        bars=tuple(Point(_below(one), value) for one, value in asked),
    )


def draw(facts: Overview) -> bytes:
    """Draw the picture, 1080 pixels wide."""
    page = Sheet(_SIZE, ground=PAPER)
    page.box(0, 0, page.width, 18, fill=RED)
    page.box(0, 18, page.width, 6, fill=GOLD)
    width = page.width - 2 * _MARGIN
    unit = fitted(facts.unit, width=width, sizes=range(84, 40, -4), most=1, face=Face.SERIF, weight=2)
    page.write(unit, _MARGIN, 66)
    page.say(facts.heading, _MARGIN, 190, size=60, colour=RED)
    page.write(fitted(facts.days, width=width - 180, sizes=range(48, 30, -2), most=1), _MARGIN + 160, 196, colour=SOFT)
    side = (width - _GAP) / 2
    for at, tile in enumerate(facts.tiles):
        x = _MARGIN + (at % 2) * (side + _GAP)
        _draw_tile(page, tile, x, _TILES_TOP + (at // 2) * (_TILE_HEIGHT + _GAP), side)
    _draw_trend(page, facts)
    page.say(on_paper("report_note"), page.width / 2, page.height - 64, size=30, colour=SOFT, align="middle")
    return as_png(page)


def _days(period: Period, now: datetime, zone: ZoneInfo) -> str:
    first, last = (on_paper("report_day", month=one.month, day=one.day) for one in (period.first, period.last))
    if now < period.span(zone)[1]:
        return on_paper("report_so_far", day=day(now, zone), time=clock(now, zone))
    return on_paper("report_days", first=first, last=last)


def _tile(counted: Report, key: str) -> Tile:
    figures, more = counted.figures, counted.figures[key] - counted.before[key]
    told = {name: figures[name] for name in _ABOUT[key]}
    is_nothing = key == "sessions" and counted.rate is None
    about = on_paper("nobody_expected") if is_nothing else on_paper(f"of_{key}", rate=counted.rate, **told)
    word = "more" if more > 0 else "fewer" if more < 0 else "same"
    return Tile(
        label=on_paper(f"tile_{key}"),
        value=figures[key],
        about=about,
        change=on_paper(f"{word}_{counted.period.kind}", count=abs(more)),
        is_warning=key == "waiting" and bool(figures["overdue"]),
    )


def _below(period: Period) -> str:
    return on_paper(f"trend_label_{period.kind}", month=period.first.month, day=period.first.day)


def _draw_tile(page: Sheet, tile: Tile, x: float, y: float, side: float) -> None:
    page.box(x, y, side, _TILE_HEIGHT, fill=(255, 255, 255), edge=EDGE)
    left, width = x + 34, round(side - 68)
    page.say(tile.label, left, y + 18, size=44, colour=SOFT)
    number = fitted(str(tile.value), width=width, sizes=range(150, 70, -10), most=1, weight=3)
    page.write(number, left, y + 72, colour=RED)
    colour = RED if tile.is_warning else INK
    page.write(fitted(tile.about, width=width, sizes=range(42, 26, -2), most=1), left, y + 244, colour=colour)
    page.write(block(tile.change, width=width, size=32), left, y + 304, colour=SOFT)


def _draw_trend(page: Sheet, facts: Overview) -> None:
    page.say(facts.trend, _MARGIN, _CHART_TOP, size=40, colour=SOFT)
    top, base = _CHART_TOP + 110, _CHART_TOP + _CHART_HEIGHT
    step = (page.width - 2 * _MARGIN) / max(1, len(facts.bars))
    for at, (point, share) in enumerate(zip(facts.bars, shares(facts.bars), strict=True)):
        height = round((base - top) * share)
        x, is_last = _MARGIN + at * step, at == len(facts.bars) - 1
        page.box(x + step * 0.16, base - height, step * 0.68, height, fill=RED if is_last else _PALE)
        colour = INK if is_last else SOFT
        page.say(shown(point.value or 0), x + step / 2, base - height - 48, size=34, colour=colour, align="middle")
        page.say(point.label, x + step / 2, base + 10, size=30, colour=SOFT, align="middle")
    page.box(_MARGIN, base, page.width - 2 * _MARGIN, 2, fill=EDGE)
