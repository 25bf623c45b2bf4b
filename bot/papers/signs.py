"""Posters that say one thing: to be understood in passing, at three metres, and scanned at one.

What is to be done stands on top, as large as one line of it can be; the code takes the page's middle, and whatever is
read only by who has come close stands below.
"""

from bot.domain.persons import links
from bot.papers.fonts import Face
from bot.papers.posters import Poster
from bot.papers.setting import Block, block, fitted
from bot.papers.sheet import EDGE, INK, PAPER, RED, SOFT, Colour, Sheet, as_pdf, as_png
from content.words import on_paper

_MARGIN = 130
_BELOW = 620
"""How much of the page is left below the code, from the lower edge."""

_LARGEST, _SECOND = 1240, 270
_ROOM = 40


def picture(facts: Poster) -> bytes:
    """Draw a sign to be sent and shown."""
    return as_png(_drawn(facts))


def to_print(facts: Poster) -> bytes:
    """Draw a sign to be printed on A4."""
    return as_pdf(_drawn(facts))


def _drawn(facts: Poster) -> Sheet:
    page = Sheet.headed()
    middle, y = page.width / 2, 96.0
    for words, colour in _above(facts, page.width - 2 * _MARGIN):
        y = page.write(words, middle, y, colour=colour, align="middle") + 10
    side = min(_LARGEST, round(page.height - _BELOW - y) - 2 * _ROOM)
    top = y + (page.height - _BELOW - y - side) / 2
    page.box(middle - side / 2 - _ROOM / 2, top - _ROOM / 2, side + _ROOM, side + _ROOM, fill=PAPER, edge=EDGE)
    page.code(facts.links[0].address if facts.links else facts.code, middle - side / 2, top, side)
    _write_below(page, facts)
    page.say(on_paper("footer"), middle, page.height - 95, size=34, colour=SOFT, align="middle")
    return page


def _above(facts: Poster, width: float) -> list[tuple[Block, Colour]]:
    """Return what stands above the code: what to do, where this is, and the little there is to know of it."""
    heading = fitted(facts.heading, width=width, sizes=range(128, 60, -4), most=1, weight=4)
    title = fitted(facts.title, width=width, sizes=range(96, 44, -4), most=1, face=Face.SERIF, weight=2)
    known = "    ".join(f"{label}  {words}" for label, words in facts.facts)
    less = [fitted(words, width=width, sizes=range(46, 28, -2), most=1) for words in (known, facts.details) if words]
    return [(heading, RED), (title, INK), *((words, SOFT) for words in less)]


def _write_below(page: Sheet, facts: Poster) -> None:
    """Write how it is done and the code that may be typed; beside it the way in for who does not use the first."""
    y, has_second = page.height - _BELOW + 30.0, len(facts.links) > 1
    width = page.width - 2 * _MARGIN - (_SECOND + 60 if has_second else 0)
    x = _MARGIN + width / 2
    invitation = fitted(facts.invitation, width=width, sizes=range(104, 60, -4), most=1, weight=3)
    y = page.write(invitation, x, y, colour=RED, align="middle")
    y = page.write(block(facts.how, width=width, size=46), x, y + 6, align="middle") + 6
    page.write(
        fitted(links.spaced(facts.code), width=width, sizes=range(112, 60, -4), most=1, weight=3), x, y, align="middle"
    )
    if has_second:
        left = page.width - _MARGIN - _SECOND
        page.code(facts.links[1].address, left, page.height - _BELOW + 60, _SECOND)
        under = page.height - _BELOW + 60 + _SECOND
        page.say(on_paper(f"on_{facts.links[1].way}"), left + _SECOND / 2, under, size=34, colour=SOFT, align="middle")
