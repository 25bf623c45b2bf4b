import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.match import tables
from content.match.syllables import fold, is_sound, segmentations, sounds_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("nan", "lan"),
        ("zhang", "zan"),
        ("cheng", "cen"),
        ("shing", "sin"),
        ("nv", "lu"),
        ("xiang", "xian"),
    ],
)
def test_syllables_that_southern_speakers_confuse_are_one(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("bao", "pao"), ("gong", "gen"), ("ang", "eng"), ("er", "e")])
def test_other_syllables_stay_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_the_table_of_sounds_is_what_its_source_says() -> None:
    from pypinyin.pinyin_dict import pinyin_dict  # noqa: PLC0415 - slow to import, and only for this test

    found = {han: syllable for syllable, characters in tables.rows("sounds.tsv") for han in characters}
    said = {chr(code): toneless(reading.partition(",")[0]) for code, reading in pinyin_dict.items()}

    assert found == {
        han: syllable
        for han, syllable in said.items()
        if "一" <= han <= "鿿" and syllable.isalpha() and set("aeiouv") & set(syllable)
    }


def toneless(reading: str) -> str:
    plain = unicodedata.normalize("NFD", reading.replace("ü", "v")).replace("u\u0308", "v")
    return "".join(c for c in plain if c.isascii())


def test_homophones_sound_the_same() -> None:
    assert sounds_of("二次包销") == sounds_of("二次报销")


def test_a_word_is_read_as_a_word() -> None:
    assert sounds_of("银行") == segmentations("yinhang")[0]
    assert sounds_of("行人") == segmentations("xingren")[0]


@pytest.mark.parametrize("typed", ["ercibaoxiao", "er ci bao xiao", "erci baoxiao"])
def test_typed_pinyin_is_cut_into_syllables_spaced_or_not(typed: str) -> None:
    assert sounds_of("二次报销") in segmentations(typed)


def test_an_ambiguous_spelling_has_every_reading_the_shortest_first() -> None:
    assert segmentations("xian") == [sounds_of("先"), sounds_of("西安")]


def test_a_blank_parts_syllables() -> None:
    assert segmentations("xi an") == [sounds_of("西安")]


@pytest.mark.parametrize("word", ["wifi", "vip", "covid"])
def test_what_is_no_pinyin_has_no_reading(word: str) -> None:
    assert segmentations(word) == []


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz ", max_size=200))
def test_any_letters_are_cut_into_few_readings_made_of_sounds(letters: str) -> None:
    ways = segmentations(letters)

    assert len(ways) <= 16
    assert all(map(is_sound, "".join(ways)))
