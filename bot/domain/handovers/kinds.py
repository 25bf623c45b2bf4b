"""What somebody may have open that another can go on with: an explicit list; a new kind is a line and its words."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session
from sqlmodel import SQLModel, col

from bot.domain import cases
from bot.domain.answers import reviewing
from bot.domain.grid import telling
from bot.domain.visits import households
from content.words import label
from db.claims import table_of
from db.models import (
    ONGOING_REPORTS,
    OPEN_PLEDGES,
    Activity,
    Broadcast,
    Case,
    CaseState,
    DraftState,
    EntryDraft,
    GridReport,
    Household,
    Matter,
    MatterState,
    OccasionState,
    Pledge,
    Series,
    StudySession,
    TopicHolder,
)

_TAKEN = col(GridReport.state).in_(ONGOING_REPORTS)
_UNFINISHED = col(EntryDraft.state).in_((DraftState.WRITING, DraftState.RETURNED))
_ONGOING = (OccasionState.DRAFT, OccasionState.PUBLISHED)
_GOES_ON = col(Matter.state) == MatterState.ONGOING
_TO_HOLD, _TO_MEET = col(Activity.state).in_(_ONGOING), col(StudySession.state).in_(_ONGOING)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of open work: the rows that are open, the column that says whose they are, and each on a line.

    ``describe`` returns what a row is about and when it is due, if it is.
    """

    name: str
    called: str
    model: type[SQLModel]
    column: str
    is_open: ColumnElement[bool]
    describe: Callable[[Any], tuple[str, datetime | None]]

    def ids(self, db: Session, person_id: int) -> list[int]:
        """Return the rows of somebody's that are open, by id."""
        table = table_of(self.model)
        mine = select(table.c.id).where(table.c[self.column] == person_id, self.is_open)
        return list(db.execute(mine.order_by(table.c.id)).scalars())


def kinds() -> tuple[Kind, ...]:
    """Return every kind of open work, in the order of a sheet."""
    return (
        Kind("cases", label("handed_cases"), Case, "holder_id", col(Case.state) == CaseState.OPEN, _case),
        Kind("grid_reports", label("handed_reports"), GridReport, "holder_id", _TAKEN, _report),
        Kind("pledges", label("handed_pledges"), Pledge, "holder_id", col(Pledge.state).in_(OPEN_PLEDGES), _pledge),
        Kind("matters", label("handed_matters"), Matter, "holder_id", _GOES_ON, _matter),
        Kind("households", label("handed_households"), Household, "contact_id", and_(True), _household),
        Kind("topics", label("handed_topics"), TopicHolder, "person_id", and_(True), _topic),
        Kind("drafts", label("handed_drafts"), EntryDraft, "author_id", _UNFINISHED, _draft),
        Kind("activities", label("handed_activities"), Activity, "created_by", _TO_HOLD, _occasion),
        Kind("sessions", label("handed_sessions"), StudySession, "created_by", _TO_MEET, _occasion),
        Kind(
            "broadcasts",
            label("handed_broadcasts"),
            Broadcast,
            "author_id",
            col(Broadcast.ended_at).is_(None),
            _broadcast,
        ),
        Kind("series", label("handed_series"), Series, "created_by", col(Series.ended_at).is_(None), _series),
    )


def _case(row: Case) -> tuple[str, datetime | None]:
    return f"{cases.number(row)} {cases.one_line(row.question, longest=60)}", row.opened_at


def _report(row: GridReport) -> tuple[str, datetime | None]:
    return f"{telling.number(row)} {telling.what(row)}", row.due_at


def _pledge(row: Pledge) -> tuple[str, datetime | None]:
    return row.words, datetime.combine(row.due_on, time(), UTC)


def _matter(row: Matter) -> tuple[str, datetime | None]:
    return row.title, None


def _household(row: Household) -> tuple[str, datetime | None]:
    return households.masked_holder(row) or str(row.id), None


def _topic(row: TopicHolder) -> tuple[str, datetime | None]:
    return row.topic, None


def _draft(row: EntryDraft) -> tuple[str, datetime | None]:
    return reviewing.number(row), row.made_at


def _occasion(row: Activity | StudySession) -> tuple[str, datetime | None]:
    return row.title, row.starts_at


def _broadcast(row: Broadcast) -> tuple[str, datetime | None]:
    return cases.one_line(row.text, longest=60), row.due_at


def _series(row: Series) -> tuple[str, datetime | None]:
    return row.title, None
