"""Who may do what where."""

import pytest
from sqlalchemy import func, select

from bot.domain import access
from bot.domain.access import Act
from bot.domain.persons import people
from db.claims import table_of
from db.models import Grant, Role
from tests.domain.conftest import Tree
from tests.kit.post import target

GRID = {Act.HANDLE_REPORTS, Act.KEEP_PLACES}
CADRE = {Act.ANSWER_CASES, Act.HOLD_ACTIVITIES, Act.HOLD_SESSIONS, Act.SEE_PHONES, Act.SEE_REPORTS}
CADRE |= {Act.ENTER_CONSOLE, Act.BROADCAST, Act.APPROVE_BROADCASTS, Act.JUDGE_PLEDGES, Act.KEEP_MATTERS}
CADRE |= {Act.KEEP_HOUSEHOLDS}
LEADS = {Act.KEEP_ROSTER, Act.KEEP_TEMPLATES, Act.ASSIGN_WORK, Act.GRANT_ROLES, Act.SEE_AUDIT, Act.KEEP_POINTS}


@pytest.mark.parametrize("role", [Role.SECRETARY, Role.CADRE, Role.ADMIN])
def test_cadres_answer_in_their_unit_and_below(tree: Tree, role: Role) -> None:
    cadre = tree.person("cadre", role, tree.fancun)
    answered = {unit.name: access.may(tree.db, cadre, Act.ANSWER_CASES, unit) for unit in _units(tree)}

    assert answered == {"石湾镇街道": False, "番村": True, "番村潘一支部": True, "深村": False}


@pytest.mark.parametrize(
    ("role", "acts"),
    [
        (Role.SECRETARY, CADRE | LEADS | GRID | {Act.MAKE_PLEDGES}),
        (Role.CADRE, CADRE | GRID),
        (Role.GRID_WORKER, GRID | {Act.WALK_GRID}),
        (Role.EDITOR, {Act.EDIT_ENTRIES, Act.ENTER_CONSOLE}),
        (Role.ADMIN, set(Act) - {Act.WALK_GRID, Act.MAKE_PLEDGES}),
    ],
)
def test_each_role_may_do_its_own_things(tree: Tree, role: Role, acts: set[Act]) -> None:
    holder = tree.person("holder", role, tree.town)

    assert {act for act in Act if access.may(tree.db, holder, act, tree.fancun)} == acts


def test_whoever_has_no_role_may_do_nothing(tree: Tree) -> None:
    villager = tree.person("villager")

    assert not any(access.may(tree.db, villager, act, unit) for act in Act for unit in (*_units(tree), None))


def test_without_a_unit_only_a_role_at_the_root_will_do(tree: Tree) -> None:
    village = tree.person("village", Role.ADMIN, tree.fancun)
    town = tree.person("town", Role.ADMIN, tree.town)

    assert [access.may(tree.db, one, Act.EDIT_ENTRIES, None) for one in (village, town)] == [False, True]


def test_a_unit_whose_number_begins_alike_is_another_subtree(tree: Tree) -> None:
    cadre = tree.person("cadre", Role.CADRE, tree.fancun)
    tree.shencun.path = f"{tree.fancun.path.rstrip('/')}0/"

    assert access.may(tree.db, cadre, Act.ANSWER_CASES, tree.shencun) is False


def test_a_role_is_given_once(tree: Tree) -> None:
    cadre = tree.person("cadre", Role.CADRE, tree.fancun)

    again = access.grant(tree.db, cadre, Role.CADRE, tree.fancun)

    assert tree.db.execute(select(func.count()).select_from(table_of(Grant))).scalar_one() == 1
    assert (again.person_id, again.unit_id) == (cadre.id, tree.fancun.id)


def test_the_nearest_people_up_the_tree_are_responsible(tree: Tree) -> None:
    town = tree.person("town", Role.ADMIN, tree.town)
    secretary = tree.person("secretary", Role.SECRETARY, tree.fancun)

    responsible = {unit.name: access.responsible(tree.db, Act.ANSWER_CASES, unit) for unit in _units(tree)}

    assert responsible == {
        "石湾镇街道": [town.id],
        "番村": [secretary.id],
        "番村潘一支部": [secretary.id],
        "深村": [town.id],
    }


def test_all_who_share_a_unit_are_responsible_each_once(tree: Tree) -> None:
    first = tree.person("first", Role.SECRETARY, tree.fancun)
    second = tree.person("second", Role.CADRE, tree.fancun)
    access.grant(tree.db, first, Role.CADRE, tree.fancun)

    assert access.responsible(tree.db, Act.ANSWER_CASES, tree.fancun) == [first.id, second.id]


def test_whoever_cannot_be_reached_is_passed_over(tree: Tree) -> None:
    town = tree.person("town", Role.ADMIN, tree.town)
    tree.person("secretary", Role.SECRETARY, tree.fancun)
    people.lose_touch(tree.db, target("secretary"), "Blocked")

    assert access.responsible(tree.db, Act.ANSWER_CASES, tree.fancun) == [town.id]


def test_what_belongs_to_no_unit_is_the_towns(tree: Tree) -> None:
    town = tree.person("town", Role.ADMIN, tree.town)

    assert access.responsible(tree.db, Act.ANSWER_CASES, None) == [town.id]


def test_where_nobody_is_responsible_there_is_nobody(tree: Tree) -> None:
    assert access.responsible(tree.db, Act.ANSWER_CASES, tree.fancun) == []


def _units(tree: Tree) -> tuple[access.Unit, ...]:
    return (tree.town, tree.fancun, tree.branch, tree.shencun)
