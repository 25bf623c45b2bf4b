import unicodedata
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.channels.telegram.splitting import pieces, width
from bot.domain.splitting import cut_short

FAMILY = "👨‍👩‍👧‍👦"
MARKS = st.sampled_from(
    ["\u0301", "\u20e3", "\ufe0f", "\u200d", "🏽", "🇨", "🇳", "😀", FAMILY, "\r\n", "\n", "。", "中", "a", " "]
)
TEXTS = st.lists(MARKS | st.text(max_size=3), max_size=80).map("".join)


def is_whole(before: str, after: str) -> bool:
    first = after[0]
    joined = unicodedata.category(first).startswith("M") or "\u200d" in (before[-1], first) or "🏻" <= first <= "🏿"
    return not joined and not (before[-1] == "\r" and first == "\n")


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("", 10, []),
        ("一二三", 3, ["一二三"]),
        ("一二三四五\n六七八九十", 8, ["一二三四五\n", "六七八九十"]),
        ("一二三四。五六七八九十", 8, ["一二三四。", "五六七八九十"]),
        ("一二三四！？五六七八九", 8, ["一二三四！？", "五六七八九"]),
        ("at 3.14159 metres", 8, ["at ", "3.14159 ", "metres"]),
        ("一\n二三四五六七八九十", 8, ["一\n二三四五六七", "八九十"]),
        ("😀😀😀", 5, ["😀😀", "😀"]),
        (f"一{FAMILY}二", 11, ["一", FAMILY, "二"]),
        ("🇨🇳🇨🇳", 7, ["🇨🇳", "🇨🇳"]),
        ("cafe\u0301", 4, ["caf", "e\u0301"]),
        ("e" + "\u0301" * 5, 4, ["e\u0301\u0301\u0301", "\u0301\u0301"]),
    ],
)
def test_a_text_is_cut_at_the_best_border(text: str, limit: int, expected: list[str]) -> None:
    assert pieces(text, limit=limit) == expected


@given(text=TEXTS, limit=st.integers(20, 60))
@settings(max_examples=150, deadline=None)
@example(text=FAMILY * 30, limit=24)
def test_pieces_are_short_enough_and_joined_are_the_text(text: str, limit: int) -> None:
    cut = pieces(text, limit=limit)

    assert "".join(cut) == text
    assert [piece for piece in cut if not piece or len(piece.encode("utf-16-le", "surrogatepass")) > 2 * limit] == []


@given(words=st.lists(st.sampled_from([FAMILY, "e\u0301", "👍🏽", "🇨🇳", "\r\n", "中", "。"]), max_size=80))
@settings(max_examples=150, deadline=None)
def test_nothing_seen_as_one_character_is_cut_in_two(words: list[str]) -> None:
    cut = pieces("".join(words), limit=20)

    assert [pair for pair in pairwise(cut) if not is_whole(*pair)] == []
    assert [piece for piece in cut if piece.count("🇨") != piece.count("🇳")] == []


def test_telegram_counts_letters_beyond_the_first_plane_twice() -> None:
    assert (width("中a"), width("😀"), width("𠮷")) == (2, 2, 2)


def test_a_label_keeps_no_half_of_a_character() -> None:
    assert (cut_short("一二三", 3), cut_short("一二三", 2), cut_short("e" + FAMILY, 3)) == ("一二三", "一二", "e")
