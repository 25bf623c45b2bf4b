"""The organisation tree."""

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.domain import units
from db.models import UnitKind
from tests.domain.conftest import Tree


def test_a_unit_knows_its_way_up(tree: Tree) -> None:
    assert tree.branch.path == f"/{tree.town.id}/{tree.fancun.id}/{tree.branch.id}/"
    assert [unit.name for unit in units.line_up(tree.db, tree.branch)] == ["番村潘一支部", "番村", "石湾镇街道"]
    assert units.line_up(tree.db, tree.town) == [tree.town]


def test_villages_come_in_the_order_they_were_entered(tree: Tree) -> None:
    assert [unit.name for unit in units.villages(tree.db)] == ["番村", "深村"]


def test_the_root_is_above_all(tree: Tree) -> None:
    assert units.root(tree.db) is tree.town


def test_an_empty_tree_has_no_root_and_no_villages(db: Session) -> None:
    assert (units.root(db), list(units.villages(db))) == (None, [])


def test_a_name_stands_once_under_one_parent(tree: Tree) -> None:
    with pytest.raises(IntegrityError), tree.db.begin_nested():
        units.add(tree.db, "番村", UnitKind.VILLAGE, tree.town)


def test_a_name_may_stand_under_two_parents(tree: Tree) -> None:
    group = units.add(tree.db, "第一小组", UnitKind.GROUP, tree.fancun)
    other = units.add(tree.db, "第一小组", UnitKind.GROUP, tree.shencun)

    assert (group.parent_id, other.parent_id) == (tree.fancun.id, tree.shencun.id)
