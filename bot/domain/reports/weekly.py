"""Monday's picture: whoever leads a unit gets its last week once, unless they said that they want none.

Who starts late on Monday still sends it that day; on Tuesday last week's news is old. A unit in which nothing happened
and nothing waits is not told so.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import agenda, notices, recurrence, units
from bot.domain.agenda import Item
from bot.domain.house import house_of
from bot.domain.persons import people
from bot.domain.reports.periods import Period, PeriodKind, period_of, today
from bot.domain.reports.report import report
from bot.domain.reports.showing import highest, picture, shown, steps
from db.claims import put_if_missing, table_of
from db.models import AgendaItem, Grant, OutboxKind, Person, ReportOptOut, Role, Unit

WEEKLY = "reports.weekly"
"""The item that does it; it repeats for ever."""

_MONDAY = 0
_USUAL = time(8, 30)
_PAGE = 3
"""People whose units are counted in one transaction: few, so that nobody who talks meanwhile waits for long."""

_OUT = table_of(ReportOptOut)


def begin(db: Session, *, now: datetime) -> None:
    """Plan the first Monday, once for ever; the Monday that is planned keeps to a time of day that was set anew."""
    if agenda.plan(db, WEEKLY, WEEKLY, due_at=_next_monday(db, now), after=0):
        return
    planned = db.execute(select(col(AgendaItem.due_at)).where(col(AgendaItem.cause) == WEEKLY)).scalar_one()
    house = house_of(db)
    meant = recurrence.moment(today(planned, house.zone), house.weekly_report or _USUAL, house.zone)
    if planned > now and planned != meant:
        agenda.move(db, WEEKLY, due_at=meant)


def tell_all(db: Session, item: Item, now: datetime) -> None:
    """Do :data:`WEEKLY`: send the pictures a page of people at a time, and look again next Monday."""
    house = house_of(db)
    day = today(now, house.zone)
    is_time = house.weekly_report is not None and day.weekday() == _MONDAY
    page = _leaders(db, after=int(item.payload["after"])) if is_time else []
    last_week = period_of(day, PeriodKind.WEEK).before
    for person_id in page:
        for unit in led_by(db, person_id):
            _tell(db, person_id, unit, last_week, now=now)
    if len(page) == _PAGE:
        agenda.again(db, item, at=now, after=page[-1])
    else:
        agenda.again(db, item, at=_next_monday(db, now), after=0)


def led_by(db: Session, person_id: int) -> Sequence[Unit]:
    """Return the units somebody is secretary of, without those below another of them."""
    held = select(col(Unit.path)).join(Grant, col(Grant.unit_id) == col(Unit.id))
    mine = held.where(col(Grant.person_id) == person_id, col(Grant.role) == Role.SECRETARY)
    return units.at(db, highest(list(db.execute(mine).scalars())))


def opt_out(db: Session, person: Person, *, now: datetime) -> None:
    """Send somebody no more pictures by themselves."""
    put_if_missing(db, ReportOptOut, {"person_id": person.id, "since": now}, key=("person_id",))


def opt_in(db: Session, person: Person) -> None:
    """Send somebody pictures again."""
    db.execute(delete(_OUT).where(_OUT.c.person_id == person.id))


def _tell(db: Session, person_id: int, unit: Unit, week: Period, *, now: datetime) -> None:
    counted = report(db, unit, week, now=now, compares=False)
    if counted.is_empty or people.best_address(db, person_id) is None:
        return
    notices.tell(
        db,
        "reports/weekly",
        to=person_id,
        cause=f"report:{week.named()}:{unit.id}",
        now=now,
        kind=OutboxKind.REMINDER,
        choices=steps(unit, week),
        attachments=(picture(db, unit, week, to=person_id, now=now),),
        **shown(counted),
    )


def _leaders(db: Session, *, after: int) -> list[int]:
    """Return the next people who lead a unit and want to hear of it, by id."""
    leading = select(col(Grant.person_id)).where(
        col(Grant.role) == Role.SECRETARY,
        col(Grant.person_id) > after,
        col(Grant.person_id).not_in(select(_OUT.c.person_id)),
    )
    return list(db.execute(leading.distinct().order_by(col(Grant.person_id)).limit(_PAGE)).scalars())


def _next_monday(db: Session, now: datetime) -> datetime:
    house = house_of(db)
    day = today(now, house.zone)
    monday = day + timedelta(days=-day.weekday() % 7)
    at = house.weekly_report or _USUAL
    due = recurrence.moment(monday, at, house.zone)
    return due if due > now else recurrence.moment(monday + timedelta(days=7), at, house.zone)
