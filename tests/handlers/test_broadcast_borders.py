"""Where a broadcast could go wrong: groups, other branches, proxies, people who become one, and authority that ends."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlmodel import Session, col

from bot.domain import access
from bot.domain.broadcasts import missed
from bot.domain.broadcasts.progress import Progress, progress
from bot.domain.house import house_of
from bot.domain.persons import binding
from bot.errors import DomainError
from bot.papers import sheets
from bot.papers.press import Circumstances
from db.claims import table_of
from db.models import (
    Address,
    Broadcast,
    BroadcastState,
    Member,
    OutboxKind,
    OutboxRow,
    OutboxState,
    Person,
    Recipient,
    RecipientState,
    Role,
)
from tests.handlers.conftest import Neighbour, Village, unit_named
from tests.kit.branch import Branch
from tests.kit.talk import MORNING

WATER = "周五下午2点停水"
HEARD = f"【番村】{WATER}"


@dataclass
class Pan:
    """The branch 潘一支部 of 番村 with two members who can be reached, and the cadre of the village."""

    village: Village
    branch: Branch
    cadre: Neighbour
    members: list[Neighbour] = field(default_factory=list[Neighbour])

    def goes_on(self, seconds: float = 2) -> None:
        self.branch.turn_to(self.village.world.clock.now() + timedelta(seconds=seconds))

    def stands(self) -> Progress:
        return self.village.world.run(lambda db: progress(db, 1, self.village.world.clock.now()))

    def states(self) -> list[tuple[str, RecipientState]]:
        """What became of it for each person, by name."""
        rows = select(Person.name, Recipient.state).join(Recipient, col(Recipient.person_id) == col(Person.id))
        return self.village.world.run(lambda db: [tuple(row) for row in db.execute(rows.order_by(col(Person.id)))])

    def hear(self) -> list[list[str]]:
        """What each member hears now."""
        return [[one.text for one in member.hears()] for member in self.members]

    def decided(self) -> tuple[BroadcastState, int | None]:
        """Where it stands, and who agreed to it."""
        found = select(Broadcast.state, Broadcast.decided_by)
        return self.village.world.run(lambda db: tuple(db.execute(found).one()))

    def recounted(self) -> dict[RecipientState, int]:
        """How many ended how, counted anew from the rows."""
        ends = [state for _, state in self.states()]
        return {state: ends.count(state) for state in set(ends)}


@pytest.fixture
def pan(village: Village) -> Pan:
    branch = Branch.below(village.world, "番村")
    made = Pan(village, branch, village.cadre("cadre", "番村"))
    for name, chat in (("陈大文", "chen"), ("李小梅", "li")):
        member = village.person(chat)
        branch.member(member, name)
        made.members.append(member)
    return made


def test_in_a_group_nobody_is_named_who_is_meant(pan: Pan) -> None:
    heard = pan.cadre.sends(pan.cadre.inbound("通知 潘一支部", is_group=True))

    assert heard == "identity/only_alone"


def test_an_elder_who_heard_through_the_proxy_is_not_said_to_have_missed_it(pan: Pan) -> None:
    elder, daughter = pan.branch.stranger("陈伯"), pan.village.person("daughter")
    pan.branch.lets(daughter, elder)
    pan.cadre.says("通知", "潘一支部", WATER, "马上发")
    pan.goes_on()
    for one in (*pan.members, daughter):
        one.hears()
    pan.goes_on()
    pan.goes_on()

    [told] = pan.cadre.hears()
    assert (told.labels, "没收到" in told.text) == ([], False)


def test_the_file_of_those_to_be_called_holds_nobody_else(pan: Pan) -> None:
    elder, daughter = pan.branch.stranger("陈伯"), pan.village.person("daughter")
    pan.branch.lets(daughter, elder)
    pan.branch.stranger("何伯")
    pan.village.call(daughter, "外村女儿")
    pan.cadre.says("通知", "潘一支部", WATER, "马上发")
    pan.goes_on()
    rows = table_of(OutboxRow)
    failed = {"state": OutboxState.FAILED, "reason": "Blocked: gone", "ended_at": MORNING}
    hers = (rows.c.chat == "daughter", rows.c.kind == OutboxKind.BROADCAST)
    pan.village.world.run(lambda db: db.execute(update(rows).where(*hers).values(**failed)))
    pan.hear()
    pan.goes_on()

    press = Circumstances(pan.village.world.clock)
    listed = pan.village.world.run(lambda db: sheets.broadcast_calls(db, "1", press))
    assert [row["name"] for row in listed.rows] == ["陈伯", "何伯"]


def binds(pan: Pan, stranger: Neighbour, person_id: int) -> None:
    """Let an address turn out to be that of somebody on the roster."""

    def bind(db: Session) -> None:
        address = db.execute(select(Address).where(col(Address.external_id) == stranger.name)).scalar_one()
        binding.bind(db, address, person_id, by="code", now=pan.village.world.clock.now())

    pan.village.world.run(bind)


def lives_here(pan: Pan, name: str) -> Neighbour:
    """Somebody nobody knows, who has told that they live in the village."""
    stranger = pan.village.person(name)

    def settle(db: Session) -> None:
        row = stranger.record(db)
        row.unit_id = unit_named(db, "番村").id
        db.add(row)

    pan.village.world.run(settle)
    return stranger


@pytest.mark.parametrize("has_heard", [True, False], ids=["heard", "on its way"])
def test_who_becomes_somebody_on_the_roster_hears_it_once_and_is_not_called(pan: Pan, *, has_heard: bool) -> None:
    stranger, wang = lives_here(pan, "wang"), pan.branch.stranger("王芳")
    pan.cadre.says("通知", "番村", WATER, "马上发")
    pan.goes_on()
    heard = [stranger.hears()] if has_heard else []
    binds(pan, stranger, wang)
    pan.hear()
    pan.goes_on()
    heard.append(stranger.hears())
    pan.goes_on()
    pan.cadre.hears()
    pan.goes_on()

    assert [one.text for parts in heard for one in parts] == [HEARD]
    stands = pan.stands()
    assert (stands.state, stands.total, stands.sent, stands.unreachable) == (BroadcastState.FINISHED, 4, 4, 0)
    assert pan.recounted() == {RecipientState.SENT: 4}


def test_recalled_while_it_is_written_down_nobody_is_said_to_have_heard_it(pan: Pan) -> None:
    pan.cadre.says("通知", "潘一支部", WATER, "马上发")

    def many(db: Session) -> None:
        found = db.get_one(Broadcast, 1)
        found.people, found.state = 19_600, BroadcastState.SENDING
        db.add(found)

    pan.village.world.run(many)
    pan.cadre.says("撤回")
    pan.goes_on()
    pan.goes_on()

    [told] = pan.cadre.hears()
    assert told.text.splitlines()[1] == "已发0/19600，停下19600。"
    assert pan.stands().waiting == 0


def test_at_night_nothing_is_let_go_on(pan: Pan) -> None:
    pan.cadre.says("通知", "潘一支部", WATER, "马上发")
    pan.goes_on()
    pan.cadre.says("暂停发送")
    pan.branch.turn_to(datetime(2026, 11, 23, 14, 0, tzinfo=UTC))
    pan.cadre.says("继续发")

    assert pan.hear() == [[], []]
    pan.goes_on()
    pan.branch.turn_to(datetime(2026, 11, 23, 23, 30, 1, tzinfo=UTC))
    assert pan.hear() == [[HEARD], [HEARD]]


def test_what_has_grown_beyond_what_one_decides_alone_awaits_a_second_cadre(pan: Pan) -> None:
    deputy = pan.village.cadre("deputy", "番村", Role.CADRE)
    pan.cadre.says("通知", "潘一支部", WATER, "2 明早8点")
    alone = pan.village.world.run(lambda db: house_of(db).broadcasts_alone)
    grows(pan, alone)
    pan.branch.turn_to(datetime(2026, 11, 24, 0, 0, 2, tzinfo=UTC))

    assert pan.hear() == [[], []]
    assert pan.decided() == (BroadcastState.AWAITING_APPROVAL, None)
    [asked] = deputy.hears()
    deputy.presses(asked, "看一看")
    assert deputy.says("1") == "broadcasts/approved_by_you"
    pan.goes_on()
    assert pan.hear() == [[HEARD], [HEARD]]


def grows(pan: Pan, count: int) -> None:
    """Let so many more stand on the branch's roster."""

    def join(db: Session) -> None:
        persons = [Person(created_at=MORNING) for _ in range(count)]
        db.add_all(persons)
        db.flush()
        about = {"unit_id": pan.branch.unit_id, "created_at": MORNING, "changed_at": MORNING}
        db.add_all(Member(person_id=one.id or 0, **about) for one in persons)

    pan.village.world.run(join)


