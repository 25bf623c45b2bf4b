"""A code from the secretary: it binds whoever shows it first, within a week, and nobody else."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlmodel import col

from bot.domain import codes, units
from bot.domain.library import Shelf
from bot.domain.persons import links
from db.models import Code, CodePurpose, Person, UnitKind
from db.sql import Database
from tests.handlers.conftest import TOWN, Neighbour, Village, unit_named
from tests.kit.activities import published
from tests.kit.databases import HOUSE
from tests.kit.roster import listed
from tests.kit.talk import MORNING, Heard, Talk, World

BRANCH = "番村潘一支部"


@pytest.fixture
def member(village: Village) -> Person:
    def found(db: Session) -> Person:
        branch = units.add(db, BRANCH, UnitKind.BRANCH, unit_named(db, "番村"))
        return listed(db, branch, "陈大文", "13800132236")

    person: Person = village.world.run(found)
    return person


@pytest.fixture
def keeper(village: Village, member: Person) -> Neighbour:
    """The secretary of the branch, once its roster is there."""
    assert member.id
    return village.cadre("keeper", BRANCH)


def code_in(heard: Heard) -> str:
    """The code as the secretary reads it."""
    return heard.text.splitlines()[0].partition("：")[2]


def test_a_code_binds_whoever_shows_it(keeper: Neighbour, li: Neighbour) -> None:
    invitation = keeper.says("邀请 陈大文")
    assert invitation.text.splitlines()[1] == "只能用一次，11月30日 周一前有效。请只发给本人。"

    assert li.says(f"邀请码 {code_in(invitation)}") == "identity/consent"
    bound = li.says("1")

    assert bound.text.splitlines()[0] == f"绑定好了：陈大文，{BRANCH}。"


def test_a_code_may_be_typed_in_small_letters_when_it_is_asked_for(keeper: Neighbour, li: Neighbour) -> None:
    code = code_in(keeper.says("邀请", "陈大文"))

    assert li.says("我有邀请码") == "identity/which_code"
    assert li.says(code.lower().replace("-", " "), "1") == "identity/bound"


def test_a_code_works_once(keeper: Neighbour, li: Neighbour, wang: Neighbour) -> None:
    code = code_in(keeper.says("邀请 陈大文"))
    assert li.says(f"邀请码 {code}", "1") == "identity/bound"

    assert wang.says(f"邀请码 {code}", "1") == "identity/no_such_code"


@pytest.mark.parametrize("days", [7, 30])
def test_a_code_expires_after_a_week(village: Village, keeper: Neighbour, li: Neighbour, days: int) -> None:
    code = code_in(keeper.says("邀请 陈大文"))
    village.world.clock.turn(timedelta(days=days))

    assert li.says(f"邀请码 {code}", "1") == "identity/no_such_code"


def test_an_altered_code_is_one_sentence_and_counts_as_a_try(keeper: Neighbour, li: Neighbour) -> None:
    code = code_in(keeper.says("邀请 陈大文"))
    altered = ("A" if code[0] != "A" else "B") + code[1:]
    assert li.says(f"邀请码 {altered}", "1").text == "这个码不对，或者过期、用过了。请找书记再要一个。"
    for _ in range(4):
        assert li.says(f"邀请码 {altered}") == "identity/no_such_code"

    assert li.says(f"邀请码 {code}") == "identity/too_many_tries"


def test_a_newer_code_replaces_the_older_one(keeper: Neighbour, li: Neighbour) -> None:
    first, second = (code_in(keeper.says("邀请 陈大文")) for _ in range(2))

    assert li.says(f"邀请码 {first}", "1") == "identity/no_such_code"
    assert li.says(f"邀请码 {second}") == "identity/bound"


def test_a_code_of_another_kind_binds_nobody(village: Village, keeper: Neighbour, li: Neighbour) -> None:
    assert keeper.says("待核对") == "identity/nothing_waits"
    code = village.world.run(lambda db: codes.make(db, CodePurpose.POSTER, 1, now=village.world.clock.now()))

    assert li.says(f"邀请码 {code}", "1") == "identity/no_such_code"


def test_the_links_lead_to_where_the_bot_can_be_reached(village: Village, keeper: Neighbour) -> None:
    assert keeper.says("邀请 陈大文").text.count("http") == 0
    village.world.run(lambda db: links.know_bot(db, "OldName"))
    village.world.run(lambda db: links.know_bot(db, "HongyanBot"))

    invitation = keeper.says("邀请 陈大文")

    plain = code_in(invitation).replace("-", "")
    assert invitation.text.splitlines()[2:] == [f"https://t.me/HongyanBot?start={plain}"]


@pytest.fixture
def there(village: Village, keeper: Neighbour) -> Iterator[Talk]:
    """The secretary, where there is a service account of WeChat's."""
    house = replace(HOUSE, shelf=Shelf(), wechat_account="wx1")
    with closing(Database(village.world.database.url, info={"house": house})) as database:
        yield Talk(World(database, clock=village.world.clock), keeper.name)


