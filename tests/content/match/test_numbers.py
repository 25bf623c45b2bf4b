import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.match.numbers import in_words
from content.match.reading import plain


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("2022年", "二〇二二年"),
        ("二零二二年", "二〇二二年"),
        ("60岁", "六十岁"),
        ("15天", "十五天"),
        ("105元", "一百〇五元"),
        ("1200块", "一千二百块"),
        ("2000元", "二千元"),
        ("廿五号", "二十五号"),
        ("0元", "〇元"),
        ("12345热线", "12345热线"),
        ("wifi6", "wifi6"),
        ("两委", "两委"),
        ("零工", "零工"),
    ],
)
def test_a_number_is_written_as_it_is_said(written: str, said: str) -> None:
    assert in_words(written) == said


@given(st.integers(0, 9999))
def test_every_number_has_words_of_its_own_and_keeps_them(number: int) -> None:
    said = in_words(f"{number}元")

    assert not any(map(str.isdecimal, said))
    assert in_words(said) == said


@pytest.mark.parametrize(("typed", "read"), [("yb怎么报", "医保怎么报"), ("SFZ丢了", "身份证丢了"), ("ybzz", "ybzz")])
def test_first_letters_of_a_service_word_stand_for_it(typed: str, read: str) -> None:
    assert plain(typed) == read
