"""Stars as a secretary types them, and as they are drafted from what is met."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.stars import MOST, criteria, drafted, star_name
from content.starwords import read_stars


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("陈大文5星，林小梅4星", [("陈大文", 5), ("林小梅", 4)]),
        ("陈大文 5\n林小梅：4", [("陈大文", 5), ("林小梅", 4)]),
        ("陈大文五星 林小梅4颗星", [("陈大文", 5), ("林小梅", 4)]),
        ("阿依古丽·买买提3", [("阿依古丽·买买提", 3)]),
        ("陈大文５星", [("陈大文", 5)]),
        ("陈大文6星", []),
        ("都很好", []),
        ("5", []),
        ("", []),
    ],
)
def test_names_with_stars_are_read(text: str, meant: list[tuple[str, int]]) -> None:
    assert read_stars(text) == meant


@given(st.lists(st.tuples(st.sampled_from(["陈大文", "林小梅", "何一"]), st.integers(1, MOST)), min_size=1, max_size=9))
def test_whatever_was_decided_is_read_back(decided: list[tuple[str, int]]) -> None:
    assert read_stars("，".join(f"{name}{star_name(count)}" for name, count in decided)) == decided


@given(st.dictionaries(st.sampled_from("abcdefghij"), st.booleans(), min_size=2), st.sampled_from("abcdefghij"))
def test_who_meets_one_more_has_no_fewer_stars(met: dict[str, bool], key: str) -> None:
    less, more = drafted(met | {key: False}), drafted(met | {key: True})

    assert 1 <= less <= more <= MOST


def test_nothing_is_drafted_from_nothing() -> None:
    assert drafted({}) == 0


def test_there_are_ten_criteria_each_of_its_own() -> None:
    assert len({one.key for one in criteria()}) == 10


def test_one_criterion_alone_makes_no_stars() -> None:
    assert drafted({"study": True}) == 0
    assert drafted({"study": True, "attendance": True}) == MOST
