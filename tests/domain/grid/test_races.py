"""Two grid workers and two of those who reported something act at the same moment, on either database."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, units
from bot.domain.grid import following, handling, judging, reporting
from bot.domain.grid.reporting import Seen
from bot.domain.persons import people
from bot.errors import DomainError
from db.models import GridReport, GridState, OutboxRow, Person, Role, UnitKind
from db.sql import Database
from tests.kit import databases
from tests.kit.post import target
from tests.kit.talk import MORNING

WORKERS = ("walker1", "walker2", "walker3", "walker4")
NEIGHBOURS = ("li", "wang")
Work = Callable[[Session, int, Person], None]


@dataclass(frozen=True)
class Lamp:
    """A report, and another process's way to the same database."""

    database: Database
    other: Database
    report_id: int

    def at_once(self, names: tuple[str, ...], work: Work) -> list[str]:
        """Let several people do something at the same moment; return what each heard."""
        ways = (self.database, self.other)
        with ThreadPoolExecutor(len(names)) as pool:
            done = [
                pool.submit(ways[at % 2].run, partial(_heard, work, name, self.report_id))
                for at, name in enumerate(names)
            ]
        return [one.result() for one in done]


def take(db: Session, report_id: int, by: Person) -> None:
    handling.take(db, report_id, by=by, now=MORNING)


def say_mended(db: Session, report_id: int, by: Person) -> None:
    judging.judge(db, report_id, by=by, is_mended=True, now=MORNING)


def _heard(work: Work, name: str, report_id: int, db: Session) -> str:
    try:
        work(db, report_id, people.known_at(db, target(name), now=MORNING)[0])
    except DomainError as refusal:
        return refusal.template
    return ""


@pytest.fixture
def lamp(database: Database, database_url: str) -> Iterator[Lamp]:
    """A lamp two neighbours reported, in a village with four grid workers."""

    def found(db: Session) -> int:
        village = units.add(db, "番村", UnitKind.VILLAGE)
        for name in WORKERS:
            access.grant(db, people.known_at(db, target(name), now=MORNING)[0], Role.GRID_WORKER, village)
        person, address = people.known_at(db, target("li"), now=MORNING)
        report, _ = reporting.open_one(db, Seen(person, address, village, kind="lamp", wants_news=True), now=MORNING)
        wang, where = people.known_at(db, target("wang"), now=MORNING)
        following.join(db, report, wang, where, is_named=False, wants_news=True, now=MORNING)
        return report.id or 0

    other = databases.opened(database_url)
    yield Lamp(database, other, database.run(found))
    other.close()


def test_one_of_many_takes_it_and_who_reported_it_hears_that_once(lamp: Lamp) -> None:
    heard = lamp.at_once(WORKERS, take)

    def told(db: Session) -> int:
        rows = db.execute(select(col(OutboxRow.id)).where(col(OutboxRow.cause).contains(":taken:")))
        return len(rows.all())

    assert sorted(heard) == ["", *["grid/taken_already"] * (len(WORKERS) - 1)]
    assert lamp.database.run(told) == len(NEIGHBOURS)


def test_it_is_over_when_all_say_so_at_the_same_moment(lamp: Lamp) -> None:
    def finish(db: Session) -> None:
        walker, _ = people.known_at(db, target(WORKERS[0]), now=MORNING)
        handling.finish(db, lamp.report_id, "换了灯泡", (), by=walker, now=MORNING)

    lamp.database.run(finish)

    assert lamp.at_once(NEIGHBOURS, say_mended) == ["", ""]
    assert lamp.database.run(lambda db: db.get_one(GridReport, lamp.report_id).state) is GridState.CLOSED
