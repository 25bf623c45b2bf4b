"""A year of party days as a process that may be killed: every reminder that falls due is done at its simulated time.

Run with an order as JSON. ``begin`` is the simulated moment it starts at, ``end`` where it stops; each simulated day it
says how far it has come. With ``branches`` it makes the township first, and ends.
"""

import asyncio
import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import insert, text, update
from sqlalchemy.orm import Session

from bot.app import open_database
from bot.clock import TurnableClock
from bot.domain import agenda, reminders, units
from bot.domain.agenda import Item
from bot.domain.duties import DUTIES
from bot.domain.house import house_of
from bot.jobs.schedule import Schedule
from bot.settings import load_settings
from db import schema
from db.claims import table_of
from db.models import Address, Attendance, MeetingKind, Member, OccasionState, Person, StudySession, UnitKind
from db.sql import Database
from tests.bench.kit.stage import say

_MONTHS = 12
_MOVED_EVERY, _CANCELLED_EVERY = 20, 33
_ANSWERED = {"3d": 4, "1d": 3, "2h": 2}
"""Tenths of all who answer once they were reminded on a rung."""

_SOMEBODY = text(
    "UPDATE attendance SET rsvp = 'coming', answered_at = :now WHERE session_id = :session AND rsvp = 'none' "
    "AND (person_id / 7 + session_id * 3 + :salt) % 10 < :tenths"
)


def settle(database: Database, year: int, branches: int, members: int) -> None:
    """Make branches with their members and a party day a month for each, with its ladder."""
    schema.migrate(database)
    begin = datetime(year, 1, 1, tzinfo=UTC)
    database.run(lambda db: _people(db, branches, members, begin))
    for month in range(1, _MONTHS + 1):
        database.run(lambda db, month=month: _party_days(db, year, month, branches, begin))


def _people(db: Session, branches: int, members: int, now: datetime) -> None:
    town = units.add(db, "镇", UnitKind.COMMITTEE)
    for number in range(branches):
        units.add(db, f"第{number}支部", UnitKind.BRANCH, town)
    everybody = range(1, members + 1)
    blank = {"name": "", "name_key": "", "mobile_sealed": "", "created_at": now}
    db.execute(insert(table_of(Person)), [{**blank, "id": number} for number in everybody])
    here = {"channel": "test", "account": "bot", "unreachable": "", "last_seen_at": now}
    reached = [{**here, "external_id": str(number), "person_id": number} for number in everybody]
    db.execute(insert(table_of(Address)), reached)
    line = {"kind": "party_member", "category": "regular", "state": "active", "is_probationary": False, "gender": ""}
    moments = {"created_at": now, "changed_at": now}
    listed = [{**line, **moments, "person_id": one, "unit_id": 2 + (one - 1) % branches} for one in everybody]
    db.execute(insert(table_of(Member)), listed)
    if db.get_bind().dialect.name == "postgresql":
        db.execute(text("SELECT setval('person_id_seq', :it)"), {"it": members})


def _party_days(db: Session, year: int, month: int, branches: int, now: datetime) -> None:
    members = db.execute(text("SELECT max(id) FROM person")).scalar_one()
    zone = house_of(db).zone
    for number in range(branches):
        day = 3 + (number * 7) % 25
        hour = (9, 15, 19)[number % 3]
        starts = datetime.combine(datetime(year, month, day, tzinfo=UTC).date(), time(hour, 30), zone)
        session = StudySession(
            title="主题党日",
            unit_id=number + 2,
            audience_unit_id=number + 2,
            place="活动室",
            starts_at=starts,
            ends_at=starts + timedelta(hours=2),
            state=OccasionState.PUBLISHED,
            kind=MeetingKind.PARTY_DAY,
            uid=f"{year}-{month}-{number}",
            created_at=now,
        )
        db.add(session)
        db.flush()
        invited = range(1 + number, members + 1, branches)
        rows = [{"session_id": session.id, "person_id": person_id} for person_id in invited]
        defaults = {"rsvp": "none", "leave_words": "", "state": "expected", "credit_hours": 0.0}
        db.execute(insert(table_of(Attendance)), [{**defaults, **row} for row in rows])
        reminders.plan(db, session, now=now)


def rung(db: Session, item: Item, now: datetime) -> None:
    """Remind, and let some answer; some sessions are moved afterwards, some cancelled."""
    reminders.rung(db, item, now)
    session_id, name = int(item.payload["id"]), str(item.payload["rung"])
    salt = {"3d": 0, "1d": 4, "2h": 7}[name]
    given = {"now": now.replace(tzinfo=None) if db.get_bind().dialect.name == "sqlite" else now, "session": session_id}
    db.execute(_SOMEBODY, {**given, "salt": salt, "tenths": _ANSWERED[name]})
    session = db.get_one(StudySession, session_id)
    if name == "3d" and session.sequence == 0 and session_id % _MOVED_EVERY == 0:
        later = {"starts_at": session.starts_at + timedelta(days=1), "ends_at": session.ends_at + timedelta(days=1)}
        db.execute(
            update(table_of(StudySession)).where(table_of(StudySession).c.id == session_id).values(**later, sequence=1)
        )
        db.refresh(session)
        reminders.plan(db, session, now=now)
    elif name == "1d" and session_id % _CANCELLED_EVERY == 0:
        session.state = OccasionState.CANCELLED
        db.flush()
        reminders.withdraw(db, session, now=now)


async def live(database: Database, begin: datetime, end: datetime) -> None:
    """Do what falls due from one moment to another, as fast as it goes."""
    clock = TurnableClock(start=begin, running=False)
    schedule = Schedule(database, {**DUTIES, reminders.RUNG: rung}, clock=clock)
    day = begin.date()
    while (due := await database.do(agenda.next_due, write=False)) is not None and due < end:
        clock.turn(max(timedelta(0), due - clock.now()))
        await schedule.sweep()
        if clock.now().date() != day:
            day = clock.now().date()
            say(json.dumps({"now": clock.now().isoformat()}))
    say(json.dumps({"now": end.isoformat()}))


def main(order: Mapping[str, Any]) -> None:
    """Make the township, or live a part of its year."""
    database = open_database(load_settings())
    if "branches" in order:
        settle(database, order["year"], order["branches"], order["members"])
    else:
        asyncio.run(live(database, datetime.fromisoformat(order["begin"]), datetime.fromisoformat(order["end"])))
    database.close()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
