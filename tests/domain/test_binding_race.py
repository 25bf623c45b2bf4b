"""A code and a secretary bind one address at the same moment: it is one person's, and the other is refused."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy.orm import Session

from bot.domain import units
from bot.domain.persons import binding, people
from bot.errors import DomainError
from db.models import Address, UnitKind
from db.sql import Database
from tests.kit.post import target
from tests.kit.roster import listed
from tests.kit.talk import MORNING


def test_an_address_is_bound_once_however_many_bind_it(database: Database, other: Database) -> None:
    has_bound = threading.Event()

    def found(db: Session) -> tuple[int, int, int]:
        branch = units.add(db, "番村潘一支部", UnitKind.BRANCH)
        chen, huang = (listed(db, branch, name, "13800132236") for name in ("陈大文", "黄小妹"))
        return people.known_at(db, target("li"), now=MORNING)[1].id or 0, chen.id or 0, huang.id or 0

    address_id, chen_id, huang_id = database.run(found)

    def first(db: Session) -> None:
        binding.bind(db, db.get_one(Address, address_id), chen_id, by="invite", now=MORNING)
        has_bound.set()
        time.sleep(0.3)  # the other has looked at the address and waits by now

    def second(db: Session) -> str:
        try:
            binding.bind(db, db.get_one(Address, address_id), huang_id, by="secretary", now=MORNING)
        except DomainError as refusal:
            return refusal.template
        return ""

    with ThreadPoolExecutor(2) as pool:
        binds = pool.submit(database.run, first)
        assert has_bound.wait(10)
        refused = pool.submit(other.run, second)
        binds.result()

    assert refused.result() == "identity/bound_already"
    assert database.run(lambda db: db.get_one(Address, address_id).person_id) == chen_id
