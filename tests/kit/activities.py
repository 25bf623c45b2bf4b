"""Activities and people for tests: made in a line, with what falls due worked off."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import agenda
from bot.domain.duties import DUTIES
from bot.domain.persons import people
from bot.domain.volunteers import volunteering
from bot.jobs.schedule import Schedule
from db.models import Activity, Member, MemberKind, Person, SeatQuota, Signup, Unit
from tests.kit.post import target
from tests.kit.talk import MORNING, World

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
SATURDAY = MORNING + 5 * DAY
"""Saturday, nine o'clock in the township."""


def plan(audience: Unit, **more: Any) -> volunteering.Plan:
    """Two hours on Saturday morning, three seats for anybody."""
    starts_at = more.pop("starts_at", SATURDAY)
    given: dict[str, Any] = {
        "title": "清理村道",
        "place": "村委门口",
        "starts_at": starts_at,
        "ends_at": starts_at + 2 * HOUR,
        "signup_until": starts_at,
        "seats": {None: 3},
        **more,
    }
    return volunteering.Plan(audience=audience, **given)


def published(db: Session, unit: Unit, *, now: datetime = MORNING, **more: Any) -> Activity:
    """An activity of a unit that can be signed up for."""
    made = volunteering.draft(db, plan(unit, **more), unit=unit, by=None, now=now)
    return volunteering.publish(db, made.id or 0, by=None, now=now)


def somebody(
    db: Session, name: str, unit: Unit | None = None, kind: MemberKind = MemberKind.PARTY_MEMBER, *, heard: bool = True
) -> Person:
    """A person with a name who can be reached, on the roster of a unit when one is named."""
    person = people.known_at(db, target(name), now=MORNING)[0] if heard else Person(created_at=MORNING)
    people.set_name(person, name)
    db.add(person)
    db.flush()
    if unit:
        db.add(
            Member(person_id=person.id or 0, unit_id=unit.id or 0, kind=kind, created_at=MORNING, changed_at=MORNING)
        )
        db.flush()
    return person


def work_off(db: Session, *, now: datetime) -> int:
    """Do what is due in an open transaction, all of it, and return how many items that was."""
    count = 0
    while item := agenda.take(db, now=now):
        DUTIES.get(item.kind, _nothing)(db, item, now)
        db.flush()
        agenda.done(db, item, now=now)
        count += 1
    return count


def catch_up(world: World) -> None:
    """Let the schedule do all that is due in a world by its clock."""

    async def sweep() -> None:
        while await Schedule(world.database, _Duties(), clock=world.clock).sweep():
            pass

    asyncio.run(sweep())


def states(db: Session, activity: Activity) -> dict[str, str]:
    """Return where everybody's sign-up stands, by name."""
    rows = select(col(Person.name), col(Signup.state)).join(Signup, col(Signup.person_id) == col(Person.id))
    return {name: str(state) for name, state in db.execute(rows.where(col(Signup.activity_id) == activity.id))}


def overbooked(db: Session) -> list[int]:
    """Return every quota with more people than seats."""
    held = select(func.count()).where(
        col(Signup.quota_id) == col(SeatQuota.id), col(Signup.state).in_(["confirmed", "offered"])
    )
    return list(db.execute(select(col(SeatQuota.id)).where(held.scalar_subquery() > col(SeatQuota.seats))).scalars())


def _nothing(_db: Session, _item: agenda.Item, _now: datetime) -> None:
    """Stands in for duties another part of the house does."""


class _Duties(dict[str, Any]):
    def __init__(self) -> None:
        super().__init__(DUTIES)

    def __missing__(self, _kind: str) -> Any:
        return _nothing
