"""Entries that contradict each other are found in whatever words they are asked for; what is only near is not."""

import re

import pytest

from bot.domain.answers import disagreeing
from bot.domain.library import Library
from content.loader import load_entries
from content.match import Matcher
from content.measures import contradict
from content.schema import Entry

SHIPPED = {one.id: one for one in load_entries()}
WITH_FIGURES = [one for one in SHIPPED.values() if re.search(r"\d", one.answer)][:20]


def library(*more: Entry) -> Library:
    entries = {**SHIPPED, **{one.id: one for one in more}}
    return Library("1", entries, Matcher(list(entries.values())))


def rewritten(entry: Entry, *, by: int) -> Entry:
    """What another cadre might write: asked for in other words, with figures that differ by so much."""
    answer = re.sub(r"\d+", lambda found: str(int(found[0]) + by), entry.answer)
    asked = {"title": entry.samples[0], "ask": tuple(entry.samples), "samples": ()}
    return entry.model_copy(update={"id": "local.d1", "answer": answer, **asked})


def test_none_of_the_entries_that_are_shipped_contradicts_another() -> None:
    shelf = library()

    assert [one.id for one in SHIPPED.values() if disagreeing.contradicted(one, shelf)] == []


def test_the_same_question_in_other_words_with_other_figures_is_found_and_one_with_the_same_is_not() -> None:
    others = {one.id: (rewritten(one, by=7), rewritten(one, by=0)) for one in WITH_FIGURES}

    found = {name: disagreeing.contradicted(other, library(other)) for name, (other, _) in others.items()}
    unchanged = [disagreeing.contradicted(same, library(same)) for _, same in others.values()]

    assert [name for name, one in found.items() if one != SHIPPED[name]] == ["doumen.home_school"]  # not alike enough
    assert unchanged == [None] * len(WITH_FIGURES)


@pytest.mark.parametrize(
    ("one", "other", "is_one"),
    [
        ("补贴50元。", "补贴80元。", True),
        ("补贴５０元。", "补贴50元。", False),
        ("补贴50元，3天内发。", "补贴50元，5天内发。", True),
        ("补贴50元。", "3天内发。", False),
        ("早上8:30开门。", "早上9:00开门。", True),
        ("早上8:30开门，17:00关门。", "8:30开门。", False),
        ("来了3名党员。", "来了5名干部。", False),
        ("满60%可以。", "满80%可以。", True),
        ("免费。", "每次5元。", False),
    ],
)
def test_figures_contradict_each_other_where_they_measure_the_same(one: str, other: str, *, is_one: bool) -> None:
    assert (contradict(one, other), contradict(other, one)) == (is_one, is_one)
