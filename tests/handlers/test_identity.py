"""Who one is: found by name and digits, never guessed, bound, joined by another account, helped by a secretary."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import units
from content.words import label
from db.models import BindingTry, Consent, MemberState, Petition, UnitKind
from tests.handlers.conftest import Neighbour, Village, unit_named
from tests.kit.roster import listed

BRANCH = "番村潘一支部"
OTHER_BRANCH = "番村潘二支部"


@dataclass(frozen=True)
class Branches:
    """Two branches of 番村 with their roster, and the secretary who keeps it."""

    village: Village
    secretary: Neighbour

    def bound_to(self, talker: Neighbour) -> str:
        """The name of whom an account speaks for, empty while it is nobody's."""
        return self.village.world.run(lambda db: talker.record(db).name)

    def tries(self) -> list[bool]:
        """Every try to bind, and whether it found somebody."""
        rows = select(col(BindingTry.found_id)).order_by(col(BindingTry.id))
        return self.village.world.run(lambda db: [one is not None for one in db.execute(rows).scalars()])

    def wait(self, span: timedelta) -> None:
        self.village.world.clock.turn(span)


@pytest.fixture
def branches(village: Village) -> Branches:
    secretary = village.cadre("secretary", "番村")

    def found(db: Session) -> None:
        fancun = unit_named(db, "番村")
        first = units.add(db, BRANCH, UnitKind.BRANCH, fancun)
        second = units.add(db, OTHER_BRANCH, UnitKind.BRANCH, fancun)
        listed(db, first, "陈大文", "13800132236")
        listed(db, first, "李明", "13900131111")
        listed(db, second, "李明", "13700131111")
        listed(db, first, "阿依古丽·买买提", "13600134444")
        listed(db, second, "欧阳 小红", "13500135555")

    village.world.run(found)
    return Branches(village, secretary)


def bind(talker: Neighbour, name: str = "陈大文", digits: str = "2236") -> Neighbour:
    """Bind an account that has never been bound."""
    assert talker.says("绑定", "1", name, digits, "1") == "identity/bound"
    return talker


@pytest.mark.parametrize("beginning", ["我是党员", "绑定", "登记"])
def test_a_member_is_found_by_name_and_last_four_digits(branches: Branches, li: Neighbour, beginning: str) -> None:
    assert li.says(beginning) == "identity/consent"
    assert li.says("同意") == "identity/your_name"
    assert li.says("陈大文") == "identity/last_four"
    found = li.says("2236")
    assert (found, found.text) == ("identity/is_it_you", f"找到了：陈大文，{BRANCH}。\n是您吗？")

    bound = li.says("1")

    assert (bound, bound.text.splitlines()[0]) == ("identity/bound", f"绑定好了：陈大文，{BRANCH}。")
    assert branches.bound_to(li) == "陈大文"
    assert li.says("我是谁") == "identity/you_are"


def test_consent_is_asked_for_once_and_kept_with_its_version(branches: Branches, li: Neighbour) -> None:
    assert li.says("绑定", "1", "陈大文", "1234") == "identity/no_match"

    assert li.says("绑定") == "identity/your_name"

    kept = select(col(Consent.version))
    assert branches.village.world.run(lambda db: list(db.execute(kept).scalars())) == ["2026-1"]


def test_without_consent_nothing_is_asked_or_kept(branches: Branches, li: Neighbour) -> None:
    assert li.says("绑定", "2") == "identity/not_agreed"

    count = select(func.count()).select_from(Consent)
    assert branches.village.world.run(lambda db: db.execute(count).scalar_one()) == 0
    assert branches.tries() == []


@pytest.mark.parametrize(
    ("name", "digits"),
    [
        ("陳大文", "2236"),
        (" 陈 大 文 ", "２２３６"),
        ("陈大文", "13800132236"),
        ("陈大文", "+86 138 0013 2236"),
        ("陈大文", "二二三六"),
        ("阿依古丽·买买提", "4444"),
        ("阿依古丽买买提", "4444"),
        ("阿依古丽•买买提", "4444"),
        ("欧阳小红", "5555"),
    ],
)
def test_names_and_digits_are_read_however_they_are_written(
    branches: Branches, li: Neighbour, name: str, digits: str
) -> None:
    assert li.says("绑定", "1", name, digits) == "identity/is_it_you"
    assert branches.tries() == [True]


@pytest.mark.parametrize(
    ("name", "digits"), [("陈大文", "2237"), ("陈小文", "2236"), ("王某某", "0000")], ids=["digits", "name", "nobody"]
)
def test_whatever_does_not_fit_is_answered_in_the_same_words(
    branches: Branches, li: Neighbour, name: str, digits: str
) -> None:
    heard = li.says("绑定", "1", name, digits)

    assert heard.text == "没有对上。请看看姓名和手机号后四位有没有打错。"
    assert heard.labels == [label("try_again"), label("ask_secretary")]
    assert branches.tries() == [False]


