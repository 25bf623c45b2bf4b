"""What a cadre says in one go is taken apart; what is not said stays empty."""

import pytest

from content.one_go import Parts, take_apart


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        ("清理村道 村委集合 20人", Parts("清理村道", "村委集合", "20人")),
        ("清理村道，在村委门口，20个人", Parts("清理村道", "村委门口", "20个人")),
        ("清理村道 村委集合20人", Parts("清理村道", "村委集合", "20人")),
        ("爱心学堂第2个班 20人", Parts("爱心学堂第2个班", "", "20人")),
        ("20人 潘一支部活动室 主题党日", Parts("主题党日", "潘一支部活动室", "20人")),
        ("清理村道、东巷、党员5人 义工10人", Parts("清理村道", "东巷", "党员5人 义工10人")),
        ("清理村道 地点：东巷", Parts("清理村道", "东巷", "")),
        ("清洁祠堂 祠堂门口 10人", Parts("清洁祠堂", "祠堂门口", "10人")),
        ("清理村道", Parts("清理村道", "", "")),
        ("  ", Parts()),
    ],
)
def test_the_parts_are_told_by_what_they_look_like(said: str, parts: Parts) -> None:
    assert take_apart(said) == parts
