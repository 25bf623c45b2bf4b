"""Whatever people do and in whatever order: never over quota, each seat one person's at a time, nobody forgotten."""

import contextlib
from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select
from sqlmodel import col

from bot.domain import access, units
from bot.domain.volunteers import activities, seats, waitlist
from bot.errors import DomainError
from db.models import (
    AgendaItem,
    AgendaState,
    MemberKind,
    OutboxKind,
    OutboxRow,
    Role,
    SeatQuota,
    Signup,
    SignupState,
    UnitKind,
)
from db.sql import Database
from tests.kit import databases
from tests.kit.activities import SATURDAY, overbooked, published, somebody, work_off
from tests.kit.talk import MORNING

KINDS = (MemberKind.PARTY_MEMBER, MemberKind.VOLUNTEER, MemberKind.PARTY_MEMBER, MemberKind.SOCIAL_WORKER)
PEOPLE = st.integers(0, 7)
LEFT = (None, seats.GIVEN_UP, waitlist.DECLINED, waitlist.EXPIRED, waitlist.NOT_REACHED)


class _Undone(Exception):  # thrown to take a transaction back
    """What one example did is to be forgotten."""


class Seats(RuleBasedStateMachine):
    """Eight people, an activity with two kinds of seats, and a cadre who finds more chairs."""

    database: Database

    @initialize(members=st.integers(0, 2), anybody=st.integers(1, 2))
    def hold(self, members: int, anybody: int) -> None:
        self.opened = contextlib.ExitStack()
        self.db = self.opened.enter_context(self.database.transaction())
        town = units.add(self.db, "石湾镇街道", UnitKind.COMMITTEE)
        self.people = [somebody(self.db, f"p{number}", town, KINDS[number % 4]) for number in range(8)]
        self.cadre = somebody(self.db, "cadre", town)
        access.grant(self.db, self.cadre, Role.SECRETARY, town)
        wanted = {MemberKind.PARTY_MEMBER: members, None: anybody}
        self.activity = published(self.db, town, seats=wanted)
        self.now = MORNING
        self.spoken: set[int] = set()

    @rule(who=PEOPLE)
    def sign_up(self, who: int) -> None:
        with self._refusable("volunteering/is_full"):
            seats.sign_up(self.db, self._id, seats.Signing(self.people[who]), now=self.now)
            self.spoken.add(self.people[who].id or 0)

    @rule(who=PEOPLE)
    def cancel(self, who: int) -> None:
        if signup := self._signup(who):
            seats.cancel(self.db, signup.id or 0, now=self.now)

    @rule(who=PEOPLE)
    def confirm(self, who: int) -> None:
        if signup := self._signup(who):
            was = signup.state
            with self._refusable("volunteering/offer_is_over"):
                seats.confirm_offer(self.db, signup.id or 0, now=self.now)
                assert was in {SignupState.OFFERED, SignupState.CONFIRMED}

    @rule(who=PEOPLE)
    def decline(self, who: int) -> None:
        if signup := self._signup(who):
            with self._refusable("volunteering/offer_is_over"):
                seats.decline_offer(self.db, signup.id or 0, now=self.now)

    @rule(kind=st.sampled_from((None, MemberKind.PARTY_MEMBER)), count=st.integers(1, 5))
    def set_seats(self, kind: MemberKind | None, count: int) -> None:
        with self._refusable("volunteering/seats_are_taken"):
            seats.set_seats(self.db, self._id, kind, count, by=self.cadre, now=self.now)

    @precondition(lambda self: self.now < SATURDAY - timedelta(hours=2))
    @rule(hours=st.integers(1, 40))
    def wait(self, hours: int) -> None:
        self.now = min(self.now + timedelta(hours=hours), SATURDAY - timedelta(minutes=30))
        work_off(self.db, now=self.now)

    @invariant()
    def nobody_sits_on_two_chairs(self) -> None:
        if hasattr(self, "db"):
            assert overbooked(self.db) == []

    @invariant()
    def a_free_seat_is_offered_while_there_is_time(self) -> None:
        if hasattr(self, "db") and waitlist.deadline(self.db, self.activity, now=self.now):
            for quota in self.db.execute(select(SeatQuota)).scalars():
                waiting = select(func.count()).select_from(Signup).where(col(Signup.state) == SignupState.WAITLISTED)
                if quota.kind:
                    waiting = waiting.where(col(Signup.quota_id) == quota.id)
                has_free = waitlist.taken(self.db, quota) < quota.seats
                assert not (has_free and self.db.execute(waiting).scalar_one())

    @invariant()
    def every_offer_was_told_once_and_will_end(self) -> None:
        if not hasattr(self, "db"):
            return
        for signup in self.db.execute(select(Signup).where(col(Signup.state) == SignupState.OFFERED)).scalars():
            cause = f"offer:{signup.id}:{signup.rank}"
            told = (
                select(func.count())
                .select_from(OutboxRow)
                .where(col(OutboxRow.cause).startswith(f"{cause}:"), col(OutboxRow.kind) == OutboxKind.NOTICE)
            )
            planned = select(col(AgendaItem.due_at)).where(
                col(AgendaItem.cause) == cause, col(AgendaItem.state) == AgendaState.PENDING
            )
            assert self.db.execute(told).scalar_one() == 1
            assert self.db.execute(planned).scalar_one() == signup.offer_until

    @invariant()
    def nobody_is_lost(self) -> None:
        if not hasattr(self, "db"):
            return
        rows = {one.person_id: one for one in self.db.execute(select(Signup)).scalars()}
        assert rows.keys() == self.spoken
        assert all(one.state in activities.STANDING or one.reason in LEFT[1:] for one in rows.values())
        if self.now >= SATURDAY - timedelta(hours=1):
            assert SignupState.OFFERED not in {one.state for one in rows.values()}

    def teardown(self) -> None:
        if hasattr(self, "opened"):
            with contextlib.suppress(_Undone):  # each example begins with the same empty database
                self.opened.__exit__(_Undone, _Undone(), None)

    @property
    def _id(self) -> int:
        return self.activity.id or 0

    def _signup(self, who: int) -> Signup | None:
        return seats.standing(self.db, self._id, self.people[who].id or 0)

    @contextlib.contextmanager
    def _refusable(self, template: str) -> Iterator[None]:
        try:
            yield
        except DomainError as refused:
            assert refused.template == template  # noqa: PT017  # one refusal is right, any other is a fault


@pytest.fixture
def machine(sqlite_maker: databases.SqliteMaker) -> Iterator[type[Seats]]:
    database = databases.opened(sqlite_maker.make())
    yield type("SeatsHere", (Seats,), {"database": database})
    database.close()


@pytest.mark.integration
def test_seats_and_queue_hold_whatever_people_do(machine: type[Seats]) -> None:
    usual = settings(  # thirty steps are read as they are: making them fewer takes minutes
        phases=[Phase.generate],
        max_examples=60,
        stateful_step_count=30,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    run_state_machine_as_test(machine, settings=usual)
