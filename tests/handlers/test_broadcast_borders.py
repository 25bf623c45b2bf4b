"""Where a broadcast could go wrong: groups, other branches, proxies, people who become one, and authority that ends."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlmodel import Session, col

from bot.domain import access
from bot.domain.broadcasts import missed
from bot.domain.broadcasts.progress import Progress, progress
from bot.domain.house import house_of
from bot.domain.persons import binding, people
from db.claims import table_of
from db.models import Address, Broadcast, BroadcastState, Person, Recipient, RecipientState, Role, Unit
from tests.handlers.conftest import Neighbour, Village, unit_named
from tests.kit.branch import Branch
from tests.kit.talk import MORNING

WATER = "周五下午2点停水"
HEARD = f"【番村】{WATER}"


@dataclass
class Pan:
    """The branch 潘一支部 of 番村 with two members who can be reached, and the cadre of the village."""

    village: Village
    branch: Branch
    cadre: Neighbour
    members: list[Neighbour] = field(default_factory=list[Neighbour])

    def goes_on(self, seconds: float = 2) -> None:
        self.branch.turn_to(self.village.world.clock.now() + timedelta(seconds=seconds))

    def stands(self) -> Progress:
        return self.village.world.run(lambda db: progress(db, 1, self.village.world.clock.now()))

    def states(self) -> list[tuple[str, RecipientState]]:
        """What became of it for each person, by name."""
        rows = select(Person.name, Recipient.state).join(Recipient, col(Recipient.person_id) == col(Person.id))
        return self.village.world.run(lambda db: [tuple(row) for row in db.execute(rows.order_by(col(Person.id)))])

    def recounted(self) -> dict[RecipientState, int]:
        """How many ended how, counted anew from the rows."""
        ends = [state for _, state in self.states()]
        return {state: ends.count(state) for state in set(ends)}


@pytest.fixture
def pan(village: Village) -> Pan:
    branch = Branch.below(village.world, "番村")
    made = Pan(village, branch, village.cadre("cadre", "番村"))
    for name, chat in (("陈大文", "chen"), ("李小梅", "li")):
        member = village.person(chat)
        branch.member(member, name)
        made.members.append(member)
    return made


def test_in_a_group_nobody_is_named_who_is_meant(pan: Pan) -> None:
    heard = pan.cadre.sends(pan.cadre.inbound("通知 潘一支部", is_group=True))

    assert heard == "identity/only_alone"


def test_an_elder_who_heard_through_the_proxy_is_not_said_to_have_missed_it(pan: Pan) -> None:
    elder, daughter = pan.branch.stranger("陈伯"), pan.village.person("daughter")
    pan.branch.lets(daughter, elder)
    pan.cadre.says("通知", "潘一支部", WATER, "马上发")
    pan.goes_on()
    for one in (*pan.members, daughter):
        one.hears()
    pan.goes_on()
    pan.goes_on()

    [told] = pan.cadre.hears()
    assert (told.labels, "没收到" in told.text) == ([], False)
