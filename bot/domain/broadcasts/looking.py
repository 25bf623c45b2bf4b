"""Who an audience is, before anything is written: how many, how many can be reached, a few names, which channels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Subquery, exists, func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain.broadcasts.audiences import Audience, everybody, some
from bot.domain.house import house_of
from bot.domain.persons import people
from db.claims import is_postgresql, table_of
from db.models import Address, Person

NAMES = 5
"""How many names are shown."""

_LOOKED_AT = 4 * NAMES
"""People who are looked at for names: not everybody has told theirs."""


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
    count = _joined if is_postgresql(db) else _looked_up
    total, reachable, with_address = count(db, ids)
    return Look(total, reachable, total - with_address, _names(db, audience, now))


def _joined(db: Session, ids: Subquery) -> tuple[int, int, int]:
    """Count people, who of them is reachable and who has an address by a join: what PostgreSQL does in one go."""
    [person_id] = ids.c
    bound = func.count(col(Address.person_id).distinct())
    counted = select(func.count(person_id.distinct()), bound.filter(col(Address.unreachable) == ""), bound)
    total, reachable, with_address = db.execute(
        counted.select_from(ids).outerjoin(Address, col(Address.person_id) == person_id)
    ).one()
    return total, reachable, with_address


def _looked_up(db: Session, ids: Subquery) -> tuple[int, int, int]:
    """Count the same as :func:`_joined` for SQLite, which looks each up in an index and sorts for a join.

    Few addresses are lost: these are looked for once, and nobody's whole address is read.
    """
    [person_id] = ids.c
    other = table_of(Address).alias()
    still = exists().where(other.c.person_id == col(Address.person_id), other.c.unreachable == "")
    lost = select(col(Address.person_id)).where(col(Address.unreachable) != "", ~still)
    bound = person_id.in_(select(col(Address.person_id)))
    counted = select(func.count(), func.count().filter(bound), func.count().filter(person_id.in_(lost)))
    total, with_address, gone = db.execute(counted.select_from(ids)).one()
    return total, with_address - gone, with_address


def _names(db: Session, audience: Audience, now: datetime) -> list[Named]:
    ids = some(db, audience, today=today_of(db, now), limit=_LOOKED_AT)
    named = select(Person).where(col(Person.id).in_(ids), col(Person.name) != "")
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
