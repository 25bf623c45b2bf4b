"""What a secretary or cadre is offered to do about a session: few things, those of its time first."""

from datetime import datetime
from typing import Any

from bot.domain.messages import Choice
from bot.domain.studies import attendance
from content.words import label
from db.models import OccasionState, StudySession


def usual(session: StudySession, now: datetime) -> tuple[Choice, ...]:
    """Return what is usually done about a session as it stands; what else may be done is one step further."""
    if session.state is OccasionState.CANCELLED:
        return ()
    fill = {"session_id": session.id}
    sums = Choice(label=label("who_answered"), go="attendance.sums", fill=fill)
    if now < session.starts_at - attendance.EARLY:
        return (*_before_its_end(fill), *_of_series(session), sums)
    code = Choice(label=label("venue_code"), go="sessions.venue_code", fill=fill)
    return (
        Choice(label=label("call_the_roll"), go="attendance.roll", fill=fill),
        Choice(label=label("paste_names"), go="attendance.sheet", fill=fill),
        *((code,) if now < session.ends_at else ()),
        Choice(label=label("attendance_sheet"), go="attendance.paper", fill=fill),
        sums,
        Choice(label=label("more_steps"), go="sessions.more", fill=fill),
    )


def further(session: StudySession, now: datetime) -> tuple[Choice, ...]:
    """Return what else may be done about one that is near or over."""
    fill = {"session_id": session.id}
    return (
        Choice(label=label("correct_record"), go="attendance.correct", fill=fill),
        Choice(label=label("add_minutes"), go="sessions.add_material", fill={**fill, "is_minutes": True}),
        *(_before_its_end(fill)[1:] if now < session.ends_at else ()),
        *_of_series(session),
    )


def _before_its_end(fill: dict[str, Any]) -> tuple[Choice, ...]:
    return (
        Choice(label=label("venue_code"), go="sessions.venue_code", fill=fill),
        Choice(label=label("add_material"), go="sessions.add_material", fill=fill),
        Choice(label=label("change_time"), go="sessions.move", fill=fill),
        Choice(label=label("call_off"), go="sessions.call_off", fill=fill),
    )


def _of_series(session: StudySession) -> tuple[Choice, ...]:
    end = Choice(label=label("end_series"), go="sessions.end_series", fill={"session_id": session.id})
    return (end,) if session.series_id else ()
