"""Phrases found by how they are spelt, as they come and go."""

from content.match.spellings import Spellings


def test_phrases_are_found_by_all_of_their_spelling_in_their_order() -> None:
    spellings = Spellings(["低保怎么办", "医保怎么报", "低保怎么办"])

    spellings.add(["医保怎么报", "低保怎么办"], start=3)

    assert spellings.of("低保怎么办") == [0, 2, 4]
    assert spellings.of("医保怎么报") == [1, 3]
    assert spellings.of("低保怎么") == []


def test_phrases_that_were_dropped_are_found_no_more() -> None:
    spellings = Spellings(["低保怎么办", "低保怎么办"])
    spellings.add(["低保怎么办", "医保怎么报"], start=2)

    spellings.drop(range(1, 4))

    assert spellings.of("低保怎么办") == [0]
    assert spellings.of("医保怎么报") == []


def test_among_no_phrases_nothing_is_found() -> None:
    assert Spellings([]).of("低保怎么办") == []
