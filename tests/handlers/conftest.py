"""A small village to talk in, and the rule for all that anybody hears there: seven lines, options included."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import delete, select
from sqlmodel import Session, col

from bot.channels.base import as_lines
from bot.conversation.turn import Inbound
from bot.domain import access, duties, entries, units
from bot.domain.persons import people
from bot.errors import DeliveryError
from bot.jobs.delivery import Delivery
from bot.jobs.schedule import Schedule
from content.loader import load_entries
from db.claims import table_of
from db.models import Case, CaseState, Grant, Question, Role, StoredFile, Unit, UnitKind
from tests.kit import databases
from tests.kit.channels import FakeChannel
from tests.kit.talk import MORNING, Heard, Talk, World

LONGEST = 7
SHIPPED = load_entries()
TOWN = "石湾镇街道"
VILLAGES = ("番村", "黎冲村", "深村", "石梁", "石头村")
SHELF = {
    "shiwan.second_reimbursement",
    "shiwan.medical_insurance",
    "shiwan.hardship_aid",
    "shiwan.education_fund",
    "shiwan.red_station",
    "shiwan.service_stations",
    "zhaoqing.talent_station",
}


def brief(heard: Heard) -> Heard:
    """Hold what was heard to the brevity rule, laid out as for a channel without buttons."""
    shown = as_lines(heard.text, heard.message.choices) if heard else ""
    assert shown.count("\n") < LONGEST, f"{heard} takes more than {LONGEST} lines:\n{shown}"
    return heard


class Neighbour(Talk):
    """A person who talks, and minds how long the answers are."""

    def sends(self, inbound: Inbound) -> Heard:
        return brief(super().sends(inbound))

    def hears(self) -> list[Heard]:
        return [brief(heard) for heard in super().hears()]


@dataclass(frozen=True)
class Village:
    """A township with five villages, and whoever lives and works there."""

    world: World

    def person(self, name: str) -> Neighbour:
        return Neighbour(self.world, name)

    def cadre(self, name: str, unit: str, role: Role = Role.SECRETARY) -> Neighbour:
        """Somebody with a role, who can be reached."""
        cadre = self.person(name)

        def appoint(db: Session) -> None:
            row, place = cadre.record(db), unit_named(db, unit)
            row.unit_id = place.id
            db.add(row)
            access.grant(db, row, role, place)

        self.world.run(appoint)
        return cadre

    def call(self, person: Talk, name: str) -> None:
        """Give somebody a name."""

        def name_them(db: Session) -> None:
            row = person.record(db)
            people.set_name(row, name)
            db.add(row)

        self.world.run(name_them)

    def settle(self, person: Talk, unit: str) -> None:
        """Let somebody belong to a place."""

        def settle_them(db: Session) -> None:
            row = person.record(db)
            row.unit_id = unit_named(db, unit).id
            db.add(row)

        self.world.run(settle_them)

    def begin(self) -> None:
        """Plan whatever is done again and again."""
        self.world.run(lambda db: duties.begin(db, self.world.clock.now()))

    def works(self) -> None:
        """Do what is due by now."""
        schedule = Schedule(self.world.database, duties.DUTIES, clock=self.world.clock)

        async def sweep() -> None:
            while await schedule.sweep():
                pass

        asyncio.run(sweep())

    def waits(self, span: timedelta) -> None:
        """Let time pass and whatever is due then be done."""
        self.world.clock.turn(span)
        self.works()

    def dismiss(self, cadre: Talk) -> None:
        """Take every role back."""
        grants = table_of(Grant)
        self.world.run(lambda db: db.execute(delete(grants).where(grants.c.person_id == cadre.record(db).id)))

    def lose_touch_with(self, cadre: Talk) -> None:
        self.world.run(lambda db: people.lose_touch(db, cadre.target, "Blocked"))

    def cannot_push(self, person: Talk, error: DeliveryError) -> None:
        """Let what is due to somebody be sent, and their channel say this to it."""
        channel = FakeChannel()
        channel.misbehave(person.target.chat, error, times=50)
        delivery = Delivery(self.world.database, {"test": channel}, clock=self.world.clock, owner="tests")
        asyncio.run(delivery.sweep(only=person.target))

    def unit_of(self, person: Talk) -> str:
        """Where somebody is known to belong, or nothing."""
        return self.world.run(
            lambda db: db.get_one(Unit, unit_id).name if (unit_id := person.record(db).unit_id) else ""
        )

    def cases(self) -> list[tuple[str, str, CaseState]]:
        """Every case: what is asked, of which unit, and where it stands."""
        all_cases = select(Case.question, Unit.name, Case.state).outerjoin(Unit, col(Unit.id) == col(Case.unit_id))
        return self.world.run(lambda db: [tuple(row) for row in db.execute(all_cases.order_by(col(Case.id)))])

    def question_log(self) -> list[tuple[str, str, str]]:
        """Every line of the log: the words, the outcome, the entry."""
        lines = select(Question.text, Question.outcome, Question.entry_id).order_by(col(Question.id))
        return self.world.run(lambda db: [tuple(row) for row in db.execute(lines)])

    def file_ids(self) -> list[int]:
        return self.world.run(lambda db: list(db.execute(select(StoredFile.id).order_by(col(StoredFile.id))).scalars()))


def unit_named(db: Session, name: str) -> Unit:
    return db.execute(select(Unit).where(col(Unit.name) == name)).scalar_one()


def settle_down(world: World, shelf: set[str] | None) -> Village:
    """Found the township and put entries on its shelf, all of them when none are named."""
    pack = [one for one in SHIPPED if shelf is None or one.id in shelf]

    def found(db: Session) -> None:
        entries.import_pack(db, pack, now=MORNING)
        town = units.add(db, TOWN, UnitKind.COMMITTEE)
        for name in VILLAGES:
            units.add(db, name, UnitKind.VILLAGE, town)

    world.run(found)
    return Village(world)


@pytest.fixture
def village(world: World) -> Village:
    """The township with a few entries, on either database."""
    return settle_down(world, SHELF)


@pytest.fixture(scope="module")
def library(sqlite_maker: databases.SqliteMaker) -> Iterator[Village]:
    """The township with every entry that is shipped, for tests that only ask."""
    database = databases.opened(sqlite_maker.make())
    yield settle_down(World(database), None)
    database.close()


@pytest.fixture
def li(village: Village) -> Neighbour:
    return village.person("li")


@pytest.fixture
def wang(village: Village) -> Neighbour:
    return village.person("wang")


@pytest.fixture
def secretary(village: Village) -> Neighbour:
    """Who answers for 番村."""
    return village.cadre("secretary", "番村")
