"""Steps of a matter on both databases: in their order, on days that can be, once, and put right with a trail."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import access, agenda, granting, units
from bot.domain.handovers.kinds import kinds
from bot.domain.matters import correcting, keeping, public, spreading, stepping
from bot.domain.matters.correcting import Right
from bot.domain.matters.lines import standing
from bot.domain.matters.stepping import Held, Proposal
from bot.domain.persons import people as people_of
from bot.errors import DomainError
from db.models import AgendaItem, AgendaState, AuditLine, Matter, MatterState, MatterStep, Person, Role, UnitKind
from tests.kit.talk import MORNING, Talk, World

DAY = timedelta(days=1)
TODAY = date(2026, 11, 23)
FIRST = date(2026, 11, 1)
ENOUGH = {"expected": 40, "present": 30, "agreed": 29}


class Town:
    """A town with two villages, and the secretary of one."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.talk: Talk = world.person("secretary")
        world.run(self._found)

    def _found(self, db: Session) -> None:
        town = units.add(db, "石湾镇街道", UnitKind.COMMITTEE)
        here, there = (units.add(db, name, UnitKind.VILLAGE, town) for name in ("番村", "深村"))
        self.here, self.there = here.id or 0, there.id or 0
        access.grant(db, self.talk.record(db), Role.SECRETARY, here)

    def begin(self, title: str = "市政供水改造") -> int:
        def work(db: Session) -> int:
            unit = units.at(db, ["/1/2/"])[0]
            proposal = Proposal(unit, title, "project", 0, FIRST)
            return stepping.begin(db, proposal, by=self.talk.record(db), now=MORNING).id or 0

        return self.world.run(work)

    def record(self, matter_id: int, held: Held) -> None:
        self.world.run(lambda db: stepping.record(db, matter_id, held, by=self.talk.record(db), now=MORNING))

    def decide(self, matter_id: int) -> None:
        for number, step in enumerate(("discussed", "members", "villagers"), start=1):
            self.record(matter_id, Held(step, FIRST + number * DAY, ENOUGH))

    def matter(self, matter_id: int) -> Matter:
        def read(db: Session) -> Matter:
            found = db.get_one(Matter, matter_id)
            db.expunge(found)
            return found

        return self.world.run(read)

    def planned(self) -> list[tuple[str, str]]:
        """What is still to be done for matters: which duty, and on which day."""
        still = select(AgendaItem.kind, AgendaItem.due_at).where(
            col(AgendaItem.state) == AgendaState.PENDING, col(AgendaItem.kind).startswith("matters.")
        )
        return self.world.run(lambda db: [(kind, f"{at:%m-%d %H}") for kind, at in db.execute(still)])


@pytest.fixture
def town(world: World) -> Town:
    return Town(world)


def test_a_matter_goes_through_all_its_steps(town: Town) -> None:
    matter_id = town.begin()
    town.decide(matter_id)
    town.record(matter_id, Held("resolved", FIRST + 4 * DAY, days=7))
    town.record(matter_id, Held("result", FIRST + 11 * DAY, words="通水了"))

    done = town.matter(matter_id)

    assert (done.state, done.step, done.public_until) == (MatterState.DONE, "result", FIRST + 17 * DAY)
    assert done.closed_at == MORNING


@pytest.mark.parametrize(
    ("held", "template"),
    [
        (Held("members", FIRST, ENOUGH), "matters/not_next"),
        (Held("proposed", FIRST), "matters/not_next"),
        (Held("nonsense", FIRST), "matters/not_next"),
        (Held("discussed", FIRST), "matters/impossible_numbers"),
        (Held("discussed", FIRST, {"expected": 40, "present": 41, "agreed": 1}), "matters/impossible_numbers"),
        (Held("discussed", FIRST, {"expected": 40, "present": 20, "agreed": 20}), "matters/no_quorum"),
        (Held("discussed", FIRST, {"expected": 40, "present": 30, "agreed": 15}), "matters/no_quorum"),
        (Held("discussed", FIRST - DAY, ENOUGH), "matters/day_before"),
        (Held("discussed", TODAY + DAY, ENOUGH), "matters/day_to_come"),
    ],
)
def test_a_step_that_cannot_be_changes_nothing(town: Town, held: Held, template: str) -> None:
    matter_id = town.begin()
    before = town.matter(matter_id).run, town.planned()

    with pytest.raises(DomainError) as refused:
        town.record(matter_id, held)

    assert refused.value.template == template
    assert (town.matter(matter_id).run, town.planned()) == before