def test_a_broadcast_to_two_places_is_nobodys_who_works_for_one_of_them(pan: Pan) -> None:
    for place in ("深村", "石梁"):
        pan.village.world.run(
            lambda db, place=place: access.grant(db, pan.cadre.record(db), Role.CADRE, unit_named(db, place))
        )
    other = pan.village.cadre("other", "番村", Role.CADRE)
    lives = pan.village.person("far")
    pan.village.world.run(lambda db: far_away(db, lives))
    pan.cadre.says("通知", "番村、深村", WATER, "马上发")
    pan.goes_on()

    assert pan.cadre.says("进度") == "broadcasts/progress"
    assert other.says("进度") == "broadcasts/none_sent"
    with pytest.raises(DomainError, match="access/not_yours"):
        pan.village.world.run(lambda db: missed.with_numbers(db, 1, by=other.record(db), now=MORNING))


def far_away(db: Session, talk: Neighbour) -> None:
    row = talk.record(db)
    row.unit_id = unit_named(db, "深村").id
    db.add(row)


def test_a_word_nobody_knows_is_named_also_where_it_was_said_along_with_the_wish(secretary: Neighbour) -> None:
    heard = secretary.says("通知 火星支部")

    assert heard.text.splitlines() == [
        "没看懂“火星支部”。请写支部或村名，可加：党员、60岁以上、女、未绑定。",
        "发给谁？例：潘一支部，或 番村60岁以上未绑定。",
    ]


def test_a_wish_said_in_one_go_is_heard_in_the_middle_of_another(secretary: Neighbour) -> None:
    secretary.says("周报 明年")

    assert secretary.says("通知 番村").text.splitlines()[:2] == [
        "（刚才没办完的先放下了。）",
        "番村，1人。",
    ]


@pytest.mark.parametrize("said", ["谁没收到", "谁没收到通知"])
def test_who_did_not_get_it_is_asked_in_plain_words(secretary: Neighbour, said: str) -> None:
    assert secretary.says(said) == "broadcasts/none_sent"
