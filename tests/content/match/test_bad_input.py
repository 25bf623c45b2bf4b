"""Whatever is typed gets a decision, soon."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.match import Matcher, Outcome, normalise
from tests.kit.topics import TOPICS, Topic

MATCHER = Matcher(TOPICS)
LONGEST = 0.2
"""Seconds of this thread: ten times what is promised, for a machine with much else to do."""

BAD = {
    "100 kB": "二次报销怎么办，" * 12_500,
    "one character": "报",
    "10,000 of one": "报" * 10_000,
    "10,000 letters": "a" * 10_000,
    "letters without pinyin": "zhuangchuangshuang" * 500,
    "punctuation": "，。！？……——" * 100,
    "emoji": "😀❤️👨‍👩‍👧" * 100,
    "mixed scripts": "報销reimbursement возмещение 払い戻し حساب ๑๒๓",
    "lone surrogates": "\ud800\udfff二次\udc00报销",
    "zero width and bidi": "二\u200b次\u200d报\u202e销\u2066怎\ufeff么",
    "combining": "报\u0301\u0302\u0303" * 300,
    "regex": "(a+)+$ .* [^] \\d{1,9999} (?<=x)",
    "sql": "'; DROP TABLE person; -- 二次报销",
    "template": "{{ 7*7 }} {% raw %} ${x} %s {0}",
    "controls": "\x00\x01\x1b[31m\r\n\t",
    "clauses": "报，" * 2000,
    "connectors": "还有然后另外那个" * 300,
    "talk": "你好" * 2000,
    "private use": "\ue000\ue001\uf8ff" * 50,
    "clauses of pinyin": ", ".join(["yanglaojin zenme ling", "erci baoxiao zenmeban"] * 30),
    "clauses that stammer": "，".join(["报报销销怎怎么么办办", "宅宅基基地地"] * 30),
    "gaps": "交" * 100 + "医保" * 50,
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_answered_honestly_and_soon(name: str) -> None:
    MATCHER.decide("warm")
    start = time.thread_time()
    decision = MATCHER.decide(BAD[name])
    found = MATCHER.search(BAD[name])
    took = time.thread_time() - start

    assert decision.outcome in set(Outcome)
    assert len(found) <= 10
    assert took < LONGEST


@given(st.text())
def test_normalising_is_idempotent(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from("甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥天地玄黄"), min_size=4, max_size=8, unique=True
    )
)
def test_an_unrelated_entry_changes_nothing_between_two_others(strange: list[str]) -> None:
    questions = ("二次包销", "起屋手续", "驿站在哪", "党费几多", "社宝卡")
    before = [[match.entry_id for match in MATCHER.search(one, 2)] for one in questions]
    grown = Matcher([*TOPICS, Topic("strange", ("".join(strange),))])

    assert [[match.entry_id for match in grown.search(one, 2)] for one in questions] == before


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=6, unique_by=normalise))
def test_the_own_phrases_of_an_entry_always_find_it(phrases: list[str]) -> None:
    spoken = [phrase for phrase in phrases if normalise(phrase)]
    matcher = Matcher([*TOPICS, *(Topic(f"p{number}", (phrase,)) for number, phrase in enumerate(spoken))])

    firsts = [{match.entry_id for match in matcher.decide(phrase).matches} for phrase in spoken]

    assert all(f"p{number}" in found for number, found in enumerate(firsts))
