"""Lists of households: what each row does, why one is refused, who is meant as a contact, and taking it all back."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import units
from bot.domain.visits import household_import, households, walking
from bot.domain.visits.household_files import problems_file
from bot.domain.visits.household_judging import Plan
from bot.domain.visits.household_reading import read_households
from bot.errors import DomainError
from db.models import Household, HouseholdImport, Person, Role, UnitKind
from tests.domain.conftest import Tree
from tests.kit.roster import listed
from tests.kit.spreadsheets import excel
from tests.kit.talk import MORNING

HEADER = ["序号", "村", "住址", "户主姓名", "户主电话", "联系党员"]
LI = [1, "番村", "东一巷 1号", "李桂兰", "138 0000 0001", "陈大文"]
PAN = [2, "番村", "东一巷2号", "潘炳权", None, "陈大文"]


@pytest.fixture
def chen(tree: Tree) -> Person:
    return listed(tree.db, tree.branch, "陈大文", "13800132236")


@pytest.fixture
def secretary(tree: Tree) -> Person:
    return tree.person("潘志明", Role.SECRETARY, tree.fancun)


def file(tmp_path: Path, *rows: Sequence[Any], header: Sequence[str] = HEADER, name: str = "联系户") -> Path:
    return excel(tmp_path / f"{name}.xlsx", [header, *rows])


def taken(db: Session, path: Path, actor: Person | None = None) -> Plan:
    reading = read_households(path, name=path.name, most=100)
    return household_import.take_in(db, reading, actor, file_name=path.name, now=MORNING)


def did(plan: Plan) -> tuple[int, int, int, int]:
    return len(plan.added), len(plan.changed), plan.unchanged, plan.refused


def reasons(plan: Plan) -> list[str]:
    return [reason for _, reason in plan.problems()]


def standing(db: Session) -> list[tuple[str, str, str, int | None]]:
    rows = db.execute(select(Household).order_by(col(Household.id))).scalars()
    return [(households.address(db, one), one.holder, households.mobile(db, one), one.contact_id) for one in rows]


def test_a_list_is_taken_in_once_sealed(tree: Tree, chen: Person, tmp_path: Path) -> None:
    path = file(tmp_path, LI, PAN)

    first, again = taken(tree.db, path), taken(tree.db, path)

    assert (did(first), did(again)) == ((2, 0, 0, 0), (0, 0, 2, 0))
    assert standing(tree.db) == [
        ("东一巷1号", "李桂兰", "13800000001", chen.id),
        ("东一巷2号", "潘炳权", "", chen.id),
    ]
    kept = tree.db.execute(select(Household)).scalars().first()
    assert kept
    assert ("东一巷" in kept.address_sealed, "13800000001" in kept.mobile_sealed) == (False, False)


def test_empty_cells_change_nothing_and_others_do(tree: Tree, chen: Person, tmp_path: Path) -> None:
    taken(tree.db, file(tmp_path, LI))
    listed(tree.db, tree.branch, "林小梅", "13800132237")

    plan = taken(tree.db, file(tmp_path, [1, "番村", "东一巷1号", "", "", "林小梅"]))

    assert did(plan) == (0, 1, 0, 0)
    assert [one[:3] for one in standing(tree.db)] == [("东一巷1号", "李桂兰", "13800000001")]
    assert standing(tree.db)[0][3] != chen.id


def test_a_dry_run_changes_nothing(tree: Tree, chen: Person, tmp_path: Path) -> None:
    path = file(tmp_path, LI)

    plan = household_import.look(tree.db, read_households(path, name=path.name, most=100), None)

    assert (did(plan), standing(tree.db), chen.name) == ((1, 0, 0, 0), [], "陈大文")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ([1, "番村", "", "李桂兰", "", ""], "地址空"),
        ([1, "番村", "长" * 61, "李桂兰", "", ""], "地址太长了，最多60个字"),
        ([1, "番村", "东一巷1号", "李3", "", ""], "户主“李3”不像姓名"),
        ([1, "番村", "东一巷1号", "李桂兰", "1380000000", ""], "手机号少一位（1380000000）"),
        ([1, "", "东一巷1号", "李桂兰", "", ""], "村或网格空"),
        ([1, "没有的村", "东一巷1号", "李桂兰", "", ""], "村或网格“没有的村”没有"),
        ([1, "潘一支部", "东一巷1号", "李桂兰", "", ""], "村或网格“潘一支部”没有"),
        ([1, "番村", "东一巷1号", "李桂兰", "", "没有这人"], "联系党员“没有这人”不在您的名册上"),
    ],
)
def test_a_row_that_is_not_right_is_named_with_its_reason(
    tree: Tree, tmp_path: Path, row: list[Any], reason: str
) -> None:
    plan = taken(tree.db, file(tmp_path, row, [2, "番村", "好巷1号", "何少芳", "", ""]))

    assert (did(plan), reasons(plan)) == ((1, 0, 0, 1), [reason])


def test_the_same_address_twice_is_one_household_too_many(tree: Tree, chen: Person, tmp_path: Path) -> None:
    plan = taken(tree.db, file(tmp_path, LI, [2, "番村", "东一巷１号", "潘", "", chen.name]))

    assert did(plan) == (1, 0, 0, 1)
    assert reasons(plan) == ["和第2行地址相同；一处住两户的，请在地址后写清楚，如“之二”"]


def test_of_two_members_of_one_name_the_one_of_the_village_is_meant_or_a_phone_says_which(
    tree: Tree, chen: Person, tmp_path: Path
) -> None:
    far = units.add(tree.db, "深村支部", UnitKind.BRANCH, tree.shencun)
    other = listed(tree.db, far, "陈大文", "13800139999")
    header = [*HEADER, "联系党员电话"]
    by_phone = [2, "深村", "深一巷1号", "", "", "陈大文", "13800132236"]
    rows = ([*LI, ""], by_phone, [3, "深村", "深一巷2号", "", "", "陈大文", ""])

    plan = taken(tree.db, file(tmp_path, *rows, header=header))

    assert (did(plan), [one[3] for one in standing(tree.db)]) == ((3, 0, 0, 0), [chen.id, chen.id, other.id])


def test_of_two_of_the_same_village_a_phone_is_asked_for(tree: Tree, chen: Person, tmp_path: Path) -> None:
    listed(tree.db, tree.branch, chen.name, "13800139999")

    plan = taken(tree.db, file(tmp_path, LI))

    assert reasons(plan) == ["名册上有2位“陈大文”，请加一列“联系党员电话”"]


def test_without_a_column_the_village_is_that_of_the_title(tree: Tree, tmp_path: Path) -> None:
    path = file(tmp_path, ["东一巷1号", "李桂兰"], header=["地址", "户主"], name="番村联系户")

    taken(tree.db, path)

    assert tree.db.execute(select(Household.unit_id)).scalars().all() == [tree.fancun.id]


def test_nobody_takes_in_beyond_their_own_village(tree: Tree, secretary: Person, tmp_path: Path) -> None:
    plan = taken(tree.db, file(tmp_path, [1, "深村", "深一巷1号", "", "", ""]), secretary)

    assert reasons(plan) == ["“深村”不归您管"]
    with pytest.raises(DomainError, match="access/not_yours"):
        taken(tree.db, file(tmp_path, LI), tree.person("路人"))


def test_the_rows_that_are_not_right_come_back_in_their_layout_and_can_be_sent_again(
    tree: Tree, chen: Person, tmp_path: Path
) -> None:
    path = file(tmp_path, LI, [2, "番村", "", "潘炳权", "", "陈大文"])
    plan = taken(tree.db, path)

    mended = tmp_path / "问题表.xlsx"
    mended.write_bytes(problems_file(path, plan, name=path.name, most=100))
    book = load_workbook(mended)
    rows = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows()]
    book.worksheets[0]["C2"] = "东一巷2号"
    book.save(mended)

    assert rows == [[*HEADER, "问题"], [2, "番村", None, "潘炳权", None, "陈大文", "地址空"]]
    assert (did(taken(tree.db, mended)), chen.name) == ((1, 0, 0, 0), "陈大文")


@pytest.fixture
def imported(tree: Tree, chen: Person, secretary: Person, tmp_path: Path) -> int:
    """A household was there, and an import changed it and added another; the id of that import."""
    taken(tree.db, file(tmp_path, [1, "番村", "东一巷1号", "旧户主", "13800009999", ""]))
    taken(tree.db, file(tmp_path, LI, PAN), secretary)
    assert chen.id
    theirs = select(HouseholdImport.id).where(col(HouseholdImport.actor_id) == secretary.id)
    return tree.db.execute(theirs).scalar_one() or 0


def test_an_import_is_taken_back_as_a_whole(tree: Tree, secretary: Person, imported: int) -> None:
    household_import.undo(tree.db, imported, secretary, now=MORNING + timedelta(hours=1))

    assert standing(tree.db) == [("东一巷1号", "旧户主", "13800009999", None)]
    with pytest.raises(DomainError, match="roster/nothing_to_undo"):
        household_import.undo(tree.db, imported, secretary, now=MORNING)


def test_an_import_is_taken_back_by_its_author_within_a_day_alone(tree: Tree, secretary: Person, imported: int) -> None:
    with pytest.raises(DomainError, match="roster/nothing_to_undo"):
        household_import.undo(tree.db, imported, tree.person("路人"), now=MORNING)
    with pytest.raises(DomainError, match="roster/too_late_to_undo"):
        household_import.undo(tree.db, imported, secretary, now=MORNING + timedelta(hours=25))


def test_an_import_stands_once_a_household_was_visited_or_changed(
    tree: Tree, chen: Person, secretary: Person, imported: int
) -> None:
    added = tree.db.execute(select(Household).where(col(Household.holder) == "潘炳权")).scalar_one()
    walking.log(tree.db, added.id or 0, "look", by=chen, now=MORNING)

    with pytest.raises(DomainError, match="roster/changed_since"):
        household_import.undo(tree.db, imported, secretary, now=MORNING)
