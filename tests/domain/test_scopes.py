"""A scope that several units may be meant by: it is told apart by a unit above, and never guessed."""

import pytest

from bot.domain import scopes, units
from bot.errors import DomainError
from db.models import Unit, UnitKind
from tests.domain.conftest import Tree


@pytest.fixture
def groups(tree: Tree) -> list[Unit]:
    """A group of one name in each village."""
    return [units.add(tree.db, "第一党小组", UnitKind.GROUP, above) for above in (tree.branch, tree.shencun)]


def test_a_name_several_have_is_told_apart_by_a_unit_above(tree: Tree, groups: list[Unit]) -> None:
    names = scopes.all_called(tree.db, [*groups, tree.fancun])

    assert names == ["番村潘一支部·第一党小组", "深村·第一党小组", "番村"]
    assert [scopes.unit_of(tree.db, name) for name in names] == [*groups, tree.fancun]
    assert scopes.unit_of(tree.db, "番村·第一党小组") is groups[0]


def test_a_name_alone_belongs_to_who_stands_above_all_that_have_it(tree: Tree, groups: list[Unit]) -> None:
    assert scopes.meant(tree.db, "第一党小组") == groups
    assert scopes.unit_of(tree.db, "第一党小组") is tree.town
    assert scopes.unit_of(tree.db, "石湾镇") is tree.town
    assert scopes.unit_of(tree.db, "别处") is None


@pytest.mark.usefixtures("groups")
def test_whoever_writes_is_told_which_there_are(tree: Tree) -> None:
    with pytest.raises(DomainError) as refused:
        scopes.insist_clear(tree.db, "第一党小组")

    assert refused.value.template == "drafts/which_scope"
    assert refused.value.values == {"name": "第一党小组", "which": "番村潘一支部·第一党小组、深村·第一党小组"}
    scopes.insist_clear(tree.db, "深村·第一党小组")
    scopes.insist_clear(tree.db, "别处")


def test_what_holds_for_one_of_them_does_not_concern_the_other(tree: Tree, groups: list[Unit]) -> None:
    first, second = groups
    heard = [
        (scopes.concerns(tree.db, scope, first.id), scopes.concerns(tree.db, scope, second.id))
        for scope in ("深村·第一党小组", "第一党小组", "别处")
    ]

    assert heard == [(False, True), (True, True), (True, True)]


def test_a_name_said_with_one_above_it_is_found_among_ones_own(tree: Tree, groups: list[Unit]) -> None:
    assert scopes.so_named(tree.db, "第一党小组", [tree.town]) == groups
    assert scopes.named(tree.db, "第一党小组", [tree.town]) is None
    assert scopes.named(tree.db, "深村·第一党小组", [tree.town]) is groups[1]
    assert scopes.named(tree.db, "第一党小组", [tree.shencun]) is groups[1]
    assert scopes.named(tree.db, "深村·第一党小组", [tree.fancun]) is None
