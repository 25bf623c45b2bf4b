from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.conversation.offers import Offer
from bot.conversation.router import Control, OnlyDigit, Picked, Route, Spoken, Stale, Triggered, route
from bot.domain.messages import Choice, numbered
from content.match import PhraseBook
from content.words import trigger_phrases

PHRASES = PhraseBook(trigger_phrases())
CLEAN, VISIT = CHOICES = numbered((Choice(label="社区清洁", fill={"value": 7}), Choice(label="敬老探访", go="x")))
FRESH = Offer(outbox_id=1, question="选哪个？", choices=CHOICES, offered_at=datetime(2026, 11, 23, tzinfo=UTC))
STALE = FRESH.model_copy(update={"fresh": False})
OFFERS = st.sampled_from([None, FRESH, STALE])


def routed(text: str, *, offer: Offer | None = None, reads_words: bool = False) -> Route:
    return route(text, offer=offer, reads_words=reads_words, phrases=PHRASES)


@pytest.mark.parametrize("said", ["1", "１", "一", "①", "第一个", "社区清洁", "社区"])
def test_what_was_just_offered_is_picked(said: str) -> None:
    assert routed(said, offer=FRESH) == Picked(CLEAN)


@pytest.mark.parametrize("said", ["1", "2", "9", "第一个"])
def test_a_digit_for_a_stale_offer_shows_it_again(said: str) -> None:
    assert routed(said, offer=STALE) == Stale(STALE)


def test_a_digit_that_was_not_offered_shows_the_offer_again() -> None:
    assert routed("3", offer=FRESH) == Stale(FRESH)


def test_a_digit_with_nothing_offered_is_only_a_digit() -> None:
    assert routed("3") == OnlyDigit()


@pytest.mark.parametrize("offer", [None, FRESH, STALE])
def test_a_question_for_free_words_takes_a_number_that_was_not_offered(offer: Offer | None) -> None:
    assert routed("13", offer=offer, reads_words=True) == Spoken()


def test_a_question_for_free_words_takes_a_stale_digit() -> None:
    assert routed("1", offer=STALE, reads_words=True) == Spoken()


def test_none_of_these_is_an_answer_in_words_where_words_are_asked_for() -> None:
    assert routed("都不是", reads_words=True) == Spoken()


def test_a_label_of_a_stale_offer_is_only_words() -> None:
    assert routed("社区清洁", offer=STALE) == Spoken()


@pytest.mark.parametrize("said", ["0", "０", "零", "〇", "返回", "上一步", "反回", "fanhui", "back", "返囬"])
def test_back_is_understood_with_any_offer(said: str) -> None:
    assert [routed(said, offer=offer) for offer in (None, FRESH, STALE)] == [Control.BACK] * 3


@pytest.mark.parametrize("said", ["取消", "取肖", "quxiao", "cancel", "不办了", "我要取消", "取消吧"])
def test_cancel_is_understood_with_any_offer(said: str) -> None:
    assert [routed(said, offer=offer) for offer in (None, FRESH, STALE)] == [Control.CANCEL] * 3


def test_a_zero_that_was_offered_is_picked_rather_than_gone_back() -> None:
    none = Choice(key="0", label="都不是", go="y")
    offer = FRESH.model_copy(update={"choices": (*CHOICES, none)})

    assert routed("0", offer=offer) == Picked(none)


@pytest.mark.parametrize(
    ("said", "flow"),
    [
        ("菜单", "menu"), ("菜單", "menu"), ("菜蛋", "menu"), ("caidan", "menu"), ("menu", "menu"), ("Start", "menu"),
        ("你好", "menu"), ("帮助", "help"), ("幫助", "help"), ("bangzhu", "help"), ("帮住", "help"),
        ("大字", "large_text"), ("人工", "cases.hand_off"), ("轉人工", "cases.hand_off"),
    ],
)  # fmt: skip
def test_a_command_is_found_however_it_is_spelt(said: str, flow: str) -> None:
    assert [routed(said, offer=offer, reads_words=True) for offer in (None, FRESH, STALE)] == [Triggered(flow)] * 3


def test_a_command_inside_a_long_question_is_not_found() -> None:
    assert routed("菜单上写的那个二次报销到底要怎么办理才可以呢", offer=None) == Spoken()


@pytest.mark.parametrize(
    ("label", "said", "meant"),
    [
        ("取消农业税", "取消", Control.CANCEL),
        ("返回乡镇创业", "返回", Control.BACK),
        ("帮助困难家庭", "帮助", Triggered("help")),
        ("人工湖在哪里", "人工", Triggered("cases.hand_off")),
    ],
)
def test_a_label_that_begins_like_a_command_does_not_swallow_it(label: str, said: str, meant: Route) -> None:
    offer = FRESH.model_copy(update={"choices": numbered((Choice(label=label, go="x"),))})

    assert routed(said, offer=offer) == meant


def test_a_label_that_is_a_command_is_picked_by_its_whole_self() -> None:
    chosen = Choice(key="1", label="取消", go="volunteering.cancel")
    offer = FRESH.model_copy(update={"choices": (chosen,)})

    assert routed("取消", offer=offer) == Picked(chosen)


@given(st.text(max_size=300), OFFERS, st.booleans())
def test_everything_goes_somewhere(said: str, offer: Offer | None, reads_words: bool) -> None:  # noqa: FBT001  # drawn
    assert isinstance(routed(said, offer=offer, reads_words=reads_words), Route)


@given(st.text(max_size=300), OFFERS, st.booleans())
def test_the_same_words_always_go_the_same_way(said: str, offer: Offer | None, reads_words: bool) -> None:  # noqa: FBT001  # drawn
    first = routed(said, offer=offer, reads_words=reads_words)

    assert routed(said, offer=offer, reads_words=reads_words) == first


@given(st.text(max_size=300), st.booleans())
def test_nothing_is_picked_from_a_stale_offer(said: str, reads_words: bool) -> None:  # noqa: FBT001  # drawn
    assert not isinstance(routed(said, offer=STALE, reads_words=reads_words), Picked)
