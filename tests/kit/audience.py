"""A village of many who can be reached, and whoever writes to all of them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from bot.clock import TurnableClock
from bot.domain import access, units
from bot.domain.broadcasts import composing, deciding, reopening
from bot.domain.broadcasts.audiences import Audience
from bot.domain.broadcasts.composing import Draft
from bot.domain.broadcasts.progress import Progress, progress
from bot.domain.duties import DUTIES
from bot.domain.house import house_of
from bot.domain.outgoing import leasing, settling
from bot.domain.outgoing.outbox import Parcel
from bot.domain.outgoing.pacing import Lane
from bot.domain.outgoing.settling import Settlement
from bot.domain.persons import people
from bot.jobs.schedule import Schedule
from db.claims import table_of
from db.models import Address, OutboxRow, OutboxState, Person, Role, Unit, UnitKind
from db.sql import Database
from tests.kit.post import target
from tests.kit.talk import MORNING

WORDS = "周五下午2点停水"
_LANE = Lane("test", "bot")


@dataclass
class Crowded:
    """A village, its secretary and deputy, and a clock that is turned."""

    database: Database
    clock: TurnableClock
    unit_id: int
    author_id: int
    deputy_id: int

    @classmethod
    def found(cls, database: Database, count: int, *, now: datetime = MORNING) -> "Crowded":
        """Found a village of ``count`` people with an address each, beside those who work for it."""

        def settle(db: Session) -> tuple[int, int, int]:
            town = units.add(db, "石湾镇街道", UnitKind.COMMITTEE)
            village = units.add(db, "番村", UnitKind.VILLAGE, town)
            workers = [people.known_at(db, target(name), now=now)[0] for name in ("author", "deputy")]
            for one in workers:
                access.grant(db, one, Role.SECRETARY, village)
            settle_people(db, village, count, now=now)
            return village.id or 0, workers[0].id or 0, workers[1].id or 0

        return cls(database, TurnableClock(start=now, running=False), *database.run(settle))

    def draft(self, **more: object) -> Draft:
        return replace(Draft(audience=Audience(units=(self.unit_id,)), text=WORDS), **more)

    def sends(self, *, due_at: datetime | None = None, **more: object) -> int:
        """Compose and submit a broadcast to everybody, and have it approved where that is needed; return its id."""

        def write(db: Session) -> int:
            now, author = self.clock.now(), db.get_one(Person, self.author_id)
            kept = composing.compose(db, self.draft(**more), by=author, now=now)
            deciding.submit(db, kept.id or 0, due_at=due_at, by=author, now=now)
            if deciding.needs_approval(db, kept):
                deciding.approve(db, kept.id or 0, by=db.get_one(Person, self.deputy_id), now=now)
            return kept.id or 0

        return self.database.run(write)

    async def steps(self, count: int = 1, *, wait: timedelta = timedelta(seconds=1)) -> None:
        """Let time pass and what is due be done, so many times."""
        schedule = Schedule(self.database, DUTIES, clock=self.clock)
        for _ in range(count):
            self.clock.turn(wait)
            await schedule.sweep()

    def hear(self, most: int = 5000) -> list[str]:
        """Deliver what is due now, up to ``most`` messages; return the chats it went to."""

        def receive(db: Session) -> list[str]:
            parcels = leasing.lease_due(db, _LANE, owner="tests", now=self.clock.now(), limit=most)
            settling.settle(db, [Settlement(one, OutboxState.SENT) for one in parcels], now=self.clock.now())
            return [one.target.chat for one in parcels if one.message.template == "broadcasts/message"]

        return self.database.run(receive)

    def takes(self, most: int) -> list[Parcel]:
        """Lease so many messages that are due, as a sender does before it sends them."""
        now = self.clock.now()
        return self.database.run(lambda db: leasing.lease_due(db, _LANE, owner="tests", now=now, limit=most))

    def puts_back(self, parcels: Sequence[Parcel]) -> None:
        """Let messages that were leased be tried again in a second, as after a 429."""
        now = self.clock.now()
        later = [Settlement(one, OutboxState.PENDING, again_at=now + timedelta(seconds=1)) for one in parcels]
        self.database.run(lambda db: settling.settle(db, later, now=now))

    def ends(self, row_ids: Sequence[int], state: OutboxState) -> None:
        """Let messages end so, whoever has them."""
        rows = table_of(OutboxRow)
        ended = {"state": state, "lease_owner": "", "leased_until": None, "ended_at": self.clock.now()}
        self.database.run(lambda db: db.execute(update(rows).where(rows.c.id.in_(row_ids)).values(**ended)))

    def requeues(self, *row_ids: int) -> int:
        """Send messages once more, as an operator may; return how many could be."""
        return self.database.run(lambda db: reopening.requeue(db, row_ids, now=self.clock.now()))

    def stands(self, broadcast_id: int = 1) -> Progress:
        return self.database.run(lambda db: progress(db, broadcast_id, self.clock.now()), write=False)

    def by(self, db: Session) -> Person:
        return db.get_one(Person, self.author_id)


def settle_people(db: Session, unit: Unit, count: int, *, now: datetime) -> None:
    """Let so many people live in a unit, each with one address."""
    person, address = table_of(Person), table_of(Address)
    named = [{"name": f"p{one}", "name_key": f"p{one}", "unit_id": unit.id, "created_at": now} for one in range(count)]
    ids = list(db.execute(insert(person).returning(person.c.id), named).scalars()) if named else []
    rows = [
        {"channel": "test", "account": "bot", "external_id": f"c{one}", "person_id": one, "last_seen_at": now}
        for one in ids
    ]
    if rows:
        db.execute(insert(address).values(unreachable=""), rows)


def alone(db: Session, most: int) -> None:
    """Let one cadre write to so many people without a second, in this session."""
    db.info["house"] = replace(house_of(db), broadcasts_alone=most)