def test_nothing_follows_a_notice_that_still_hangs_out(town: Town) -> None:
    matter_id = town.begin()
    town.decide(matter_id)
    town.record(matter_id, Held("resolved", TODAY - 6 * DAY))

    with pytest.raises(DomainError) as refused:
        town.record(matter_id, Held("result", TODAY))

    assert refused.value.template == "matters/still_public"


def test_two_who_write_down_the_same_step_at_once_write_it_once(town: Town) -> None:
    matter_id = town.begin()

    def write(_number: int) -> str:
        try:
            town.record(matter_id, Held("discussed", FIRST, ENOUGH))
        except DomainError as refusal:
            return refusal.template
        return "written"

    with ThreadPoolExecutor(4) as pool:
        ends = sorted(pool.map(write, range(4)))

    assert ends == ["matters/not_next"] * 3 + ["written"]
    assert [one.step for one in town.world.run(lambda db: standing(db, matter_id))] == ["proposed", "discussed"]


def test_what_is_due_is_planned_anew_after_each_step(town: Town) -> None:
    matter_id = town.begin()
    begun = town.planned()
    town.decide(matter_id)
    town.record(matter_id, Held("resolved", TODAY))

    assert begun == [("matters.idle", "12-23 01")]
    assert sorted(town.planned()) == [
        ("matters.idle", "12-29 01"),
        ("matters.over", "11-30 01"),
        ("matters.tell", "11-23 01"),
    ]


def test_a_line_that_is_put_right_ends_and_stays(town: Town) -> None:
    matter_id = town.begin()
    town.decide(matter_id)

    def correct(db: Session) -> None:
        line = standing(db, matter_id)[1]
        correcting.amend(
            db, line.id or 0, Right(counts={"agreed": 30}), reason="抄错", by=town.talk.record(db), now=MORNING
        )

    town.world.run(correct)
    rows = town.world.run(
        lambda db: [
            (one.step, one.agreed, one.reason, one.replaces_id)
            for one, _by, _ended in correcting.history(db, matter_id)
        ]
    )

    assert rows[1] == ("discussed", 29, "抄错", None)
    assert rows[-1] == ("discussed", 30, "", 2)
    assert [one.step for one in town.world.run(lambda db: standing(db, matter_id))] == [
        "proposed",
        "discussed",
        "members",
        "villagers",
    ]


@pytest.mark.parametrize(
    ("right", "template"),
    [
        (Right(held_on=FIRST + 9 * DAY), "matters/day_before"),
        (Right(counts={"present": 20}), "matters/impossible_numbers"),
        (Right(counts={"present": 20, "agreed": 19}), "matters/no_quorum"),
    ],
)
def test_a_correction_that_cannot_be_changes_nothing(town: Town, right: Right, template: str) -> None:
    matter_id = town.begin()
    town.decide(matter_id)

    def correct(db: Session) -> None:
        line = standing(db, matter_id)[1]
        correcting.amend(db, line.id or 0, right, reason="抄错", by=town.talk.record(db), now=MORNING)

    with pytest.raises(DomainError) as refused:
        town.world.run(correct)

    assert refused.value.template == template
    assert len(town.world.run(lambda db: correcting.history(db, matter_id))) == 4


def test_only_the_last_line_is_taken_back_and_none_twice(town: Town) -> None:
    matter_id = town.begin()
    town.decide(matter_id)

    def withdraw(db: Session, place: int) -> None:
        lines = [one for one, _by, _ended in correcting.history(db, matter_id)]
        correcting.withdraw(db, lines[place].id or 0, reason="贴错", by=town.talk.record(db), now=MORNING)

    def refusal(place: int) -> str:
        with pytest.raises(DomainError) as refused:
            town.world.run(lambda db: withdraw(db, place))
        return refused.value.template

    first = refusal(0)
    town.world.run(lambda db: withdraw(db, 3))

    assert (first, refusal(3)) == ("matters/not_the_last", "matters/stands_no_more")
    assert town.matter(matter_id).step == "members"


