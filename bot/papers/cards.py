"""Large-type cards as pictures: black on white, a few words a line, for eyes that are seventy years old."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from bot.domain import cards
from bot.papers.fonts import Face, drawable
from bot.papers.press import Circumstances
from bot.papers.setting import Block, length
from bot.papers.sheet import GOLD, RED, SOFT, Sheet, as_png
from content.words import on_paper
from db.models import CardText

_SIZE = (1240, 1754)
_MARGIN = 82
_TYPE = 96
_LEADING = 1.5


@dataclass(frozen=True, slots=True)
class Card:
    """One page of a text."""

    lines: tuple[str, ...]
    page: int
    pages: int


def gather(db: Session, subject: str, press: Circumstances) -> Card:
    """Return one page of a kept text; ``subject`` is its id and the number of the page."""
    del press
    text_id, _, page = subject.partition("/")
    kept = db.get(CardText, int(text_id))
    if kept is None:
        raise LookupError(subject)
    made = cards.pages(drawable(kept.body))
    return Card(tuple(made[int(page) - 1]), int(page), len(made))


def draw(facts: Card) -> bytes:
    """Draw a card."""
    card = Sheet(_SIZE)
    card.box(0, 0, card.width, 18, fill=RED)
    card.box(0, 18, card.width, 5, fill=GOLD)
    step, y = round(_TYPE * _LEADING), 110
    for line in facts.lines:
        size = _TYPE
        while length(line, Face.PLAIN, size) > card.width - 2 * _MARGIN + _TYPE // 2:
            size -= 2
        card.write(Block((line,), Face.PLAIN, size, card.width, weight=2, leading=step / size), _MARGIN, y)
        y += step
    if facts.pages > 1:
        number = on_paper("card_page", page=facts.page, pages=facts.pages)
        card.say(number, card.width / 2, card.height - 84, size=40, colour=SOFT, align="middle")
    return as_png(card)
