"""Sessions that repeat, such as a party day on the tenth of each month: made a good month ahead, by themselves."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.domain import agenda, audit, recurrence
from bot.domain.agenda import Item
from bot.domain.house import house_of
from bot.domain.studies import study
from bot.domain.studies.study import Design
from bot.errors import DomainError
from db.models import MeetingKind, Person, Series, SeriesKind, StudySession, Unit

EXTEND = "study.extend_series"
"""The item that makes the next sessions of a series."""

AHEAD = timedelta(days=45)
"""How far ahead the sessions of a series are made."""

_EVERY = timedelta(days=7)


def begin(db: Session, design: Design, rule: Mapping[str, Any], *, by: Person, now: datetime) -> list[StudySession]:
    """Begin a series with the session of ``design``; return the sessions made so far, the first one first."""
    first = study.publish(db, design, by=by, now=now)
    zone = house_of(db).zone
    begins = design.starts_at.astimezone(zone)
    series = Series(
        kind=SeriesKind.SESSION,
        unit_id=design.unit.id or 0,
        title=design.title,
        rule=dict(rule),
        template=_template(design, begins),
        made_until=begins.date(),
        created_by=by.id,
        created_at=now,
    )
    db.add(series)
    db.flush()
    first.series_id = series.id
    db.add(first)
    made = [first, *_make(db, series, now)]
    agenda.plan(db, f"series:{series.id}:extend", EXTEND, due_at=now + _EVERY, series_id=series.id)
    audit.note(db, "study.series", f"series {series.id}", actor_id=by.id, now=now)
    return made


def end(db: Session, session_id: int, *, by: Person, now: datetime) -> Series:
    """Make no more sessions of the series a session belongs to; those made known stay.

    Raises :class:`DomainError` when it belongs to none.
    """
    session = study.for_holder(db, session_id, by)
    series = db.get(Series, session.series_id) if session.series_id else None
    if series is None or series.ended_at is not None:
        raise DomainError("study/no_series")
    series.ended_at = now
    db.add(series)
    agenda.withdraw(db, f"series:{series.id}:extend", now=now)
    audit.note(db, "study.end_series", f"series {series.id}", actor_id=by.id, now=now)
    return series


def extend(db: Session, item: Item, now: datetime) -> None:
    """Do :data:`EXTEND`: make what has come near, and look again in a week."""
    series = db.get_one(Series, item.payload["series_id"])
    if series.ended_at is not None:
        return
    _make(db, series, now)
    agenda.again(db, item, at=max(item.due_at + _EVERY, now))


def _make(db: Session, series: Series, now: datetime) -> list[StudySession]:
    zone = house_of(db).zone
    today = now.astimezone(zone).date()
    until = min(today + AHEAD, series.until or date.max)
    made: list[StudySession] = []
    for day in recurrence.dates(series.rule, after=series.made_until, until=until):
        design = _design(db, series, day)
        if design.starts_at > now:
            made.append(study.announce(db, design, by_id=series.created_by, now=now, series_id=series.id))
    series.made_until = max(series.made_until, until)
    db.add(series)
    return made


def _template(design: Design, begins: datetime) -> dict[str, Any]:
    return {
        "kind": design.kind.value,
        "audience_unit_id": design.audience.id,
        "place": design.place,
        "at": begins.strftime("%H:%M"),
        "minutes": int((design.ends_at - design.starts_at).total_seconds() // 60),
        "credit_hours": design.credit_hours,
        "course_id": design.course_id,
        "details": design.details,
    }


def _design(db: Session, series: Series, day: date) -> Design:
    told = series.template
    starts_at = recurrence.moment(day, time.fromisoformat(told["at"]), house_of(db).zone)
    return Design(
        kind=MeetingKind(told["kind"]),
        title=series.title,
        unit=db.get_one(Unit, series.unit_id),
        audience=db.get_one(Unit, told["audience_unit_id"]),
        place=told["place"],
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=told["minutes"]),
        credit_hours=told["credit_hours"],
        course_id=told["course_id"],
        details=told["details"],
    )
