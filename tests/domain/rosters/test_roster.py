"""Who is the same person, what an import changes, and that nothing goes beyond what its keeper may touch."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import agenda, files, units
from bot.domain.duties import DUTIES
from bot.domain.files import IncomingFile
from bot.domain.outgoing.outbox import Target
from bot.domain.persons import people
from bot.domain.rosters import roster, roster_files, roster_undo
from bot.domain.rosters.roster_judging import Plan
from bot.domain.rosters.roster_reading import read_roster
from bot.errors import DomainError
from db.claims import table_of
from db.models import (
    FileKind,
    FileState,
    Grant,
    Member,
    MemberState,
    Person,
    Role,
    RosterChange,
    RosterImport,
    StoredFile,
    UnitKind,
)
from tests.domain.conftest import Tree
from tests.kit.databases import HOUSE
from tests.kit.spreadsheets import excel
from tests.kit.talk import MORNING

HEADER = ["姓名", "手机", "支部", "出生"]


@pytest.fixture
def second(db: Session, tree: Tree) -> None:
    units.add(db, "中共番村潘二支部委员会", UnitKind.BRANCH, tree.fancun)


def taken(db: Session, tmp_path: Path, *rows: Sequence[Any], header: Sequence[str] = HEADER, name: str = "a") -> Plan:
    path = excel(tmp_path / f"{name}.xlsx", [header, *rows])
    reading = read_roster(path, name=path.name, most=100, today=MORNING.date())
    return roster.take_in(db, reading, None, file_name=path.name, now=MORNING)


def did(plan: Plan) -> tuple[int, int, int, int]:
    return len(plan.added), len(plan.changed), plan.unchanged, plan.refused


def reasons(plan: Plan) -> list[str]:
    return [reason for _, reason in plan.problems()]


def standing(db: Session) -> list[tuple[str, str, int]]:
    listed = select(Person, Member).join(Member, col(Member.person_id) == col(Person.id)).order_by(col(Member.id))
    return [(one.name, people.mobile(db, one), member.unit_id) for one, member in db.execute(listed)]


def test_an_import_keeps_what_it_did(db: Session, tree: Tree, tmp_path: Path) -> None:
    taken(db, tmp_path, ["陈大文", 13822367712, "潘一支部", "1968.7"])

    [kept] = db.execute(select(RosterImport)).scalars()
    [change] = db.execute(select(RosterChange)).scalars()
    assert (kept.added, kept.changed, kept.unit_id, kept.actor_id) == (1, 0, tree.town.id, None)
    assert (change.before, change.after["name"], change.after["born_on"]) == (None, "陈大文", "1968-07-01")
    assert "13822367712" not in str(change.after)


def test_husband_and_wife_may_share_a_phone(db: Session, tree: Tree, tmp_path: Path) -> None:
    rows = [["陈大文", 13822367712, "潘一支部"], ["李小红", 13822367712, "潘一支部"]]

    assert did(taken(db, tmp_path, *rows)) == (2, 0, 0, 0)
    assert did(taken(db, tmp_path, *rows)) == (0, 0, 2, 0)
    assert [unit for *_, unit in standing(db)] == [tree.branch.id] * 2


@pytest.mark.usefixtures("tree")
def test_two_of_one_name_are_told_apart_by_their_phones(db: Session, tmp_path: Path) -> None:
    rows = [["陈大文", 13822367712, "潘一支部"], ["陈大文", 13822367713, "潘一支部"]]

    assert did(taken(db, tmp_path, *rows)) == (2, 0, 0, 0)
    assert did(taken(db, tmp_path, *rows)) == (0, 0, 2, 0)
    assert reasons(taken(db, tmp_path, ["陈大文", None, "潘一支部"])) == ["名册上这个支部有2位同名，请写上手机号"]
    assert reasons(taken(db, tmp_path, rows[0], ["陈大文", None, "潘一支部"])) == ["和第2行同名，请都写上手机号"]


@pytest.mark.usefixtures("tree")
def test_two_of_one_name_without_phones_are_told_apart_by_their_birthdays(db: Session, tmp_path: Path) -> None:
    rows = [["陈大文", None, "潘一支部", "1950.3"], ["陈大文", None, "潘一支部", "1968.7"]]

    assert did(taken(db, tmp_path, *rows)) == (2, 0, 0, 0)
    assert did(taken(db, tmp_path, *rows)) == (0, 0, 2, 0)


def test_a_new_phone_and_a_new_branch_are_changes_of_the_same_person(
    db: Session, tree: Tree, tmp_path: Path, second: None
) -> None:
    del second
    taken(db, tmp_path, ["陈大文", 13822367712, "潘一支部"])

    assert did(taken(db, tmp_path, ["陈大文", 13900000001, "番村潘一党支部"])) == (0, 1, 0, 0)
    assert did(taken(db, tmp_path, ["陈大文", 13900000001, "潘二支部"])) == (0, 1, 0, 0)
    [(name, phone, unit)] = standing(db)
    assert (name, phone, unit != tree.branch.id) == ("陈大文", "13900000001", True)


@pytest.mark.usefixtures("tree")
def test_what_a_file_does_not_say_stays_as_it_was(db: Session, tmp_path: Path) -> None:
    taken(db, tmp_path, ["陈大文", 13822367712, "潘一支部", "1968.7"])

    assert did(taken(db, tmp_path, ["陈大文", None, "潘一支部", None])) == (0, 0, 1, 0)
    assert did(taken(db, tmp_path, ["陈大文", "潘一支部"], header=["姓名", "支部"])) == (0, 0, 1, 0)


@pytest.mark.usefixtures("tree")
def test_whoever_left_stands_on_the_roster_again_when_a_file_names_them(db: Session, tmp_path: Path) -> None:
    taken(db, tmp_path, ["陈大文", 13822367712, "潘一支部"])
    [member] = db.execute(select(Member)).scalars()
    member.state = MemberState.LEFT
    db.flush()

    assert did(taken(db, tmp_path, ["陈大文", 13822367712, "潘一支部"])) == (0, 1, 0, 0)
    db.refresh(member)
    assert member.state is MemberState.ACTIVE


@pytest.mark.parametrize("name", ["番村潘一支部党员名册", "中共番村潘一支部委员会名册"])
def test_a_file_without_a_column_of_branches_is_of_the_one_it_is_named_after(
    db: Session, tree: Tree, tmp_path: Path, second: None, name: str
) -> None:
    del second
    plan = taken(db, tmp_path, ["陈大文", 13822367712], header=["姓名", "手机"], name=name)

    assert (did(plan), [unit for *_, unit in standing(db)]) == ((1, 0, 0, 0), [tree.branch.id])
    assert reasons(taken(db, tmp_path, ["李小红", None], header=["姓名", "手机"])) == ["支部空"]


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("潘1支部", "支部“潘1支部”没有，是“番村潘一支部”吗"),
        ("北京支队", "支部“北京支队”没有"),
    ],
)
def test_a_branch_that_is_none_is_told_with_the_one_probably_meant(
    db: Session, tmp_path: Path, written: str, said: str
) -> None:
    assert reasons(taken(db, tmp_path, ["陈大文", None, written])) == [said]


def test_whoever_keeps_no_roster_takes_nothing_in(db: Session, tree: Tree, tmp_path: Path) -> None:
    stranger = tree.person("stranger")
    path = excel(tmp_path / "a.xlsx", [HEADER, ["陈大文", None, "潘一支部"]])
    reading = read_roster(path, name="a.xlsx", most=9, today=MORNING.date())

    with pytest.raises(DomainError) as refused:
        roster.take_in(db, reading, stranger, file_name="a.xlsx", now=MORNING)

    assert refused.value.template == "access/not_yours"
    assert db.execute(select(func.count()).select_from(Member)).scalar_one() == 0


def test_a_file_is_dropped_a_day_after_it_was_looked_at(db: Session, tree: Tree) -> None:
    digest = HOUSE.store.keep(b"numbers of identity cards")
    sender = tree.person("sender")
    incoming = IncomingFile(FileKind.DOCUMENT, digest=digest, name="a.xlsx")
    ids = files.note(db, [incoming] * 2, person_id=sender.id, source=Target("test", "bot", "sender"), now=MORNING)
    for file_id in ids:
        file = roster_files.kept(db, file_id, sender)
        assert file is not None
        roster_files.keep_a_day(db, file, now=MORNING)
    assert agenda.take(db, now=MORNING + timedelta(hours=23)) is None

    is_here = []
    for _ in ids:
        item = agenda.take(db, now=MORNING + timedelta(hours=24))
        assert item is not None
        DUTIES[item.kind](db, item, MORNING)
        agenda.done(db, item, now=MORNING)
        is_here.append(HOUSE.store.path(digest).exists())

    assert is_here == [True, False]
    assert [db.get_one(StoredFile, one).state for one in ids] == [FileState.LOST] * 2


def test_who_keeps_the_roster_no_longer_takes_no_import_back(db: Session, tree: Tree, tmp_path: Path) -> None:
    keeper = tree.person("keeper", Role.SECRETARY, tree.branch)
    path = excel(tmp_path / "a.xlsx", [HEADER, ["陈大文", "13800132236", "番村潘一支部", ""]])
    reading = read_roster(path, name=path.name, most=100, today=MORNING.date())
    roster.take_in(db, reading, keeper, file_name=path.name, now=MORNING)
    db.execute(delete(table_of(Grant)))

    with pytest.raises(DomainError, match="access/not_yours"):
        roster_undo.last_import(db, keeper, now=MORNING)
    with pytest.raises(DomainError, match="access/not_yours"):
        roster_undo.undo(db, 1, keeper, now=MORNING)
