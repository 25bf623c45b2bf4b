"""Who keeps in touch with whom, what deleting leaves behind, and what becomes of all of it when people change."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain.handovers import handing
from bot.domain.persons import erasing, merging, my_data, people
from bot.domain.visits import contacts, households, keeping, walking
from bot.domain.volunteers import points
from bot.errors import DomainError
from content import lengths
from db.models import NEVER, Household, Person, PointsEntry, Resident, Role, Visit
from tests.domain.conftest import Tree
from tests.kit.households import household
from tests.kit.roster import listed
from tests.kit.talk import MORNING

DAY = timedelta(days=1)


@pytest.fixture
def chen(tree: Tree) -> Person:
    return listed(tree.db, tree.branch, "陈大文", "13800132236")


@pytest.fixture
def secretary(tree: Tree) -> Person:
    return tree.person("潘志明", Role.SECRETARY, tree.fancun)


@pytest.fixture
def home(tree: Tree, chen: Person) -> Household:
    return household(tree.db, tree.fancun, "东一巷12号", "李桂兰", mobile="13800000001", contact=chen)


def test_numbers_of_an_address_are_hidden_in_a_list(tree: Tree, home: Household) -> None:
    other = household(tree.db, tree.fancun, "第十二组 三巷A座5号")

    assert [households.masked_address(tree.db, one) for one in (home, other)] == ["东*巷*号", "第*组*巷*座*号"]
    assert households.masked_mobile(tree.db, home) == "138****0001"


def test_a_household_goes_to_another_member_of_the_roster(
    tree: Tree, chen: Person, secretary: Person, home: Household
) -> None:
    lin = listed(tree.db, tree.branch, "林小梅", "13800132237")

    meant = keeping.contact_named(tree.db, "林小梅", by=secretary)
    keeping.assign(tree.db, home.id or 0, meant, by=secretary, now=MORNING)

    assert (meant.id, home.contact_id) == (lin.id, lin.id)
    with pytest.raises(DomainError, match="visits/not_yours"):
        walking.log(tree.db, home.id or 0, "look", by=chen, now=MORNING)


def test_all_of_a_members_households_go_at_once_within_reach_alone(
    tree: Tree, chen: Person, secretary: Person, home: Household
) -> None:
    lin = listed(tree.db, tree.branch, "林小梅", "13800132237")
    household(tree.db, tree.fancun, "东一巷13号", contact=chen)
    far = household(tree.db, tree.shencun, "深一巷1号", contact=chen)

    assert keeping.assign_all(tree.db, home.id or 0, lin, by=secretary, now=MORNING) == 2
    assert (home.contact_id, far.contact_id) == (lin.id, chen.id)


def test_a_name_nobody_or_several_have_is_asked_about(tree: Tree, chen: Person, secretary: Person) -> None:
    other = listed(tree.db, tree.branch, "陈大文", "13800139999")

    for said, refusal in (("没有这人", "no_such_member"), ("陈大文", "several_so_named"), ("13811111111", "no_such")):
        with pytest.raises(DomainError, match=f"visits/{refusal}"):
            keeping.contact_named(tree.db, said, by=secretary)
    assert keeping.contact_named(tree.db, "138 0013 9999", by=secretary).id == other.id != chen.id


def test_nobody_keeps_another_villages_list(tree: Tree, chen: Person, home: Household) -> None:
    deep = tree.person("李深", Role.SECRETARY, tree.shencun)
    walker = tree.person("网格员", Role.GRID_WORKER, tree.fancun)

    for one in (deep, walker, chen):
        with pytest.raises(DomainError, match="visits/not_yours"):
            keeping.remove(tree.db, home.id or 0, by=one, now=MORNING)


def test_a_household_that_is_deleted_leaves_visits_without_words_and_points(
    tree: Tree, chen: Person, secretary: Person, home: Household
) -> None:
    visit = walking.log(tree.db, home.id or 0, "look", by=chen, now=MORNING)
    walking.note(tree.db, visit.id or 0, "腿脚不便", (), by=chen)
    contacts.settle(tree.db, home.id or 0, tree.person("阿英"), now=MORNING)
    contacts.code(tree.db, home, by=secretary, now=MORNING)

    keeping.remove(tree.db, home.id or 0, by=secretary, now=MORNING)

    kept = tree.db.execute(select(Visit).execution_options(populate_existing=True)).scalar_one()
    assert (kept.household_id, kept.note_sealed, kept.unit_id) == (None, "", tree.fancun.id)
    assert tree.db.execute(select(Household)).all() == tree.db.execute(select(Resident)).all() == []
    assert points.of_year(tree.db, chen.id or 0, 2026) == {"visit": lengths.points_for_visits(1)}


def test_a_visit_of_tonight_is_another_than_one_after_midnight(tree: Tree, chen: Person, home: Household) -> None:
    late = MORNING + timedelta(hours=14, minutes=59)  # 23:59 in the township

    both = (late, late + timedelta(minutes=1))
    one, two = (walking.log(tree.db, home.id or 0, "look", by=chen, now=at) for at in both)

    assert one.id != two.id
    assert home.seen_at == late + timedelta(minutes=1)


def test_taking_the_last_visit_back_brings_back_the_one_before(tree: Tree, chen: Person, home: Household) -> None:
    first, second = (walking.log(tree.db, home.id or 0, "look", by=chen, now=MORNING + one * DAY) for one in (0, 1))

    walking.remove(tree.db, second.id or 0, by=chen, now=MORNING + DAY)
    after_one = home.seen_at
    walking.remove(tree.db, first.id or 0, by=chen, now=MORNING + DAY)

    assert (after_one, home.seen_at) == (MORNING, NEVER)


def test_nobody_takes_back_or_notes_anothers_visit(
    tree: Tree, chen: Person, secretary: Person, home: Household
) -> None:
    visit = walking.log(tree.db, home.id or 0, "look", by=chen, now=MORNING)

    with pytest.raises(DomainError, match="visits/not_yours"):
        walking.remove(tree.db, visit.id or 0, by=secretary, now=MORNING)
    with pytest.raises(DomainError, match="visits/not_yours"):
        walking.note(tree.db, visit.id or 0, "改", (), by=secretary)


def test_who_is_erased_leaves_households_to_nobody_and_visits_without_words(
    tree: Tree, chen: Person, home: Household
) -> None:
    visit = walking.log(tree.db, home.id or 0, "look", by=chen, now=MORNING)
    walking.note(tree.db, visit.id or 0, "腿脚不便", (), by=chen)
    walking.show_mobile(tree.db, chen, shows=True, now=MORNING)

    erasing.erase(tree.db, chen, now=MORNING)

    kept = tree.db.execute(select(Visit).execution_options(populate_existing=True)).scalar_one()
    assert (kept.note_sealed, kept.household_id, home.contact_id) == ("", home.id, None)
    assert not walking.shows_mobile(tree.db, chen.id or 0)


def test_who_is_erased_is_the_householder_no_more_where_name_and_phone_are_theirs(tree: Tree, chen: Person) -> None:
    own = household(tree.db, tree.fancun, "东一巷1号", "陈大文", mobile="13800132236")

    erasing.erase(tree.db, chen, now=MORNING)

    assert (own.holder, own.mobile_blind, households.address(tree.db, own)) == ("", None, "东一巷1号")


def test_two_people_become_one_with_households_and_visits(tree: Tree, chen: Person, home: Household) -> None:
    guest = tree.person("guest")
    home.contact_id = guest.id
    paid = {"visitor_id": guest.id or 0, "kind": "look", "visited_at": MORNING}
    tree.db.add(Visit(household_id=home.id, unit_id=home.unit_id, **paid))
    contacts.settle(tree.db, home.id or 0, guest, now=MORNING)

    merging.merge(tree.db, guest, chen)

    assert home.contact_id == chen.id
    assert tree.db.execute(select(Visit.visitor_id)).scalars().all() == [chen.id]
    assert tree.db.execute(select(Resident.person_id)).scalars().all() == [chen.id]


def test_ones_own_data_hold_notes_and_home_and_nobody_elses_name(tree: Tree, chen: Person, home: Household) -> None:
    own = household(tree.db, tree.fancun, "东一巷1号", "陈大文", mobile="13800132236")
    visit = walking.log(tree.db, home.id or 0, "look", by=chen, now=MORNING)
    walking.note(tree.db, visit.id or 0, "腿脚不便", (), by=chen)

    found = my_data.everything(tree.db, chen)

    assert (found["visit_notes"], found["home"]) == (["腿脚不便"], {"holder": "陈大文", "address": "东一巷1号"})
    assert [one["kind"] for one in found["visit"]] == ["look"]
    assert (own.id != home.id, "李桂兰" in str(found), home.address_blind in str(found)) == (True, False, False)


def test_households_are_handed_over_with_everything_else(tree: Tree, secretary: Person) -> None:
    people.set_name(secretary, "潘志明")
    successor = tree.person("林书记", Role.SECRETARY, tree.fancun)
    mine = household(tree.db, tree.fancun, "东一巷1号", "李桂兰", contact=secretary)

    done = handing.hand_over(tree.db, secretary, successor, by=secretary, now=MORNING)

    assert (mine.contact_id, done.lines) == (successor.id, [{"kind": "联系户", "what": "李**", "when": ""}])
    handing.undo(tree.db, done.id or 0, by=secretary, now=MORNING)
    assert mine.contact_id == secretary.id


def test_a_rule_that_does_not_know_visits_gives_no_points(
    tree: Tree, chen: Person, home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lengths, "_rules", lambda: {"service": {"per_hour": 2}})

    walking.log(tree.db, home.id or 0, "look", by=chen, now=MORNING)

    assert _ledger(tree.db) == []


def _ledger(db: Session) -> list[int]:
    return list(db.execute(select(PointsEntry.points).where(col(PointsEntry.rule) == points.VISIT)).scalars())
