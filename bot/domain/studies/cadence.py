"""Watches that each branch meets as often as it should: whoever is about to miss it hears so a week ahead, privately.

Nobody above is told and there is no list of branches: the only reader is that branch's own secretary.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import agenda, notices, recurrence
from bot.domain.agenda import Item
from bot.domain.house import house_of
from bot.domain.messages import Choice
from bot.domain.persons import people
from content.cadence import Cadence, cadences
from content.words import label, meeting_name
from db.models import Grant, MeetingKind, OccasionState, OutboxKind, Role, StudySession, Unit, UnitKind

WATCH = "cadence.watch"
"""The item that looks once a day, at a working hour, whether a month or a quarter is about to end."""

AHEAD = timedelta(days=7)
"""How long before the end of a month or quarter a branch hears that it lacks a meeting."""

_HOUR = time(9, 0)
_SATURDAY = 5
_TOLD = "told"


def begin(db: Session, *, now: datetime) -> None:
    """Plan the first look, once for ever."""
    agenda.plan(db, WATCH, WATCH, due_at=_next_look(db, now))


def watch(db: Session, item: Item, now: datetime) -> None:
    """Do :data:`WATCH`: tell each branch once for a month or quarter what it lacks, and look again tomorrow.

    It looks every day of the last week, because a meeting that was planned may be called off. Whom it told of what is
    kept until the end of the period; an ``every`` alone is how version 0.1 kept that everybody was told.
    """
    today = now.astimezone(house_of(db).zone).date()
    before: dict[str, str] = item.payload.get(_TOLD, {})
    told = {key: last for key, last in before.items() if last >= today.isoformat()}
    due = [one for one in cadences() if today >= tell_on(period(today, one.every)[1]) and one.every not in told]
    for unit_id, lacking in _lacking(db, due, today).items():
        fresh = {f"{unit_id}:{one.kind}:{one.every}": one for one in lacking}
        fresh = {key: one for key, one in fresh.items() if key not in told}
        if fresh:
            _tell(db, db.get_one(Unit, unit_id), list(fresh.values()), today, now)
        told |= {key: period(today, one.every)[1].isoformat() for key, one in fresh.items()}
    agenda.again(db, item, at=_next_look(db, now), **{_TOLD: told})


def period(day: date, every: str) -> tuple[date, date]:
    """Return the first and the last day of the month or quarter a day lies in."""
    first_month = day.month if every == "month" else (day.month - 1) // 3 * 3 + 1
    last_month = first_month if every == "month" else first_month + 2
    following = date(day.year + last_month // 12, last_month % 12 + 1, 1)
    return date(day.year, first_month, 1), following - timedelta(days=1)


def tell_on(last: date) -> date:
    """Return on which day it is told that something is lacking until ``last``: a week before, on a working day."""
    day = last - AHEAD
    return day - timedelta(days=max(0, day.weekday() - _SATURDAY + 1))


def _lacking(db: Session, due: Iterable[Cadence], today: date) -> dict[int, list[Cadence]]:
    """Return, by unit, the meetings that are neither held nor planned in the period that ends soon."""
    lacking = defaultdict[int, list[Cadence]](list)
    for one in due:
        served = _served(db, one, today)
        kinds = [UnitKind(kind) for kind in one.units]
        for unit in db.execute(select(Unit).where(col(Unit.kind).in_(kinds)).order_by(col(Unit.id))).scalars():
            if not served & {int(part) for part in unit.path.strip("/").split("/")}:
                lacking[unit.id or 0].append(one)
    return lacking


def _served(db: Session, one: Cadence, today: date) -> set[int]:
    """Return the units with such a meeting in the period; what is held for a whole village serves its branches."""
    zone = house_of(db).zone
    first, last = period(today, one.every)
    during = (
        col(StudySession.starts_at) >= recurrence.moment(first, time(), zone),
        col(StudySession.starts_at) < recurrence.moment(last + timedelta(days=1), time(), zone),
    )
    standing = (col(StudySession.kind) == MeetingKind(one.kind), col(StudySession.state) != OccasionState.CANCELLED)
    held = select(col(StudySession.audience_unit_id)).where(*standing, *during).distinct()
    return set(db.execute(held).scalars())


def _tell(db: Session, unit: Unit, lacking: list[Cadence], today: date, now: datetime) -> None:
    last = min(period(today, one.every)[1] for one in lacking)
    notices.tell_all(
        db,
        "study/will_miss",
        to=_secretaries(db, unit),
        cause=f"cadence:{unit.id}:{last}:{today}",
        now=now,
        kind=OutboxKind.REMINDER,
        choices=(Choice(label=label("hold_session"), go="sessions.hold", fill={"unit_id": unit.id}),),
        unit=unit.name,
        meetings=[(meeting_name(one.kind), one.every) for one in lacking],
        last=last,
        days=(last - today).days,
    )


def _secretaries(db: Session, unit: Unit) -> list[int]:
    """Return the unit's own secretaries who can be reached; a group's are those of its branch."""
    for unit_id in (unit.id, unit.parent_id if unit.kind is UnitKind.GROUP else None):
        held = select(col(Grant.person_id)).where(col(Grant.unit_id) == unit_id, col(Grant.role) == Role.SECRETARY)
        found = [
            one for one in db.execute(held.order_by(col(Grant.person_id))).scalars() if people.best_address(db, one)
        ]
        if found:
            return found
    return []


def _next_look(db: Session, now: datetime) -> datetime:
    zone = house_of(db).zone
    today = now.astimezone(zone).date()
    at = recurrence.moment(today, _HOUR, zone)
    return at if at > now else recurrence.moment(today + timedelta(days=1), _HOUR, zone)
