"""What somebody asked a person or reported, and how it stands: one list, whatever it became."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import cases
from bot.domain.grid import telling
from content.words import label
from db.models import Case, CaseState, GridReport, GridReporter, GridState

_LONGEST = 14


@dataclass(frozen=True, slots=True)
class Asked:
    """A question or a report on one line; ``go`` and ``fill`` lead to how it stands."""

    at: datetime
    line: str
    go: str
    fill: dict[str, int]


def of_person(db: Session, person_id: int, *, most: int) -> list[Asked]:
    """Return the newest of what somebody asked or reported, the newest first."""
    questions = select(Case).where(col(Case.asker_id) == person_id).order_by(col(Case.id).desc())
    joined = select(col(GridReporter.report_id)).where(col(GridReporter.person_id) == person_id)
    reports = select(GridReport).where(col(GridReport.id).in_(joined)).order_by(col(GridReport.id).desc())
    found = (
        *(_question(one) for one in db.execute(questions.limit(most)).scalars()),
        *(_report(one) for one in db.execute(reports.limit(most)).scalars()),
    )
    return sorted(found, key=lambda one: one.at, reverse=True)[:most]


def _question(case: Case) -> Asked:
    state = {
        CaseState.OPEN: label("asked_open"),
        CaseState.ANSWERED: label("asked_answered"),
        CaseState.CLOSED: label("asked_closed"),
    }[case.state]
    line = f"{cases.number(case)} {state} {cases.one_line(case.question, longest=_LONGEST)}"
    return Asked(case.opened_at, line, go="cases.standing", fill={"case_id": case.id or 0})


def _report(report: GridReport) -> Asked:
    state = {
        GridState.OPEN: label("reported_open"),
        GridState.TAKEN: label("reported_taken"),
        GridState.DONE: label("reported_done"),
        GridState.CLOSED: label("asked_closed"),
    }[report.state]
    line = f"{telling.number(report)} {state} {cases.one_line(telling.what(report), longest=_LONGEST)}"
    return Asked(report.opened_at, line, go="grid.standing", fill={"report_id": report.id or 0})
