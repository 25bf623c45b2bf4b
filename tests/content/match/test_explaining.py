import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.match import Explanation, Matcher, Met, Outcome, Through
from tests.kit.topics import TOPICS

MATCHER = Matcher(TOPICS)


@pytest.mark.parametrize(
    ("question", "met"),
    [
        ("居住证怎么办", Met("居住证", "居住证", Through.WRITING)),
        ("二次包销", Met("次包", "次报", Through.SOUND)),
        ("吃低保怎么申请", Met("吃低保", "最低生活保障", Through.MEANING)),
        ("dangfei", Met("dangfei", "党费", Through.SOUND)),
    ],
)
def test_a_word_that_was_found_is_named_with_the_way_it_was_found(question: str, met: Met) -> None:
    assert met in MATCHER.explain(question).reasons[0].met


def test_what_the_entry_does_not_say_and_what_was_not_asked_is_named() -> None:
    reason = MATCHER.explain("祠堂党费怎么交").reasons[0]

    assert (reason.match.entry_id, reason.missing, reason.unasked) == ("dues", ("祠堂",), ())


def test_the_reading_and_the_decision_are_told() -> None:
    explanation = MATCHER.explain("黨費要交幾多")

    assert (explanation.read, explanation.decision.outcome) == ("党费要交多少", Outcome.ANSWER)


def test_an_explanation_is_said_in_sentences() -> None:
    assert MATCHER.explain("二次包销，唔该").lines() == [
        "按「二次包销」来找。",
        "直接回答。",
        "条目「二次报销」（medical），把握 99%。",
        "写法相同：「二次」、「销」。",
        "读音相同：「次包」读作「次报」。",
    ]


def test_where_nothing_was_good_enough_the_nearest_entry_is_explained() -> None:
    explanation = MATCHER.explain("村里祠堂可以摆酒吗")

    assert explanation.decision.outcome is Outcome.NONE
    assert len(explanation.reasons) <= 1


@given(st.text(max_size=40) | st.text(alphabet="驿站养老金点样abcde 19，？\ud800\u202e😀係冇", max_size=40))
def test_anything_can_be_explained(text: str) -> None:
    explanation = MATCHER.explain(text)

    assert isinstance(explanation, Explanation)
    assert all(explanation.lines())
