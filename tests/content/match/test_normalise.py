import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.match import normalise
from content.match.normalise import LONGEST_TEXT, strip_politeness, to_mandarin


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("二次報銷", "二次报销"),
        ("  二次，报销？！  ", "二次报销"),
        ("ＡＢＣ　１２３", "abc 123"),
        ("①号窗口", "1号窗口"),
        ("bang  zhu", "bang zhu"),
        ("Wi-Fi 密码", "wi fi密码"),
        ("菜\u200b单\u200f\u202e", "菜单"),
        ("❤️🀄", ""),
        ("\ud800菜\x00单", "菜单"),
        ("", ""),
    ],
)
def test_one_spelling_for_all_ways_to_type_a_text(typed: str, expected: str) -> None:
    assert normalise(typed) == expected


def test_the_cantonese_word_for_is_becomes_mandarin_but_a_relation_stays() -> None:
    assert normalise("係咪轉組織關係") == "是咪转组织关系"


def test_only_the_beginning_of_a_very_long_text_is_read() -> None:
    assert normalise("问" * 100_000) == "问" * LONGEST_TEXT


@given(st.text())
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = normalise(text)

    assert normalise(once) == once


@pytest.mark.parametrize(
    ("cantonese", "mandarin"),
    [
        ("點樣報銷", "怎么报销"),
        ("睇病要幾多錢", "看病要多少钱"),
        ("喺邊度攞嘅", "在哪里拿的"),
        ("社保卡唔見咗", "社保卡丢了"),
        ("有冇得報", "有没有得报"),
        ("點辦准生證", "怎么办准生证"),
        ("几点开门", "几点开门"),
        ("红色景点开放吗", "红色景点开放吗"),
        ("乜嘢係党员积分", "什么是党员积分"),
    ],
)
def test_cantonese_words_are_rewritten_in_mandarin(cantonese: str, mandarin: str) -> None:
    assert to_mandarin(normalise(cantonese)) == mandarin


@pytest.mark.parametrize(
    ("polite", "question"),
    [
        ("您好，请问养老金怎么领", "养老金怎么领"),
        ("唔该，养老金怎么领，多谢晒", "养老金怎么领"),
        ("养老金怎么领好吗，急", "养老金怎么领"),
        ("谢谢怎么说", "谢谢怎么说"),
        ("问问", "问问"),
    ],
)
def test_politeness_is_stripped_only_at_the_edges(polite: str, question: str) -> None:
    assert strip_politeness(normalise(polite)) == question
