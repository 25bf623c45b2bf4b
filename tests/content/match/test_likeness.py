"""Names that are none: the one that was probably meant is asked for, and none where that is anybody's guess."""

import pytest

from content.match import likeliest

NAMES = {"潘一支部": "1", "潘二支部": "2", "番村潘一支部": "1", "番村潘二支部": "2", "深村": "3", "石头村": "4"}


@pytest.mark.parametrize(
    ("text", "key"),
    [("潘2", "2"), ("潘2支部", "2"), ("盘一支部", "1"), ("番二支部", "2"), ("番村潘２支部", "2"), ("石头", "4")],
)
def test_a_name_that_is_nearly_one_is_recognised(text: str, key: str) -> None:
    assert likeliest(text, NAMES) == key


@pytest.mark.parametrize("text", ["潘", "潘三支部", "北京", "", "😀", "深圳市南山区"])
def test_nothing_is_made_of_what_could_be_two_or_none(text: str) -> None:
    assert likeliest(text, NAMES) is None
    assert likeliest(text, {}) is None