@pytest.mark.usefixtures("branches")
def test_two_of_one_name_and_digits_are_asked_for_their_branch(li: Neighbour) -> None:
    heard = li.says("绑定", "1", "李明", "1111")
    assert (heard, heard.labels) == ("identity/which_branch", [BRANCH, OTHER_BRANCH, label("none_of_these")])

    assert li.says("2").text.splitlines()[0] == f"绑定好了：李明，{OTHER_BRANCH}。"


def test_none_of_the_branches_binds_nothing(branches: Branches, li: Neighbour) -> None:
    assert li.says("绑定", "1", "李明", "1111", "0") == "identity/not_bound"
    assert branches.bound_to(li) == ""


def test_somebody_else_who_was_found_is_not_bound(branches: Branches, li: Neighbour) -> None:
    assert li.says("绑定", "1", "陈大文", "2236", "2") == "identity/not_bound"
    assert branches.bound_to(li) == ""


def test_a_yes_that_comes_too_late_does_not_bind(branches: Branches, li: Neighbour) -> None:
    heard = li.says("绑定", "1", "陈大文", "2236")
    branches.wait(timedelta(hours=1))

    assert li.presses(heard, label("it_is_me")) == "identity/found_too_long_ago"
    assert branches.bound_to(li) == ""


def test_after_three_misses_the_secretary_is_asked_and_can_bind(branches: Branches, li: Neighbour) -> None:
    li.says("绑定", "1", "陈大文", "0001")
    li.says("1", "陈大文", "0002")
    asked = li.says("1", "陈大文", "0003")
    assert (asked, asked.text) == (
        "identity/secretary_asked",
        "没对上也不要紧。\n已请支部书记帮您核对，有结果马上告诉您。",
    )

    [notice] = branches.secretary.hears()
    assert notice.text == "【核对身份】有人说自己是陈大文，手机尾号0003，没对上名册。\n是您这里的党员吗？"
    sure = branches.secretary.says("1")
    assert (sure, sure.text) == ("identity/vouch_sure", f"把这个账号绑定给：\n陈大文 {BRANCH} 138****2236\n对吗？")
    assert branches.secretary.says("是") == "identity/vouched_for"

    assert li.hears() == ["identity/vouched"]
    assert branches.bound_to(li) == "陈大文"


def test_whoever_mistyped_their_name_asks_again_under_the_right_one(branches: Branches, li: Neighbour) -> None:
    li.says("绑定", "1", "陈大闻", "2236", "2")
    li.says("绑定", "陈大文", "0001", "2")
    li.says("绑定", "陈大文", "0001", "2")

    first, second = (heard.text.splitlines()[0] for heard in branches.secretary.hears())
    assert first == "【核对身份】有人说自己是陈大闻，手机尾号2236，没对上名册。"
    assert second == "【核对身份】有人说自己是陈大文，手机尾号0001，没对上名册。"
    assert branches.secretary.says("待核对", "2", "1", "是") == "identity/vouched_for"
    assert branches.secretary.says("待核对") == "identity/nothing_waits"


def test_the_secretary_may_pick_another_name_or_say_no(branches: Branches, li: Neighbour, wang: Neighbour) -> None:
    li.says("绑定", "1", "陈文", "2236", "2")
    wang.says("绑定", "1", "陈伟", "2236", "2")
    branches.secretary.hears()

    assert branches.secretary.says("待核对").labels == ["核对身份 陈文", "核对身份 陈伟"]
    assert branches.secretary.says("1", "1") == "identity/vouch_name"
    assert branches.secretary.says("陈大文", "1") == "identity/vouched_for"
    assert branches.secretary.says("待核对", "1", "2") == "identity/why_not"
    assert branches.secretary.says("1") == "identity/refused_told"

    assert li.hears() == ["identity/vouched"]
    assert [heard.text.splitlines()[1] for heard in wang.hears()] == ["原因：不是我们支部的"]
    assert branches.secretary.says("待核对") == "identity/nothing_waits"


def test_what_one_secretary_decided_the_other_cannot_decide_again(
    branches: Branches, village: Village, li: Neighbour
) -> None:
    other = village.cadre("second", "番村")
    li.says("绑定", "1", "陈大文", "0001", "2")
    branches.secretary.hears()
    [notice] = other.hears()
    branches.secretary.says("1", "1")

    assert other.presses(notice, label("it_is_them")) == "identity/decided_already"


@pytest.mark.usefixtures("branches")
def test_nobody_but_the_keeper_of_a_roster_sees_or_decides(village: Village, wang: Neighbour) -> None:
    elsewhere = village.cadre("elsewhere", "深村")

    assert wang.says("待核对") == "access/not_yours"
    assert elsewhere.says("邀请 陈大文") == "identity/nobody_so_named"
    assert wang.says("邀请 陈大文") == "access/not_yours"
    assert wang.says("邀请") == "access/not_yours"