def test_people_of_a_place_see_its_public_matters_and_those_above(town: Town) -> None:
    shown, draft = town.begin("甲"), town.begin("乙")
    town.decide(shown)
    town.record(shown, Held("resolved", TODAY))

    def seen(db: Session, path: str) -> list[int | None]:
        return [one.id for one in public.of_place(db, units.at(db, [path])[0], most=9)]

    assert [town.world.run(lambda db, path=path: seen(db, path)) for path in ("/1/2/", "/1/3/", "/1/")] == [
        [shown],
        [],
        [],
    ]
    with pytest.raises(DomainError):
        town.world.run(lambda db: public.found(db, draft, units.at(db, ["/1/2/"])[0]))


def test_another_village_keeps_nothing_of_it(town: Town) -> None:
    matter_id = town.begin()
    other = town.world.person("other")

    def appoint(db: Session) -> None:
        access.grant(db, other.record(db), Role.SECRETARY, units.at(db, ["/1/3/"])[0])

    town.world.run(appoint)

    with pytest.raises(DomainError) as refused:
        town.world.run(lambda db: keeping.held(db, matter_id, other.record(db)))

    assert refused.value.template == "matters/not_yours"


def test_who_sees_to_a_matter_is_another_when_its_holder_loses_the_role(town: Town) -> None:
    matter_id = town.begin()
    chief = town.world.person("chief")

    def replace_them(db: Session) -> tuple[list[int], list[int]]:
        boss = chief.record(db)
        access.grant(db, boss, Role.ADMIN, units.at(db, ["/1/"])[0])
        before = keeping.responsible(db, db.get_one(Matter, matter_id))
        grant, _unit = granting.held(db, town.talk.record(db).id or 0, by=boss)[0]
        granting.take(db, grant.id or 0, by=boss, now=MORNING)
        return before, keeping.responsible(db, db.get_one(Matter, matter_id))

    before, after = town.world.run(replace_them)

    assert (before, after) == ([1], [2])


def test_a_matter_that_goes_on_is_handed_over(town: Town) -> None:
    town.begin()
    done = town.begin("乙")

    def drop(db: Session) -> None:
        correcting.drop(db, done, "不办了", by=town.talk.record(db), now=MORNING)

    town.world.run(drop)
    kind = next(one for one in kinds() if one.name == "matters")

    assert town.world.run(lambda db: kind.ids(db, town.talk.record(db).id or 0)) == [1]


def test_what_waits_is_what_has_hung_out_or_was_left_alone(town: Town) -> None:
    town.begin("甲")
    hung = town.begin("乙")
    town.decide(hung)
    town.record(hung, Held("resolved", TODAY - 7 * DAY))

    def waiting(db: Session, days: int) -> list[str]:
        person: Person = town.talk.record(db)
        return [one.title for one, _day in keeping.waiting_for(db, person, now=MORNING + days * DAY)]

    assert [town.world.run(lambda db, days=days: waiting(db, days)) for days in (0, 30)] == [["乙"], ["乙", "甲"]]


def test_many_who_follow_hear_once_some_at_a_time(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreading, "_AT_A_TIME", 2)
    matter_id = town.begin()
    people = [town.world.person(f"p{number}") for number in range(5)]

    def follow(db: Session) -> None:
        matter = db.get_one(Matter, matter_id)
        for one in (*people, people[0]):
            person = one.record(db)
            address = next(iter(people_of.best_addresses(db, {person.id or 0}).values()))
            spreading.follow(db, matter, person, address, now=MORNING)

    town.world.run(follow)
    town.decide(matter_id)
    town.record(matter_id, Held("resolved", TODAY))

    assert town.world.run(lambda db: len(spreading.followed(db, people[0].record(db).id or 0, most=9))) == 1
    assert _spread(town) == 3
    assert [len(one.hears()) for one in people] == [1] * 5


def test_each_act_leaves_a_line_of_the_audit(town: Town) -> None:
    matter_id = town.begin()
    town.record(matter_id, Held("discussed", FIRST, ENOUGH))
    acts = town.world.run(lambda db: list(db.execute(select(AuditLine.act).order_by(col(AuditLine.id))).scalars()))

    assert acts == ["matters.begin", "matters.step", "matters.step"]
    assert town.world.run(lambda db: db.execute(select(MatterStep.by_id)).scalars().all()) == [1, 1]


def _spread(town: Town) -> int:
    """Do what tells who follows; return in how many goes."""

    def one(db: Session) -> bool:
        item = agenda.take(db, now=MORNING + DAY)
        if item is None or item.kind != spreading.TELL:
            return False
        spreading.tell(db, item, MORNING)
        agenda.done(db, item, now=MORNING)
        return True

    return list(iter(lambda: town.world.run(one), False)).count(True)
