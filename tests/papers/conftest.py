"""A press over a real database, and an activity with a session to make papers about."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy.orm import Session

from bot.domain import papers, units
from bot.domain.papers import PaperKind
from bot.domain.persons import people
from bot.papers.kinds import PAPERS
from bot.papers.press import Circumstances, Press
from db.models import (
    Activity,
    MeetingKind,
    OccasionState,
    Person,
    SeatQuota,
    ServiceRecord,
    ServiceState,
    StudySession,
    Unit,
    UnitKind,
)
from db.sql import Database
from tests.kit.databases import HOUSE
from tests.kit.pressed import pressed
from tests.kit.talk import MORNING, World

PUBLIC = "https://hongyan.example.cn"


@dataclass(frozen=True)
class Desk:
    """Where papers are ordered and made at once."""

    world: World
    unit_id: int

    def make(self, kind: PaperKind, subject: object) -> bytes:
        """Order a paper and make it, as the worker would."""
        file_id = self.order(kind, subject)
        return self.world.run(lambda db: pressed(db, file_id, self.circumstances()))

    def circumstances(self) -> Circumstances:
        return Circumstances(self.world.clock, public_url=PUBLIC)

    def press(self) -> Press:
        return Press(self.world.database, lambda: PAPERS, self.circumstances())

    def order(self, kind: PaperKind, subject: object) -> int:
        cadre = self.person("书记")
        ordered = self.world.run(
            lambda db: papers.order(db, kind, str(subject), name="x", to=cadre, now=self.world.clock.now())
        )
        return ordered.file_id

    def activity(self, title: str = "清理村道", place: str = "番村村委集合", details: str = "") -> int:
        def found(db: Session) -> int:
            row = Activity(**self._occasion(title, place, details), signup_until=MORNING + timedelta(days=3))
            db.add(row)
            db.flush()
            db.add(SeatQuota(activity_id=row.id or 0, seats=20))
            return row.id or 0

        return self.world.run(found)

    def session(self, *, sequence: int = 0, state: OccasionState = OccasionState.PUBLISHED, reason: str = "") -> int:
        def found(db: Session) -> int:
            occasion = self._occasion("主题党日", "潘一支部活动室", "")
            occasion |= {"sequence": sequence, "state": state, "reason": reason}
            row = StudySession(**occasion, kind=MeetingKind.PARTY_DAY, uid=f"session-{sequence}@hongyan")
            db.add(row)
            db.flush()
            return row.id or 0

        return self.world.run(found)

    def person(self, name: str) -> int:
        def found(db: Session) -> int:
            row = Person(created_at=MORNING)
            people.set_name(row, name)
            db.add(row)
            db.flush()
            return row.id or 0

        return self.world.run(found)

    def service(self, person_id: int, minutes: int, *, state: ServiceState = ServiceState.CONFIRMED) -> int:
        activity_id = self.activity()
        values = {"minutes": minutes, "state": state, "served_on": date(2026, 11, 21)}

        def found(db: Session) -> int:
            row = ServiceRecord(
                activity_id=activity_id, person_id=person_id, created_at=MORNING, changed_at=MORNING, **values
            )
            db.add(row)
            db.flush()
            return row.id or 0

        return self.world.run(found)

    def _occasion(self, title: str, place: str, details: str) -> dict[str, object]:
        return {
            "title": title,
            "unit_id": self.unit_id,
            "audience_unit_id": self.unit_id,
            "place": place,
            "details": details,
            "starts_at": MORNING + timedelta(days=5),
            "ends_at": MORNING + timedelta(days=5, hours=2),
            "state": OccasionState.PUBLISHED,
            "created_at": MORNING,
        }


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    database = Database(database_url, info={"house": replace(HOUSE, public_url=PUBLIC)})
    yield seated(database)
    database.close()


def seated(database: Database) -> Desk:
    """Sit down at a desk of a branch."""
    world = World(database)
    unit: Unit = world.run(lambda db: units.add(db, "潘一支部", UnitKind.BRANCH))
    return Desk(world, unit.id or 0)


def opened(data: bytes) -> Image.Image:
    """Open a drawn picture."""
    return Image.open(BytesIO(data)).convert("RGB")
