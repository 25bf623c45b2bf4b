"""What repeats, a weekly clean-up or a standing post: its next weeks are always open for signing up."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from bot.domain import access, agenda, audit, recurrence
from bot.domain.house import house_of
from bot.domain.volunteers import volunteering
from bot.domain.volunteers.volunteering import Plan
from bot.errors import DomainError
from db.models import Activity, ActivityKind, MemberKind, Person, Series, SeriesKind, Unit

EXTEND = "series.extend"
"""The kind of item on the agenda that makes the next of a series."""

AHEAD = timedelta(weeks=4)
"""So far ahead people can sign up."""

_AGAIN = timedelta(days=7)
_ANYBODY = "anybody"


def begin(db: Session, plan: Plan, rule: Mapping[str, Any], *, unit: Unit, by: Person, now: datetime) -> Series:
    """Begin a series whose first is ``plan``, and open the next weeks; raise :class:`DomainError` like a draft does."""
    volunteering.check(plan, now=now)
    access.insist(db, by, access.Act.HOLD_ACTIVITIES, unit)
    zone = house_of(db).zone
    begin_at, end_at = plan.starts_at.astimezone(zone), plan.ends_at.astimezone(zone)
    series = Series(
        kind=SeriesKind.DUTY if plan.kind is ActivityKind.DUTY else SeriesKind.ACTIVITY,
        unit_id=unit.id or 0,
        title=plan.title,
        rule=dict(rule),
        template={
            "place": plan.place,
            "details": plan.details,
            "seats": {kind.value if kind else _ANYBODY: count for kind, count in plan.seats.items()},
            "audience_unit_id": plan.audience.id,
            "audience_kind": plan.audience_kind.value if plan.audience_kind else None,
            "has_waitlist": plan.has_waitlist,
            "begins": begin_at.time().isoformat(),
            "ends": end_at.time().isoformat(),
            "days": (end_at.date() - begin_at.date()).days,
            "signup_hours": (plan.starts_at - plan.signup_until) / timedelta(hours=1),
        },
        made_until=begin_at.date() - timedelta(days=1),
        created_by=by.id,
        created_at=now,
    )
    db.add(series)
    db.flush()
    make(db, series, now=now)
    agenda.plan(db, f"series:{series.id}", EXTEND, due_at=now + _AGAIN, series_id=series.id)
    audit.note(db, "activities.series", f"series:{series.id} {series.title}", actor_id=by.id, now=now)
    return series


def extend(db: Session, item: agenda.Item, now: datetime) -> None:
    """Open the weeks that came near since, and look again in a week, until the series is ended."""
    series = db.get_one(Series, item.payload["series_id"])
    if series.ended_at is not None:
        return
    make(db, series, now=now)
    agenda.again(db, item, at=item.due_at + _AGAIN if item.due_at + _AGAIN > now else now + _AGAIN)


def end(db: Session, series_id: int, *, by: Person, now: datetime) -> Series:
    """Let nothing more be made of a series; what is open already stays until it is cancelled."""
    series = db.get(Series, series_id)
    if series is None:
        raise DomainError("volunteering/no_such_activity")
    access.insist(db, by, access.Act.HOLD_ACTIVITIES, db.get_one(Unit, series.unit_id))
    series.ended_at = series.ended_at or now
    db.add(series)
    audit.note(db, "activities.end_series", f"series:{series.id} {series.title}", actor_id=by.id, now=now)
    return series


def make(db: Session, series: Series, *, now: datetime) -> list[Activity]:
    """Make and publish whatever a series has in the next weeks and was not made yet."""
    today = now.astimezone(house_of(db).zone).date()
    until = min(today + AHEAD, series.until or date.max)
    unit = db.get_one(Unit, series.unit_id)
    made: list[Activity] = []
    for day in recurrence.dates(series.rule, after=series.made_until, until=until):
        plan = _plan(db, series, day)
        if plan.starts_at <= now:
            continue
        activity = volunteering.draft(db, plan, unit=unit, by=None, now=now)
        activity.created_by = series.created_by
        made.append(volunteering.publish(db, activity.id or 0, by=None, now=now))
    series.made_until = max(series.made_until, until)
    db.add(series)
    return made


def _plan(db: Session, series: Series, day: date) -> Plan:
    """Return what a series has on a day: the same hours by the clock on the wall, whatever the clocks do."""
    told, zone = series.template, house_of(db).zone
    starts_at = recurrence.moment(day, time.fromisoformat(told["begins"]), zone)
    ends_at = recurrence.moment(day + timedelta(days=told["days"]), time.fromisoformat(told["ends"]), zone)
    plan = Plan(
        title=series.title,
        place=told["place"],
        starts_at=starts_at,
        ends_at=max(ends_at, starts_at + timedelta(minutes=1)),
        signup_until=starts_at - timedelta(hours=told["signup_hours"]),
        seats={None if kind == _ANYBODY else MemberKind(kind): count for kind, count in told["seats"].items()},
        audience=db.get_one(Unit, told["audience_unit_id"]),
        audience_kind=MemberKind(told["audience_kind"]) if told["audience_kind"] else None,
        has_waitlist=told["has_waitlist"],
        details=told["details"],
        series_id=series.id,
    )
    return replace(plan, kind=ActivityKind.DUTY) if series.kind is SeriesKind.DUTY else plan
