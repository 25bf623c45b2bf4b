"""What of a card is to be something else, as a cadre says it."""

import pytest

from content.edits import Edit, read


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("15人", Edit("", "15人")),
        ("改到下午3点", Edit("", "下午3点")),
        ("时间改到周日下午3点", Edit("when", "周日下午3点")),
        ("地点：活动室", Edit("place", "活动室")),
        ("地点改成活动室", Edit("place", "活动室")),
        ("名称改为 敬老探访", Edit("title", "敬老探访")),
        ("人数 15", Edit("seats", "15")),
        ("", Edit("", "")),
    ],
)
def test_the_part_and_the_new_words_are_told_apart(said: str, expected: Edit) -> None:
    assert read(said) == expected
