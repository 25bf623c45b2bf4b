"""A week or a month in figures, with charts where people would rather look than read."""

from collections.abc import Sequence

from markupsafe import Markup

from bot import charts
from bot.admin.asked import Asked
from bot.admin.views import Page, View
from bot.charts import Point
from bot.domain.access import Act
from bot.domain.console.visiting import Visit
from bot.domain.lists.listing import day_of
from bot.domain.reports import periods, showing
from bot.domain.reports.periods import Period, PeriodKind
from bot.domain.reports.report import FIGURES, report, share, trend
from bot.errors import DomainError
from content import console
from db.models import Unit

_MAY = frozenset({Act.SEE_REPORTS})
_CHARTED = ("questions", "activities", "visits", "sessions")


def show(visit: Visit, asked: Asked) -> View:
    """Show the figures of a unit one leads, beside those of the period before, and how they went."""
    units = showing.reported_to(visit.db, visit.person)
    unit = _unit(units, asked.query.get("unit", ""))
    kind = PeriodKind(asked.query["kind"]) if asked.query.get("kind", "") in set(PeriodKind) else PeriodKind.WEEK
    period = _period(visit, kind, asked.query.get("first", ""))
    counted = report(visit.db, unit, period, now=visit.now)
    lines = [(name, counted.figures[name], counted.before[name]) for name in FIGURES]
    values = {
        "units": units,
        "unit": unit,
        "kinds": list(PeriodKind),
        "period": period,
        "lines": lines,
        "rate": counted.rate,
        "rate_before": share(counted.before["present"], counted.before["expected"]),
        "charts": [(name, _chart(visit, unit, period, name)) for name in _CHARTED],
    }
    return View("reports", values)


def _unit(units: Sequence[Unit], given: str) -> Unit:
    found = {str(one.id): one for one in units}
    if not found:
        raise DomainError("access/not_yours")
    return found.get(given) or next(iter(found.values()))


def _period(visit: Visit, kind: PeriodKind, first: str) -> Period:
    """Return the period a day lies in, or the last one that is over."""
    day = day_of(first)
    today = periods.today(visit.now, visit.zone)
    return periods.period_of(day, kind) if day else periods.period_of(today, kind).before


def _chart(visit: Visit, unit: Unit, period: Period, figure: str) -> Markup:
    points = [
        Point(f"{one.first.month}/{one.first.day}", count)
        for one, count in trend(visit.db, unit, period, figure, now=visit.now)
    ]
    title = console.word("figures", figure)
    return Markup(charts.bars(points, name=figure, title=title))  # noqa: S704  # made by us, its words escaped


PAGES = (Page("/admin/reports", show, needs=_MAY),)
