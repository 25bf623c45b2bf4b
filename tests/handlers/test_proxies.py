"""Acting for an elder: with the consent of both sides, in the same words whoever is asked, ended by one word."""

import pytest
from sqlalchemy.orm import Session

from bot.domain import units
from bot.domain.persons import proxies
from bot.errors import DomainError
from content.words import label
from db.models import UnitKind
from tests.handlers.conftest import Neighbour, Village, unit_named
from tests.kit.roster import listed

BRANCH = "番村潘一支部"


@pytest.fixture
def keeper(village: Village) -> Neighbour:
    """The secretary of a branch with an elder."""

    def found(db: Session) -> None:
        listed(db, units.add(db, BRANCH, UnitKind.BRANCH, unit_named(db, "番村")), "陈伯", "13800130001")

    village.world.run(found)
    return village.cadre("keeper", BRANCH)


@pytest.fixture
def elder(village: Village, keeper: Neighbour) -> Neighbour:
    assert keeper.hears() == []
    elder = village.person("elder")
    assert elder.says("绑定", "1", "陈伯", "0001", "1") == "identity/bound"
    return elder


@pytest.fixture
def daughter(village: Village) -> Neighbour:
    return village.person("daughter")


def may_act(village: Village, agent: Neighbour, elder: Neighbour) -> bool:
    def asked(db: Session) -> bool:
        try:
            acting = proxies.acting_for(db, agent.record(db), elder.record(db).id or 0)
        except DomainError:
            return False
        return (acting.by_id, acting.relation) == (agent.record(db).id, "女儿")

    allowed: bool = village.world.run(asked)
    return allowed


def test_the_elder_agrees_in_their_own_chat(village: Village, elder: Neighbour, daughter: Neighbour) -> None:
    asked = daughter.says("代我爸 陈伯", "女儿", "陈小红")
    assert asked.text == "已去问了。\n陈伯本人或支部书记同意后，我马上告诉您。"
    [notice] = elder.hears()
    assert notice.text.splitlines()[0] == "陈小红（女儿）想以后替您回复通知、报名、请假。"
    assert not may_act(village, daughter, elder)

    assert elder.says("1") == "proxies/consented"

    assert daughter.hears()[0].text.splitlines()[0] == "以后您可替陈伯回复，老人随时可发“停”。"
    assert may_act(village, daughter, elder)
    assert daughter.says("我的代办").text == "您替：陈伯（女儿）"
    assert elder.says("我的代办").text == "替您办：陈小红（女儿）"


def test_the_elder_may_say_no(village: Village, elder: Neighbour, daughter: Neighbour) -> None:
    daughter.says("代办", "陈伯", "女儿", "陈小红")
    elder.hears()

    assert elder.says("2") == "proxies/declined_by_you"

    assert daughter.hears() == ["proxies/declined"]
    assert not may_act(village, daughter, elder)


@pytest.mark.parametrize("by", ["elder", "daughter"])
def test_either_side_ends_it_by_one_word(village: Village, elder: Neighbour, daughter: Neighbour, by: str) -> None:
    daughter.says("代我爸 陈伯", "女儿", "陈小红")
    elder.hears()
    elder.says("1")
    daughter.hears()
    ending, other = (elder, daughter) if by == "elder" else (daughter, elder)

    assert ending.says("停") == "proxies/ended"

    assert not may_act(village, daughter, elder)
    assert other.hears() == ["proxies/ended_by_other"]
    assert ending.says("停") == "proxies/nothing_to_end"


def test_an_elder_without_a_phone_here_is_spoken_for_by_the_secretary(
    village: Village, keeper: Neighbour, daughter: Neighbour
) -> None:
    asked = daughter.says("代我爸 陈伯", "女儿", "陈小红")
    assert asked.text == "已去问了。\n陈伯本人或支部书记同意后，我马上告诉您。"
    assert [heard.text.splitlines()[0] for heard in keeper.hears()] == ["【家人代办】陈小红想做陈伯的代办人（女儿）。"]

    assert keeper.says("1") == "proxies/confirmed"

    assert daughter.hears() == ["proxies/began"]
    assert daughter.says("我的代办").text == "您替：陈伯（女儿）"
    assert village.person("elder").says("我的代办") == "proxies/none"


def test_a_name_by_which_only_the_family_knows_an_elder_is_mended_by_the_secretary(
    keeper: Neighbour, daughter: Neighbour
) -> None:
    assert daughter.says("代我爸 老陈头", "女儿", "陈小红") == "proxies/asked"
    keeper.hears()

    assert keeper.says("1") == "proxies/name_of_elder"
    assert keeper.says("陈伯") == "proxies/confirmed"


def test_asking_counts_so_that_nobody_pesters_elders(elder: Neighbour, daughter: Neighbour) -> None:
    assert daughter.says("代我爸 陈伯", "女儿", "陈小红") == "proxies/asked"
    assert daughter.says("代我爸 陈伯", "女儿") == "proxies/asked_already"
    assert len(elder.hears()) == 1


def test_the_word_for_cancelling_ends_no_proxy(village: Village, elder: Neighbour, daughter: Neighbour) -> None:
    daughter.says("代我爸 陈伯", "女儿", "陈小红")
    elder.hears()
    elder.says("1")

    assert elder.says("停止") == "engine/nothing_to_cancel"
    assert may_act(village, daughter, elder)


def test_a_stranger_cannot_consent_for_the_elder(village: Village, elder: Neighbour, daughter: Neighbour) -> None:
    daughter.says("代我爸 陈伯", "女儿", "陈小红")

    def consent(db: Session) -> str:
        try:
            proxies.consent(db, 1, daughter.record(db), now=village.world.clock.now())
        except DomainError as refusal:
            return refusal.template
        return ""

    assert village.world.run(consent) == "proxies/nothing_to_say"
    assert [heard.labels for heard in elder.hears()] == [[label("agree"), label("disagree")]]


def test_an_act_is_labelled_with_who_did_it(village: Village, elder: Neighbour, daughter: Neighbour) -> None:
    daughter.says("代我爸 陈伯", "女儿", "陈小红")
    elder.hears()
    elder.says("1")

    def labels(db: Session) -> tuple[str, str]:
        agent_id, elder_id = daughter.record(db).id, elder.record(db).id or 0
        return proxies.label_of(db, agent_id, elder_id), proxies.label_of(db, None, elder_id)

    assert village.world.run(labels) == ("（女儿代办）", "")


@pytest.mark.parametrize("name", ["陈伯", "查无此人"])
def test_asking_for_a_second_elder_tells_nothing_about_a_roster(
    elder: Neighbour, daughter: Neighbour, name: str
) -> None:
    del elder
    assert daughter.says("代我爸 还没上册的人", "女儿", "陈小红") == "proxies/asked"

    assert daughter.says(f"代我妈 {name}", "女儿") == "proxies/asked"
    assert daughter.says(f"代我妈 {name}", "女儿") == "proxies/asked_already"
