"""Large-type cards: any text, whole, in lines that fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import cards
from bot.domain.papers import PaperKind
from bot.errors import DomainError
from bot.papers import cards as drawing
from bot.papers.cards import Card
from bot.papers.fonts import Face, drawable
from bot.papers.setting import block, length
from tests.kit.talk import MORNING
from tests.papers.conftest import Desk, opened


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=400))
def test_no_character_is_lost(text: str) -> None:
    shown = "".join(line for page in cards.pages(text) for line in page)

    assert shown == text.strip()


def test_numbers_stay_whole() -> None:
    assert cards.pages("4月10日 周四 晚上 7:30 到支部，电话0757-88888888") == [
        ["4月10日 周四 晚上", "7:30 到支部，电话", "0757-88888888"]
    ]


def test_a_long_text_goes_over_several_pages() -> None:
    made = cards.pages("\n".join(f"第{number}行" for number in range(25)))

    assert [len(page) for page in made] == [10, 10, 5]


def test_a_text_is_ordered_page_by_page(desk: Desk) -> None:
    ordered = desk.world.run(lambda db: cards.order(db, "行\n" * 15, name="通知", to=None, now=MORNING))

    assert [one.name for one in ordered] == ["通知1.png", "通知2.png"]
    assert [opened(desk.make(PaperKind.CARD, f"1/{number}")).size for number in (1, 2)] == [(1240, 1754)] * 2


def test_a_book_is_refused(desk: Desk) -> None:
    with pytest.raises(DomainError, match="papers/card_too_long"):
        desk.world.run(lambda db: cards.order(db, "行\n" * 61, name="通知", to=None, now=MORNING))


@pytest.mark.parametrize("line", ["一" * 12, "W" * 17, "@" * 17, "😀<b>=1", "㊙" * 11])
def test_a_line_never_touches_the_edge(line: str) -> None:
    drawn = opened(drawing.draw(Card((drawable(line),), 1, 1)))

    for edge in ((0, 40, 30, 1754), (1210, 40, 1240, 1754)):
        assert drawn.crop(edge).getextrema() == ((255, 255),) * 3


def test_what_no_font_has_leaves_no_box_behind() -> None:
    assert drawable("好😀的") == "好的"


def test_a_rare_character_of_a_name_is_drawn_or_marked_as_missing() -> None:
    assert drawable("\U0002070e") in {"\U0002070e", "〓"}


@given(st.text(alphabet="一二，。、abc 123", max_size=60), st.integers(min_value=60, max_value=400))
def test_lines_are_no_longer_than_they_may_be(text: str, width: int) -> None:
    made = block(text, width=width, size=30)

    assert "".join(made.lines).replace(" ", "") == text.replace(" ", "")
    assert all(length(line, Face.PLAIN, 30) <= width + 30 for line in made.lines)
