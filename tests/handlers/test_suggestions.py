"""What people pick and what did not help them becomes other words for an entry, or a hint that it must be mended."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.domain.answers import suggestions
from bot.domain.house import house_of
from content.words import label
from db.models import AliasSuggestion, Role
from tests.handlers.conftest import TOWN, Neighbour, Village
from tests.kit.talk import MORNING

WORDS = "驿站在哪"
"""Words that may mean several stations."""

STATION = "红色驿站"


@pytest.fixture
def editor(village: Village) -> Neighbour:
    return village.cadre("editor", TOWN, Role.EDITOR)


def pick(village: Village, *names: str, words: str = WORDS) -> None:
    """Let people ask, and pick the same entry of those that are offered."""
    for name in names:
        person = village.person(name)
        heard = person.says(words)
        assert heard == "entries/candidates"
        assert person.says(next(one for one in heard.labels if STATION in one)) == "entries/entry"


def test_words_two_people_meant_something_by_answer_directly_once_an_editor_says_so(
    village: Village, editor: Neighbour
) -> None:
    pick(village, "one", "two")

    shown = editor.says("问法建议")
    assert (shown, shown.labels) == ("suggestions/one", [label("take_words"), label("leave_words")])
    assert shown.text.splitlines()[0].startswith(f"问“{WORDS}”，有2人选了【")
    assert editor.says("1").text.splitlines()[-1] == "没有要看的问法建议了。"

    assert village.person("three").says(WORDS) == "entries/entry"


def test_one_person_is_not_enough_however_often_they_pick(village: Village, editor: Neighbour) -> None:
    pick(village, "one", "one", "one")

    assert editor.says("问法建议") == "suggestions/none"


def test_what_was_long_ago_counts_for_less(village: Village, editor: Neighbour) -> None:
    pick(village, "one", "two")
    village.world.clock.turn(timedelta(days=40))

    assert editor.says("问法建议") == "suggestions/none"
    pick(village, "three", "four")
    assert "有4人选了" in editor.says("问法建议").text


def test_what_an_editor_leaves_is_not_suggested_again(village: Village, editor: Neighbour) -> None:
    pick(village, "one", "two")

    assert editor.says("问法建议", "2") == "suggestions/dropped"
    pick(village, "three", "four")
    assert editor.says("问法建议") == "suggestions/none"


def test_an_answer_that_helps_nobody_is_one_to_mend(village: Village, editor: Neighbour) -> None:
    for name in ("one", "two"):
        village.person(name).says("二次报销怎么办", "没解决")

    shown = editor.says("问法建议")

    assert shown.text.endswith("有2人说没解决。")
    assert editor.says("1") == "entries/managed"


def test_whoever_looks_after_nothing_sees_no_suggestions(village: Village, li: Neighbour) -> None:
    pick(village, "one", "two")

    assert li.says("问法建议") == "suggestions/none"


@pytest.mark.parametrize("words", ["驿站电话13822362236", "驿" * 41])
def test_words_with_a_number_or_a_letter_of_them_are_not_kept(village: Village, editor: Neighbour, words: str) -> None:
    for name in ("one", "two"):
        person = village.person(name)
        heard = person.says(words)
        if heard == "entries/candidates":
            person.says("1")

    assert editor.says("问法建议") == "suggestions/none"


def test_words_that_are_long_once_they_are_written_out_are_not_kept(village: Village) -> None:
    person = village.person("one")

    def note(db: Session) -> int:
        entry = next(iter(house_of(db).shelf.current(db).entries.values()))
        suggestions.note(db, entry, "㍿" * 40, person.record(db).id or 0, is_for=True, now=MORNING)
        return db.execute(select(func.count()).select_from(AliasSuggestion)).scalar_one()

    assert village.world.run(note) == 0
