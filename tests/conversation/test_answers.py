import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.conversation.answers import InvalidAnswer, digit, pick, yes_or_no
from bot.domain.messages import Choice, numbered
from content.words import answer_words

CHOICES = numbered(
    (
        Choice(label="社区清洁", fill={"value": 7}),
        Choice(label="敬老探访", fill={"value": 8}),
        Choice(label="敬老院打扫", fill={"value": 9}),
        Choice(key="0", label="都不是", fill={"value": 0}),
    )
)


@pytest.mark.parametrize("said", ["1", "１", "一", "①", "壹", "第一", "第一个", "第一個", " 1 ", "\u06f1", "\u0e51"])
def test_one_is_read_in_every_shape(said: str) -> None:
    assert digit(said) == "1"


@pytest.mark.parametrize(("said", "meant"), list(zip("零一两三四五六七八九", "0123456789", strict=True)))
def test_every_chinese_digit_is_read(said: str, meant: str) -> None:
    assert digit(said) == meant


@pytest.mark.parametrize(("said", "meant"), list(zip("〇①②③④⑤⑥⑦⑧⑨", "0123456789", strict=True)))
def test_every_circled_digit_is_read(said: str, meant: str) -> None:
    assert digit(said) == meant


@pytest.mark.parametrize(("said", "meant"), list(zip("一二三四五六七八九", "123456789", strict=True)))
def test_every_ordinal_is_read(said: str, meant: str) -> None:
    assert [digit(f"第{said}"), digit(f"第{said}个"), digit(f"第{said}個")] == [meant] * 3


@pytest.mark.parametrize("said", ["1.", "1。", "1、", "1,", "1)", "1 号", "一。", "第一个。", "选1", "我选第一個"])
def test_what_stands_around_a_digit_does_no_harm(said: str) -> None:
    assert digit(said) == "1"


@pytest.mark.parametrize("said", ["1，", "1）", "（1）", "1！", "１．"])
def test_a_full_width_mark_behind_a_digit_does_no_harm(said: str) -> None:
    assert digit(said) == "1"


@pytest.mark.parametrize("said", ["第1个", "第1", "第１個", "1\ufe0f\u20e3"])
def test_a_digit_in_an_ordinal_or_on_a_keycap_is_read(said: str) -> None:
    assert digit(said) == "1"


@pytest.mark.parametrize("said", ["", " ", "。", "号", "一个人", "1月", "12345", "no. one", "二次报销", "👍"])
def test_what_is_no_digit_is_none(said: str) -> None:
    assert digit(said) == ""


@given(st.integers(min_value=0, max_value=9999), st.sampled_from(["{}", " {} ", "{}.", "{}、", "{}号"]))
def test_any_number_a_list_can_have_is_read(number: int, shape: str) -> None:
    assert digit(shape.format(number)) == str(number)


@given(st.integers(min_value=0, max_value=9999))
def test_full_width_numbers_are_read_as_their_narrow_selves(number: int) -> None:
    wide = "".join(chr(ord(mark) - ord("0") + ord("０")) for mark in str(number))

    assert digit(wide) == str(number)


@given(st.text(max_size=200))
@example("\x00")
@example("\u200d")
@example("²")
def test_a_digit_is_plain_ascii_or_nothing(said: str) -> None:
    meant = digit(said)

    assert meant == "" or (meant.isascii() and meant.isdecimal())


@given(st.text(max_size=200))
def test_what_is_picked_was_offered(said: str) -> None:
    assert pick(said, CHOICES) in (None, *CHOICES)


@given(st.text(max_size=50))
def test_nothing_is_picked_from_nothing(said: str) -> None:
    assert pick(said, ()) is None


@given(st.sampled_from(CHOICES), st.sampled_from(["{}", " {}", "{}。", "“{}”", "{}！"]))
def test_a_label_picks_its_choice(choice: Choice, shape: str) -> None:
    assert pick(shape.format(choice.label), CHOICES) == choice


@given(st.sampled_from(CHOICES), st.sampled_from(["{}", "{}.", " {} ", "{}号"]))
def test_a_key_picks_its_choice(choice: Choice, shape: str) -> None:
    assert pick(shape.format(choice.key), CHOICES) == choice


def test_the_beginning_of_one_label_picks_it() -> None:
    assert pick("社区", CHOICES) == CHOICES[0]


def test_the_beginning_of_two_labels_picks_neither() -> None:
    assert pick("敬老", CHOICES) is None


def test_a_single_character_picks_nothing_by_label() -> None:
    assert pick("社", CHOICES) is None


def test_a_traditional_label_picks_the_simplified_one() -> None:
    assert pick("敬老探訪", CHOICES) == CHOICES[1]


def test_a_number_that_was_not_offered_picks_nothing() -> None:
    assert [pick(said, CHOICES) for said in ("4", "四", "44", "第九个")] == [None] * 4


@pytest.mark.parametrize(
    "said", ["是", "是的", "好", "好的", "可以", "嗯", "係", "得", "OK", "ｏｋ", "Yes", "y", "確認", "是。"]
)
def test_yes_is_heard_however_it_is_said(said: str) -> None:
    assert yes_or_no(said) is True


@pytest.mark.parametrize(
    "said", ["不", "不是", "不用", "不要", "没有", "沒有", "唔係", "唔使", "No", "ｎ", "算了", "不了！"]
)
def test_no_is_heard_however_it_is_said(said: str) -> None:
    assert yes_or_no(said) is False


@pytest.mark.parametrize("said", ["", " ", "也许", "是不是", "13800138000", "👌"])
def test_neither_yes_nor_no_is_asked_again(said: str) -> None:
    with pytest.raises(InvalidAnswer) as caught:
        yes_or_no(said)

    assert (caught.value.template, caught.value.values) == ("engine/say_yes_or_no", {})


def test_no_word_means_both_yes_and_no() -> None:
    words = answer_words()

    assert set(words["yes"]) & set(words["no"]) == set()


def test_no_word_means_two_digits() -> None:
    words = [word for each in answer_words()["digits"].values() for word in each]

    assert len(words) == len(set(words))


@given(st.text(max_size=100))
def test_yes_or_no_answers_or_says_what_would(said: str) -> None:
    try:
        heard = yes_or_no(said)
    except InvalidAnswer as problem:
        heard = problem.template

    assert heard in (True, False, "engine/say_yes_or_no")


@given(st.characters(categories=["Nd"]))
def test_a_decimal_digit_of_any_script_is_read(mark: str) -> None:
    assert digit(mark) == str(unicodedata.decimal(mark))
