import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.match import PhraseBook

COMMANDS = ("菜单", "返回", "取消", "帮助", "大字", "人工", "活动", "志愿报名", "我的积分", "反映问题", "1", "第2个")
BOOK = PhraseBook({phrase: phrase for phrase in COMMANDS})


@pytest.mark.parametrize(
    ("typed", "phrase"),
    [
        ("菜單", "菜单"),
        ("【菜单】", "菜单"),
        ("　取消。", "取消"),
        ("１", "1"),
        ("活動啊", "活动"),
        ("我要人工", "人工"),
        ("我想看看活动吧", "活动"),
        ("打开菜单", "菜单"),
        ("睇下活動啦", "活动"),
        ("唔该帮助", "帮助"),
    ],
)
def test_a_phrase_is_found_in_any_spelling_and_with_the_words_around_commands(typed: str, phrase: str) -> None:
    assert BOOK.find(typed) == phrase


@pytest.mark.parametrize(
    ("typed", "phrase"),
    [
        ("菜蛋", "菜单"),
        ("反回", "返回"),
        ("帮住", "帮助"),
        ("取肖", "取消"),
        ("caidan", "菜单"),
        ("bang zhu", "帮助"),
        ("FANHUI", "返回"),
        ("我要人供", "人工"),
    ],
)
def test_a_phrase_is_found_by_its_sound(typed: str, phrase: str) -> None:
    assert BOOK.find(typed) == phrase


@pytest.mark.parametrize(
    ("typed", "phrase"),
    [("志愿者报名", "志愿报名"), ("志愿报", "志愿报名"), ("我积的分", "我的积分"), ("反应问题", "反映问题")],
)
def test_a_long_phrase_forgives_one_slip(typed: str, phrase: str) -> None:
    assert BOOK.find(typed) == phrase


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "?",
        "菜",
        "单菜",
        "取消了会怎么样",
        "活动在哪里报名",
        "志愿报名要什么条件",
        "不志愿报名",
        "退志愿报名",
        "活动1",
        "11",
        "第3个",
        "第二个",
        "志愿报名2",
        "菜单" * 5000,
    ],
)
def test_what_is_not_a_phrase_is_not_found(typed: str) -> None:
    assert BOOK.find(typed) is None


def test_an_exact_phrase_beats_one_of_the_same_sound() -> None:
    book = PhraseBook({"公示": "notice", "公事": "business"})

    assert (book.find("公示"), book.find("公事"), book.find("公式")) == ("notice", "business", None)


def test_a_phrase_book_without_phrases_finds_nothing() -> None:
    assert PhraseBook({}).find("菜单") is None


def test_two_phrases_with_one_key_are_not_in_doubt() -> None:
    assert PhraseBook({"公示": "notice", "公事": "notice"}).find("gongshi") == "notice"


@given(st.dictionaries(st.text(max_size=12), st.text(min_size=1, max_size=5), max_size=8))
def test_every_phrase_finds_its_own_key(phrases: dict[str, str]) -> None:
    book = PhraseBook(phrases)

    assert {phrase: book.find(phrase) for phrase in phrases} == phrases


@given(st.text())
def test_any_text_is_looked_up_without_an_error(text: str) -> None:
    assert BOOK.find(text) in {*COMMANDS, None}


@given(st.from_regex(r"[0-9]{1,4}", fullmatch=True), st.sampled_from(["", "菜单", "取消", "志愿报名"]))
def test_digits_match_nothing_but_an_exact_phrase(digits: str, around: str) -> None:
    typed = around + digits

    assert BOOK.find(typed) == (typed if typed in COMMANDS else None)