def test_five_tries_a_day_are_enough_for_one_account(branches: Branches, li: Neighbour) -> None:
    li.says("绑定", "1", "陈大文", "0000")
    for number in range(1, 5):
        li.says("绑定", "陈大文", f"000{number}")

    assert li.says("绑定") == "identity/too_many_tries"
    assert branches.tries() == [False] * 5
    branches.wait(timedelta(hours=25))
    assert li.says("绑定", "陈大文", "2236") == "identity/is_it_you"


def test_several_accounts_together_cannot_guess_one_person(branches: Branches, village: Village) -> None:
    for number in range(10):
        village.person(f"guesser{number}").says("绑定", "1", "陈大文", f"{number:04}")

    late = village.person("late")

    assert late.says("绑定", "1", "陈大文", "2236") == "identity/no_match"
    assert branches.tries().count(True) == 0


def test_many_cries_for_help_do_not_drown_the_secretary(branches: Branches, village: Village) -> None:
    for number in range(25):
        village.person(f"crier{number}").says("绑定", "1", "陈大文", "0000", "2")

    assert len(branches.secretary.hears()) == 20
    heard = branches.secretary.says("待核对")
    assert heard.text == "等您核对的有25件，最早的："


def test_where_nobody_keeps_a_roster_it_is_said(li: Neighbour) -> None:
    li.says("绑定", "1", "陈大文", "0001")

    assert li.says("2") == "identity/nobody_to_ask"


@pytest.mark.parametrize("card", ["440104195001011234", "44010419500101123X", "440104 19500101 123X"])
@pytest.mark.parametrize("said_before", [["1"], ["1", "陈大文"]], ids=["name", "digits"])
def test_a_card_number_is_refused_and_not_stored(
    branches: Branches, li: Neighbour, said_before: list[str], card: str
) -> None:
    li.says("绑定", *said_before)

    heard = li.says(card)

    assert heard == "identity/no_card_numbers"
    assert card not in str(branches.village.world.run(lambda db: db.execute(select(Petition)).all()))
    assert branches.village.question_log() == []


def test_a_new_account_joins_and_both_are_told(branches: Branches, li: Neighbour, wang: Neighbour) -> None:
    bind(li)

    bind(wang)

    [told] = li.hears()
    assert (told, told.labels) == ("identity/joined_elsewhere", [label("not_mine")])
    assert (branches.bound_to(li), branches.bound_to(wang)) == ("陈大文", "陈大文")
    assert wang.says("我的账号").text.splitlines()[0] == "您绑定了2个账号。"


def test_an_account_that_is_not_mine_is_thrown_out(branches: Branches, li: Neighbour, wang: Neighbour) -> None:
    bind(li)
    bind(wang)
    [told] = li.hears()

    assert li.presses(told, label("not_mine")) == "identity/not_mine_done"

    assert (branches.bound_to(li), branches.bound_to(wang)) == ("陈大文", "")
    assert wang.hears() == ["identity/thrown_out"]
    assert branches.secretary.hears() == ["identity/alarm"]
    assert li.presses(told, label("not_mine")) == "identity/not_your_address"


def test_unbinding_leaves_an_account_nobodys_and_it_can_bind_again(branches: Branches, li: Neighbour) -> None:
    bind(li)
    assert li.says("绑定") == "identity/bound_already"

    assert li.says("解绑", "1") == "identity/unbound"

    assert branches.bound_to(li) == ""
    assert li.says("我是谁") == "identity/nobody_yet"
    assert li.says("绑定", "1", "陈大文", "2236", "1") == "identity/bound"


def test_one_of_several_accounts_is_unbound_from_the_other(branches: Branches, li: Neighbour, wang: Neighbour) -> None:
    bind(li)
    bind(wang)
    li.hears()
    heard = wang.says("我的设备")

    wang.presses(heard, next(one for one in heard.labels if label("this_one") not in one))
    assert wang.says("1") == "identity/unbound"

    assert (branches.bound_to(li), branches.bound_to(wang)) == ("", "陈大文")


@pytest.mark.usefixtures("branches")
def test_in_a_group_nobody_is_asked_for_a_name(li: Neighbour) -> None:
    assert li.sends(li.inbound("绑定", is_group=True)) == "identity/only_alone"
    assert li.sends(li.inbound("我的账号", is_group=True)) == "identity/only_alone"


def test_a_pending_or_former_member_is_not_found(branches: Branches, li: Neighbour) -> None:

    branches.village.world.run(
        lambda db: listed(db, unit_named(db, BRANCH), "何待定", "13811110001", state=MemberState.PENDING)
    )
    branches.village.world.run(
        lambda db: listed(db, unit_named(db, BRANCH), "何离开", "13811110002", state=MemberState.LEFT)
    )

    assert li.says("绑定", "1", "何待定", "0001") == "identity/no_match"
    assert li.says("1", "何离开", "0002") == "identity/no_match"


@pytest.mark.usefixtures("branches")
def test_who_was_not_found_may_say_the_name_again_at_once(li: Neighbour) -> None:
    assert li.says("绑定", "1", "陈大文", "1111") == "identity/no_match"

    assert li.says("陈大文") == "identity/last_four"
