"""An outbox at hand, and a small tree of units to hang people on."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy.orm import Session

from bot.domain import access, units
from bot.domain.persons import people
from db.models import Person, Role, Unit, UnitKind
from db.sql import Database
from tests.kit import databases
from tests.kit.post import Post, target
from tests.kit.talk import MORNING


@dataclass(frozen=True)
class Tree:
    """A town with two villages, one of them with a branch, in an open transaction."""

    db: Session
    town: Unit
    fancun: Unit
    branch: Unit
    shencun: Unit

    def person(self, name: str, role: Role | None = None, unit: Unit | None = None) -> Person:
        """Somebody who has spoken and can be reached, with a role when one is named."""
        person, _address = people.known_at(self.db, target(name), now=MORNING)
        if role and unit:
            access.grant(self.db, person, role, unit)
        return person


@pytest.fixture
def post(database: Database) -> Post:
    return Post(database)


@pytest.fixture
def db(database: Database) -> Iterator[Session]:
    """One transaction for the length of a test."""
    with database.transaction() as session:
        yield session


@pytest.fixture
def tree(db: Session) -> Tree:
    town = units.add(db, "石湾镇街道", UnitKind.COMMITTEE)
    fancun = units.add(db, "番村", UnitKind.VILLAGE, town)
    branch = units.add(db, "番村潘一支部", UnitKind.BRANCH, fancun)
    return Tree(db, town, fancun, branch, units.add(db, "深村", UnitKind.VILLAGE, town))


@pytest.fixture
def other(database_url: str) -> Iterator[Database]:
    """Another process's way to the same database."""
    other = databases.opened(database_url)
    yield other
    other.close()
