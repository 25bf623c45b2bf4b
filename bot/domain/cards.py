"""Large-type cards: any text in a few pages that can be read without glasses."""

import re
from collections.abc import Iterator
from datetime import datetime
from unicodedata import east_asian_width

from sqlalchemy.orm import Session

from bot.domain import papers
from bot.domain.messages import Attachment
from bot.domain.papers import PaperKind
from bot.errors import DomainError
from db.models import CardText

WIDTH = 11
"""Chinese characters in a line."""

ROWS = 10
"""Lines on a page."""

_MOST_PAGES = 6
_CLOSING = frozenset("\u3001\u3002\uff0c\uff1a\uff1b\uff01\uff1f\uff09\u300b\u300d\u300f\u3011\u201d,.!?:;)")
_LATIN = 0.62
_WORDS = re.compile(r"[0-9A-Za-z@./:_+-]+|.")


def order(db: Session, text: str, *, name: str, to: int | None, now: datetime) -> tuple[Attachment, ...]:
    """Order a text as large-type pictures, one a page; ``name`` is what they are called, without an ending.

    Refuses one that would take more than six pages, as a flood of pictures is no help.
    """
    made = pages(text)
    if len(made) > _MOST_PAGES:
        raise DomainError("papers/card_too_long", most=_MOST_PAGES * ROWS * WIDTH)
    row = CardText(body=text, person_id=to, created_at=now)
    db.add(row)
    db.flush()
    return tuple(
        papers.order(db, PaperKind.CARD, f"{row.id}/{number}", name=f"{name}{number}.png", to=to, now=now)
        for number in range(1, len(made) + 1)
    )


def pages(text: str) -> list[list[str]]:
    """Return a text as pages of lines; a page is never begun with an empty line."""
    made: list[list[str]] = [[]]
    for line in (line for part in text.strip().splitlines() for line in _lines(part.strip())):
        if len(made[-1]) == ROWS:
            made.append([])
        if line or made[-1]:
            made[-1].append(line)
    return made


def breadth(mark: str) -> float:
    """Return how broad a character is, in Chinese characters."""
    return 1.0 if east_asian_width(mark) in "WFA" else _LATIN


def _lines(part: str) -> Iterator[str]:
    line, width = "", 0.0
    for piece in _pieces(part):
        broad = sum(map(breadth, piece))
        if line and width + broad > WIDTH and piece not in _CLOSING:
            yield line.rstrip()
            line, width = "", 0.0
        if line or not piece.isspace():
            line, width = line + piece, width + broad
    yield line.rstrip()


def _pieces(part: str) -> Iterator[str]:
    """Return numbers and foreign words whole where they fit into a line, and everything else mark by mark."""
    for piece in _WORDS.findall(part):
        if sum(map(breadth, piece)) > WIDTH:
            yield from piece
        else:
            yield piece
