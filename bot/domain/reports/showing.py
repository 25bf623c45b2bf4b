"""How a report is shown in a chat: its picture, its numbers in words, and what leads on from there."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.domain import access, papers, units
from bot.domain.messages import Attachment, Choice
from bot.domain.papers import PaperKind
from bot.domain.reports.periods import Period
from bot.domain.reports.report import Report
from content.words import label, on_paper
from db.models import Person, Unit


def reported_to(db: Session, person: Person) -> Sequence[Unit]:
    """Return the units somebody may see reports of, without those below another of them."""
    return units.at(db, highest(access.reach(db, person, access.Act.SEE_REPORTS)))


def highest(paths: Sequence[str]) -> list[str]:
    """Return the paths that lie below none of the others."""
    return [one for one in set(paths) if not any(one != other and one.startswith(other) for other in paths)]


def picture(db: Session, unit: Unit, period: Period, *, to: int | None, now: datetime) -> Attachment:
    """Order the picture of a unit's week or month."""
    name = f"{unit.name}{on_paper(f'report_{period.kind}')}.png"
    return papers.order(db, PaperKind.REPORT, f"{unit.id}/{period.named()}", name=name, to=to, now=now)


def steps(unit: Unit, period: Period) -> tuple[Choice, ...]:
    """Return what is offered below a picture: what waits for an answer, and the figures as a sheet."""
    fill = {"unit_id": unit.id, "period": period.named()}
    return (
        Choice(label=label("to_do"), go="cases.to_do"),
        Choice(label=label("report_sheet"), go="reports.export", fill=fill),
    )


def shown(counted: Report) -> dict[str, Any]:
    """Return what the words beside a picture say, for those who cannot see it."""
    return {**named(counted.unit, counted.period), "figures": counted.figures, "rate": counted.rate}


def named(unit: str, period: Period) -> dict[str, Any]:
    """Return what a report is called: of whom, and from when until when."""
    called = on_paper(f"report_{period.kind}")
    return {"unit": unit, "called": called, "first": period.first, "last": period.last}
