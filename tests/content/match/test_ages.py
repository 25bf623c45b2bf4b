"""Who says how old somebody is asks for what there is for people of that age."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.match import Matcher, Met, Outcome, Through, thesaurus
from content.match.ages import ages_in, words
from content.match.reading import plain
from tests.kit.topics import TOPICS, Topic

MATCHER = Matcher(
    [
        *TOPICS,
        Topic("allowance", ("高龄老人津贴", "老人家补贴怎么领")),
        Topic("checkup", ("老人体检", "老年人免费体检")),
        Topic("bus", ("老人坐车优惠", "老人坐公交要不要钱")),
        Topic("vaccine", ("小孩打预防针", "娃娃打疫苗去哪里")),
    ]
)


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("80几岁有补贴吗", ["八十几岁", "老人"]),
        ("我阿妈八十三了有没有钱领", ["八十三", "老人"]),
        ("我爷爷今年92了", ["92", "老人"]),
        ("六十五岁老人坐车要钱吗", ["六十五岁", "老人"]),
        ("70多岁体检", ["七十多岁", "老人"]),
        ("一百岁有钱吗", ["一百岁", "老人"]),
        ("满七十的可以领什么", ["七十", "老人"]),
        ("过咗60岁点算", ["六十岁", "老人", "六十岁", "养老金"]),
        ("细路三岁打针", ["三岁", "小孩"]),
        ("两岁半的娃", ["两岁半", "小孩"]),
        ("十几岁的学生", ["十几岁", "小孩"]),
        ("三十六岁", []),
        ("十八岁参军", []),
        ("二十三岁", []),
        ("55岁退休", []),
        ("六十亩地", []),
        ("我爸八十斤米", []),
        ("公司有80人", []),
        ("我妈90后", []),
        ("六十年代", []),
        ("几岁可以领", []),
    ],
)
def test_an_age_stands_for_people_of_that_age(asked: str, meant: list[str]) -> None:
    text = plain(asked)

    assert [part for start, end, word in ages_in(text) for part in (text[start:end], word)] == meant


def test_every_word_that_an_age_stands_for_is_in_the_thesaurus() -> None:
    assert words() <= {word for group in thesaurus.groups() for word in group}


@given(st.integers(0, 120))
def test_whoever_is_sixty_or_more_is_old(age: int) -> None:
    meant = {word for _, _, word in ages_in(plain(f"{age}岁"))}

    assert ("老人" in meant) == (age >= 60)


@pytest.mark.parametrize(
    ("asked", "entry"),
    [
        ("80几岁有补贴吗", "allowance"),
        ("我阿妈八十三了有没有补贴领", "allowance"),
        ("六十五岁坐车要钱吗", "bus"),
        ("七十岁坐公交收唔收钱", "bus"),
        ("70多岁体检", "checkup"),
        ("我奶奶七十六了，去哪里体检", "checkup"),
        ("三岁打针去边度", "vaccine"),
    ],
)
def test_what_there_is_for_an_age_is_found(asked: str, entry: str) -> None:
    decision = MATCHER.decide(asked)

    assert decision.outcome is not Outcome.NONE
    assert decision.matches[0].entry_id == entry


def test_it_is_told_that_an_age_was_taken_for_the_old() -> None:
    assert Met("七十多岁", "老人", Through.MEANING) in MATCHER.explain("70多岁体检").reasons[0].met