def code_shown(village: Village) -> str:
    """The code on the picture made last."""

    def shown(db: Session) -> str:
        made = select(Code).order_by(col(Code.id).desc()).limit(1)
        return HOUSE.keys.open(db.execute(made).scalar_one().sealed)

    return village.world.run(shown)


def test_where_there_is_a_service_account_a_picture_to_scan_goes_along(keeper: Neighbour, there: Talk) -> None:
    without, heard = keeper.says("邀请 陈大文"), there.says("邀请 陈大文")

    [picture] = heard.message.attachments
    assert (without.message.attachments, picture.kind, picture.name) == ((), "photo", "邀请码.png")
    assert heard.text.splitlines()[-1] == "人在跟前的，请他用微信扫下面的图，10分钟内有效。"
    assert heard.text.splitlines()[:-1] != without.text.splitlines()[:-1]


def test_what_is_scanned_from_a_screen_works_for_ten_minutes_and_what_is_told_for_a_week(
    village: Village, there: Talk, li: Neighbour, wang: Neighbour
) -> None:
    told, shown = code_in(there.says("邀请 陈大文")), code_shown(village)
    village.world.clock.turn(timedelta(minutes=10))

    late = li.says(f"/start {shown}")
    village.world.clock.turn(timedelta(days=6))

    assert (late, wang.says(f"/start {told}", "1")) == ("codes/wrong", "identity/bound")


@pytest.mark.parametrize("first", [0, 1])
def test_of_the_code_that_is_told_and_that_which_is_shown_one_works(
    village: Village, there: Talk, li: Neighbour, wang: Neighbour, first: int
) -> None:
    both = code_in(there.says("邀请 陈大文")), code_shown(village)

    bound, other = li.says(f"/start {both[first]}", "1"), wang.says(f"/start {both[1 - first]}")

    assert (bound, other) == ("identity/bound", "codes/wrong")


def test_a_secretary_invites_nobody_of_another_branch(village: Village, member: Person) -> None:
    assert member.id

    assert village.cadre("other", "深村").says("邀请 陈大文") == "identity/nobody_so_named"


def test_whoever_guesses_codes_is_stopped_after_a_few_and_a_good_one_helps_no_more(
    village: Village, member: Person, li: Neighbour, wang: Neighbour
) -> None:
    code = village.world.run(
        lambda db: codes.make(db, CodePurpose.INVITE, member.id or 0, now=village.world.clock.now())
    )
    for number in "23456":
        assert li.says(f"/start {number * 8}") == "codes/wrong"

    assert li.says(f"/start {number * 8}") == "identity/too_many_tries"
    assert li.says(f"/start {code}") == "identity/too_many_tries"
    assert wang.says(f"/start {code}") == "identity/consent"


def test_who_mistyped_their_name_may_still_scan_the_code_at_a_venue(
    village: Village, keeper: Neighbour, li: Neighbour
) -> None:
    del keeper
    village.world.run(
        lambda db: codes.make(db, CodePurpose.POSTER, published(db, unit_named(db, TOWN)).id or 0, now=MORNING)
    )
    code = village.world.run(lambda db: codes.standing(db, CodePurpose.POSTER, 1, now=MORNING))
    li.says("绑定", "1", "没有的人", "0000")
    for _ in range(4):
        li.says("绑定", "没有的人", "0000")
    assert li.says("绑定") == "identity/too_many_tries"

    assert li.says(f"/start {code}") == "volunteering/activity"
