"""Roles given and taken by chat, within one's subtree and never above oneself; the help shows what they allow."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import granting
from bot.domain.persons import people
from bot.errors import DomainError
from db.models import AuditLine, Grant, Person, Role, Unit
from tests.handlers.conftest import TOWN, Neighbour, Village


@pytest.fixture
def ming(village: Village) -> Neighbour:
    """Somebody of 番村 without a role."""
    ming = village.person("ming")
    village.call(ming, "李明")
    village.settle(ming, "番村")
    return ming


def roles(village: Village) -> list[tuple[str, Role, str]]:
    """Every role: whose chat, which, where."""
    held = select(Person, Grant.role, Unit.name).join(Grant, col(Grant.person_id) == col(Person.id))
    both = held.join(Unit, col(Unit.id) == col(Grant.unit_id)).order_by(col(Grant.id))
    return village.world.run(lambda db: [(one.name, role, unit) for one, role, unit in db.execute(both)])


def audit(village: Village) -> list[tuple[str, str]]:
    lines = select(AuditLine.act, AuditLine.subject).where(col(AuditLine.act).startswith("granting."))
    return village.world.run(
        lambda db: [(act, subject) for act, subject in db.execute(lines.order_by(col(AuditLine.id)))]
    )


def test_a_role_is_given_looked_at_first_and_both_hear(village: Village, secretary: Neighbour, ming: Neighbour) -> None:
    village.call(secretary, "潘志明")

    shown = secretary.says("授权 李明")
    assert (shown, shown.labels) == ("granting/which_role", ["书记", "干部", "条目编辑", "网格员"])
    assert secretary.says("2") == "granting/sure"
    assert secretary.says("是") == "granting/given"

    assert [heard.text for heard in ming.hears()] == ["潘志明请您担任番村的干部。发“帮助”看能办什么。"]
    assert roles(village)[1:] == [("李明", Role.CADRE, "番村")]
    [(act, subject)] = audit(village)
    assert (act, subject.split()[1:]) == ("granting.give", ["cadre", "番村"])


def test_a_role_is_taken_and_both_hear(village: Village, secretary: Neighbour, ming: Neighbour) -> None:
    secretary.says("授权 李明", "2", "是")
    ming.hears()

    shown = secretary.says("撤权 李明")
    assert (shown, shown.labels) == ("granting/which_to_take", ["番村 干部"])
    assert secretary.says("1", "是") == "granting/taken"

    assert ming.hears() == ["granting/taken_from_you"]
    assert [role for name, role, _ in roles(village) if name == "李明"] == []
    assert secretary.says("撤权 李明") == "granting/not_held"


def test_nothing_is_changed_by_a_no(village: Village, secretary: Neighbour, ming: Neighbour) -> None:
    assert secretary.says("授权 李明", "2", "不") == "granting/left"
    assert (len(roles(village)), ming.hears()) == (1, [])


def test_nobody_gives_what_is_above_them_or_elsewhere(village: Village, secretary: Neighbour, ming: Neighbour) -> None:
    director = village.cadre("director", TOWN, Role.ADMIN)
    village.settle(ming, "深村")

    assert secretary.says("授权 李明") == "granting/nobody_so_named"
    assert director.says("授权 李明").labels[:2] == [TOWN, "番村"]
    assert director.says("深村").labels[0] == "管理员"


@pytest.mark.parametrize("said", ["授权 李明", "撤权 李明", "授权", "交接 李明"])
def test_whoever_gives_no_roles_is_refused_before_anything_is_asked(li: Neighbour, said: str) -> None:
    assert li.says(said) == "access/not_yours"


def test_a_cadre_gives_no_roles(village: Village, ming: Neighbour) -> None:
    cadre = village.cadre("cadre", "番村", Role.CADRE)

    assert cadre.says("授权 李明") == "access/not_yours"
    assert ming.hears() == []


def test_the_last_admin_stays(village: Village) -> None:
    director = village.cadre("director", TOWN, Role.ADMIN)
    village.call(director, "何主任")

    assert director.says("撤权 何主任", "1", "是") == "granting/last_admin"
    assert roles(village) == [("何主任", Role.ADMIN, TOWN)]


def test_of_two_admins_who_take_each_others_role_one_stays(village: Village) -> None:
    for name in ("one", "two"):
        village.call(village.cadre(name, TOWN, Role.ADMIN), name)

    def take(name: str, other: str) -> str:
        def work(db: Session) -> str:
            by = db.execute(select(Person).where(col(Person.name) == name)).scalar_one()
            theirs = select(Grant).join(Person, col(Person.id) == col(Grant.person_id)).where(col(Person.name) == other)
            grant = db.execute(theirs).scalar_one()
            granting.take(db, grant.id or 0, by=by, now=village.world.clock.now())
            return "taken"

        try:
            return village.world.run(work)
        except DomainError as refusal:
            return refusal.template

    with ThreadPoolExecutor(2) as threads:
        outcomes = sorted(threads.map(take, ("one", "two"), ("two", "one")))

    assert (outcomes.count("taken"), len(roles(village))) == (1, 1)


def test_help_names_what_one_may_say_and_nothing_else(village: Village, li: Neighbour, secretary: Neighbour) -> None:
    editor = village.cadre("editor", TOWN, Role.EDITOR)

    shown = [person.says("帮助").text.splitlines()[3:] for person in (li, editor, secretary)]

    assert shown[:2] == [[], ["您还可以发：待审、新条目、改条目、到期条目、问法建议、后台。"]]
    assert [word in shown[2][0] for word in ("待办", "建活动", "授权", "到期条目")] == [True, True, True, False]


def test_a_role_for_a_unit_below_is_given_by_its_name(village: Village, ming: Neighbour) -> None:
    director = village.cadre("director", TOWN, Role.ADMIN)

    director.says("授权 李明", "番村", "书记", "是")

    assert roles(village)[1:] == [("李明", Role.SECRETARY, "番村")]
    assert ming.hears() == ["granting/given_to_you"]


def test_of_two_of_a_name_the_right_one_is_asked_for(village: Village, secretary: Neighbour, ming: Neighbour) -> None:
    other = village.person("other")
    village.call(other, "李明")
    village.settle(other, "番村")
    village.world.run(lambda db: people.set_mobile(db, other.record(db), "13822362236"))

    shown = secretary.says("授权 李明")

    assert (shown, shown.labels) == ("identity/which_one", ["李明 番村", "李明 番村 138****2236"])
    secretary.says("2", "网格员", "是")
    assert (ming.hears(), other.hears()) == ([], ["granting/given_to_you"])


def test_a_remark_behind_a_name_need_not_be_said(village: Village, secretary: Neighbour) -> None:
    village.call(village.cadre("ming", "番村", Role.CADRE), "李明（小）")

    assert secretary.says("分工 医保 李明").text == "记下了：番村的医保由李明（小）负责，有人问就转过去。"
    assert secretary.says("撤权 李明") == "granting/which_to_take"
