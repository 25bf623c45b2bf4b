"""A branch with a secretary and members who can be reached, and whatever falls due there."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, codes, units
from bot.domain.duties import DUTIES
from bot.domain.persons import people
from bot.jobs.schedule import Schedule
from db.claims import table_of
from db.models import (
    Attendance,
    AttendanceState,
    AuditLine,
    Code,
    CodePurpose,
    Member,
    MemberKind,
    MemberState,
    Person,
    Proxy,
    ProxyState,
    Role,
    Rsvp,
    StudySession,
    Unit,
    UnitKind,
)
from tests.kit.talk import MORNING, Heard, Talk, World

MOBILE = 13800000000


def enter(
    db: Session, person: Person, unit: Unit, name: str, *, kind: MemberKind = MemberKind.PARTY_MEMBER, mobile: int = 0
) -> Member:
    """Put somebody on the roster of a unit."""
    people.set_name(person, name)
    people.set_mobile(db, person, str(MOBILE + (mobile or person.id or 0)))
    person.unit_id = unit.id
    member = Member(person_id=person.id or 0, unit_id=unit.id or 0, kind=kind, created_at=MORNING, changed_at=MORNING)
    db.add_all([person, member])
    db.flush()
    return member


@dataclass
class Branch:
    """A branch below a village, and those who belong to it."""

    world: World
    unit_id: int
    numbers: dict[str, int] = field(default_factory=dict[str, int])

    @classmethod
    def below(cls, world: World, village: str, name: str = "潘一支部") -> "Branch":
        def found(db: Session) -> int:
            above = db.execute(select(Unit).where(col(Unit.name) == village)).scalar_one()
            return units.add(db, name, UnitKind.BRANCH, above).id or 0

        return cls(world, world.run(found))

    def member(self, talk: Talk, name: str) -> int:
        """Put somebody who talks on the roster; return their id."""

        def join(db: Session) -> int:
            person = talk.record(db)
            enter(db, person, db.get_one(Unit, self.unit_id), name)
            return person.id or 0

        return self.world.run(join)

    def stranger(self, name: str) -> int:
        """Put somebody on the roster who has never written; return their id."""

        def join(db: Session) -> int:
            person = Person(created_at=MORNING)
            db.add(person)
            db.flush()
            enter(db, person, db.get_one(Unit, self.unit_id), name)
            return person.id or 0

        return self.world.run(join)

    def leave(self, talk: Talk) -> None:
        """Take somebody off the roster."""
        rows = table_of(Member)
        self.world.run(
            lambda db: db.execute(
                update(rows).where(rows.c.person_id == talk.record(db).id).values(state=MemberState.LEFT)
            )
        )

    def appoint(self, talk: Talk, role: Role = Role.SECRETARY) -> None:
        self.world.run(lambda db: access.grant(db, talk.record(db), role, db.get_one(Unit, self.unit_id)))

    def lets(self, agent: Talk, principal_id: int, relation: str = "女儿") -> None:
        """Let somebody answer for an elder."""

        def agree(db: Session) -> None:
            proxy = Proxy(
                principal_id=principal_id,
                agent_id=agent.record(db).id or 0,
                relation=relation,
                state=ProxyState.ACTIVE,
                asked_at=MORNING,
                confirmed_at=MORNING,
            )
            db.add(proxy)

        self.world.run(agree)

    def works(self) -> None:
        """Do what is due by now."""
        schedule = Schedule(self.world.database, DUTIES, clock=self.world.clock)

        async def sweep() -> None:
            while await schedule.sweep():
                pass

        asyncio.run(sweep())

    def turn_to(self, moment: datetime) -> None:
        """Let it be a later moment, and do what was due by then."""
        self.world.clock.turn(max(moment - self.world.clock.now(), timedelta(0)))
        self.works()

    def sessions(self) -> list[StudySession]:
        return self.world.run(
            lambda db: list(db.execute(select(StudySession).order_by(col(StudySession.starts_at))).scalars())
        )

    def parts(self, session_id: int = 1) -> dict[str, tuple[Rsvp, AttendanceState]]:
        """Everybody's part in a session, by name."""
        both = select(Person.name, Attendance.rsvp, Attendance.state).join(
            Attendance, col(Attendance.person_id) == col(Person.id)
        )
        mine = both.where(col(Attendance.session_id) == session_id)
        return self.world.run(lambda db: {name: (rsvp, state) for name, rsvp, state in db.execute(mine)})

    def code(self, session_id: int = 1) -> str:
        """The code that hangs at the door of a session."""

        def found(db: Session) -> str:
            now, purpose = self.world.clock.now(), CodePurpose.SESSION_VENUE
            return codes.standing(db, purpose, session_id, now=now) or codes.make(db, purpose, session_id, now=now)

        return self.world.run(found)

    def last(self, talk: Talk, template: str) -> Heard:
        """What somebody just heard, the newest of a template."""
        return [one for one in talk.hears() if one == template][-1]

    def codes(self) -> list[CodePurpose]:
        return self.world.run(lambda db: list(db.execute(select(Code.purpose).order_by(col(Code.id))).scalars()))

    def audit(self) -> list[tuple[str, str]]:
        """Every line of the audit: the act and what it was done to."""
        lines = select(AuditLine.act, AuditLine.subject).order_by(col(AuditLine.id))
        return self.world.run(lambda db: [(act, subject) for act, subject in db.execute(lines)])
