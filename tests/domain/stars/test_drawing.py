"""What records say of a member's year."""

from datetime import timedelta

from bot.domain.stars import drawing
from bot.domain.visits import walking
from tests.domain.conftest import Tree
from tests.kit.households import household
from tests.kit.roster import listed
from tests.kit.talk import MORNING


def test_visits_of_the_year_count_and_those_of_another_do_not(tree: Tree) -> None:
    chen = listed(tree.db, tree.branch, "陈大文", "13800132236")
    lin = listed(tree.db, tree.branch, "林小梅", "13800132237")
    home = household(tree.db, tree.fancun, "东一巷12号", "李桂兰", contact=chen)
    for days in (1, 2, 400):
        walking.log(tree.db, home.id or 0, "look", by=chen, now=MORNING - timedelta(days=days))

    said = drawing.marks(tree.db, [chen.id or 0, lin.id or 0], MORNING.year)

    assert said == {chen.id: {"visits": {"value": 2.0, "is_met": False}}, lin.id: {}}
