"""Study sessions one holds, with how many come; and one of them as a grid: who answered what, who came."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import units
from bot.domain.access import Act
from bot.domain.console.visiting import Visit
from bot.domain.lists.listing import Line, Listing, Order
from bot.domain.studies import attendance, study
from bot.domain.studies.attendance import Counts
from db.models import Attendance, AttendanceState, MeetingKind, OccasionState, Person, Rsvp, StudySession, Unit


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session in a list: how many are meant, have answered that they come or cannot, and were there."""

    session: StudySession
    unit: str
    meant: int
    coming: int
    leave: int
    present: int


@dataclass(frozen=True, slots=True)
class Grid:
    """A session with everybody who is expected, in the order of their names."""

    session: StudySession
    unit: str
    counts: Counts
    lines: Sequence[tuple[Attendance, Person]]


def listing(visit: Visit, filters: dict[str, str]) -> Listing[SessionRow]:
    """Return the sessions somebody may hold; ``state`` and ``kind`` narrow them down."""
    rows = select(StudySession, col(Unit.name)).join(Unit, col(Unit.id) == col(StudySession.unit_id))
    rows = rows.where(units.in_subtrees(visit.reach(Act.HOLD_SESSIONS)))
    if filters.get("state", "") in set(OccasionState):
        rows = rows.where(col(StudySession.state) == OccasionState(filters["state"]))
    if filters.get("kind", "") in set(MeetingKind):
        rows = rows.where(col(StudySession.kind) == MeetingKind(filters["kind"]))
    return Listing(rows, {"starts": Order(col(StudySession.starts_at), col(StudySession.id), falls=True)}, _read)


def grid(visit: Visit, session_id: int) -> Grid:
    """Return a session's grid; raise :class:`DomainError` when it is not theirs to hold."""
    session = study.for_holder(visit.db, session_id, visit.person)
    return Grid(
        session=session,
        unit=visit.db.get_one(Unit, session.unit_id).name,
        counts=attendance.counts(visit.db, session_id),
        lines=attendance.people_of(visit.db, session_id),
    )


def _read(db: Session, rows: Sequence[Line]) -> Sequence[SessionRow]:
    ids = [row[0].id for row in rows]
    parts = select(col(Attendance.session_id), col(Attendance.rsvp), col(Attendance.state), func.count())
    parts = parts.where(col(Attendance.session_id).in_(ids))
    parts = parts.group_by(col(Attendance.session_id), col(Attendance.rsvp), col(Attendance.state))
    found: dict[int, list[int]] = {}
    for session_id, rsvp, state, count in db.execute(parts):
        counts = found.setdefault(session_id, [0, 0, 0, 0])
        counts[0] += count
        counts[1] += count if rsvp is Rsvp.COMING else 0
        counts[2] += count if rsvp is Rsvp.LEAVE else 0
        counts[3] += count if state is AttendanceState.PRESENT else 0
    return [SessionRow(row[0], row[1], *found.get(row[0].id, (0, 0, 0, 0))) for row in rows]
