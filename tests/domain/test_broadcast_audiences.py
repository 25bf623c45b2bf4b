"""Audiences: from words to a filter and back, and the people it finds."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.domain import access, units
from bot.domain.broadcasts import looking, understanding
from bot.domain.broadcasts.audiences import Audience, Whom, everybody, years_before
from bot.domain.persons import people
from bot.errors import DomainError
from content import audience as spoken
from content.audience import Missing
from db.models import Broadcast, Member, MemberKind, Person, Recipient, RecipientState, Role, Unit, UnitKind
from tests.kit.branch import enter
from tests.kit.post import target
from tests.kit.talk import MORNING

TODAY = date(2026, 11, 23)
NAMES = ("番村", "潘一支部", "潘二支部", "石湾镇街道")


@pytest.mark.parametrize(
    ("text", "names", "kinds", "ages", "bound"),
    [
        ("潘一支部", ["潘一支部"], [], None, None),
        ("番村潘一党支部", ["潘一支部", "番村"], [], None, None),
        ("番村60岁以上 未绑定", ["番村"], [], (60, 150), False),
        ("番村六十岁以上的党员", ["番村"], ["member"], (60, 150), None),
        ("潘一支部、潘二支部 18到35岁", ["潘一支部", "潘二支部"], [], (18, 35), None),
        ("番村 18-35周岁 已绑定", ["番村"], [], (18, 35), True),
        ("番村不满18岁", ["番村"], [], (0, 17), None),
        ("番村35岁以下", ["番村"], [], (0, 35), None),
        ("番村老人", ["番村"], [], (60, 150), None),
        ("番村群众和志愿者", ["番村"], ["volunteer", "villager"], None, None),
        ("全体党员", [], ["member"], None, None),
        ("所有支部书记", [], ["secretary"], None, None),
        ("番村預備黨員", ["番村"], ["probationary"], None, None),
    ],
)
def test_what_is_said_is_taken_apart(
    text: str, names: list[str], kinds: list[str], ages: tuple[int, int] | None, bound: object
) -> None:
    said = spoken.read(text, NAMES)

    assert (sorted(said.names), said.kinds, said.ages, said.is_bound, said.rest) == (
        sorted(names),
        kinds,
        ages,
        bound,
        [],
    )


def test_genders_and_what_is_missing_are_read() -> None:
    said = spoken.read("番村 女 没报名清理村道的 没交回执的", NAMES)

    assert (said.genders, said.missing, said.rest) == (["女"], [Missing.SIGNUP, Missing.RECEIPT], ["清理村道"])


def test_what_nobody_knows_is_left_over() -> None:
    assert spoken.read("番村和火星人", NAMES).rest == ["火星"]


@pytest.mark.parametrize(
    ("day", "years", "expected"),
    [
        (date(2026, 11, 23), 60, date(1966, 11, 23)),
        (date(2028, 2, 29), 1, date(2027, 2, 28)),
        (date(2028, 2, 29), 60, date(1968, 2, 29)),
    ],
)
def test_birthdays_are_counted_back_also_on_leap_days(day: date, years: int, expected: date) -> None:
    assert years_before(day, years) == expected


class Township:
    """A town with two villages, a branch in each, and people of several kinds."""

    def __init__(self, db: Session) -> None:
        self.db = db
        self.town = units.add(db, "石湾镇街道", UnitKind.COMMITTEE)
        self.fancun = units.add(db, "番村", UnitKind.VILLAGE, self.town)
        self.pan1 = units.add(db, "番村潘一支部", UnitKind.BRANCH, self.fancun)
        self.pan2 = units.add(db, "番村潘二支部", UnitKind.BRANCH, self.fancun)
        self.shencun = units.add(db, "深村", UnitKind.VILLAGE, self.town)
        self.secretary = self.member("书记", self.pan1, born=date(1980, 1, 1))
        access.grant(db, self.secretary, Role.SECRETARY, self.fancun)
        self.elder = self.member("陈伯", self.pan1, born=date(1950, 5, 5), gender="男")
        self.young = self.member("小李", self.pan2, born=date(2000, 5, 5), gender="女")
        self.volunteer = self.member("义工王", self.pan2, kind=MemberKind.VOLUNTEER)
        self.villager = self.person("街坊", self.fancun)
        self.stranger = self.person("外村人", self.shencun)

    def person(self, name: str, unit: Unit) -> Person:
        made = Person(created_at=MORNING)
        self.db.add(made)
        self.db.flush()
        people.set_name(made, name)
        made.unit_id = unit.id
        return made

    def member(
        self,
        name: str,
        unit: Unit,
        *,
        kind: MemberKind = MemberKind.PARTY_MEMBER,
        born: date | None = None,
        gender: str = "",
    ) -> Person:
        made = Person(created_at=MORNING)
        self.db.add(made)
        self.db.flush()
        line: Member = enter(self.db, made, unit, name, kind=kind)
        line.born_on, line.gender = born, gender
        self.db.flush()
        return made

    def found(self, text: str) -> list[str]:
        audience = understanding.read(self.db, text, by=self.secretary, now=MORNING)
        ids = everybody(self.db, audience, today=TODAY)
        return sorted(self.db.get_one(Person, one).name for one in self.db.execute(select(ids.c[0])).scalars())

    def words(self, text: str) -> str:
        return understanding.in_words(self.db, understanding.read(self.db, text, by=self.secretary, now=MORNING))


@pytest.fixture
def town(db: Session) -> Township:
    return Township(db)


@pytest.mark.parametrize(
    ("text", "names", "words"),
    [
        ("番村", ["义工王", "书记", "小李", "街坊", "陈伯"], "番村"),
        ("潘一支部", ["书记", "陈伯"], "番村潘一支部"),
        ("潘以支部", ["书记", "陈伯"], "番村潘一支部"),
        ("番村潘1支部", ["书记", "陈伯"], "番村潘一支部"),
        ("番村党员", ["书记", "小李", "陈伯"], "番村 党员"),
        ("番村群众", ["义工王", "街坊"], "番村 群众"),
        ("番村志愿者", ["义工王"], "番村 志愿者"),
        ("番村60岁以上", ["陈伯"], "番村 60岁以上"),
        ("番村18到35岁女党员", ["小李"], "番村 18到35岁 女 党员"),
        ("番村支部书记", ["书记"], "番村 书记"),
        ("番村未绑定", ["义工王", "书记", "小李", "街坊", "陈伯"], "番村 未绑定"),
        ("潘一支部和潘二支部", ["义工王", "书记", "小李", "陈伯"], "番村潘一支部、番村潘二支部"),
        ("全体党员", ["书记", "小李", "陈伯"], "番村 党员"),
    ],
)
def test_words_find_people_and_are_said_back(town: Township, text: str, names: list[str], words: str) -> None:
    assert (town.found(text), town.words(text)) == (sorted(names), words)


@pytest.mark.parametrize(
    ("text", "template", "values"),
    [
        ("深村", "broadcasts/not_your_unit", {"unit": "深村"}),
        ("番村的火星人", "broadcasts/unknown_word", {"word": "火星"}),
        ("番村没交回执的", "broadcasts/nothing_of_that_kind", {"what": "no_receipt"}),
    ],
)
def test_what_cannot_be_meant_is_named(town: Township, text: str, template: str, values: dict[str, Any]) -> None:
    with pytest.raises(DomainError) as refused:
        town.found(text)

    assert (refused.value.template, refused.value.values) == (template, values)


def test_who_keeps_nothing_writes_to_nobody(town: Township) -> None:
    with pytest.raises(DomainError, match="access/not_yours"):
        understanding.read(town.db, "番村", by=town.villager, now=MORNING)


def test_a_filter_is_plain_data_and_comes_back_as_it_was() -> None:
    audience = Audience(units=(3,), kinds=(Whom.MEMBER,), ages=(60, 150), missing=((Missing.RECEIPT, 7),))

    assert Audience.model_validate(audience.as_data()) == audience


def test_a_look_counts_each_person_once_and_names_a_few(town: Township) -> None:
    for chat in ("phone", "web"):
        people.attach(town.db, town.elder, target(chat), now=MORNING)
    for person, chat in ((town.elder, "old"), (town.young, "gone")):
        people.attach(town.db, person, target(chat), now=MORNING)
        people.lose_touch(town.db, target(chat), "Blocked")
    audience = understanding.read(town.db, "番村", by=town.secretary, now=MORNING)

    found = looking.look(town.db, audience, now=MORNING)

    assert (found.people, found.reachable, found.unbound, found.lost) == (5, 1, 3, 1)
    assert [one.name for one in found.names] == ["书记", "陈伯", "小李", "义工王", "街坊"]
    assert looking.by_channel(town.db, audience, now=MORNING) == {"test": 1}


def test_whose_proxy_said_that_they_got_it_is_not_asked_again(town: Township) -> None:
    about = {"text": "停水", "audience": {}, "audience_words": "", "created_at": MORNING, "wants_receipts": True}
    sent = Broadcast(unit_id=town.fancun.id or 0, author_id=town.secretary.id or 0, **about)
    town.db.add(sent)
    town.db.flush()
    told = {"broadcast_id": sent.id or 0, "state": RecipientState.SENT}
    for person in (town.elder, town.young):
        town.db.add(Recipient(person_id=person.id or 0, **told))
    town.db.add(Recipient(person_id=town.stranger.id or 0, for_id=town.elder.id, received_at=MORNING, **told))
    town.db.flush()
    audience = Audience(units=(town.fancun.id or 0,), missing=((Missing.RECEIPT, sent.id or 0),))

    ids = everybody(town.db, audience, today=TODAY)

    assert list(town.db.execute(select(ids.c[0])).scalars()) == [town.young.id]
