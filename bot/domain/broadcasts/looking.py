"""Who an audience is, before anything is written: how many, how many can be reached, a few names, which channels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain.broadcasts.audiences import Audience, everybody
from bot.domain.house import house_of
from bot.domain.persons import people
from db.models import Address, Person

NAMES = 5
"""How many names are shown."""


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody as they are shown: their name, and their number masked."""

    name: str
    mobile: str


@dataclass(frozen=True, slots=True)
class Look:
    """An audience at a glance; each person counts once.

    ``reachable`` have an address that takes messages, ``unbound`` have none at all, the rest have lost theirs.
    """

    people: int
    reachable: int
    unbound: int
    names: Sequence[Named]

    @property
    def lost(self) -> int:
        """Return how many have addresses, none of which takes messages any more."""
        return self.people - self.reachable - self.unbound


def look(db: Session, audience: Audience, *, now: datetime) -> Look:
    """Count an audience and name a few of it; nothing is written."""
    ids = everybody(db, audience, today=today_of(db, now))
    person_id = ids.c[0]
    takes = func.max(case((col(Address.unreachable) == "", 1), else_=0))
    each = select(person_id, takes, func.count(col(Address.id)))
    each = each.outerjoin(Address, col(Address.person_id) == person_id).group_by(person_id)
    persons = each.subquery()
    _, takes, addresses = persons.c
    reached = func.coalesce(func.sum(takes), 0)
    unbound = func.coalesce(func.sum(case((addresses == 0, 1), else_=0)), 0)
    total, reachable, without = db.execute(select(func.count(), reached, unbound).select_from(persons)).one()
    return Look(total, int(reachable), int(without), _names(db, audience, now))


def _names(db: Session, audience: Audience, now: datetime) -> list[Named]:
    ids = everybody(db, audience, today=today_of(db, now))
    named = select(Person).join(ids, ids.c[0] == col(Person.id)).where(col(Person.name) != "")
    found = db.execute(named.order_by(col(Person.id)).limit(NAMES)).scalars()
    return [Named(one.name, people.masked_mobile(db, one)) for one in found]


def by_channel(db: Session, audience: Audience, *, now: datetime) -> Mapping[str, int]:
    """Return how many would hear it over each channel: that of the address they used last."""
    ids = everybody(db, audience, today=today_of(db, now))
    best = select(people.best_of(ids.c[0], col(Address.channel))).select_from(ids).subquery()
    [channel] = best.c
    counted = select(channel, func.count()).where(channel.is_not(None)).group_by(channel).order_by(channel)
    return {row[0]: row[1] for row in db.execute(counted)}


def today_of(db: Session, now: datetime) -> date:
    """Return which day it is where people live: ages are told by it."""
    return now.astimezone(house_of(db).zone).date()
