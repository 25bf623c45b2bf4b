"""A township's records of a few weeks, made up at random: whatever a report counts, with the borders hit on purpose."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from random import Random

from sqlalchemy.orm import Session

from bot.domain import units
from bot.domain.questions import Outcome
from db.models import (
    Activity,
    Address,
    Attendance,
    AttendanceState,
    Broadcast,
    Case,
    CaseKind,
    CaseState,
    CheckIn,
    CheckInWay,
    GridReport,
    GridState,
    MeetingKind,
    Member,
    MemberState,
    OccasionState,
    Person,
    Question,
    Recipient,
    RecipientState,
    ServiceRecord,
    ServiceState,
    StudySession,
    Unit,
    UnitKind,
    Visit,
)
from tests.kit.databases import ZONE
from tests.kit.households import household
from tests.kit.talk import MORNING

HOUR = timedelta(hours=1)
WORDS = ("路灯坏了", "医保怎么报", "祠堂可以摆酒吗", "几时开会", "")


@dataclass
class Records:
    """What was made: the units, and everything else stands in the database."""

    db: Session
    random: Random
    units: list[Unit] = field(default_factory=list[Unit])
    people: list[Person] = field(default_factory=list[Person])
    addresses: list[Address] = field(default_factory=list[Address])

    def moment(self) -> datetime:
        """Within five weeks around :data:`MORNING`; one in four right at a border between two days."""
        any_ = MORNING - timedelta(days=28) + self.random.random() * timedelta(days=35)
        if self.random.random() < 0.75:
            return any_.replace(microsecond=0)
        day = any_.astimezone(ZONE).date()
        near = self.random.choice([timedelta(microseconds=-1), timedelta(0), timedelta(microseconds=1)])
        return (datetime.combine(day - timedelta(days=day.weekday()), time(), ZONE) + near).astimezone(UTC)

    def unit_id(self) -> int:
        return self.random.choice(self.units).id or 0

    def person(self) -> int:
        return self.random.choice(self.people).id or 0


def make_up(db: Session, seed: int, *, size: int = 60) -> Records:
    """Found a township and fill it."""
    made = Records(db, Random(seed))  # noqa: S311  # no secret, but the same every time
    town = units.add(db, "石湾镇街道", UnitKind.COMMITTEE)
    fancun = units.add(db, "番村", UnitKind.VILLAGE, town)
    shencun = units.add(db, "深村", UnitKind.VILLAGE, town)
    branches = [units.add(db, name, UnitKind.BRANCH, fancun) for name in ("潘一支部", "潘二支部")]
    made.units = [town, fancun, shencun, *branches]
    _people(made, size // 3)
    _questions(made, size * 2)
    _cases(made, size)
    _occasions(made, size // 2)
    _broadcasts(made, size // 3)
    _reports(made, size // 2)
    _visits(made, size)
    db.flush()
    return made


def _people(made: Records, count: int) -> None:
    db, random = made.db, made.random
    for number in range(count):
        home = random.choice([None, made.unit_id()])
        person = Person(name=f"人{number}", unit_id=home, created_at=MORNING)
        db.add(person)
        db.flush()
        made.people.append(person)
        for channel in ("test", "web")[: random.choice([1, 1, 2])]:
            address = Address(
                channel=channel,
                account="bot",
                external_id=f"{number}",
                person_id=person.id or 0,
                last_seen_at=MORNING,
            )
            db.add(address)
            made.addresses.append(address)
        if random.random() < 0.6:
            state = random.choice([MemberState.ACTIVE, MemberState.ACTIVE, MemberState.LEFT, MemberState.PENDING])
            times = {"created_at": MORNING, "changed_at": MORNING}
            db.add(Member(person_id=person.id or 0, unit_id=made.unit_id(), state=state, **times))
    db.flush()


def _questions(made: Records, count: int) -> None:
    for _ in range(count):
        address = made.random.choice([None, *made.addresses])
        outcome = made.random.choice(list(Outcome)).value
        words = made.random.choice(WORDS)
        made.db.add(
            Question(address_id=address.id if address else None, text=words, outcome=outcome, asked_at=made.moment())
        )


def _cases(made: Records, count: int) -> None:
    random = made.random
    for _ in range(count):
        opened, state = made.moment(), random.choice(list(CaseState))
        answered = opened + random.random() * timedelta(days=8)
        was_answered = state is CaseState.ANSWERED or (state is CaseState.CLOSED and random.random() < 0.8)
        made.db.add(
            Case(
                kind=CaseKind.QUESTION,
                state=state,
                question="?",
                unit_id=random.choice([None, made.unit_id()]),
                asker_id=made.person(),
                address_id=random.choice(made.addresses).id or 0,
                opened_at=opened,
                answered_at=answered if was_answered else None,
            )
        )


def _occasions(made: Records, count: int) -> None:
    random, db = made.random, made.db
    for number in range(count):
        activity = Activity(**_occasion(made), signup_until=MORNING)
        session = StudySession(**_occasion(made), kind=MeetingKind.PARTY_DAY, uid=f"u{number}")
        db.add_all([activity, session])
        db.flush()
        for person in random.sample(made.people, k=min(len(made.people), random.randint(0, 6))):
            _came(made, activity, person)
            state = random.choice(list(AttendanceState))
            is_guest = random.random() < 0.2
            db.add(Attendance(session_id=session.id or 0, person_id=person.id or 0, state=state, is_guest=is_guest))


def _broadcasts(made: Records, count: int) -> None:
    random, db = made.random, made.db
    for _ in range(count):
        said = {"text": "停水", "audience": {}, "audience_words": "全体"}
        began_at = random.choice([None, made.moment(), made.moment()])
        broadcast = Broadcast(
            **said, unit_id=made.unit_id(), author_id=made.person(), began_at=began_at, created_at=MORNING
        )
        db.add(broadcast)
        db.flush()
        for person in random.sample(made.people, k=min(len(made.people), random.randint(0, 6))):
            state = random.choice(list(RecipientState))
            db.add(Recipient(broadcast_id=broadcast.id or 0, person_id=person.id or 0, state=state))


def _reports(made: Records, count: int) -> None:
    random = made.random
    for _ in range(count):
        state, opened = random.choice(list(GridState)), made.moment()
        made.db.add(
            GridReport(
                state=state,
                unit_id=random.choice([None, made.unit_id()]),
                opener_id=made.person(),
                opened_at=opened,
                due_at=opened,
                done_at=made.moment() if state in {GridState.DONE, GridState.CLOSED} else None,
            )
        )


def _visits(made: Records, count: int) -> None:
    random, db = made.random, made.db
    homes = [household(db, random.choice(made.units), f"{number}号") for number in range(count // 4)]
    for _ in range(count):
        home = random.choice([None, *homes])
        paid = {"visitor_id": made.person(), "kind": "look", "visited_at": made.moment()}
        db.add(Visit(household_id=home.id if home else None, unit_id=made.unit_id(), **paid))


def _came(made: Records, activity: Activity, person: Person) -> None:
    random = made.random
    here = {"activity_id": activity.id or 0, "person_id": person.id or 0}
    if random.random() < 0.8:
        made.db.add(CheckIn(**here, way=random.choice(list(CheckInWay)), in_at=activity.starts_at))
    made.db.add(
        ServiceRecord(
            **here,
            minutes=random.randint(0, 180),
            state=random.choice(list(ServiceState)),
            served_on=activity.starts_at.astimezone(ZONE).date(),
            created_at=MORNING,
            changed_at=MORNING,
        )
    )


def _occasion(made: Records) -> dict[str, object]:
    starts_at = made.moment()
    return {
        "title": "清理村道",
        "unit_id": made.unit_id(),
        "audience_unit_id": made.unit_id(),
        "place": "村委",
        "starts_at": starts_at,
        "ends_at": starts_at + made.random.choice([HOUR, 30 * HOUR]),
        "state": made.random.choice(list(OccasionState)),
        "created_at": MORNING,
    }
