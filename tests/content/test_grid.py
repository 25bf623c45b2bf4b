"""Of what kind something is that people report, by their words."""

import pytest

from content.grid import guess


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("村口牌坊边路灯唔着", "lamp"),
        ("河涌里好多死鱼，好臭", "river"),
        ("垃圾桶好臭", "rubbish"),
        ("鄉道井蓋鬆咗", "road"),
        ("楼道堆了电动车", "fire"),
        ("今天天气好", ""),
    ],
)
def test_the_longest_word_decides_and_then_the_kind_more_words_speak_of(said: str, kind: str) -> None:
    assert guess(said) == kind
