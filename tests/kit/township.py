"""A town with a few branches in which everything can be done that members do: people, an activity, a session, codes."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.domain import access, codes, units
from bot.domain.persons import people
from bot.domain.volunteers import volunteering
from db.models import CodePurpose, Role, Unit, UnitKind
from tests.kit import invited
from tests.kit.activities import plan
from tests.kit.post import target
from tests.kit.talk import MORNING

NAMESAKES = ("黄小妹", "何一", "何二", "何三", "何四", "何五")
"""Names that stand on the roster of every branch people talk in, behind two that are there only."""


@dataclass(frozen=True, slots=True)
class Place:
    """One branch to talk in, which has its own week: what takes place there, and the codes at its doors."""

    number: int
    monday: datetime
    unit_id: int
    door: str = ""
    venue: str = ""

    @property
    def thursday_evening(self) -> datetime:
        """When the session begins."""
        return self.monday + timedelta(days=3, hours=10, minutes=30)

    @property
    def saturday(self) -> datetime:
        """When the activity begins."""
        return self.monday + timedelta(days=5)

    @property
    def secretary(self) -> str:
        """The chat of who holds everything here."""
        return f"secretary{self.number}"

    @property
    def cadre(self) -> str:
        """The chat of somebody who holds everything in the whole town."""
        return f"cadre{self.number}"

    @property
    def names(self) -> tuple[str, ...]:
        """Who stands on the roster."""
        return _names(self.number)

    def last_four(self, name: str) -> str:
        """The end of somebody's phone number."""
        return _mobile(self.number, self.names.index(name))[-4:]


def found_branches(db: Session, count: int) -> list[Place]:
    """Found a town with a cadre for all of it, and branches with a secretary, a roster, an activity and a session."""
    town = units.add(db, "石湾镇街道", UnitKind.COMMITTEE)
    village = units.add(db, "番村", UnitKind.VILLAGE, town)
    for number in range(count):
        cadre, _ = people.known_at(db, target(f"cadre{number}"), now=MORNING)
        access.grant(db, cadre, Role.SECRETARY, town)
    return [_branch(db, number, village) for number in range(count)]


def _branch(db: Session, number: int, village: Unit) -> Place:
    unit = units.add(db, f"番村第{number}支部", UnitKind.BRANCH, village)
    secretary, _ = people.known_at(db, target(f"secretary{number}"), now=MORNING)
    people.set_name(secretary, "潘志明")
    access.grant(db, secretary, Role.SECRETARY, unit)
    roster = [
        invited.member(db, name, unit, now=MORNING, mobile=_mobile(number, at))
        for at, name in enumerate(_names(number))
    ]
    monday = MORNING + number * timedelta(days=7)
    place = Place(number, monday, unit.id or 0)
    session = invited.session(db, unit, place.thursday_evening, now=monday, invited=roster)
    session.credit_hours = 2
    wanted = plan(unit, seats={None: 1}, starts_at=place.saturday)
    made = volunteering.draft(db, wanted, unit=unit, by=secretary, now=monday)
    activity = volunteering.publish(db, made.id or 0, by=secretary, now=monday)
    door = codes.make(db, CodePurpose.SESSION_VENUE, session.id or 0, now=monday)
    venue = codes.make(db, CodePurpose.VENUE, activity.id or 0, now=monday)
    return replace(place, door=door, venue=venue)


def _names(branch: int) -> tuple[str, ...]:
    own = "甲乙丙丁戊己庚辛"[branch]
    return (f"陈大{own}", f"林小{own}", *NAMESAKES)


def _mobile(branch: int, at: int) -> str:
    return f"138001{branch:02}{at:03}"
