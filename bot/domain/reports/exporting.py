"""Figures and lists as a sheet: all that goes into it, gathered once, and written down who took it along."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, audit, papers
from bot.domain.house import house_of
from bot.domain.messages import Attachment
from bot.domain.papers import PaperKind
from bot.domain.persons import members
from bot.domain.reports import lists
from bot.domain.reports.counting import scope
from bot.domain.reports.lists import LISTS, Row
from bot.domain.reports.periods import Period, today
from bot.domain.reports.report import FIGURES, Report, report, share
from bot.sheets import Cell
from content import sheets
from content.words import on_paper
from db.models import Activity, Person, ServiceRecord, ServiceState, Unit


@dataclass(frozen=True, slots=True)
class Contents:
    """All that may stand in a sheet: by the names of figures, those of the period before, and the rows of each list."""

    report: Report
    values: Mapping[str, Cell]
    before: Mapping[str, Cell]
    rows: Mapping[str, Sequence[Row]]


def contents(db: Session, unit: Unit, period: Period, *, by: str, now: datetime) -> Contents:
    """Gather all of a unit's week or month; ``by`` is who fills it in."""
    counted = report(db, unit, period, now=now)
    meant = scope(db, unit, period, now=now)
    told: dict[str, Cell] = {
        "unit": unit.name,
        "period": _period_in_words(period),
        "first": period.first,
        "last": period.last,
        "year": period.first.year,
        "month": period.first.month,
        "today": today(now, house_of(db).zone),
        "by": by,
    }
    return Contents(
        report=counted,
        values={**_with_derived(counted.figures), **told},
        before=_with_derived(counted.before),
        rows={name: rows(db, meant) for name, rows in LISTS.items()},
    )


def export(db: Session, unit: Unit, period: Period, *, by: Person, now: datetime) -> Attachment:
    """Order the sheet and write down who took how much of what along."""
    meant = scope(db, unit, period, now=now)
    count = len(FIGURES) + sum(len(rows(db, meant)) for rows in LISTS.values())
    audit.note(db, "reports.export", f"unit {unit.id} {period.named()}: {count} rows", actor_id=by.id, now=now)
    name = f"{unit.name}{on_paper(f'report_{period.kind}')}.xlsx"
    return papers.order(db, PaperKind.REPORT_SHEET, f"{unit.id}/{period.named()}", name=name, to=by.id, now=now)


def hours_served(
    db: Session, unit: Unit, period: Period, *, by: Person, now: datetime
) -> tuple[int, Attachment | None]:
    """Order the sheet of confirmed hours, each with its person; return how many rows it has, and no sheet of none."""
    access.insist(db, by, access.Act.SEE_PHONES, unit)
    theirs = select(col(Activity.id)).join(Unit, col(Unit.id) == col(Activity.unit_id)).where(members.in_subtree(unit))
    served = select(func.count()).where(
        col(ServiceRecord.state) == ServiceState.CONFIRMED,
        col(ServiceRecord.activity_id).in_(theirs),
        col(ServiceRecord.served_on).between(period.first, period.last),
    )
    count = db.execute(served).scalar_one()
    if not count:
        return 0, None
    subject = f"{unit.id}/{period.first.isoformat()}/{period.last.isoformat()}"
    audit.note(db, "reports.hours", f"unit {unit.id} {period.named()}: {count} rows", actor_id=by.id, now=now)
    name = f"{sheets.title('service')}.xlsx"
    return count, papers.order(db, PaperKind.SERVICE_SHEET, subject, name=name, to=by.id, now=now)


def _with_derived(figures: Mapping[str, int]) -> dict[str, Cell]:
    return {
        **figures,
        "rate": share(figures["present"], figures["expected"]),
        "hours": lists.hours(figures["minutes"]),
    }


def _period_in_words(period: Period) -> str:
    first, last = (
        on_paper("full_day", year=one.year, month=one.month, day=one.day) for one in (period.first, period.last)
    )
    return on_paper("report_days", first=first, last=last)
