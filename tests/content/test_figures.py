"""The names of figures: each one that is counted is named and described, and a template may ask for each."""

import pytest

from bot.domain.reports.lists import LISTS
from bot.domain.reports.report import FIGURES
from content import console, figures
from content.figures import Asked, asked_for


def test_every_figure_is_named_and_described() -> None:
    assert figures.figure_keys() == set(FIGURES)
    assert all(figures.name(one) and figures.counts(one) for one in FIGURES)


def test_every_figure_has_a_word_on_the_console() -> None:
    assert all(console.word("figures", one) for one in FIGURES)


def test_every_list_has_columns() -> None:
    assert set(figures.lists()) == set(LISTS)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("答疑", Asked("questions")),
        (" 答 疑 ", Asked("questions")),
        ("上期答疑", Asked("questions", is_before=True)),
        ("上期到会率", Asked("rate", is_before=True)),
        ("单位", Asked("unit")),
        ("活动", Asked("activities")),
        ("活动.名称", Asked("title", list_="activities")),
        ("待办．编号", Asked("number", list_="waiting")),
        ("学习.序号", Asked("row", list_="sessions")),
        ("上期单位", None),
        ("答题", None),
        ("", None),
    ],
)
def test_a_place_asks_for_what_is_called_so(words: str, expected: Asked | None) -> None:
    assert asked_for(words) == expected
